//! False registrations, each with everything else computed from it.

use crate::circuit::identity::{Identity, IdentityWitness};
use crate::circuit::trial::{CHAIN, Owner, assert_forgery, registration, transfer};
use crate::hash::Digest;
use crate::ledger::{Account, Accounts, Operation, Register, SignedOperation};
use crate::signature::{KeyPurpose, SecretKey};

fn accounts() -> Accounts {
    Accounts::default().with(9, Owner(3).account(5))
}

fn witness(signed: &SignedOperation) -> IdentityWitness {
    IdentityWitness::new(&accounts(), signed)
}

#[test]
fn rejects_false_registrations() {
    let owner = Owner(1);
    let good = registration(77, owner, 2);
    let hash = |operation: &Operation| operation.hash(CHAIN).0;
    let mut vote = SecretKey::generate([1; 32], KeyPurpose::Vote, CHAIN, 4, &|_| ()).unwrap();
    let of_vote = Operation::Register(Register {
        index: 77,
        key_id: vote.public_key().key_id(KeyPurpose::Vote, CHAIN),
        leaf: 2,
    });
    let by_vote_key = SignedOperation {
        chain_id: CHAIN,
        operation: of_vote,
        public_key: *vote.public_key(),
        signature: vote.sign(2, &hash(&of_vote)).unwrap(),
    };
    let signature = &[
        "assert_ends_of_trace",
        "assert_leaf_leaves",
        "assert_signer",
    ][..];
    let key = &["assert_ends_of_trace", "assert_signer"][..];
    let cases = [
        (
            "an occupied leaf",
            owner.sign(2, registration(9, owner, 2)),
            "operation-taken",
            &[
                "assert_accounts_path",
                "assert_balance",
                "assert_old",
                "assert_signer",
            ][..],
        ),
        (
            "another key than the one that signs",
            owner.sign(2, registration(77, Owner(2), 2)),
            "operation-key",
            key,
        ),
        (
            "a key of another purpose",
            by_vote_key,
            "operation-key",
            key,
        ),
        (
            "a signature at another leaf",
            owner.sign(3, good),
            "signature-target-sum",
            signature,
        ),
        (
            "a signature for another chain",
            owner.sign_other(2, good, &good.hash(CHAIN + 1).0),
            "signature-target-sum",
            signature,
        ),
        (
            "a signature over another registration",
            owner.sign_other(2, good, &hash(&registration(78, owner, 2))),
            "signature-target-sum",
            signature,
        ),
        (
            "a transfer",
            Owner(3).sign(0, transfer(9, 9, 1, 0, 0)),
            "witness-kind",
            &["assert_done", "assert_ends_of_trace"],
        ),
    ];
    for (name, signed, code, groups) in &cases {
        assert_forgery::<Identity>(name, &witness(signed), code, groups);
    }
}

#[test]
fn rejects_other_claims_about_a_registration() {
    let signed = Owner(1).sign(2, registration(77, Owner(1), 2));
    let honest = witness(&signed);
    let after = |account: Account| honest.place.path.root(account.leaf(), 77);
    let account = Account {
        nonce: 3,
        ..Owner(1).account(0)
    };
    assert_eq!(after(account), honest.statement.after);
    let two = accounts().with(77, account).with(78, account).root();
    for (name, root) in [
        (
            "a balance",
            after(Account {
                balance: 1,
                ..account
            }),
        ),
        (
            "another nonce",
            after(Account {
                nonce: 2,
                ..account
            }),
        ),
        (
            "a key offset",
            after(Account {
                key_offset: 1,
                ..account
            }),
        ),
        ("a second account", two),
        ("no account", honest.statement.before),
        ("no tree", Digest::ZERO),
    ] {
        let mut witness = honest.clone();
        witness.statement.after = root;
        assert_forgery::<Identity>(name, &witness, "witness-after", &["assert_ends_of_trace"]);
    }
    let mut witness = honest.clone();
    witness.statement.before = two;
    assert_forgery::<Identity>(
        "another root before",
        &witness,
        "witness-opening",
        &["assert_accounts_path"],
    );
    let mut witness = honest;
    witness.statement.operation = registration(77, Owner(1), 3).hash(CHAIN);
    assert_forgery::<Identity>(
        "another hash",
        &witness,
        "witness-operation",
        &["assert_ends_of_trace"],
    );
}
