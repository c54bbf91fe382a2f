//! Forgeries of transaction proofs.

mod named;

use alloc::vec::Vec;

use p3_air::AirBuilder;

use crate::circuit::forging::alone::{self, Shown};
use crate::circuit::forging::{
    Block, Places, Planned, REDUNDANT, Subject, find, number, operations, redundant, searched,
};
use crate::circuit::transaction::statement::PublicValues;
use crate::circuit::transaction::{
    Transaction, TransactionAir, TransactionStatement, TransactionWitness,
};
use crate::gadget::meddle::Meddle;
use crate::gadget::operation::{AloneCells, Detour, OperationCells};
use crate::gadget::signature::SignatureCells;
use crate::hash::{Digest, Val, u32_limbs};
use crate::ledger::{
    Account, Accounts, Operation, OperationHash, Rekey, SignedOperation, Transfer,
};
use crate::signature::KeyPurpose;
use crate::signature::open_key::OpenKey;
use crate::stark::Trace;
use crate::stark::mutation::{Attempt, Forgeable, Forgery, Redundant};

impl Forgeable for Transaction {
    fn eval_phases<AB: AirBuilder<F = Val>>(
        air: &TransactionAir,
        builder: &mut AB,
        phase: &mut impl FnMut(&AB, &'static str),
    ) {
        air.eval_phases(builder, phase);
    }

    fn forgeries() -> Vec<Forgery> {
        named::FORGERIES.to_vec()
    }

    fn search() -> Vec<Attempt> {
        let mut all = operations::<Self>();
        all.extend(searched::<Self>(cases(), "transfer"));
        all
    }

    const REDUNDANT: &'static [&'static [Redundant]] = &[
        REDUNDANT,
        redundant::OPERATION,
        redundant::ALONE,
        redundant::NO_REGISTRATION,
    ];
}

impl Subject for Transaction {
    type Cells = AloneCells;
    const REGISTERS: bool = false;
    const TRANSFERS: bool = true;

    fn parts(cells: &mut AloneCells) -> (&mut SignatureCells, &mut OperationCells) {
        alone::parts(cells)
    }

    fn kinds() -> Vec<&'static str> {
        alone::kinds()
    }

    fn digests<M: Meddle<AloneCells>>(
        block: &Block,
        position: usize,
        start: AloneCells,
        meddler: M,
    ) -> impl Fn(u32) -> [Val; 6] {
        alone::message_digests(block, position, start, meddler)
    }

    fn trace_of<M: Meddle<AloneCells>>(block: &Block, start: AloneCells, meddler: M) -> Trace {
        alone::trace_of(block, start, meddler)
    }

    fn claim(block: &Block, trace: &Trace) -> Vec<Val> {
        let Shown {
            before, operation, ..
        } = Shown::by(trace);
        PublicValues {
            chain_id: u32_limbs(block.chain_id),
            state_root: before,
            operation,
        }
        .into_vec()
    }

    fn oracle(block: &Block, trace: &Trace, public_values: &[Val]) -> Option<&'static str> {
        let public = PublicValues::<Val>::read(public_values);
        let Some(chain_id) = number(public.chain_id) else {
            return Some("witness-operation");
        };
        let found = find(trace);
        let decoded = found.operations.first().and_then(|found| found.decode());
        let Some((of_chain, operation)) = decoded else {
            return Some("witness-operation");
        };
        let planned = &block.operations[0];
        let mut openings = found.openings.into_iter();
        let Some((_, payer)) = openings.next() else {
            return Some("witness-opening");
        };
        let witness = TransactionWitness {
            statement: TransactionStatement {
                chain_id,
                state_root: Digest(public.state_root),
                operation: OperationHash(Digest(public.operation)),
            },
            signed: SignedOperation {
                chain_id: of_chain,
                operation,
                ..planned.signed.clone()
            },
            payer,
            receiver: openings.next().map(|(_, opening)| opening),
        };
        witness.check().err().map(|error| error.code())
    }
}

const CHAIN: u32 = 0x0005_0007;

/// A transfer with carries and one whose nonce fills a limb, one to oneself, and a change of key.
fn cases() -> Vec<(&'static str, Block)> {
    let key = OpenKey::new(1);
    let account = |key: &OpenKey, balance, nonce, key_offset| Account {
        key_id: key.public_key().key_id(KeyPurpose::Account, CHAIN),
        balance,
        nonce,
        key_offset,
    };
    let receiver = account(&OpenKey::new(2), 0xffff_0000_ffff, 7, 1);
    let (from, to) = (0x1234_5672, 0x1235_8001);
    let transfer = |to, nonce| {
        Operation::Transfer(Transfer {
            from,
            to,
            amount: 0x0002_0003_fff4,
            fee: 0x0001_0005_0006,
            nonce,
        })
    };
    let rekey = Operation::Rekey(Rekey {
        index: from,
        new_key_id: account(&OpenKey::new(3), 0, 0, 0).key_id,
        fee: 0x0001_0005_0006,
        nonce: 0x0002_0003,
    });
    let rich = 0x0004_0005_0006_0007;
    [
        (
            "transfer",
            account(&key, rich, 0x0002_0001, 0x0001_fffe),
            transfer(to, 0x0002_0003),
        ),
        (
            "full limb",
            account(&key, rich, 0x0000_fffe, 0x0000_fffd),
            transfer(to, 0x0000_ffff),
        ),
        ("to oneself", account(&key, rich, 5, 3), transfer(from, 5)),
        (
            "rekey",
            account(&key, rich, 0x0002_0001, 0x0001_fffe),
            rekey,
        ),
    ]
    .map(|(name, payer, operation)| {
        let accounts = Accounts::default().with(from, payer).with(to, receiver);
        (name, block(&key, &accounts, from, to, operation))
    })
    .into()
}

fn block(key: &OpenKey, accounts: &Accounts, from: u32, to: u32, operation: Operation) -> Block {
    let leaf = operation.nonce() - accounts.get(from).map_or(0, |account| account.key_offset);
    let signed = SignedOperation {
        chain_id: CHAIN,
        operation,
        public_key: key.public_key(),
        signature: key.sign(leaf, &operation.hash(CHAIN).0),
    };
    let witness = TransactionWitness::new(accounts, &signed);
    let others = accounts.iter().filter(|&(index, _)| index == to);
    Block {
        chain_id: CHAIN,
        root: accounts.root(),
        others: Places {
            high_leaf: None,
            leaves: others
                .map(|(index, account)| (index, account.leaf()))
                .collect(),
        },
        operations: alloc::vec![Planned::new(key, signed, witness.payer, witness.receiver)],
        collectors: Vec::new(),
        detour: Detour::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_honest() {
        crate::circuit::trial::assert_honest::<Transaction>(&cases());
    }
}
