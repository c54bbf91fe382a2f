//! Operations that are not valid, each with everything else computed from it.

use crate::circuit::transaction::{Transaction, TransactionWitness};
use crate::circuit::trial::{
    CHAIN, Owner, assert_forgery, false_operations, registration, transfer,
};
use crate::ledger::{Account, Accounts};

#[test]
fn rejects_operations_that_are_not_valid() {
    for (name, accounts, signed, code, groups) in false_operations() {
        let witness = TransactionWitness::new(&accounts, &signed);
        assert_forgery::<Transaction>(name, &witness, code, groups);
    }
}

#[test]
fn rejects_other_claims_about_a_transfer() {
    let accounts = Accounts::default()
        .with(5, Owner(1).account(100))
        .with(6, Owner(2).account(7));
    let signed = Owner(1).sign(0, transfer(5, 6, 10, 1, 0));
    let honest = TransactionWitness::new(&accounts, &signed);
    let mut witness = honest.clone();
    witness.statement.state_root = accounts.with(7, Owner(3).account(1)).root();
    assert_forgery::<Transaction>(
        "another root",
        &witness,
        "witness-opening",
        &["assert_accounts_path"],
    );
    let mut witness = honest.clone();
    witness.statement.operation = transfer(5, 6, 11, 1, 0).hash(CHAIN);
    assert_forgery::<Transaction>(
        "another hash",
        &witness,
        "witness-operation",
        &["assert_ends_of_trace"],
    );
    let mut witness = honest.clone();
    witness.statement.chain_id += 1;
    assert_forgery::<Transaction>(
        "another chain",
        &witness,
        "operation-chain-id",
        &["assert_hash", "assert_key"],
    );
    // The receiver as it was before the debit, which moved the root.
    let mut witness = honest;
    witness.receiver = Some(accounts.open(6));
    assert_forgery::<Transaction>(
        "a receiver on the root before",
        &witness,
        "witness-opening",
        &["assert_accounts_path"],
    );
    let to_self = Owner(1).sign(0, transfer(5, 5, 10, 1, 0));
    let mut witness = TransactionWitness::new(&accounts, &to_self);
    witness.receiver = Some(accounts.open(5));
    assert_forgery::<Transaction>(
        "a self-transfer that does not pay",
        &witness,
        "witness-opening",
        &["assert_accounts_path"],
    );
    let signed = Owner(3).sign(2, registration(77, Owner(3), 2));
    let witness = TransactionWitness::new(&accounts, &signed);
    assert_forgery::<Transaction>(
        "a registration",
        &witness,
        "witness-kind",
        &["assert_ends_of_trace"],
    );
    let vacant = Account {
        balance: 0,
        ..Owner(1).account(0)
    };
    let mut witness = TransactionWitness::new(
        &Accounts::default(),
        &Owner(1).sign(0, transfer(5, 5, 0, 0, 0)),
    );
    witness.payer.account = Some(vacant);
    assert_forgery::<Transaction>(
        "an account that is not there",
        &witness,
        "witness-opening",
        &["assert_accounts_path"],
    );
}
