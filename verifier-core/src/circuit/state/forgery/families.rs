//! Forgeries of what `state` adds to operations that no change of one cell reaches.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use p3_field::{Field, PrimeCharacteristicRing};

use crate::circuit::forging::operation::{a_registration, remove};
use crate::circuit::forging::world::{
    AMOUNT, CHAIN, COLLECTOR, LEAF, PAYER, VACANT, accounts, block, block_of, key, key_id, payer,
    rekey, transfer,
};
use crate::circuit::forging::{Block, a_rekey, a_transfer, forge, rows_of};
use crate::circuit::state::State;
use crate::circuit::state::columns::{Cells, Kind};
use crate::circuit::state::statement::PublicValues;
use crate::gadget::meddle::Draft;
use crate::gadget::operation::{Kind as OperationKind, OperationRow};
use crate::gadget::permutation;
use crate::gadget::rows::TraceCells;
use crate::gadget::signature::Kind as SignatureKind;
use crate::hash::Val;
use crate::ledger::{Account, Operation, Register, Transfer};
use crate::signature::KeyPurpose;
use crate::signature::open_key::OpenKey;
use crate::stark::Trace;
use crate::stark::mutation::{Attempt, Forge, Forged};

/// The place of a kind among those of the circuit.
const fn own(kind: Kind) -> usize {
    SignatureKind::COUNT + OperationKind::COUNT + kind.place()
}

/// The place of a kind of row of an operation.
const fn of(kind: OperationKind) -> usize {
    SignatureKind::COUNT + kind.place()
}

fn change(block: &Block, act: impl Fn(usize, &mut Draft<'_, Cells>) + Sync) -> Forged {
    forge::<State>(block, &Cells::default(), &act, |_, _| {})
}

/// A change of a cell of a path in the tree of operations.
#[derive(Clone, Copy)]
enum Walk {
    FlipBit,
    Weight,
    Sum,
}

/// The operation is put at place 4 of a block that has none.
const PLACE: u32 = 4;

/// A row of a path, the level, and what is wrong there.
type At = (Kind, usize, Walk);

/// What is wrong, and where in its path.
const PLACES: &[(&str, &[At])] = &[
    ("another place in the block", &[]),
    (
        "a place of which the second row of a level has another bit",
        &[(Kind::NewTx, 2, Walk::FlipBit)],
    ),
    (
        "a place that has no weight in the second row of the first level",
        &[(Kind::NewTx, 0, Walk::Weight)],
    ),
    (
        "a place of which the second row takes the number away",
        &[(Kind::NewTx, 0, Walk::Sum)],
    ),
    (
        "a place whose path starts without weight",
        &[(Kind::OldTx, 0, Walk::Weight)],
    ),
    (
        "a place whose path starts with less than nothing",
        &[(Kind::OldTx, 0, Walk::Sum)],
    ),
    (
        "a place whose path goes on without weight",
        &[(Kind::OldTx, 1, Walk::Weight)],
    ),
    (
        "a place whose path goes on with less than nothing",
        &[(Kind::OldTx, 1, Walk::Sum)],
    ),
];

/// The forgery number `nth` of the places that are another's.
pub(super) fn other_place(nth: usize) -> Forged {
    let (_, changes) = PLACES[nth];
    let mut block = a_rekey::<State>();
    block.detour.place = Some(PLACE);
    change(&block, |nth, draft| {
        for &(kind, level, change) in changes {
            if (draft.kind, nth) == (own(kind), level) {
                let walk = draft.cells.signature.walk();
                match change {
                    Walk::FlipBit => *walk.bit = Val::ONE - *walk.bit,
                    Walk::Weight => *walk.weight = Val::ZERO,
                    Walk::Sum => *walk.sum = -Val::from_u32(PLACE),
                }
            }
        }
    })
}

/// The fees reach nobody.
pub(super) fn fees_for_nobody() -> Forged {
    let mut block = a_transfer::<State>();
    block.collectors.clear();
    change(&block, |_, _| {})
}

/// The proposer takes the fees twice.
pub(super) fn fees_taken_twice() -> Forged {
    let mut block = a_transfer::<State>();
    let (index, before, after) = block.collectors[0].clone();
    let balance = after.balance + (after.balance - before.account.unwrap().balance);
    let mut again = before;
    again.account = Some(after);
    block
        .collectors
        .push((index, again, Account { balance, ..after }));
    change(&block, |_, _| {})
}

/// An operation of which the proposer's account takes the fee, and nobody pays; from `kind` on it is the
/// account of the proposer that is changed.
fn fee_from(kind: OperationKind) -> Forged {
    let operation = Transfer {
        fee: AMOUNT,
        ..transfer(AMOUNT)
    };
    let proposer = Account {
        key_id: key_id(&key()),
        balance: 0x0001_ffff_fffe,
        nonce: 1,
        key_offset: 0,
    };
    let accounts = accounts(PAYER, payer()).with(COLLECTOR, proposer);
    let mut block = block::<State>(&accounts, Operation::Transfer(operation), PAYER);
    block.collectors.clear();
    block.detour.credits_signer = true;
    let balance = proposer.balance + AMOUNT;
    let planned = &mut block.operations[0];
    planned.payer_index = COLLECTOR;
    planned.payer = accounts.open(COLLECTOR);
    planned.payer_after = Account {
        balance,
        ..proposer
    };
    planned.receiver = None;
    change(&block, |nth, draft| {
        if (draft.kind, nth) == (of(kind), 0) {
            draft.cells.own.collects = Val::ONE;
        }
    })
}

/// A carry of 30,720 from a limb of what the proposer gets: in the field it adds one to the limb, and
/// 30,720 to the next one.
fn fees_carry(limb: usize, kind: usize) -> Forged {
    let (block, act) = fees_carried(limb, kind);
    change(&block, act)
}

/// The block of such a forgery, and what is done to its rows of `kind`.
fn fees_carried(limb: usize, kind: usize) -> (Block, impl Fn(usize, &mut Draft<'_, Cells>) + Sync) {
    let mut block = a_rekey::<State>();
    let (_, before, after) = &mut block.collectors[0];
    let account = before.account.as_mut().unwrap();
    account.balance = 0x0001_0001_0001;
    after.balance = account.balance + rekey(PAYER).fee;
    after.balance += 1 << (16 * limb) | 30_720 << (16 * (limb + 1));
    let act = move |_: usize, draft: &mut Draft<'_, Cells>| {
        if draft.kind == kind && draft.cells.own.collects == Val::ONE {
            draft.cells.signature.state[4 + limb] = Val::from_u32(30_720);
        }
    };
    (block, act)
}

/// A digit of what the fees carry that is none, and makes up for another one.
fn fees_digit(digit: usize) -> Forged {
    let block = a_rekey::<State>();
    let other = digit / 5 * 5 + (digit + 1) % 5;
    let power = |i: usize| Val::from_u8(4).exp_u64(u64::try_from(i % 5).unwrap());
    change(&block, |_, draft| {
        if draft.kind == own(Kind::Fees) {
            let step = if draft.input[other] == Val::ZERO {
                Val::ONE
            } else {
                Val::NEG_ONE
            };
            draft.input[other] += step;
            draft.input[digit] -= step * power(other) * power(digit).inverse();
        }
    })
}

/// The block ends with the hash of an operation, which nobody signs and nothing applies.
fn end_after_a_hash(block: &Block, last: OperationKind) -> Forged {
    let edit = |trace: &mut Trace, public: &mut Vec<Val>| {
        let width = trace.width;
        let row = rows_of::<State>(trace, of(last))[0];
        let hash: [Val; 8] = {
            let row = OperationRow::first_of(&trace.values[row * width..]);
            core::array::from_fn(|i| row.signature.permutation.output[i])
        };
        let mut end = trace.values[row * width..(row + 1) * width].to_vec();
        let padding = trace.values[trace.values.len() - width..].to_vec();
        end[..permutation::COLUMNS].copy_from_slice(&padding[..permutation::COLUMNS]);
        set(&mut end, |cells| {
            cells.signature.state[8..].copy_from_slice(&hash);
            cells.signature.walk().start();
            *cells.signature.walk().bit = Val::ZERO;
            cells.operation.node = hash;
            spare(cells);
        });
        finish(trace, row + 1, end, public);
    };
    forge::<State>(block, &Cells::default(), &|_, _| {}, edit)
}

/// Sets the cells that say how many registrations there could still be: sixteen.
fn spare(cells: &mut Cells) {
    cells.signature.quad = Val::from_u8(3);
    cells.signature.digit_bits = [Val::ONE, Val::ONE, Val::ONE, Val::ZERO];
}

/// Returns the cells beside the permutation of a row.
fn cells_of(row: &[Val]) -> Cells {
    let mut cells = Cells::default();
    for (i, value) in row[permutation::COLUMNS..].iter().enumerate() {
        *cells.cell(i) = *value;
    }
    cells
}

/// Changes the cells beside the permutation of a row, which becomes an End.
fn set(row: &mut [Val], change: impl FnOnce(&mut Cells)) {
    let mut cells = cells_of(row);
    change(&mut cells);
    cells.select(own(Kind::End));
    cells.write(&mut row[permutation::COLUMNS..]);
}

/// Makes `end` the row at `at`, with padding behind it, and the claim what it says.
fn finish(trace: &mut Trace, at: usize, end: Vec<Val>, public: &mut Vec<Val>) {
    let width = trace.width;
    let mut padding = end.clone();
    let mut cells = cells_of(&end);
    cells.select(usize::MAX);
    cells.write(&mut padding[permutation::COLUMNS..]);
    let root = *OperationRow::first_of(&end).cols.root;
    for (i, row) in trace.values[at * width..].chunks_mut(width).enumerate() {
        row.copy_from_slice(if i == 0 { &end } else { &padding });
    }
    let mut claim = PublicValues::<Val>::read(public);
    claim.after = root;
    *public = claim.into_vec();
}

/// More registrations than a block may have.
pub(super) fn seventeen_registrations() -> Forged {
    let keys = [key(), OpenKey::new(5)];
    let operations: Vec<_> = (0..17_u32)
        .map(|i| {
            let key = &keys[usize::try_from(i / 16).unwrap()];
            let operation = Operation::Register(Register {
                index: VACANT + i,
                key_id: key.public_key().key_id(KeyPurpose::Account, CHAIN),
                leaf: i % 16,
            });
            (key, operation, VACANT + i)
        })
        .collect();
    let block = block_of::<State>(&accounts(PAYER, payer()), &operations);
    change(&block, |_, _| {})
}

/// The proposer's account takes a fee that nobody pays.
pub(super) fn fee_that_nobody_pays() -> Forged {
    fee_from(OperationKind::Start)
}

/// A carry from a limb of the fees has other digits than it should.
pub(super) fn fees_from_a_carry(limb: usize) -> Forged {
    fees_carry(limb, own(Kind::Fees))
}

/// The block ends with the hash of a transfer, which nobody signs and nothing applies.
pub(super) fn end_after_a_transfers_hash() -> Forged {
    end_after_a_hash(&a_transfer::<State>(), OperationKind::Op1)
}

/// Fees that are there before the first operation: a limb of them.
pub(super) fn fees_from_before(limb: usize) -> Forged {
    let mut block = a_rekey::<State>();
    block.collectors[0].2.balance += 1 << (16 * limb);
    let mut start = Cells::default();
    start.own.fees[limb] = Val::ONE;
    forge::<State>(&block, &start, &|_, _| {}, |_, _| {})
}

/// A registration that pays a fee, which its account does not have: a limb of it.
pub(super) fn registration_with_a_fee(limb: usize) -> Forged {
    let mut block = a_registration::<State>();
    block.collectors[0].2.balance += 1 << (16 * limb);
    change(&block, |nth, draft| {
        if (draft.kind, nth) == (of(OperationKind::Start), 0) {
            draft.cells.operation.fee[limb] += Val::ONE;
        }
    })
}

/// A registration whose key starts later than it should: a limb of the key offset.
fn registration_with_an_offset(limb: usize) -> Forged {
    let mut block = a_registration::<State>();
    block.operations[0].payer_after.key_offset = 1 << (16 * limb);
    change(&block, |_, _| {})
}

/// A registration that is signed at the leaf after its own.
fn registration_at_another_leaf() -> Forged {
    let mut block = a_registration::<State>();
    let operation = &mut block.operations[0];
    operation.sign(operation.message, LEAF + 1);
    change(&block, |_, _| {})
}

/// No row says of which digits is what the fees carry.
pub(super) fn fees_without_digits() -> Forged {
    let (block, act) = fees_carried(0, of(OperationKind::Old0));
    forge::<State>(&block, &Cells::default(), &act, |trace, _| {
        let fees = rows_of::<State>(trace, own(Kind::Fees));
        remove(trace, fees);
    })
}

/// The block ends after an operation: nothing is said of its place, and nobody takes the fees.
pub(super) fn end_after_an_operation() -> Forged {
    let edit = |trace: &mut Trace, public: &mut Vec<Val>| {
        let width = trace.width;
        let row = rows_of::<State>(trace, of(OperationKind::Balance))[0];
        let before = cells_of(&trace.values[(row - 1) * width..row * width]);
        let mut end = trace.values[row * width..(row + 1) * width].to_vec();
        set(&mut end, |cells| {
            cells.operation.left = before.operation.left;
            cells.operation.receiver = before.operation.receiver;
            cells.own.collects = Val::ZERO;
            spare(cells);
        });
        finish(trace, row, end, public);
    };
    forge::<State>(&a_rekey::<State>(), &Cells::default(), &|_, _| {}, edit)
}

/// Returns the forgeries that are not named.
pub(super) fn families() -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let mut push = |name: String, forge: Box<dyn Fn() -> Forged + Send + Sync>| {
        attempts.push(Attempt::by_hand(name, forge));
    };
    for (nth, (name, _)) in PLACES.iter().enumerate() {
        push((*name).into(), Box::new(move || other_place(nth)));
    }
    for limb in 0..3 {
        for (name, kind) in [
            ("that has other digits", own(Kind::Fees)),
            ("after its digits", of(OperationKind::Old0)),
        ] {
            push(
                format!("a carry from limb {limb} of the fees {name}"),
                Box::new(move || fees_carry(limb, kind)),
            );
        }
    }
    for digit in 0..15 {
        push(
            format!("digit {digit} of what the fees carry is none"),
            Box::new(move || fees_digit(digit)),
        );
    }
    for limb in 0..4 {
        let forge = move || fees_from_before(limb);
        push(
            format!("limb {limb} of the fees from before the first row"),
            Box::new(forge),
        );
        let forge = move || registration_with_a_fee(limb);
        push(
            format!("a registration with limb {limb} of a fee"),
            Box::new(forge),
        );
    }
    for limb in 0..2 {
        let forge = move || registration_with_an_offset(limb);
        push(
            format!("a registration with limb {limb} of a key offset"),
            Box::new(forge),
        );
    }
    let alone: [(&str, Forge); 10] = [
        (
            "a registration at another leaf",
            registration_at_another_leaf,
        ),
        ("fees without digits", fees_without_digits),
        ("the block ends after an operation", end_after_an_operation),
        ("the fees reach nobody", fees_for_nobody),
        ("the fees are taken twice", fees_taken_twice),
        ("a fee that nobody pays, from Start", || {
            fee_from(OperationKind::Start)
        }),
        ("a fee that nobody pays, from Old0", || {
            fee_from(OperationKind::Old0)
        }),
        ("the block ends after a hash of two blocks", || {
            end_after_a_hash(&a_transfer::<State>(), OperationKind::Op1)
        }),
        ("the block ends after a hash of three blocks", || {
            end_after_a_hash(&a_rekey::<State>(), OperationKind::Op2)
        }),
        ("seventeen registrations", seventeen_registrations),
    ];
    for (name, forge) in alone {
        push(name.into(), Box::new(forge));
    }
    attempts
}
