//! Forgeries of operations that no change of one cell reaches, for every circuit that applies them.

mod path;
mod payment;
mod registration;
mod signer;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use self::path::OTHER_PATHS;
pub(crate) use self::path::other_path;
use self::payment::digit;
pub(crate) use self::payment::{
    amount_without_digits, change_of_key_that_pays, money_from_a_carry, payment_above_the_balance,
    payment_without_digits, receiver_above_the_limit, transfer_that_nobody_pays,
    transfer_that_nobody_receives, transfer_to_nobody,
};
pub(crate) use self::registration::{
    registration_of_an_account, registration_that_receives, registration_with_a_balance,
    registration_without_digits,
};
pub(crate) use self::signer::{
    nonce_of_before, nonce_that_carries_early, operation_of_another_circuit, operation_of_kinds,
    operation_that_nobody_signed, signed_at_another_leaf, signed_by_another_key, third_block,
    unopened_account,
};
use crate::circuit::forging::block::{Block, Subject, forge};
use crate::circuit::forging::world::{
    AMOUNT, OTHER, PAYER, VACANT, accounts, block, payer, register, rekey, transfer,
};
use crate::gadget::meddle::Draft;
use crate::gadget::operation::Kind;
use crate::gadget::signature::Kind as SignatureKind;
use crate::ledger::Operation;
use crate::stark::Trace;
use crate::stark::mutation::{Attempt, Forge, Forged};

/// The place of a kind among those of the circuit.
pub(crate) const fn of(kind: Kind) -> usize {
    SignatureKind::COUNT + kind.place()
}

/// The kind of the first row of an account that [`an_operation`] changes.
const fn first_of<S: Subject>() -> usize {
    of(if S::TRANSFERS { Kind::Old0 } else { Kind::New0 })
}

/// Whether a row hashes the key id of an account, before or after.
fn is_account(kind: usize) -> bool {
    [of(Kind::Old0), of(Kind::New0)].contains(&kind)
}

/// Makes the forgery of a block in which `act` changes rows.
fn change<S: Subject>(
    block: &Block,
    act: impl Fn(usize, &mut Draft<'_, S::Cells>) + Sync,
) -> Forged {
    forge::<S>(block, &S::Cells::default(), &act, |_, _| {})
}

/// Makes the forgery of a block of which `edit` changes the trace.
fn edited<S: Subject>(block: &Block, edit: impl FnOnce(&mut Trace)) -> Forged {
    let nothing = |_: usize, _: &mut Draft<'_, S::Cells>| {};
    forge::<S>(block, &S::Cells::default(), &nothing, |trace, _| {
        edit(trace)
    })
}

/// Takes some rows out of a trace; there is more padding behind it then.
pub(crate) fn remove(trace: &mut Trace, rows: impl IntoIterator<Item = usize>) {
    let width = trace.width;
    let mut rows: Vec<usize> = rows.into_iter().collect();
    rows.sort_unstable();
    let padding = trace.values[trace.values.len() - width..].to_vec();
    for row in rows.into_iter().rev() {
        trace.values.drain(row * width..(row + 1) * width);
        trace.values.extend_from_slice(&padding);
    }
}

/// A transfer by the account that pays.
pub(crate) fn a_transfer<S: Subject>() -> Block {
    block::<S>(
        &accounts(PAYER, payer()),
        Operation::Transfer(transfer(AMOUNT)),
        PAYER,
    )
}

/// A change of key by it.
pub(crate) fn a_rekey<S: Subject>() -> Block {
    block::<S>(
        &accounts(PAYER, payer()),
        Operation::Rekey(rekey(PAYER)),
        PAYER,
    )
}

/// A registration.
pub(crate) fn a_registration<S: Subject>() -> Block {
    block::<S>(
        &accounts(PAYER, payer()),
        Operation::Register(register(VACANT)),
        VACANT,
    )
}

/// An operation of the circuit that changes one account: it names `index`, and its paths lead to `at`.
fn an_operation<S: Subject>(index: u32, at: u32) -> Block {
    if S::TRANSFERS {
        block::<S>(&accounts(at, payer()), Operation::Rekey(rekey(index)), at)
    } else {
        let accounts = accounts(OTHER, payer());
        block::<S>(&accounts, Operation::Register(register(index)), at)
    }
}

/// Returns the forgeries of what a circuit has of operations, beside those that somebody named.
pub(crate) fn operations<S: Subject>() -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let mut push = |name: String, forge: Box<dyn Fn() -> Forged + Send + Sync>| {
        attempts.push(Attempt::by_hand(name, forge));
    };
    for (nth, path) in OTHER_PATHS.iter().enumerate() {
        push(path.name.into(), Box::new(move || other_path::<S>(nth)));
    }
    let any = || an_operation::<S>(VACANT, VACANT);
    for i in 0..32 {
        let forge = move || digit::<S>(&any(), i);
        push(format!("digit {i} of the fee is none"), Box::new(forge));
    }
    for lane in 0..8 {
        push(
            format!("lane {lane} of the key id of another key"),
            Box::new(move || signed_by_another_key::<S>(lane)),
        );
    }
    push(
        "signed at another leaf".into(),
        Box::new(signed_at_another_leaf::<S>),
    );
    push(
        "the nonce carries early".into(),
        Box::new(nonce_that_carries_early::<S>),
    );
    push(
        "nobody signs".into(),
        Box::new(|| operation_that_nobody_signed::<S>(false)),
    );
    push(
        "an operation of another circuit".into(),
        Box::new(operation_of_another_circuit::<S>),
    );
    push("a third block".into(), Box::new(third_block::<S>));
    if S::REGISTERS {
        for limb in 0..4 {
            push(
                format!("a registration with limb {limb} of a balance"),
                Box::new(move || registration_with_a_balance::<S>(limb)),
            );
        }
        push(
            "a registration without digits".into(),
            Box::new(registration_without_digits::<S>),
        );
        push(
            "a registration of an account".into(),
            Box::new(registration_of_an_account::<S>),
        );
    }
    if S::TRANSFERS {
        for limb in 0..3 {
            push(
                format!("money from a carry of limb {limb}"),
                Box::new(move || money_from_a_carry::<S>(limb)),
            );
        }
        let alone: [(&str, Forge); 12] = [
            (
                "a payment above the balance",
                payment_above_the_balance::<S>,
            ),
            ("a payment without digits", payment_without_digits::<S>),
            ("a payer that is not opened", unopened_account::<S>),
            ("a nonce of before", nonce_of_before::<S>),
            ("a transfer to nobody", transfer_to_nobody::<S>),
            (
                "a transfer that nobody receives",
                transfer_that_nobody_receives::<S>,
            ),
            ("a receiver above the limit", receiver_above_the_limit::<S>),
            ("a change of key that pays", change_of_key_that_pays::<S>),
            (
                "a transfer that nobody pays",
                transfer_that_nobody_pays::<S>,
            ),
            ("an amount without digits", amount_without_digits::<S>),
            ("nobody signs a change of key", || {
                operation_that_nobody_signed::<S>(true)
            }),
            ("an operation of no kind", || {
                operation_of_kinds::<S>(false, false)
            }),
        ];
        for (name, forge) in alone {
            push(name.into(), Box::new(forge));
        }
    }
    attempts
}
