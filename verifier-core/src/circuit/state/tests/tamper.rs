//! Every column, changed alone in a row where it is in use, is rejected.

use crate::circuit::state::columns::OwnPlaces;
use crate::circuit::state::{State, StateWitness};
use crate::circuit::trial::{
    CHAIN, Kinds, Owner, assert_in_use, registration, traced, wide_operations,
};
use crate::gadget::operation::OperationPlaces;
use crate::gadget::signature::SignaturePlaces;

/// The kinds of rows in which each column is in use that is not in use in every row. What for is said at the
/// columns.
const IN_USE: &[&str] = &[
    "state[0..4]: Chain Ends Key0 Start Fee Nonce Amount Balance Old0 Old1 New0",
    "state[4..7]: Chain Ends Key0 Start Fee Nonce Amount Balance Old0 Old1 New0 Fees",
    "state[7]: Chain Ends Key0 Start Fee Nonce Amount Balance Old0 Old1 New0",
    "state[8..16]: Message0 Chain Ends Start Fee Nonce Amount Balance Old0 Old1 New0 OldTx NewTx",
    "digest: Leaf Chain Ends",
    "digit_bits[0..3]: Chain Ends End",
    "digit_bits[3]: Chain Ends",
    "bit: Chain Path OldPath NewPath OldTx NewTx",
    "quad: Chain Key0 End",
    "quint: Key0",
    "count: Chain Ends Path Key0 OldPath NewPath OldTx NewTx",
    "weight: Chain Ends Path Key0 OldPath NewPath OldTx NewTx",
    "sum: Chain Ends Path Key0 OldPath NewPath OldTx NewTx",
    "digit_sum: Chain Ends",
    "half: Chain Ends",
    "high: OldPath NewPath",
    "node: New0 New1 OldPath NewPath OldTx NewTx",
];

#[test]
fn rejects_every_column_changed_alone_where_it_is_in_use() {
    let (accounts, [transfer, rekey]) = wide_operations();
    let accounts = accounts.with(9, Owner(9).account(0xffff_ffff));
    let operations = [
        Owner(3).sign(5, transfer),
        Owner(1).sign(2, registration(77, Owner(1), 2)),
        Owner(3).sign(6, rekey),
    ];
    let witness = StateWitness::new(&accounts, CHAIN, &operations, 9).unwrap();
    let groups = [
        SignaturePlaces::NAMES,
        OperationPlaces::NAMES,
        OwnPlaces::NAMES,
    ]
    .concat();
    assert_in_use::<State>(
        &Kinds::of_operations::<State>(),
        &[traced::<State>(&witness)],
        &groups,
        &[],
        IN_USE,
    );
}
