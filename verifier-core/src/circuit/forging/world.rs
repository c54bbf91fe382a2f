//! The blocks that are forged: operations on a few accounts, planned as an honest prover plans them.

use alloc::vec::Vec;

use super::block::{Block, Planned, Subject};
use super::places::Places;
use crate::gadget::operation::{Detour, OperationPlan};
use crate::hash::{Digest, Val, u32_limbs, u64_limbs};
use crate::ledger::{Account, Accounts, Operation, Register, Rekey, SignedOperation, Transfer};
use crate::signature::KeyPurpose;
use crate::signature::open_key::OpenKey;

/// The chain of all forgeries: both limbs are in use.
pub(crate) const CHAIN: u32 = 0x0005_0007;
/// The account that pays. As all numbers here, it has bits in both limbs, and none of the highest.
pub(crate) const PAYER: u32 = 0x1234_5678;
/// Where an account that pays is, where another one has to do with its number.
pub(crate) const OTHER: u32 = 0x3333_0003;
/// The account that receives.
pub(crate) const RECEIVER: u32 = 0x1235_8001;
/// The account that takes the fees, where a circuit has one.
pub(crate) const COLLECTOR: u32 = 0x1234_0001;
/// A number that nobody has.
pub(crate) const VACANT: u32 = 0x2001_7ffe;
/// The leaf that signs: the nonce of [`transfer`] and [`rekey`] less the key offset of [`payer`].
pub(crate) const LEAF: u32 = 5;

/// Returns the key of the account that pays, or registers.
pub(crate) fn key() -> OpenKey {
    OpenKey::new(1)
}

/// Returns the key id of a key for accounts of [`CHAIN`].
pub(crate) fn key_id(key: &OpenKey) -> Digest {
    key.public_key().key_id(KeyPurpose::Account, CHAIN)
}

/// Returns the account that pays.
pub(crate) fn payer() -> Account {
    Account {
        key_id: key_id(&key()),
        balance: 0x0004_0005_0006_0007,
        nonce: 0x0002_0001,
        key_offset: 0x0001_fffe,
    }
}

/// Returns the account that receives.
pub(crate) fn receiver() -> Account {
    Account {
        key_id: key_id(&OpenKey::new(2)),
        balance: 0x0001_ffff_0000_ffff,
        nonce: 7,
        key_offset: 1,
    }
}

/// Returns the accounts: `payer` at a number, the receiver, and who takes the fees.
pub(crate) fn accounts(index: u32, payer: Account) -> Accounts {
    let collector = Account {
        key_id: key_id(&OpenKey::new(3)),
        balance: 0x0001_ffff_fffe,
        nonce: 1,
        key_offset: 0,
    };
    let accounts = Accounts::default().with(RECEIVER, receiver());
    let accounts = accounts.with(COLLECTOR, collector);
    accounts.with(index, payer)
}

/// Returns a transfer of `amount` whose sums carry.
pub(crate) fn transfer(amount: u64) -> Transfer {
    Transfer {
        from: PAYER,
        to: RECEIVER,
        amount,
        fee: 0x0001_0005_0006,
        nonce: 0x0002_0003,
    }
}

/// An amount whose sums carry.
pub(crate) const AMOUNT: u64 = 0x0002_0003_fff4;

/// Returns a change of key by the account at `index`.
pub(crate) fn rekey(index: u32) -> Rekey {
    Rekey {
        index,
        new_key_id: key_id(&OpenKey::new(4)),
        fee: 0x0001_0005_0006,
        nonce: 0x0002_0003,
    }
}

/// Returns a registration at `index`.
pub(crate) fn register(index: u32) -> Register {
    Register {
        index,
        key_id: key_id(&key()),
        leaf: LEAF,
    }
}

/// Returns the block of one operation that [`key`] signs, on accounts where `at` has the number that its
/// paths lead to.
pub(crate) fn block<S: Subject>(accounts: &Accounts, operation: Operation, at: u32) -> Block {
    block_of::<S>(accounts, &[(&key(), operation, at)])
}

/// Returns the block of some operations: the key that signs each, and the number that its account has.
pub(crate) fn block_of<S: Subject>(
    accounts: &Accounts,
    operations: &[(&OpenKey, Operation, u32)],
) -> Block {
    let root = accounts.root();
    let others = accounts
        .iter()
        .map(|(index, account)| (index, account.leaf()));
    let others = Places {
        leaves: others.collect(),
        high_leaf: None,
    };
    let mut accounts = accounts.clone();
    let mut planned = Vec::new();
    let mut fees = 0_u64;
    for &(key, operation, at) in operations {
        let offset = accounts.get(at).map_or(0, |account| account.key_offset);
        let leaf = operation.nonce().wrapping_sub(match operation {
            Operation::Register(_) => 0,
            _ => offset,
        });
        let signed = SignedOperation {
            chain_id: CHAIN,
            operation,
            public_key: key.public_key(),
            signature: key.sign(leaf, &operation.hash(CHAIN).0),
        };
        let payer = accounts.open(at);
        let after = OperationPlan::new(&signed, &payer, None).payer.after;
        accounts = accounts.with(at, after);
        let receiver = match operation {
            Operation::Transfer(transfer) => {
                let receiver = accounts.open(transfer.to);
                if let Some(account) = receiver.account {
                    let balance = account.balance.wrapping_add(transfer.amount);
                    accounts = accounts.with(transfer.to, Account { balance, ..account });
                }
                Some(receiver)
            }
            _ => None,
        };
        fees += operation.fee();
        let mut plan = Planned::new(key, signed, payer, receiver);
        plan.payer_index = at;
        planned.push(plan);
    }
    let collector = S::COLLECTOR.map(|index| {
        let opening = accounts.open(index);
        let account = opening.account.unwrap();
        let balance = account.balance.wrapping_add(fees);
        (index, opening, Account { balance, ..account })
    });
    Block {
        chain_id: CHAIN,
        root,
        operations: planned,
        others,
        collectors: collector.into_iter().collect(),
        detour: Detour::default(),
    }
}

/// Returns a transfer's second block: what a change of key to it would pay.
pub(crate) fn as_key_id(to: u32, amount: u64) -> Digest {
    let mut block = [Val::default(); 8];
    block[..2].copy_from_slice(&u32_limbs(to));
    block[2..6].copy_from_slice(&u64_limbs(amount));
    Digest(block)
}
