//! Blocks of operations to measure.

use rpp_verifier::{
    Account, Accounts, IdentityWitness, KeyPurpose, Operation, Register, SecretKey,
    SignedOperation, StateWitness, TransactionWitness, Transfer,
};

use crate::chain::TestChain;

/// Keys of this height: 1,024 leaves, as a wallet has.
const TREE_HEIGHT: u32 = 10;
/// How many operations an account signs.
const OPERATIONS_PER_ACCOUNT: u32 = 64;
/// What each account has.
const BALANCE: u64 = 1 << 40;
/// The account that takes the fees.
const PROPOSER: u32 = 7;

/// Returns the witness of a block of `count` transfers, at most 256: 64 of each account, each to a different
/// one.
///
/// # Panics
///
/// If there are more.
#[must_use]
pub fn transfers(count: u32) -> StateWitness {
    let chain_id = TestChain::CHAIN_ID;
    let senders = count.div_ceil(OPERATIONS_PER_ACCOUNT);
    let mut keys: Vec<_> = (0..senders.max(1)).map(key).collect();
    let accounts = accounts(&keys);
    let operations: Vec<_> = (0..count)
        .map(|i| {
            let sender = i % senders;
            let nonce = i / senders;
            let to = number((sender + 1 + nonce) % (senders + 1));
            let transfer = Transfer {
                from: number(sender),
                to,
                amount: 0x1_0000_0001 + u64::from(i),
                fee: 0x1_0000,
                nonce,
            };
            let key = keys.get_mut(usize::try_from(sender).expect("a u32 fits a usize"));
            let key = key.expect("each sender has a key");
            sign(key, nonce, Operation::Transfer(transfer))
        })
        .collect();
    let witness = StateWitness::new(&accounts, chain_id, &operations, PROPOSER);
    let witness = witness.expect("a block has room for them");
    assert_eq!(witness.check(), Ok(()), "the transfers are valid");
    witness
}

/// Returns the witness of one transfer.
#[must_use]
pub fn transfer() -> TransactionWitness {
    let mut keys = [key(0)];
    let accounts = accounts(&keys);
    let transfer = Transfer {
        from: number(0),
        to: PROPOSER,
        amount: 0x1_0000_0001,
        fee: 0x1_0000,
        nonce: 5,
    };
    let [key] = &mut keys;
    TransactionWitness::new(&accounts, &sign(key, 5, Operation::Transfer(transfer)))
}

/// Returns the witness of one registration.
#[must_use]
pub fn registration() -> IdentityWitness {
    let accounts = accounts(&[key(0)]);
    let mut key = key(2);
    let key_id = key
        .public_key()
        .key_id(KeyPurpose::Account, TestChain::CHAIN_ID);
    let register = Register {
        index: number(2),
        key_id,
        leaf: 3,
    };
    IdentityWitness::new(&accounts, &sign(&mut key, 3, Operation::Register(register)))
}

fn key(nth: u32) -> SecretKey {
    let seed = [u8::try_from(nth + 1).expect("few keys"); 32];
    let chain_id = TestChain::CHAIN_ID;
    let key = SecretKey::generate(seed, KeyPurpose::Account, chain_id, TREE_HEIGHT, &|_| ());
    key.expect("an allowed height")
}

/// Returns the number of an account: both limbs are in use.
const fn number(nth: u32) -> u32 {
    0x1234_5678 + nth * 0x0101_0101
}

/// Returns the accounts of `keys`, one more, and the proposer's.
fn accounts(keys: &[SecretKey]) -> Accounts {
    let account = |key: &SecretKey| Account {
        key_id: key
            .public_key()
            .key_id(KeyPurpose::Account, TestChain::CHAIN_ID),
        balance: BALANCE,
        nonce: 0,
        key_offset: 0,
    };
    let mut accounts = Accounts::default();
    for (key, nth) in keys.iter().zip(0..) {
        accounts = accounts.with(number(nth), account(key));
        accounts = accounts.with(number(nth + 1), account(key));
        accounts = accounts.with(PROPOSER, account(key));
    }
    accounts
}

fn sign(key: &mut SecretKey, leaf: u32, operation: Operation) -> SignedOperation {
    let chain_id = TestChain::CHAIN_ID;
    SignedOperation {
        chain_id,
        operation,
        public_key: *key.public_key(),
        signature: key
            .sign(leaf, &operation.hash(chain_id).0)
            .expect("a leaf that has not signed"),
    }
}
