//! Every column, changed alone in a row where it is in use, is rejected.

use crate::circuit::transaction::{Transaction, TransactionWitness};
use crate::circuit::trial::{Kinds, Owner, assert_in_use, traced, wide_operations};
use crate::gadget::operation::{EndPlaces, OperationPlaces};
use crate::gadget::signature::SignaturePlaces;

/// The kinds of rows in which each column is in use that is not in use in every row. What for is said at the
/// columns.
const IN_USE: &[&str] = &[
    "state[0..8]: Chain Ends Key0 Start Fee Nonce Amount Balance Old0 Old1 New0",
    "state[8..16]: Message0 Chain Ends Start Fee Nonce Amount Balance Old0 Old1 New0",
    "digest: Leaf Chain Ends",
    "digit_bits: Chain Ends",
    "bit: Chain Path OldPath NewPath",
    "quad: Chain Key0",
    "quint: Key0",
    "count: Chain Ends Path Key0 OldPath NewPath",
    "weight: Chain Ends Path Key0 OldPath NewPath",
    "sum: Chain Ends Path Key0 OldPath NewPath",
    "digit_sum: Chain Ends",
    "half: Chain Ends",
    "high: OldPath NewPath",
    "node: New0 New1 OldPath NewPath",
];

#[test]
fn rejects_every_column_changed_alone_where_it_is_in_use() {
    let (accounts, operations) = wide_operations();
    let traces = operations.map(|operation| {
        let leaf = operation.nonce();
        let signed = Owner(3).sign(leaf, operation);
        traced::<Transaction>(&TransactionWitness::new(&accounts, &signed))
    });
    let groups = [
        SignaturePlaces::NAMES,
        OperationPlaces::NAMES,
        EndPlaces::NAMES,
    ]
    .concat();
    assert_in_use::<Transaction>(
        &Kinds::of_operations::<Transaction>(),
        &traces,
        &groups,
        &[],
        IN_USE,
    );
}
