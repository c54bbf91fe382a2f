//! Operations that are not valid, for every circuit that applies operations.

use alloc::vec::Vec;

use super::{CHAIN, Owner, transfer};
use crate::ledger::{Account, Accounts, Operation, Register, Rekey, SignedOperation};
use crate::signature::{KeyPurpose, SecretKey};

/// The account that signs.
const PAYER: u32 = 5;
/// One that receives.
const RECEIVER: u32 = 0x8000_0005;
/// What the account that signs has.
const BALANCE: u64 = 0x0004_0005_0006_0007;

/// An operation that a rule refuses: its name, the accounts that it is for, what is signed, the rule's
/// code, and the groups of constraints that its trace breaks.
pub(in crate::circuit) type FalseOperation = (
    &'static str,
    Accounts,
    SignedOperation,
    &'static str,
    &'static [&'static str],
);

/// Returns the accounts: nonce 3 and key offset 1 are those of the one that signs.
fn accounts() -> Accounts {
    let payer = Account {
        nonce: 3,
        key_offset: 1,
        ..Owner(1).account(BALANCE)
    };
    let accounts = Accounts::default().with(PAYER, payer);
    accounts.with(RECEIVER, Owner(2).account(0xffff_0000_0001))
}

/// Returns the transfers and changes of key that are not valid.
pub(in crate::circuit) fn false_operations() -> Vec<FalseOperation> {
    let owner = Owner(1);
    let pays = |amount, fee| transfer(PAYER, RECEIVER, amount, fee, 4);
    let good = pays(1, 1);
    let full = accounts().with(RECEIVER, Owner(2).account(u64::MAX));
    let rekey = |nonce| {
        Operation::Rekey(Rekey {
            index: PAYER,
            new_key_id: Owner(9).key_id(),
            fee: 1,
            nonce,
        })
    };
    let used: &[&str] = &["assert_old"];
    let balance: &[&str] = &["assert_balance"];
    // Its trace has what the signature leads to: another leaf, of an account that is not there.
    let signature: &[&str] = &["assert_accounts_path", "assert_leaf_leaves"];
    let key: &[&str] = &["assert_accounts_path"];
    let mut vote = SecretKey::generate([1; 32], KeyPurpose::Vote, CHAIN, 4, &|_| ()).unwrap();
    let vote_key = vote.public_key().key_id(KeyPurpose::Vote, CHAIN);
    let by_vote_key = SignedOperation {
        chain_id: CHAIN,
        operation: good,
        public_key: *vote.public_key(),
        signature: vote.sign(3, &good.hash(CHAIN).0).unwrap(),
    };
    let votes = accounts().with(
        PAYER,
        Account {
            key_id: vote_key,
            ..*accounts().get(PAYER).unwrap()
        },
    );
    let other_chain = good.hash(CHAIN + 1).0;
    alloc::vec![
        (
            "a nonce below the account's",
            accounts(),
            owner.sign(1, rekey(2)),
            "operation-nonce-used",
            used
        ),
        (
            "a nonce below the key's first",
            accounts(),
            owner.sign(15, rekey(0)),
            "operation-nonce-used",
            &[
                "assert_accounts_path",
                "assert_key",
                "assert_leaf_leaves",
                "assert_old"
            ]
        ),
        (
            "a payment above the balance",
            accounts(),
            owner.sign(3, pays(BALANCE, 1)),
            "operation-balance",
            balance
        ),
        (
            "an amount and a fee of more than 64 bits",
            accounts(),
            owner.sign(3, pays(u64::MAX, 2)),
            "operation-balance",
            balance
        ),
        (
            "two halves of 2^64",
            accounts(),
            owner.sign(3, pays(1 << 63, 1 << 63)),
            "operation-balance",
            balance
        ),
        (
            "a balance that wraps",
            full,
            owner.sign(3, pays(1, 0)),
            "operation-receiver-full",
            balance
        ),
        (
            "an account that does not exist",
            accounts(),
            owner.sign(4, transfer(6, RECEIVER, 0, 0, 4)),
            "operation-unknown-account",
            &["assert_accounts_path", "assert_signer"]
        ),
        (
            "a receiver that does not exist",
            accounts(),
            owner.sign(3, transfer(PAYER, 6, 1, 0, 4)),
            "operation-unknown-receiver",
            &["assert_fields"]
        ),
        (
            "a change of key by a stranger",
            accounts(),
            Owner(3).sign(3, rekey(4)),
            "operation-key",
            key
        ),
        (
            "a signature by a key of another purpose",
            votes,
            by_vote_key,
            "operation-key",
            key
        ),
        (
            "a signature at another leaf",
            accounts(),
            owner.sign(4, good),
            "signature-target-sum",
            signature
        ),
        (
            "a signature for another chain",
            accounts(),
            owner.sign_other(3, good, &other_chain),
            "signature-target-sum",
            signature
        ),
        (
            "a signature over another operation",
            accounts(),
            owner.sign_other(3, good, &pays(2, 1).hash(CHAIN).0),
            "signature-target-sum",
            signature
        ),
    ]
}

/// Returns accounts, and a transfer and a change of key that [`Owner`] 3 signs at leaves 5 and 6: every limb that
/// can be is in use.
pub(in crate::circuit) fn wide_operations() -> (Accounts, [Operation; 2]) {
    let (payer, receiver) = (0x0001_8000, 0x7fff_0002);
    let accounts = Accounts::default()
        .with(payer, Owner(3).account(0x7_0005_0006))
        .with(receiver, Owner(2).account(0xffff_ffff));
    let rekey = Rekey {
        index: payer,
        new_key_id: Owner(4).key_id(),
        fee: 0x1_0007,
        nonce: 6,
    };
    let transfer = transfer(payer, receiver, 0x2_0003_0007, 0x1_0002, 5);
    (accounts, [transfer, Operation::Rekey(rekey)])
}

/// Returns a registration.
pub(in crate::circuit) fn registration(index: u32, owner: Owner, leaf: u32) -> Operation {
    Operation::Register(Register {
        index,
        key_id: owner.key_id(),
        leaf,
    })
}
