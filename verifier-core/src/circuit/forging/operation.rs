//! Forgeries of operations that no change of one cell reaches, for every circuit that applies them.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use p3_field::{Field, PrimeCharacteristicRing};

use super::block::{Block, Subject, forge};
use super::search::rows_of;
use super::world::{
    AMOUNT, CHAIN, LEAF, OTHER, PAYER, RECEIVER, VACANT, accounts, as_key_id, block, key, key_id,
    payer, receiver, register, rekey, transfer,
};
use crate::gadget::meddle::Draft;
use crate::gadget::operation::Kind;
use crate::gadget::signature::Kind as SignatureKind;
use crate::hash::Val;
use crate::ledger::{Account, Operation, Rekey};
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
fn digit<S: Subject>(block: &Block, digit: usize) -> Forged {
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
    let operation = Operation::Transfer(crate::ledger::Transfer {
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

/// The account has another key id than that of the key that signs.
pub(crate) fn signed_by_another_key<S: Subject>(lane: usize) -> Forged {
    let block = if S::TRANSFERS {
        a_transfer::<S>()
    } else {
        a_registration::<S>()
    };
    change::<S>(&block, |nth, draft| {
        if is_account(draft.kind) && nth == 0 {
            draft.input[lane] += Val::ONE;
        }
        if (draft.kind, nth) == (first_of::<S>(), 0) {
            S::parts(draft.cells).0.state[8 + lane] += Val::ONE;
        }
    })
}

/// The payer's account is not opened: nothing says what it has.
pub(crate) fn unopened_account<S: Subject>() -> Forged {
    let mut block = a_transfer::<S>();
    block.operations[0].payer_after.balance += 1 << 40;
    edited::<S>(&block, |trace| {
        let rows = [Kind::Old0, Kind::Old1].map(|kind| rows_of::<S>(trace, of(kind))[0]);
        remove(trace, rows);
    })
}

/// The leaf after the right one signs.
pub(crate) fn signed_at_another_leaf<S: Subject>() -> Forged {
    let mut block = an_operation::<S>(VACANT, VACANT);
    let operation = &mut block.operations[0];
    operation.sign(operation.message, LEAF + 1);
    change::<S>(&block, |_, _| {})
}

/// An operation with a nonce that the account had before.
pub(crate) fn nonce_of_before<S: Subject>() -> Forged {
    let account = Account {
        nonce: 0x0002_0004,
        ..payer()
    };
    let operation = Operation::Rekey(rekey(PAYER));
    change::<S>(
        &block::<S>(&accounts(PAYER, account), operation, PAYER),
        |_, _| {},
    )
}

/// A transfer to a number that nobody has.
pub(crate) fn transfer_to_nobody<S: Subject>() -> Forged {
    let transfer = crate::ledger::Transfer {
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

/// An operation of no kind, or of two.
pub(crate) fn operation_of_kinds<S: Subject>(transfer: bool, rekey: bool) -> Forged {
    let mut block = a_rekey::<S>();
    // As far as it is a transfer, the new key id is what is received and nobody does, but for the fee.
    if let Operation::Rekey(rekey) = &mut block.operations[0].signed.operation {
        rekey.new_key_id = as_key_id(RECEIVER, 0);
    }
    block.operations[0].payer_after.key_id = as_key_id(RECEIVER, 0);
    change::<S>(&block, |nth, draft| {
        if (draft.kind, nth) == (of(Kind::Start), 0) {
            let (_, operation) = S::parts(draft.cells);
            [operation.transfer, operation.rekey] = [transfer, rekey].map(Val::from_bool);
        }
    })
}

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

/// A third block in the hash of an operation that has two: it starts from what it likes.
pub(crate) fn third_block<S: Subject>() -> Forged {
    let mut block = if S::TRANSFERS {
        a_transfer::<S>()
    } else {
        a_registration::<S>()
    };
    block.detour.third_block = Some(true);
    change::<S>(&block, |_, draft| {
        if draft.kind == of(Kind::Op2) {
            let (signature, operation) = S::parts(draft.cells);
            let nonce = operation.nonce;
            // What is said of the row after the last block holds for this one as well.
            let mut hash: [Val; 8] = core::array::from_fn(|i| draft.input[i]);
            hash.iter_mut()
                .zip(nonce)
                .for_each(|(x, nonce)| *x -= nonce);
            signature.state[8..].copy_from_slice(&hash);
            signature.walk().start();
            operation.node = hash;
            draft.input[..8].fill(Val::ZERO);
        }
    })
}

/// An operation of the other circuit.
pub(crate) fn operation_of_another_circuit<S: Subject>() -> Forged {
    let block = if S::TRANSFERS {
        a_registration::<S>()
    } else {
        a_rekey::<S>()
    };
    change::<S>(&block, |_, _| {})
}

/// A registration of an account that has something, and no row that says it has not.
pub(crate) fn registration_without_digits<S: Subject>() -> Forged {
    let mut block = a_registration::<S>();
    block.operations[0].payer_after.balance = 0x0007_0000_0000;
    edited::<S>(&block, |trace| remove(trace, [0]))
}

/// Nobody signs: the account has the hash of the operation as its key id.
pub(crate) fn operation_that_nobody_signed<S: Subject>(rekeys: bool) -> Forged {
    let mut start = S::Cells::default();
    let block = if S::TRANSFERS {
        let operation = if rekeys {
            Operation::Rekey(rekey(PAYER))
        } else {
            Operation::Transfer(transfer(AMOUNT))
        };
        let account = Account {
            key_id: operation.hash(CHAIN).0,
            ..payer()
        };
        block::<S>(&accounts(PAYER, account), operation, PAYER)
    } else {
        a_registration::<S>()
    };
    let cells = S::parts(&mut start).0;
    cells.parameter = key().public_key().parameter;
    cells.leaf = Val::from_u32(LEAF);
    let hash = block.operations[0].message;
    let act = |nth: usize, draft: &mut Draft<'_, S::Cells>| {
        if is_account(draft.kind) && nth == 0 {
            S::parts(draft.cells).0.state[8..].copy_from_slice(&hash.0);
            if draft.kind == of(Kind::Old0) || !rekeys {
                draft.input[..8].copy_from_slice(&hash.0);
            }
        }
    };
    forge::<S>(&block, &start, &act, |trace, _| {
        let signed = (0..SignatureKind::COUNT).flat_map(|kind| rows_of::<S>(trace, kind));
        let signed: Vec<usize> = signed.collect();
        remove(trace, signed);
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

/// The nonce goes up to another high limb before the low one is full.
pub(crate) fn nonce_that_carries_early<S: Subject>() -> Forged {
    let block = an_operation::<S>(VACANT, VACANT);
    change::<S>(&block, |nth, draft| {
        if (draft.kind, nth) == (first_of::<S>(), 0) {
            let (signature, operation) = S::parts(draft.cells);
            let [low, high] = operation.nonce;
            signature.digit_bits[1] = Val::ONE;
            let full = Val::from_u32(0xffff);
            let rekeys = operation.rekey;
            signature.state[0] = low - full;
            signature.state[1] = high + Val::ONE;
            signature.state[2] = rekeys * signature.state[0];
            signature.state[3] = rekeys * signature.state[1];
            signature.state[7] = (high - full).inverse();
        }
    })
}

/// A small number, whose account another one with it as high limb is taken for.
const SMALL: u32 = 0x21;
/// A number below 2^31 of which half the limbs can be doubled.
const HALF: u32 = 0x1234_1678;

/// What a row of a path says is another, and the path is that of another account.
struct OtherPath {
    name: &'static str,
    /// The account that the path leads to, and the number that the operation names.
    at: u32,
    index: u32,
    /// Levels of the path.
    levels: usize,
    /// What is changed in a row of the path: its kind, its level, and cells.
    changes: &'static [(Kind, usize, Cells)],
}

/// Changes of bit, count, weight, sum and `high`, where not as they are.
#[derive(Clone, Copy)]
enum Cells {
    FlipBit,
    Count,
    Weight(u32),
    Sum(u32),
    High(bool),
    /// `high` in this row alone.
    HighHere,
    /// Weight and sum as in one walk over both limbs.
    GoOn(u32),
}

const OTHER_PATHS: &[OtherPath] = &[
    OtherPath {
        name: "a bit of the number in the second row of a level",
        at: PAYER,
        index: PAYER ^ 8,
        levels: 32,
        changes: &[(Kind::NewPath, 3, Cells::FlipBit)],
    },
    OtherPath {
        name: "a low limb that nobody looks at, since a second row is of the upper half",
        at: SMALL,
        index: SMALL << 16 | 0x5678,
        levels: 32,
        changes: &[
            (Kind::NewPath, 15, Cells::HighHere),
            (Kind::OldPath, 16, Cells::GoOn(SMALL)),
        ],
    },
    OtherPath {
        name: "a level is counted twice, in its second row",
        at: PAYER,
        index: PAYER,
        levels: 31,
        changes: &[(Kind::NewPath, 20, Cells::Count)],
    },
    OtherPath {
        name: "a weight of two in the second row of the first level",
        at: HALF,
        index: HALF + (HALF & 0xffff),
        levels: 32,
        changes: &[(Kind::NewPath, 0, Cells::Weight(2))],
    },
    OtherPath {
        name: "a sum of one in the second row of the first level",
        at: PAYER,
        index: PAYER + 1,
        levels: 32,
        changes: &[(Kind::NewPath, 0, Cells::Sum(1))],
    },
    OtherPath {
        name: "a level is counted twice",
        at: PAYER,
        index: PAYER,
        levels: 31,
        changes: &[(Kind::OldPath, 20, Cells::Count)],
    },
    OtherPath {
        name: "a sum of one more at the fourth level",
        at: PAYER,
        index: PAYER + 1,
        levels: 32,
        changes: &[(Kind::OldPath, 3, Cells::Sum((PAYER & 7) + 1))],
    },
    OtherPath {
        name: "the upper limb starts a level early",
        at: PAYER,
        index: (PAYER & 0x7fff) | (PAYER >> 15) << 16,
        levels: 32,
        changes: &[
            (Kind::OldPath, 15, Cells::High(true)),
            (Kind::OldPath, 15, Cells::Weight(1)),
            (Kind::OldPath, 15, Cells::Sum(0)),
            (Kind::OldPath, 16, Cells::Weight(2)),
            (Kind::OldPath, 16, Cells::Sum(PAYER >> 15 & 1)),
        ],
    },
    OtherPath {
        name: "the upper limb starts with a weight of two",
        at: HALF,
        index: HALF + (HALF & 0xffff_0000),
        levels: 32,
        changes: &[(Kind::OldPath, 16, Cells::Weight(2))],
    },
    OtherPath {
        name: "the upper limb starts with a sum of one",
        at: PAYER,
        index: PAYER + 0x1_0000,
        levels: 32,
        changes: &[(Kind::OldPath, 16, Cells::Sum(1))],
    },
    OtherPath {
        name: "a path of 31 levels",
        at: PAYER,
        index: PAYER,
        levels: 31,
        changes: &[],
    },
    OtherPath {
        name: "a low limb that nobody looks at, since all levels are of the lower half",
        at: SMALL,
        index: SMALL << 16 | 0x5678,
        levels: 32,
        changes: &[
            (Kind::OldPath, 16, Cells::High(false)),
            (Kind::OldPath, 16, Cells::GoOn(SMALL)),
        ],
    },
    OtherPath {
        name: "a path that starts at level one",
        at: PAYER,
        index: (PAYER & 0x7fff) | (PAYER >> 15) << 16,
        levels: 31,
        changes: &[(Kind::OldPath, 0, Cells::Count)],
    },
    OtherPath {
        name: "a path that starts with a weight of two",
        at: HALF,
        index: HALF + (HALF & 0xffff),
        levels: 32,
        changes: &[(Kind::OldPath, 0, Cells::Weight(2))],
    },
    OtherPath {
        name: "a path that starts with a sum of one",
        at: PAYER,
        index: PAYER + 1,
        levels: 32,
        changes: &[(Kind::OldPath, 0, Cells::Sum(1))],
    },
    OtherPath {
        name: "a low limb that nobody looks at, since all levels are of the upper half",
        at: SMALL,
        index: SMALL << 16 | 0x5678,
        levels: 32,
        changes: &[
            (Kind::OldPath, 0, Cells::High(true)),
            (Kind::OldPath, 16, Cells::GoOn(SMALL)),
        ],
    },
];

/// The forgery number `nth` of the paths that are another's.
pub(crate) fn other_path<S: Subject>(nth: usize) -> Forged {
    let path = &OTHER_PATHS[nth];
    let mut block = an_operation::<S>(path.index, path.at);
    block.detour.signer_levels = Some(path.levels);
    change::<S>(&block, |nth, draft| {
        for &(kind, level, change) in path.changes {
            if (draft.kind, nth) != (of(kind), level) {
                continue;
            }
            let (signature, operation) = S::parts(draft.cells);
            let walk = signature.walk();
            match change {
                Cells::FlipBit => *walk.bit = Val::ONE - *walk.bit,
                Cells::Count => *walk.count += Val::ONE,
                Cells::Weight(weight) => *walk.weight = Val::from_u32(weight),
                Cells::Sum(sum) => *walk.sum = Val::from_u32(sum),
                Cells::High(high) => operation.high = Val::from_bool(high),
                Cells::GoOn(number) => {
                    *walk.weight = Val::from_u32(1 << level);
                    *walk.sum = Val::from_u32(number);
                }
                Cells::HighHere => {
                    let mut written = draft.cells.clone();
                    S::parts(&mut written).1.high = Val::ONE;
                    draft.written = Some(written);
                }
            }
        }
    })
}

/// Returns the forgeries of what a circuit has of operations, beside those that somebody named.
pub(crate) fn operations<S: Subject>() -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let mut push = |name: String, forge: Box<dyn Fn() -> Forged + Send + Sync>| {
        let (name, written) = (format!("by hand: {name}"), true);
        attempts.push(Attempt {
            round: 0,
            glance: None,
            name,
            written,
            forge,
        });
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
