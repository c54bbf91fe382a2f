//! A set and its block, and what tests change about them.

use alloc::vec::Vec;

use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;

use crate::circuit::consensus::ConsensusWitness;
pub(super) use crate::circuit::consensus::forgery::fixture::{
    CHAIN_ID, LEAVES, SLOT, TestKey, TestSet, on_target,
};
use crate::circuit::consensus::trace::VotePlan;
use crate::hash::Val;

/// Four validators, of whom the first three vote; validator 1 proposes.
pub(super) fn small() -> (TestSet, ConsensusWitness) {
    let set = TestSet::new(&[10, 20, 0x0001_0003, 7]);
    let witness = set.witness(&[0, 1, 2], 1);
    (set, witness)
}

pub(super) fn plans(witness: &ConsensusWitness) -> Vec<VotePlan> {
    let plan = |vote| VotePlan::new(&witness.statement, vote, &witness.reveal);
    witness.votes.iter().map(plan).collect()
}

/// Overwrites the inputs of the permutation in `row` and computes the rest of it.
pub(super) fn set_input(trace: &mut RowMajorMatrix<Val>, row: usize, input: [Val; 16]) {
    let permutation = crate::gadget::permutation::permutation_trace(alloc::vec![input]);
    trace.row_mut(row)[..permutation.width()].copy_from_slice(&permutation.values);
}
