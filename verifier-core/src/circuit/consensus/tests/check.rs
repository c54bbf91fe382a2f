//! What a trace breaks, row by row, and what the verifier says of its proof.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;

use crate::circuit::CIRCUITS;
use crate::circuit::consensus::{Consensus, ConsensusAir, ConsensusStatement, Kind, Row};
use crate::gadget::signature::Kind as SignatureKind;
use crate::hash::Val;
use crate::stark::mutation;
use crate::stark::{Proof, Prover, StarkParameters, Statement, VerifyError, VerifyingKey};

/// Names of the kinds in the order of their columns; padding last.
pub(super) const NAMES: [&str; 19] = {
    let mut names = ["padding"; 19];
    let mut i = 0;
    while i < SignatureKind::COUNT {
        names[i] = SignatureKind::NAMES[i];
        i += 1;
    }
    while i < SignatureKind::COUNT + Kind::COUNT {
        names[i] = Kind::NAMES[i - SignatureKind::COUNT];
        i += 1;
    }
    names
};

/// Returns the place in [`NAMES`] of a row's kind.
pub(super) fn kind_of(row: &[Val]) -> usize {
    let row = Row::new(row);
    let kinds = row.signature.cols.kind.iter().chain(row.own.kind);
    kinds
        .into_iter()
        .position(|&selector| selector == Val::ONE)
        .unwrap_or(NAMES.len() - 1)
}

pub(super) const fn signature_kind(kind: SignatureKind) -> &'static str {
    SignatureKind::NAMES[kind.place()]
}

pub(super) const fn own_kind(kind: Kind) -> &'static str {
    Kind::NAMES[kind.place()]
}

/// Returns the rows of a kind.
pub(super) fn rows_of(trace: &RowMajorMatrix<Val>, name: &str) -> Vec<usize> {
    let of_kind = |&r: &usize| NAMES[kind_of(&trace.row_slice(r).unwrap())] == name;
    (0..trace.height()).filter(of_kind).collect()
}

/// Returns the constraints that do not hold in `row`, looking at it and the next one.
pub(super) fn broken_in(
    trace: &RowMajorMatrix<Val>,
    row: usize,
    public_values: &[Val],
) -> Vec<usize> {
    mutation::broken_in(&ConsensusAir::default(), trace, row, public_values)
}

/// Returns the kinds of the rows in which a constraint does not hold.
pub(super) fn broken_kinds(
    trace: &RowMajorMatrix<Val>,
    statement: &ConsensusStatement,
) -> BTreeSet<&'static str> {
    let public_values = statement.public_values();
    let broken = |&row: &usize| !broken_in(trace, row, &public_values).is_empty();
    let rows: Vec<_> = (0..trace.height()).into_par_iter().filter(broken).collect();
    rows.into_iter()
        .map(|row| NAMES[kind_of(&trace.row_slice(row).unwrap())])
        .collect()
}

/// Proves the trace as it is and returns what the verifier says.
pub(super) fn verdict(
    trace: RowMajorMatrix<Val>,
    statement: &ConsensusStatement,
) -> Result<(), VerifyError> {
    let prover = Prover::<Consensus>::with_key(test_key(statement.chain_id));
    let proof = prover
        .prove_trace(trace, &statement.public_values())
        .unwrap();
    let proof = Proof::from_bytes(&proof.to_bytes(), &CIRCUITS)?;
    prover.key().verify(statement.clone(), &proof).map(|_| ())
}

/// Proves the trace as it is and returns what Plonky3 says: no step of ours is before it.
pub(super) fn stark_verdict(
    trace: RowMajorMatrix<Val>,
    statement: &ConsensusStatement,
) -> Result<(), VerifyError> {
    let prover = Prover::<Consensus>::with_key(test_key(statement.chain_id));
    let public_values = statement.public_values();
    let proof = prover.prove_trace(trace, &public_values).unwrap();
    let air = ConsensusAir::default();
    prover
        .key()
        .check_stark(&air, &public_values, proof.stark())
}

/// The key with parameters that prove nothing, fast.
pub(super) fn test_key(chain_id: u32) -> VerifyingKey<Consensus> {
    VerifyingKey::new(chain_id).with_parameters(StarkParameters::TEST)
}

/// Asserts that the trace breaks constraints in rows of the given kinds and in no others, and that
/// a proof of it is rejected for them.
#[track_caller]
pub(super) fn assert_forgery(
    trace: RowMajorMatrix<Val>,
    statement: &ConsensusStatement,
    kinds: &[&'static str],
) {
    assert_eq!(
        broken_kinds(&trace, statement),
        kinds.iter().copied().collect()
    );
    assert_eq!(
        verdict(trace, statement),
        Err(VerifyError::ConstraintMismatch)
    );
}

/// Asserts that the trace is in order and its proof accepted.
#[track_caller]
pub(super) fn assert_accepted(trace: RowMajorMatrix<Val>, statement: &ConsensusStatement) {
    assert_eq!(broken_kinds(&trace, statement), BTreeSet::new());
    assert_eq!(verdict(trace, statement), Ok(()));
}
