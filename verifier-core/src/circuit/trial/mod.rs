//! What the tests of circuits share: what a witness proves, and which cells of a trace are in use.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod operations;
mod owner;
mod tamper;

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};

use p3_air::BaseAir;
use p3_matrix::Matrix;
use p3_maybe_rayon::prelude::*;

pub(super) use self::operations::{false_operations, registration, wide_operations};
pub(super) use self::owner::{CHAIN, Owner, transfer};
pub(super) use self::tamper::{Kinds, assert_in_use};
use super::forging::{Block, Subject, forge};
use crate::hash::Val;
use crate::stark::mutation::{self, Forgeable, Forged, Without};
use crate::stark::{
    Audit, Circuit, Proof, Provable, Prover, Statement, VerifyError, VerifyingKey, Witness,
};

/// Returns the trace of a witness with its claim, true or not.
pub(super) fn traced<C: Forgeable>(witness: &C::Witness) -> Forged {
    Forged {
        trace: C::trace(witness, 0),
        public_values: witness.statement().public_values(),
        refused: witness.check().err().map(|fault| fault.code()),
    }
}

/// Returns the names of the constraints that do not hold somewhere.
pub(super) fn broken<C: Forgeable<Air: Sync>>(forged: &Forged) -> BTreeSet<String> {
    let (names, air) = (mutation::constraint_names::<C>(), Without::<C>::nothing());
    let rows = (0..forged.trace.height()).into_par_iter();
    let broken: alloc::vec::Vec<usize> = rows
        .flat_map_iter(|row| mutation::broken_in(&air, &forged.trace, row, &forged.public_values))
        .collect();
    broken.into_iter().map(|i| names[i].clone()).collect()
}

/// Asserts that the oracle takes the witness, and that its trace breaks nothing.
#[track_caller]
pub(super) fn assert_holds<C: Forgeable<Air: Sync>>(witness: &C::Witness) {
    let forged = traced::<C>(witness);
    assert_eq!(forged.refused, None);
    assert_eq!(broken::<C>(&forged), BTreeSet::new());
    assert_eq!(
        forged.trace.height(),
        C::rows(witness)
            .next_power_of_two()
            .max(1 << C::KEY.min_log_rows)
    );
}

/// Asserts that the blocks that are forged from are honest.
#[track_caller]
pub(super) fn assert_honest<S: Subject<Air: Sync>>(cases: &[(&str, Block)]) {
    for (name, block) in cases {
        let start = <S as Subject>::Cells::default();
        let forged = forge::<S>(block, &start, &|_, _| {}, |_, _| {});
        assert_eq!(forged.refused, None, "{name}");
        assert_eq!(broken::<S>(&forged), BTreeSet::new(), "{name}");
    }
}

/// Asserts that the oracle refuses the witness with `code`, that its trace breaks constraints of these
/// groups and no others, and that the verifier rejects a proof of it for them.
#[track_caller]
pub(super) fn assert_forgery<C: Forgeable<Air: Sync>>(
    name: &str,
    witness: &C::Witness,
    code: &str,
    groups: &[&str],
) {
    let forged = traced::<C>(witness);
    assert_eq!(forged.refused, Some(code), "{name}");
    let broken = broken::<C>(&forged);
    let group = |name: &String| {
        name.split_once('.')
            .map_or("", |(group, _)| group)
            .to_string()
    };
    let got: BTreeSet<String> = broken.iter().map(group).collect();
    let expected = groups.iter().map(ToString::to_string).collect();
    assert_eq!(got, expected, "{name}");
    let verdict = mutation::verdict::<C>(None, &forged);
    assert_eq!(verdict, Err(VerifyError::ConstraintMismatch), "{name}");
}

/// Asserts that a proof with the parameters of the key verifies, as bytes, for its statement and for no
/// other of `others`.
#[track_caller]
pub(super) fn assert_proves<C: Provable<Air: Send + Sync>>(
    witness: &C::Witness,
    others: &[C::Statement],
) {
    let statement = witness.statement();
    let prover = Prover::<C>::new(statement.chain_id());
    let proof = prover.prove(witness).unwrap();
    let proof = Proof::from_bytes(&proof.to_bytes(), &crate::circuit::CIRCUITS).unwrap();
    let verified = prover.key().verify(statement.clone(), &proof).unwrap();
    assert_eq!(verified.statement(), statement);
    for other in others {
        let rejected = VerifyingKey::<C>::new(other.chain_id()).verify(other.clone(), &proof);
        assert!(rejected.is_err(), "{other:?}");
    }
}

/// Asserts that the constants of the verifying key are those of the AIR that runs.
#[track_caller]
pub(super) fn assert_key<C: Circuit<Air: crate::stark::SymbolicAir>>(degree: usize, width: usize) {
    let audit = Audit::of::<C>();
    assert_eq!(
        audit.fingerprint,
        C::KEY.fingerprint,
        "the constraints changed: proofs made before no longer verify, and the review no longer \
         holds. A change that is meant takes a new circuit version, a run of `cargo xtask mutate`, \
         and a review; only then the new fingerprint goes into the key"
    );
    assert_eq!(audit.stark_bits, C::KEY.stark_bits);
    assert_eq!(audit.stark_bits_at, C::KEY.stark_bits_at);
    let elements = C::KEY.public_values.iter().map(|(_, elements)| elements);
    assert_eq!(elements.sum::<usize>(), audit.public_values);
    assert_eq!(audit.degree, degree);
    let air = C::Air::default();
    assert_eq!(BaseAir::<Val>::width(&air), width);
    // Too few declared is a soundness gap.
    let declared = BaseAir::<Val>::main_next_row_columns(&air);
    assert!(
        audit
            .next_row_columns
            .is_subset(&declared.into_iter().collect())
    );
    assert!(
        audit.next_row_columns.len() > width / 3,
        "columns were found"
    );
}
