//! Forgeries of state proofs.

#![allow(
    clippy::unwrap_used,
    reason = "a forgery that cannot be made is a fault of this module"
)]

mod families;
mod named;
mod start;

use alloc::vec::Vec;

use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;

use self::families::families;
use self::start::start_beside_path;
use crate::circuit::forging::{
    Block, COLLECTOR, Places, Planned, REDUNDANT, Subject, digests, find, first_root, number,
    operations, redundant, searched,
};
use crate::circuit::state::columns::{Cells, Kind, Row};
use crate::circuit::state::statement::PublicValues;
use crate::circuit::state::trace::{generate_meddled, meddled_start};
use crate::circuit::state::witness::{AppliedOperation, with_fees};
use crate::circuit::state::{State, StateAir, StateStatement, StateWitness};
use crate::gadget::meddle::Meddle;
use crate::gadget::operation::{Detour, Kind as OperationKind, OperationCells};
use crate::gadget::signature::{Kind as SignatureKind, SignatureCells};
use crate::hash::{Digest, Val, u32_limbs};
use crate::ledger::{Account, Accounts, Operation, Register, Rekey, SignedOperation, Transfer};
use crate::signature::KeyPurpose;
use crate::signature::open_key::OpenKey;
use crate::stark::Trace;
use crate::stark::mutation::{Attempt, Forgeable, Forgery, Redundant};

impl Forgeable for State {
    fn eval_phases<AB: AirBuilder<F = Val>>(
        air: &StateAir,
        builder: &mut AB,
        phase: &mut impl FnMut(&AB, &'static str),
    ) {
        air.eval_phases(builder, phase);
    }

    fn forgeries() -> Vec<Forgery> {
        named::FORGERIES.to_vec()
    }

    fn search() -> Vec<Attempt> {
        let mut all = families();
        all.push(start_beside_path(four_operations()));
        all.extend(operations::<Self>());
        all.extend(searched::<Self>(cases(), "transfer"));
        all
    }

    const REDUNDANT: &'static [&'static [Redundant]] = &[REDUNDANT, redundant::OPERATION, OWN];

    const INFEASIBLE: &'static [&'static [Redundant]] = &[COLLISIONS];
}

impl Subject for State {
    type Cells = Cells;
    const REGISTERS: bool = true;
    const TRANSFERS: bool = true;
    const COLLECTOR: Option<u32> = Some(COLLECTOR);

    fn parts(cells: &mut Cells) -> (&mut SignatureCells, &mut OperationCells) {
        (&mut cells.signature, &mut cells.operation)
    }

    fn kinds() -> Vec<&'static str> {
        let kinds = SignatureKind::NAMES.iter().chain(&OperationKind::NAMES);
        kinds.chain(&Kind::NAMES).copied().collect()
    }

    fn digests<M: Meddle<Cells>>(
        block: &Block,
        position: usize,
        start: Cells,
        meddler: M,
    ) -> impl Fn(u32) -> [Val; 6] {
        let plans: Vec<_> = block.operations.iter().map(Planned::plan).collect();
        let rows = meddled_start(&plans, position, &block.root, &start, meddler);
        digests(rows, &plans[position].signature())
    }

    fn trace_of<M: Meddle<Cells>>(block: &Block, start: Cells, meddler: M) -> Trace {
        let plans: Vec<_> = block.operations.iter().map(Planned::plan).collect();
        generate_meddled(&plans, &block.root, &block.collectors, &start, meddler)
    }

    fn claim(block: &Block, trace: &Trace) -> Vec<Val> {
        let rows: Vec<_> = trace.values.chunks(trace.width).map(Row::new).collect();
        let is_root = |row: &&Row<'_, Val>| row.is(Kind::Txs1) == Val::ONE;
        let tx_root = rows.iter().find(is_root).map(|row| {
            let output = row.operation.signature.permutation.output;
            core::array::from_fn(|i| output[i])
        });
        let last = rows
            .last()
            .map_or([Val::ZERO; 8], |row| *row.operation.cols.root);
        PublicValues {
            chain_id: u32_limbs(block.chain_id),
            before: first_root(trace),
            after: last,
            tx_root: tx_root.unwrap_or([Val::ZERO; 8]),
            proposer: u32_limbs(COLLECTOR),
        }
        .into_vec()
    }

    fn oracle(block: &Block, trace: &Trace, public_values: &[Val]) -> Option<&'static str> {
        let public = PublicValues::<Val>::read(public_values);
        let numbers = number(public.chain_id).zip(number(public.proposer));
        let Some((chain_id, proposer)) = numbers else {
            return Some("witness-operations");
        };
        let found = find(trace);
        let mut openings = found.openings.into_iter().map(|(_, opening)| opening);
        let mut operations = Vec::new();
        for (position, operation) in found.operations.iter().enumerate() {
            let Some((of_chain, operation)) = operation.decode() else {
                return Some("witness-operations");
            };
            let Some(planned) = block.operations.get(position) else {
                return Some("witness-operations");
            };
            let signed = &planned.signed;
            let receives = matches!(operation, Operation::Transfer(_));
            let payer = openings.next();
            let receiver = receives.then(|| openings.next());
            let (Some(payer), receiver) = (payer, receiver.flatten()) else {
                return Some("witness-opening");
            };
            operations.push(AppliedOperation {
                signed: SignedOperation {
                    chain_id: of_chain,
                    operation,
                    ..signed.clone()
                },
                payer,
                receiver,
            });
        }
        let witness = StateWitness {
            statement: StateStatement {
                chain_id,
                before: Digest(public.before),
                after: Digest(public.after),
                tx_root: Digest(public.tx_root),
                proposer,
            },
            operations,
            proposer: match openings.next() {
                Some(proposer) => proposer,
                None => return Some("witness-opening"),
            },
        };
        witness.check().err().map(|error| error.code())
    }
}

/// The constraints of this circuit that follow from others beside those of signatures and operations.
const OWN: &[Redundant] = &[
    Redundant {
        constraint: "assert_collects.0",
        because: "`collects` is 0 or 1: it changes only in a Balance row (collects.4), where `collects + \
                  receiver` is 1 (flags.7) and `receiver` a bit (flags.3); and in the first row it is 1 \
                  in a Balance, or 0 in a Start (first_row.0, collects.2).",
    },
    Redundant {
        constraint: "assert_collects.1",
        because: "`collects·receiver` is 0: both are bits (collects.0, flags.3) and stay what they are from \
                  a Balance on, where their sum is 1 (flags.7), or from a Start, where both are 0 \
                  (flags.6, collects.2).",
    },
    Redundant {
        constraint: "assert_collects.3",
        because: "Once `collects` is 1 it stays 1 where no Balance follows (collects.4). A Balance follows \
                  only NewPath (done.0), and where `collects` is 1 only OldPath or Txs0 may (collects.5).",
    },
];

/// The constraints that only a collision of the state hash breaks alone.
const COLLISIONS: &[Redundant] = &[
    Redundant {
        constraint: "assert_txs_path.0-15",
        because: VACANT,
    },
    Redundant {
        constraint: "assert_txs_path.16",
        because: COLLISION,
    },
    Redundant {
        constraint: "assert_txs_path.37",
        because: COLLISION,
    },
    Redundant {
        constraint: "assert_txs_path.56-63",
        because: VACANT,
    },
    Redundant {
        constraint: "assert_txs_path.65-80",
        because: VACANT,
    },
    Redundant {
        constraint: "assert_txs_path.89",
        because: COLLISION,
    },
    Redundant {
        constraint: "assert_txs_path.92",
        because: COLLISION,
    },
    Redundant {
        constraint: "assert_txs_path.94-101",
        because: "One element of the root alone: the other seven are those of the tree so far, and a path \
                  from a vacant leaf to a node that agrees with it in seven elements and not in the \
                  eighth is a second preimage of 217 bits. All eight together are what keeps an operation \
                  in the tree.",
    },
];

/// Why nothing else than a vacant leaf leads to the root so far.
const VACANT: &str = "The path before an operation leads to the root so far (txs_path.94-101), along the number \
     that is the count (txs_path.93), where the tree that the rows before have made is vacant. Another \
     leaf or node on that path under the same root would be a collision of the state hash. It is kept, so \
     that this argument is not needed.";

/// Why the number of levels of a path in the tree of operations needs no count.
const COLLISION: &str = "A path starts from the zero digest (txs_path.0-15 and its like), and its nodes \
     lead to the root so far (txs_path.94-101), which is made of eight levels over leaves from the empty \
     tree on. A path of another number of levels to the same root would give a collision of the state \
     hash. It is kept, so that this argument is not needed.";

const CHAIN: u32 = 0x0005_0007;

/// No operation; a transfer and a registration that it pays.
fn cases() -> Vec<(&'static str, Block)> {
    let (payer, newcomer) = (OpenKey::new(1), OpenKey::new(2));
    let key_id = |key: &OpenKey| key.public_key().key_id(KeyPurpose::Account, CHAIN);
    let account = |key: &OpenKey, balance, nonce, key_offset| Account {
        key_id: key_id(key),
        balance,
        nonce,
        key_offset,
    };
    let (from, to, collector) = (0x1234_5678, 0x8235_8001, 0x1234_0001);
    let accounts = Accounts::default()
        .with(
            from,
            account(&payer, 0x0004_0005_0006_0007, 0x0002_0001, 0x0001_fffe),
        )
        .with(collector, account(&OpenKey::new(3), 0x0001_ffff_fffe, 1, 0));
    let register = Operation::Register(Register {
        index: to,
        key_id: key_id(&newcomer),
        leaf: 6,
    });
    let transfer = Operation::Transfer(Transfer {
        from,
        to,
        amount: 0x0002_0003_fff4,
        fee: 0x0001_0005_0006,
        nonce: 0x0002_0003,
    });
    let none = block(&accounts, &[], collector);
    let two = block(
        &accounts,
        &[(&newcomer, 6, register), (&payer, 5, transfer)],
        collector,
    );
    let transfer = Operation::Transfer(Transfer {
        from,
        to: collector,
        amount: 0x0002_0003_fff4,
        fee: 0x0001_0005_0006,
        nonce: 0x0002_0003,
    });
    let one = block(&accounts, &[(&payer, 5, transfer)], collector);
    // At an even leaf, with a nonce that fills its low limb.
    let full = account(&payer, 0x0004_0005_0006_0007, 0x0002_fffe, 0x0002_fffb);
    let rekey = Operation::Rekey(Rekey {
        index: from,
        new_key_id: key_id(&newcomer),
        fee: 0x0001_0005_0006,
        nonce: 0x0002_ffff,
    });
    let other = block(&accounts.with(from, full), &[(&payer, 4, rekey)], collector);
    [
        ("empty", none),
        ("transfer", one),
        ("change of key", other),
        ("two operations", two),
    ]
    .into()
}

/// Two transfers and two registrations.
fn four_operations() -> Block {
    let [payer, first, second] = [1, 2, 4].map(OpenKey::new);
    let key_id = |key: &OpenKey| key.public_key().key_id(KeyPurpose::Account, CHAIN);
    let account = |key: &OpenKey| Account {
        key_id: key_id(key),
        balance: 1 << 40,
        nonce: 0,
        key_offset: 0,
    };
    let (from, collector) = (0x1234_5678, 0x1234_0001);
    let accounts = Accounts::default()
        .with(from, account(&payer))
        .with(collector, account(&OpenKey::new(3)));
    let transfer = |nonce| {
        Operation::Transfer(Transfer {
            from,
            to: collector,
            amount: 5,
            fee: 1,
            nonce,
        })
    };
    let register = |key, index| {
        Operation::Register(Register {
            index,
            key_id: key_id(key),
            leaf: 6,
        })
    };
    let operations = [
        (&payer, 5, transfer(5)),
        (&payer, 6, transfer(6)),
        (&first, 6, register(&first, 0x1235_0000)),
        (&second, 6, register(&second, 0x1236_0000)),
    ];
    block(&accounts, &operations, collector)
}

fn block(accounts: &Accounts, operations: &[(&OpenKey, u32, Operation)], collector: u32) -> Block {
    let signed: Vec<_> = operations
        .iter()
        .map(|&(key, leaf, operation)| SignedOperation {
            chain_id: CHAIN,
            operation,
            public_key: key.public_key(),
            signature: key.sign(leaf, &operation.hash(CHAIN).0),
        })
        .collect();
    let witness = StateWitness::new(accounts, CHAIN, &signed, collector).unwrap();
    let account = witness.proposer.account.unwrap();
    let after = with_fees(&account, witness.fees());
    let planned = witness.operations.iter().zip(operations);
    let planned = planned.map(|(applied, (key, ..))| {
        let AppliedOperation {
            signed,
            payer,
            receiver,
        } = applied.clone();
        Planned::new(key, signed, payer, receiver)
    });
    Block {
        chain_id: CHAIN,
        root: witness.statement.before,
        others: Places::default(),
        operations: planned.collect(),
        collectors: alloc::vec![(collector, witness.proposer.clone(), after)],
        detour: Detour::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_honest() {
        crate::circuit::trial::assert_honest::<State>(&cases());
    }
}
