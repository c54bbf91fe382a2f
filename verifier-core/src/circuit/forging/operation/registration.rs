//! Forgeries of registrations.

use super::{a_registration, change, edited, remove};
use crate::circuit::forging::block::Subject;
use crate::circuit::forging::world::{LEAF, VACANT, accounts, block, key, key_id, register};
use crate::ledger::{Account, Operation};
use crate::stark::mutation::Forged;

/// A registration at a number that has an account.
pub(crate) fn registration_of_an_account<S: Subject>() -> Forged {
    let there = Account {
        key_id: key_id(&key()),
        balance: 0,
        nonce: LEAF,
        key_offset: 0,
    };
    let operation = Operation::Register(register(VACANT));
    change::<S>(
        &block::<S>(&accounts(VACANT, there), operation, VACANT),
        |_, _| {},
    )
}

/// A registration whose account has something: a limb of it.
pub(crate) fn registration_with_a_balance<S: Subject>(limb: usize) -> Forged {
    let mut block = a_registration::<S>();
    block.operations[0].payer_after.balance = 1 << (16 * limb);
    change::<S>(&block, |_, _| {})
}

/// A registration of an account that has something, and no row that says it has not.
pub(crate) fn registration_without_digits<S: Subject>() -> Forged {
    let mut block = a_registration::<S>();
    block.operations[0].payer_after.balance = 0x0007_0000_0000;
    edited::<S>(&block, |trace| remove(trace, [0]))
}
