//! Forgeries of registrations.

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use super::{a_registration, change, edited, of, remove};
use crate::circuit::forging::block::Subject;
use crate::circuit::forging::world::{
    LEAF, PAYER, VACANT, accounts, block, block_of, key, key_id, payer, register,
};
use crate::gadget::operation::Kind;
use crate::hash::{Digest, Val};
use crate::ledger::{Account, Operation, Register};
use crate::signature::open_key::OpenKey;
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

/// The right half of the tree of a key whose id starts with two limbs: about 2^30 were tried.
const RIGHT_HALF: [u32; 2] = [8_226, 150_859];

/// The account that is made only receives: it is at the number that the key id starts with, where a transfer
/// has the receiver's, and nothing is said of its nonce.
pub(crate) fn registration_that_receives<S: Subject>() -> Forged {
    let mut right_half = Digest::ZERO;
    for (element, found) in right_half.0.iter_mut().zip(RIGHT_HALF) {
        *element = Val::from_u32(found);
    }
    let key = OpenKey::with_right_half(1, right_half);
    let key_id = key_id(&key);
    let [low, high, ..] = key_id.0.map(|element| element.as_canonical_u32());
    let register = Register {
        key_id,
        ..register(VACANT)
    };
    let operation = Operation::Register(register);
    let at = high << 16 | low;
    let mut block = block_of::<S>(&accounts(PAYER, payer()), &[(&key, operation, at)]);
    block.operations[0].payer_after.nonce = 0;
    change::<S>(&block, |nth, draft| {
        if (draft.kind, nth) == (of(Kind::Start), 0) {
            S::parts(draft.cells).1.receiver = Val::ONE;
        }
    })
}
