//! Every column, changed alone in a row where it is in use, is rejected.

use crate::circuit::state::columns::OwnPlaces;
use crate::circuit::state::{State, StateWitness};
use crate::circuit::trial::{CHAIN, Owner, assert_in_use, registration, traced, transfer};
use crate::gadget::operation::OperationPlaces;
use crate::gadget::signature::SignaturePlaces;
use crate::ledger::{Accounts, Operation, Rekey};

/// The kinds of rows in which each column is in use. What for is said at the columns.
const IN_USE: &[&str] = &[
    "kind: all",
    "parameter: all",
    "leaf: all",
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
    "mid: all",
    "end: all",
    "kind: all",
    "transfer: all",
    "register: all",
    "rekey: all",
    "index: all",
    "fee: all",
    "nonce: all",
    "gap: all",
    "body: all",
    "left: all",
    "receiver: all",
    "high: OldPath NewPath",
    "root: all",
    "node: New0 New1 OldPath NewPath OldTx NewTx",
    "kind: all",
    "collects: all",
    "txs: all",
    "count: all",
    "registrations: all",
    "fees: all",
];

#[test]
fn rejects_every_column_changed_alone_where_it_is_in_use() {
    let accounts = Accounts::default()
        .with(0x0001_8000, Owner(3).account(0x7_0005_0006))
        .with(0x7fff_0002, Owner(2).account(0xffff_ffff))
        .with(9, Owner(9).account(0xffff_ffff));
    let rekey = Operation::Rekey(Rekey {
        index: 0x0001_8000,
        new_key_id: Owner(4).key_id(),
        fee: 0x1_0007,
        nonce: 6,
    });
    let transfer = transfer(0x0001_8000, 0x7fff_0002, 0x2_0003_0007, 0x1_0002, 5);
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
    assert_in_use::<State>(&[traced::<State>(&witness)], &groups, &[], IN_USE);
}
