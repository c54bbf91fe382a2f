//! Forgeries of what an operation pays, and to whom.

use p3_field::{Field, PrimeCharacteristicRing};

use super::{a_transfer, change, of, remove};
use crate::circuit::forging::block::{Block, Subject, forge};
use crate::circuit::forging::search::rows_of;
use crate::circuit::forging::world::{
    AMOUNT, PAYER, RECEIVER, VACANT, accounts, as_key_id, block, key, key_id, payer, receiver,
    rekey, transfer,
};
use crate::gadget::meddle::Draft;
use crate::gadget::operation::Kind;
use crate::hash::Val;
use crate::ledger::{Account, Operation, Rekey, Transfer};
use crate::stark::mutation::Forged;

/// The payer has less than it pays: the highest limb of what is left is −1.
pub(crate) fn payment_above_the_balance<S: Subject>() -> Forged {
    let transfer = Operation::Transfer(transfer(0x0005 << 48));
    let block = block::<S>(&accounts(PAYER, payer()), transfer, PAYER);
    change::<S>(&block, below_zero::<S>)
}

/// Makes the highest limb of what the payer has left negative, by its highest digit.
fn below_zero<S: Subject>(nth: usize, draft: &mut Draft<'_, S::Cells>) {
    if (draft.kind, nth) == (of(Kind::Start), 0) {
        let (signature, operation) = S::parts(draft.cells);
        operation.left[3] -= Val::from_u32(1 << 16);
        signature.state[15] -= Val::from_u8(4);
    }
}

/// The same, and no row says of which digits it is made.
pub(crate) fn payment_without_digits<S: Subject>() -> Forged {
    let transfer = Operation::Transfer(transfer(0x0005 << 48));
    let block = block::<S>(&accounts(PAYER, payer()), transfer, PAYER);
    forge::<S>(
        &block,
        &S::Cells::default(),
        &below_zero::<S>,
        |trace, _| {
            remove(trace, [0]);
        },
    )
}

/// A digit that is none, and makes up for another one, in the row of the fee.
pub(super) fn digit<S: Subject>(block: &Block, digit: usize) -> Forged {
    let limb = digit / 8;
    let other = 8 * limb + (digit + 1) % 8;
    let power = |i: usize| Val::from_u8(4).exp_u64(u64::try_from(i % 8).unwrap());
    change::<S>(block, |_, draft| {
        if draft.kind == of(Kind::Fee) {
            let (signature, _) = S::parts(draft.cells);
            let mut digits = draft.input.iter_mut().chain(&mut signature.state);
            let step = {
                let other = digits.nth(other).unwrap();
                let step = if *other == Val::ZERO {
                    Val::ONE
                } else {
                    Val::NEG_ONE
                };
                *other += step;
                step
            };
            let (signature, _) = S::parts(draft.cells);
            let mut digits = draft.input.iter_mut().chain(&mut signature.state);
            *digits.nth(digit).unwrap() -= step * power(other) * power(digit).inverse();
        }
    })
}

/// A carry of −30,720: in the field it takes one from its limb, and 30,720 from the next one.
pub(crate) fn money_from_a_carry<S: Subject>(limb: usize) -> Forged {
    let operation = transfer(0x0001_0001_0001_0001);
    let operation = Operation::Transfer(Transfer {
        fee: 0,
        ..operation
    });
    let mut block = block::<S>(&accounts(PAYER, payer()), operation, PAYER);
    let made = 1_u64 << (16 * limb) | 30_720 << (16 * (limb + 1));
    block.operations[0].payer_after.balance += made;
    change::<S>(&block, |nth, draft| {
        if (draft.kind, nth) == (of(Kind::Old0), 0) {
            S::parts(draft.cells).0.state[4 + limb] = -Val::from_u32(30_720);
        }
    })
}

/// A transfer to a number that nobody has.
pub(crate) fn transfer_to_nobody<S: Subject>() -> Forged {
    let transfer = Transfer {
        to: VACANT,
        ..transfer(AMOUNT)
    };
    let block = block::<S>(
        &accounts(PAYER, payer()),
        Operation::Transfer(transfer),
        PAYER,
    );
    change::<S>(&block, |_, _| {})
}

/// A transfer that nobody receives.
pub(crate) fn transfer_that_nobody_receives<S: Subject>() -> Forged {
    let mut block = a_transfer::<S>();
    block.operations[0].receiver = None;
    change::<S>(&block, |_, _| {})
}

/// The receiver has more than an account can.
pub(crate) fn receiver_above_the_limit<S: Subject>() -> Forged {
    let accounts = accounts(PAYER, payer());
    let full = Account {
        balance: u64::MAX,
        ..receiver()
    };
    let accounts = accounts.with(RECEIVER, full);
    let mut block = block::<S>(&accounts, Operation::Transfer(transfer(1 << 48)), PAYER);
    let after = block.operations[0].receiver_after.as_mut().unwrap();
    after.balance = u64::MAX;
    change::<S>(&block, |nth, draft| {
        if (draft.kind, nth) == (of(Kind::Balance), 0) {
            let (signature, operation) = S::parts(draft.cells);
            operation.left[3] += Val::ONE;
            signature.state[8] += Val::ONE;
        }
    })
}

/// A change of key to what a transfer says is received, too.
pub(crate) fn change_of_key_that_pays<S: Subject>() -> Forged {
    let operation = Operation::Rekey(Rekey {
        new_key_id: as_key_id(RECEIVER, AMOUNT),
        ..rekey(PAYER)
    });
    let mut block = block::<S>(&accounts(PAYER, payer()), operation, PAYER);
    let mut after = receiver();
    after.balance += AMOUNT;
    let operation = &mut block.operations[0];
    operation.receiver = Some(accounts(PAYER, operation.payer_after).open(RECEIVER));
    (operation.receiver_after, operation.receiver_index) = (Some(after), RECEIVER);
    change::<S>(&block, |_, _| {})
}

/// A transfer of which the account that signs is the one that receives, and nobody pays.
pub(crate) fn transfer_that_nobody_pays<S: Subject>() -> Forged {
    let same_key = Account {
        key_id: key_id(&key()),
        ..receiver()
    };
    let accounts = accounts(PAYER, payer()).with(RECEIVER, same_key);
    let mut block = block::<S>(&accounts, Operation::Transfer(transfer(AMOUNT)), PAYER);
    let operation = &mut block.operations[0];
    let mut after = same_key;
    after.balance += AMOUNT;
    operation.payer = accounts.open(RECEIVER);
    operation.payer_index = RECEIVER;
    operation.payer_after = after;
    operation.receiver = None;
    block.detour.credits_signer = true;
    change::<S>(&block, |nth, draft| {
        if (draft.kind, nth) == (of(Kind::Start), 0) {
            S::parts(draft.cells).1.receiver = Val::ONE;
        }
    })
}

/// No row says of which digits the amount is made: its highest limb is −1.
pub(crate) fn amount_without_digits<S: Subject>() -> Forged {
    let mut block = a_transfer::<S>();
    let operation = &mut block.operations[0];
    operation.payer_after.balance += 1 << 48;
    operation.receiver_after.as_mut().unwrap().balance -= 1 << 48;
    let act = |nth: usize, draft: &mut Draft<'_, S::Cells>| {
        if (draft.kind, nth) == (of(Kind::Start), 0) {
            S::parts(draft.cells).1.body[5] -= Val::ONE;
        }
    };
    forge::<S>(&block, &S::Cells::default(), &act, |trace, _| {
        let amount = rows_of::<S>(trace, of(Kind::Amount));
        remove(trace, amount);
    })
}
