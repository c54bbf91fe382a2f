//! Every column, changed alone in a row where it is in use, is rejected.

use crate::circuit::identity::{Identity, IdentityWitness};
use crate::circuit::trial::registration;
use crate::circuit::trial::{Kinds, Owner, assert_in_use, traced};
use crate::gadget::operation::{EndPlaces, OperationPlaces};
use crate::gadget::signature::SignaturePlaces;
use crate::ledger::Accounts;

/// Kinds of rows that a registration does not have.
const ABSENT: [&str; 5] = ["Amount", "Op2", "Balance", "Old0", "Old1"];

/// The kinds of rows in which each column is in use that is not in use in every row. What for is said at the
/// columns.
const IN_USE: &[&str] = &[
    "state[0..4]: Chain Ends Key0 Start Fee Nonce New0",
    "state[4..7]: Chain Ends Key0 Start Fee Nonce",
    "state[7]: Chain Ends Key0 Start Fee Nonce New0",
    "state[8..16]: Message0 Chain Ends Start Fee Nonce New0",
    "digest: Leaf Chain Ends",
    "digit_bits[0]: Chain Ends",
    "digit_bits[1]: Chain Ends New0",
    "digit_bits[2..4]: Chain Ends",
    "bit: Chain Path OldPath NewPath",
    "quad: Chain Key0 New0",
    "quint: Key0 New0",
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
    let accounts = Accounts::default().with(9, Owner(3).account(5));
    let traces = [(0x0001_8000, 9), (0x7fff_ffff, 2)].map(|(index, leaf)| {
        let signed = Owner(3).sign(leaf, registration(index, Owner(3), leaf));
        traced::<Identity>(&IdentityWitness::new(&accounts, &signed))
    });
    let groups = [
        SignaturePlaces::NAMES,
        OperationPlaces::NAMES,
        EndPlaces::NAMES,
    ]
    .concat();
    assert_in_use::<Identity>(
        &Kinds::of_operations::<Identity>(),
        &traces,
        &groups,
        &ABSENT,
        IN_USE,
    );
}
