//! Every column, changed alone in a row where it is in use, is rejected.

use crate::circuit::transaction::{Transaction, TransactionWitness};
use crate::circuit::trial::{Owner, assert_in_use, traced, transfer};
use crate::gadget::operation::{EndPlaces, OperationPlaces};
use crate::gadget::signature::SignaturePlaces;
use crate::ledger::{Accounts, Operation, Rekey};

/// The kinds of rows in which each column is in use. What for is said at the columns.
const IN_USE: &[&str] = &[
    "kind: all",
    "parameter: all",
    "leaf: all",
    "state[0..8]: Chain Ends Key0 Start Fee Nonce Amount Balance Old0 Old1 New0",
    "state[8..16]: Message0 Chain Ends Start Fee Nonce Amount Balance Old0 Old1 New0",
    "digest: Leaf Chain Ends",
    "digit_bits[0]: Chain Ends",
    "digit_bits[1]: Chain Ends New0",
    "digit_bits[2..4]: Chain Ends",
    "bit: Chain Path OldPath NewPath",
    "quad: Chain Key0",
    "quint: Key0",
    "count: Chain Ends Path Key0 OldPath NewPath",
    "weight: Chain Ends Path Key0 OldPath NewPath",
    "sum: Chain Ends Path Key0 OldPath NewPath",
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
    "node: New0 New1 OldPath NewPath",
    "end: all",
];

#[test]
fn rejects_every_column_changed_alone_where_it_is_in_use() {
    let accounts = Accounts::default()
        .with(0x0001_8000, Owner(3).account(0x7_0005_0006))
        .with(0x7fff_0002, Owner(2).account(0xffff_ffff));
    let rekey = Operation::Rekey(Rekey {
        index: 0x0001_8000,
        new_key_id: Owner(4).key_id(),
        fee: 0x1_0007,
        nonce: 3,
    });
    let transfer = transfer(0x0001_8000, 0x7fff_0002, 0x2_0003_0007, 0x1_0002, 5);
    let traces = [(transfer, 5), (rekey, 3)].map(|(operation, leaf)| {
        let signed = Owner(3).sign(leaf, operation);
        traced::<Transaction>(&TransactionWitness::new(&accounts, &signed))
    });
    let groups = [
        SignaturePlaces::NAMES,
        OperationPlaces::NAMES,
        EndPlaces::NAMES,
    ]
    .concat();
    assert_in_use::<Transaction>(&traces, &groups, &[], IN_USE);
}
