//! False claims about blocks, each with everything else computed from it.

use alloc::vec::Vec;

use crate::chain::tx_root;
use crate::circuit::state::{State, StateWitness};
use crate::circuit::trial::{
    CHAIN, Owner, assert_forgery, false_operations, registration, transfer,
};
use crate::hash::Digest;
use crate::ledger::{Account, Accounts, Operation, Rekey, SignedOperation, TxTree};

const PROPOSER: u32 = 9;

fn accounts() -> Accounts {
    Accounts::default()
        .with(5, Owner(1).account(1 << 20))
        .with(6, Owner(2).account(1 << 20))
        .with(7, Owner(8).account(4))
        .with(PROPOSER, Owner(9).account(4))
}

fn witness(operations: &[SignedOperation]) -> StateWitness {
    StateWitness::new(&accounts(), CHAIN, operations, PROPOSER).unwrap()
}

/// Two operations that both fit, in either order.
fn two() -> [SignedOperation; 2] {
    [
        Owner(1).sign(0, transfer(5, 6, 10, 2, 0)),
        Owner(2).sign(0, transfer(6, 5, 20, 3, 0)),
    ]
}

fn root_of(operations: &[&SignedOperation]) -> Digest {
    let hashes: Vec<_> = operations.iter().map(|signed| signed.hash()).collect();
    TxTree::new(&hashes).unwrap().tx_root()
}

#[test]
fn rejects_operations_that_are_not_valid() {
    for (name, accounts, signed, code, groups) in false_operations() {
        let accounts = accounts.with(PROPOSER, Owner(9).account(4));
        let witness = StateWitness::new(&accounts, CHAIN, &[signed], PROPOSER).unwrap();
        assert_forgery::<State>(name, &witness, code, groups);
    }
    let taken = Owner(3).sign(2, registration(6, Owner(3), 2));
    assert_forgery::<State>(
        "a registration of an account",
        &witness(&[taken]),
        "operation-taken",
        &[
            "assert_accounts_path",
            "assert_balance",
            "assert_old",
            "assert_signer",
        ],
    );
}

#[test]
fn rejects_other_operations_than_those_of_the_root() {
    let [a, b] = &two();
    let both = witness(&two());
    for (name, operations) in [
        ("reordered", &[b, a][..]),
        ("one dropped", &[a]),
        ("one added", &[a, b, b]),
        ("one repeated", &[a, a]),
        ("none", &[]),
    ] {
        let mut witness = both.clone();
        witness.statement.tx_root = root_of(operations);
        assert_forgery::<State>(name, &witness, "witness-operations", &["assert_end"]);
    }
    let mut witness = both;
    let hashes = [a.hash().0, b.hash().0];
    let tree = crate::hash::MerkleTree::<8>::new(hashes.to_vec());
    witness.statement.tx_root = tx_root(1, &tree.root());
    assert_forgery::<State>(
        "another count",
        &witness,
        "witness-operations",
        &["assert_end"],
    );
}

#[test]
fn rejects_other_accounts_than_the_operations_leave() {
    let honest = witness(&two());
    let left = |index: u32, balance: u64| {
        let account = *accounts().get(index).unwrap();
        Account {
            balance,
            nonce: u32::from(index < 7),
            ..account
        }
    };
    let after = |a, b, c, d| {
        let accounts = accounts().with(5, left(5, a)).with(6, left(6, b));
        accounts
            .with(7, left(7, c))
            .with(PROPOSER, left(PROPOSER, d))
            .root()
    };
    let (a, b) = ((1 << 20) + 8, (1 << 20) - 13);
    assert_eq!(after(a, b, 4, 9), honest.statement.after);
    for (name, root) in [
        ("fees lost", after(a, b, 4, 4)),
        ("fees doubled", after(a, b, 4, 14)),
        ("fees paid to another account", after(a, b, 9, 4)),
        ("value made", after(a + 1, b, 4, 9)),
        ("value lost", after(a - 1, b, 4, 9)),
        ("a leaf that no operation names", after(a, b, 5, 9)),
        ("nothing", honest.statement.before),
    ] {
        let mut witness = honest.clone();
        witness.statement.after = root;
        assert_forgery::<State>(name, &witness, "witness-after", &["assert_end"]);
    }
    let mut witness = honest;
    witness.statement.proposer = 7;
    let path = &["assert_accounts_path", "assert_end"];
    assert_forgery::<State>("another account's fees", &witness, "witness-opening", path);
}

#[test]
fn rejects_an_empty_block_whose_roots_differ() {
    let mut witness = witness(&[]);
    witness.statement.after = accounts().with(8, Owner(3).account(0)).root();
    assert_forgery::<State>("after", &witness, "witness-after", &["assert_end"]);
    let mut witness = self::witness(&[]);
    core::mem::swap(&mut witness.statement.before, &mut witness.statement.after);
    witness.statement.before = accounts().with(8, Owner(3).account(0)).root();
    let path = &["assert_accounts_path"];
    assert_forgery::<State>("before", &witness, "witness-opening", path);
}

#[test]
fn rejects_two_updates_of_one_root() {
    let honest = witness(&two());
    let path = &["assert_accounts_path"];
    let mut second = honest.clone();
    second.operations[1].payer = accounts().open(6);
    assert_forgery::<State>("the second payer", &second, "witness-opening", path);
    let mut receiver = honest.clone();
    receiver.operations[0].receiver = Some(accounts().open(6));
    assert_forgery::<State>("the receiver", &receiver, "witness-opening", path);
    let mut proposer = honest;
    proposer.proposer = accounts().open(PROPOSER);
    assert_forgery::<State>(
        "the proposer",
        &proposer,
        "witness-opening",
        &["assert_accounts_path", "assert_end"],
    );
}

#[test]
fn rejects_what_was_signed_before_a_change_of_key() {
    let old = Owner(1).sign(0, transfer(5, 6, 10, 2, 0));
    let rekey = |new: Owner| {
        let rekey = Rekey {
            index: 5,
            new_key_id: new.key_id(),
            fee: 1,
            nonce: 1,
        };
        Owner(1).sign(1, Operation::Rekey(rekey))
    };
    let other = &[
        "assert_accounts_path",
        "assert_key",
        "assert_leaf_leaves",
        "assert_old",
    ];
    let to_another = witness(&[rekey(Owner(4)), old.clone()]);
    assert_forgery::<State>("a new key", &to_another, "operation-key", other);
    let to_itself = witness(&[rekey(Owner(1)), old.clone()]);
    assert_forgery::<State>("the old key", &to_itself, "operation-nonce-used", other);
    let twice = witness(&[old.clone(), old]);
    assert_forgery::<State>("twice", &twice, "operation-nonce-used", &["assert_old"]);
}

#[test]
fn rejects_a_block_of_another_chain() {
    let mut witness = witness(&two());
    witness.statement.chain_id += 1;
    let groups = &["assert_hash", "assert_key"];
    assert_forgery::<State>("another chain", &witness, "operation-chain-id", groups);
}
