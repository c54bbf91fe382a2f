//! Forgeries of identity proofs.

mod named;

use alloc::vec::Vec;

use p3_air::AirBuilder;

use crate::circuit::forging::alone::{self, Shown};
use crate::circuit::forging::{
    Block, Places, Planned, REDUNDANT, Subject, find, number, operations, redundant, searched,
};
use crate::circuit::identity::statement::PublicValues;
use crate::circuit::identity::{Identity, IdentityAir, IdentityStatement, IdentityWitness};
use crate::gadget::meddle::Meddle;
use crate::gadget::operation::{AloneCells, Detour, OperationCells};
use crate::gadget::signature::SignatureCells;
use crate::hash::{Digest, Val, u32_limbs};
use crate::ledger::{Accounts, Operation, OperationHash, Register, SignedOperation};
use crate::signature::KeyPurpose;
use crate::signature::open_key::OpenKey;
use crate::stark::Trace;
use crate::stark::mutation::{Attempt, Forgeable, Forgery, Redundant};

impl Forgeable for Identity {
    fn eval_phases<AB: AirBuilder<F = Val>>(
        air: &IdentityAir,
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
        all.extend(searched::<Self>(cases(), "odd"));
        all
    }

    const REDUNDANT: &'static [&'static [Redundant]] = &[
        REDUNDANT,
        redundant::OPERATION,
        redundant::ALONE,
        redundant::NO_TRANSFER,
        OWN,
    ];

    const INFEASIBLE: &'static [&'static [Redundant]] = &[redundant::OF_KEY_IDS];
}

impl Subject for Identity {
    type Cells = AloneCells;
    const REGISTERS: bool = true;
    const TRANSFERS: bool = false;

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
            before,
            after,
            operation,
        } = Shown::by(trace);
        PublicValues {
            chain_id: u32_limbs(block.chain_id),
            before,
            after,
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
        let Some((_, place)) = found.openings.into_iter().next() else {
            return Some("witness-opening");
        };
        let witness = IdentityWitness {
            statement: IdentityStatement {
                chain_id,
                before: Digest(public.before),
                after: Digest(public.after),
                operation: OperationHash(Digest(public.operation)),
            },
            signed: SignedOperation {
                chain_id: of_chain,
                operation,
                ..block.operations[0].signed.clone()
            },
            place,
        };
        witness.check().err().map(|error| error.code())
    }
}

/// The constraints of this circuit that follow from others beside those of the signature check.
const OWN: &[Redundant] = &[Redundant {
    constraint: "assert_kinds.17",
    because: "Balance is 0 or 1: it is 0. Where it is not, the account receives (flags.7). The first row \
              is Start (ends_of_trace.0), where none receives (flags.6), and that is carried to each \
              row where Start and Balance are not 1 in sum (constant.25). So in the first row that \
              receives Start is 0 (flags.6) and Balance 1; the other kinds, which are bits, are -1 or \
              0 in sum (kinds.25), so none is set. The row before is neither padding nor End \
              (kinds.26), and of all kinds only NewPath lets Balance follow, where it is the payer's in \
              a transfer (done.1). But the operation is a registration (ends_of_trace.1) and no \
              transfer (flags.5); both are carried (constant.0, .1), as no kind lets Start follow.",
}];

const CHAIN: u32 = 0x0005_0007;

/// Registrations at numbers with bits on both sides of the limbs, at an even and an odd leaf.
fn cases() -> Vec<(&'static str, Block)> {
    let key = OpenKey::new(1);
    let public_key = key.public_key();
    let key_id = public_key.key_id(KeyPurpose::Account, CHAIN);
    [("even", 0x8001_7ffe, 0), ("odd", 0x1235_8001, 11)]
        .map(|(name, index, leaf)| {
            let operation = Operation::Register(Register {
                index,
                key_id,
                leaf,
            });
            let signed = SignedOperation {
                chain_id: CHAIN,
                operation,
                public_key,
                signature: key.sign(leaf, &operation.hash(CHAIN).0),
            };
            let witness = IdentityWitness::new(&Accounts::default(), &signed);
            let block = Block {
                chain_id: CHAIN,
                root: witness.statement.before,
                others: Places::default(),
                operations: alloc::vec![Planned::new(&key, signed, witness.place, None)],
                collectors: Vec::new(),
                detour: Detour::default(),
            };
            (name, block)
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_honest() {
        crate::circuit::trial::assert_honest::<Identity>(&cases());
    }
}
