//! Changes that are more than one lane or one cell.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use p3_field::{Field, PrimeCharacteristicRing};

use super::super::Span;
use super::super::columns::{Cells, Kind, OwnPlaces};
use super::ends::Ends;
use super::forge::{edit_rows, own};
use crate::circuit::forging::rowwise::{Rowwise, changed, forge, honest, kinds, selectors};
use crate::circuit::forging::signature::{SIGNATURE, endless, other_side, set_permutation};
use crate::gadget::inverse::inverse_permutation;
use crate::gadget::meddle::Draft;
use crate::gadget::permutation::{self, Permutation};
use crate::gadget::signature::{Kind as SignatureKind, SignatureCols};
use crate::gadget::walk::feed_forward;
use crate::hash::{Digest, Val, permute};
use crate::stark::Trace;
use crate::stark::mutation::{Attempt, Forged};

/// Where the circuit's own columns are in a row.
const OWN: OwnPlaces = OwnPlaces::from(permutation::COLUMNS + SignatureCols::<()>::WIDTH);

/// One end, signed by a member of an odd index at an odd leaf.
pub(super) fn one_end() -> Ends {
    Ends::alone(99, 100, &[5])
}

/// Two ends, the second behind no carry.
pub(super) fn two_ends() -> Ends {
    Ends::alone(99, 100, &[5, 0])
}

/// One end, signed by two thirds of its set and no more.
pub(super) fn two_thirds() -> Ends {
    Ends::new(99, 100, &[(&[2, 1], &[0])])
}

/// Does something to the rows of ends.
pub(super) fn acted(
    ends: &Ends,
    act: impl Fn(usize, &mut Draft<'_, Cells>) + Clone + Send + Sync,
) -> Forged {
    forge::<Span>(ends, &Cells::default(), &act, |_, _| {})
}

/// Returns the attempts.
pub(super) fn attempts() -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let mut push = |name: String, forge: Box<dyn Fn() -> Forged + Send + Sync>| {
        attempts.push(Attempt::by_hand(name, forge));
    };
    let kinds = Span::KINDS.iter().enumerate();
    for (kind, name) in kinds.filter(|&(kind, _)| kind != own(Kind::History0)) {
        let name = format!("{name} is −1 beside another");
        push(name, Box::new(move || second_kind(kind)));
    }
    for (name, count, forge) in NUMBERED {
        for i in 0..count {
            push(format!("{name}, {i}"), Box::new(move || forge(i)));
        }
    }
    for (name, forge) in ALONE {
        push(name.into(), Box::new(forge));
    }
    attempts
}

/// Makes a forgery of a number.
type Numbered = (&'static str, usize, fn(usize) -> Forged);

/// What is changed, and how many of it there are.
const NUMBERED: [Numbered; 9] = [
    ("a bit of the gap is none", 10, |bit| {
        bits(&one_end(), SignatureKind::Message0.place(), bit)
    }),
    ("a bit of a height is none", 16, |bit| {
        bits(&two_ends(), own(Kind::History0), bit)
    }),
    ("a digit of Final is none", 28, final_digit),
    ("a digit of a power is none", 16, |digit| {
        digits(Kind::Set1, digit)
    }),
    ("a digit of an integer is none", 24, |digit| {
        digits(Kind::Header0, digit)
    }),
    ("another set", 8, opening_of_another_set),
    ("another set on the way", 8, set_that_changes),
    ("another tree", 8, another_tree),
    ("a hash of no header", 8, hash_of_no_header),
];

/// A change of its own.
type Alone = (&'static str, fn() -> Forged);

const ALONE: [Alone; 18] = [
    ("rows after the end", rows_after_the_end),
    ("no end", || no_end(|_| {})),
    ("no first end", history_first),
    ("a total that changes on the way", || total_that_changes(1)),
    ("another tree on the way", || tree_that_changes(3)),
    ("a set's path of nine levels", || {
        shorter(&one_end(), own(Kind::SetPath), 9, Val::ZERO)
    }),
    ("a set's path of nine levels, counted from 1", || {
        shorter(&one_end(), own(Kind::SetPath), 9, Val::ONE)
    }),
    ("a lower half of 15 levels", || {
        shorter(&two_ends(), own(Kind::HistoryLow), 15, Val::ZERO)
    }),
    ("a lower half of 15 levels, counted from 1", || {
        shorter(&two_ends(), own(Kind::HistoryLow), 15, Val::ONE)
    }),
    ("an upper half of 15 levels", || {
        shorter(&two_ends(), own(Kind::HistoryHigh), 15, Val::ZERO)
    }),
    ("an upper half of 15 levels, counted from 1", || {
        shorter(&two_ends(), own(Kind::HistoryHigh), 15, Val::ONE)
    }),
    (
        "another leaf of a set, its number started by one more",
        || other_side::<Span>(&one_end(), own(Kind::SetPath), Val::ONE),
    ),
    (
        "another leaf of a history, its number started by one more",
        || other_side::<Span>(&two_ends(), own(Kind::HistoryLow), Val::ONE),
    ),
    ("another upper half, its number started by one less", || {
        other_upper_half(Val::NEG_ONE)
    }),
    ("the last row is a Set1", || cut(Kind::Set1)),
    ("the last row is a Header5", || cut(Kind::Header5)),
    ("the last row is a Vote1", || cut(Kind::Vote1)),
    ("the last row is a History1", || cut(Kind::History1)),
];

/// In the last row a kind is −1 beside another one, so that none is set in sum; all else is as the kind asks.
fn second_kind(kind: usize) -> Forged {
    let ends = two_ends();
    let forged = honest::<Span>(&ends);
    let of_kinds = kinds::<Span>(&forged.trace);
    let mut like = (0..of_kinds.len()).filter(|&row| of_kinds[row] == kind);
    // The first Ends has no flag; the last row of all other kinds fits what is carried.
    let like = match kind == SignatureKind::Ends.place() {
        true => like.next(),
        false => like.next_back(),
    };
    edited(&ends, move |rows| {
        let last = rows.len() - 1;
        let mut row = rows[like.unwrap_or_default()].clone();
        carry(&mut row, &rows[last].clone());
        if kind == own(Kind::Set1) {
            // What it gives is the set that is carried.
            let mut output = [Val::ZERO; 16];
            output[..8].copy_from_slice(&row[OWN.set]);
            set_permutation(&mut row, inverse_permutation(&output));
        }
        if kind == SignatureKind::Message0.place() {
            row[OWN.index.start] -= Val::ONE;
        }
        let columns = selectors::<Span>();
        columns.iter().for_each(|&column| row[column] = Val::ZERO);
        let beside = match kind == SignatureKind::Path.place() {
            true => SignatureKind::Node,
            false => SignatureKind::Path,
        };
        row[columns[kind]] = Val::NEG_ONE;
        row[columns[beside.place()]] = Val::ONE;
        rows[last] = row;
    })
}

/// Takes what is carried from another row.
fn carry(row: &mut [Val], from: &[Val]) {
    let own = OWN.message.start..OWN.epoch.end;
    for cells in [SIGNATURE.parameter, SIGNATURE.leaf, own] {
        row[cells.clone()].copy_from_slice(&from[cells]);
    }
}

/// Changes the rows of ends by hand.
pub(super) fn edited(ends: &Ends, edit: impl Fn(&mut Vec<Vec<Val>>)) -> Forged {
    let nothing = |_: usize, _: &mut Draft<'_, Cells>| {};
    forge::<Span>(ends, &Cells::default(), &nothing, |trace, _| {
        edit_rows(trace, &edit);
    })
}

/// The end comes twice.
fn rows_after_the_end() -> Forged {
    edited(&one_end(), |rows| {
        let end = selectors::<Span>()[own(Kind::End)];
        let last = rows.iter().position(|row| row[end] == Val::ONE);
        let last = last.unwrap_or_default();
        rows[last + 1] = rows[last].clone();
    })
}

/// The first signature's path goes on to the last row.
pub(super) fn no_end(edit: impl Fn(&mut super::super::SpanStatement)) -> Forged {
    let nothing = |_: usize, _: &mut Draft<'_, Cells>| {};
    forge::<Span>(&one_end(), &Cells::default(), &nothing, |trace, claim| {
        edit_rows(trace, |rows| endless(rows));
        edit(claim);
    })
}

/// A bit of a row makes up for the one beside it.
fn bits(ends: &Ends, kind: usize, bit: usize) -> Forged {
    changed::<Span>(ends, (kind, 0), move |draft| {
        shift(&mut draft.cells.signature.state, bit, bit ^ 1);
    })
}

/// A digit of a limb makes up for the one beside it.
fn digits(kind: Kind, digit: usize) -> Forged {
    changed::<Span>(&one_end(), (own(kind), 0), move |draft| {
        let cells = &mut draft.cells.signature;
        let [a, b, c, d, e, f] = &mut cells.digest;
        let third = [a, b, c, d, e, f, &mut cells.count, &mut cells.weight];
        let all = cells.state.iter_mut().chain(third);
        make_up(&mut all.collect::<Vec<_>>(), digit, digit ^ 1);
    })
}

/// Changes digit `other` by one, and digit `digit` by as much as makes up for it.
fn make_up(digits: &mut [&mut Val], digit: usize, other: usize) {
    let four = Val::from_u8(4);
    let worth = match digit < other {
        true => four,
        false => four.inverse(),
    };
    let step = match *digits[other] == Val::ZERO {
        true => Val::ONE,
        false => Val::NEG_ONE,
    };
    *digits[other] += step;
    *digits[digit] -= step * worth;
}

/// Changes bit `other` to the other one, and bit `bit` by as much as makes up for it.
fn shift(bits: &mut [Val; 16], bit: usize, other: usize) {
    let step = match bits[other] == Val::ONE {
        true => Val::NEG_ONE,
        false => Val::ONE,
    };
    bits[other] += step;
    bits[bit] -= step * power_of_two(other) * power_of_two(bit).inverse();
}

fn power_of_two(i: usize) -> Val {
    Val::TWO.exp_u64(u64::try_from(i).unwrap())
}

/// A digit of Final is 4 more or a fourth more, and its neighbour makes up for it.
fn final_digit(digit: usize) -> Forged {
    acted(&one_end(), move |_, draft| {
        if draft.kind != own(Kind::Final) {
            return;
        }
        let group = match digit {
            0..8 => 0..8,
            8..22 => 8..22,
            _ => 22..28,
        };
        let Draft { input, cells, .. } = draft;
        let state = &mut cells.signature.state[..12];
        let mut all: Vec<&mut Val> = input.iter_mut().chain(state).collect();
        let other = match group.contains(&(digit + 1)) {
            true => digit + 1,
            false => digit - 1,
        };
        make_up(&mut all, digit, other);
    })
}

/// What the second end's set is opened to is another set than the first end names.
pub(super) fn opening_of_another_set(element: usize) -> Forged {
    acted(&two_ends(), move |nth, draft| {
        if (draft.kind, nth) == (own(Kind::Header6), 0) {
            draft.input[element] += Val::ONE;
            draft.cells.own.set[element] += Val::ONE;
        }
    })
}

/// The set that the first end names is another one when it is opened.
pub(super) fn set_that_changes(element: usize) -> Forged {
    acted(&two_ends(), move |nth, draft| {
        if (draft.kind, nth) == (own(Kind::Header6), 0) {
            draft.input[element] -= Val::ONE;
            draft.cells.own.set[element] -= Val::ONE;
        }
        if (draft.kind, nth) == (own(Kind::Final), 0) {
            draft.cells.own.set[element] += Val::ONE;
        }
    })
}

/// The set's tree has another root than the members' paths lead to.
pub(super) fn another_tree(element: usize) -> Forged {
    changed::<Span>(&one_end(), (own(Kind::Set0), 0), move |draft| {
        draft.input[element] += Val::ONE;
        draft.cells.own.tree[element] += Val::ONE;
    })
}

/// What is signed is a hash that nothing gives.
pub(super) fn hash_of_no_header(element: usize) -> Forged {
    acted(&one_end(), move |_, draft| {
        if draft.kind == own(Kind::Vote0) {
            draft.cells.own.hash[element] += Val::ONE;
        }
        match element {
            0 | 1 if draft.kind == own(Kind::Vote0) => draft.input[6 + element] += Val::ONE,
            2.. if draft.kind == own(Kind::Vote1) => draft.input[element - 2] += Val::ONE,
            _ => {}
        }
    })
}

/// A history comes before the first end, which is counted as the second then.
fn history_first() -> Forged {
    let mut ends = one_end();
    let input = [Val::TWO; 16];
    let mut output = input;
    permute(&mut output);
    let history: [Val; 8] = core::array::from_fn(|i| output[i]);
    ends.witness.ends[0].header.history_root = Digest(history);
    let mut start = Cells::default();
    start.own.epoch = Val::ONE;
    let nothing = |_: usize, _: &mut Draft<'_, Cells>| {};
    forge::<Span>(&ends, &start, &nothing, |trace, claim| {
        claim.ends = 2;
        edit_rows(trace, |rows| {
            let columns = selectors::<Span>();
            let mut first = rows[0].clone();
            set_permutation(&mut first, input);
            first[columns[own(Kind::Set0)]] = Val::ZERO;
            first[columns[own(Kind::History1)]] = Val::ONE;
            first[OWN.epoch.start] = Val::ZERO;
            rows.insert(0, first);
            let _ = rows.pop();
        });
    })
}

/// The trace ends after the first row of a kind, and padding carries what it has.
fn cut(kind: Kind) -> Forged {
    edited(&two_ends(), move |rows| {
        let columns = selectors::<Span>();
        let is = |row: &Vec<Val>| row[columns[own(kind)]] == Val::ONE;
        let last = rows.iter().position(is).unwrap_or_default();
        let (row, mut padding) = (rows[last].clone(), rows[last + 1].clone());
        columns
            .iter()
            .for_each(|&column| padding[column] = Val::ZERO);
        let stays = [OWN.slot, OWN.tree, OWN.total, OWN.set];
        for cells in stays
            .into_iter()
            .chain([SIGNATURE.parameter, SIGNATURE.leaf])
        {
            padding[cells.clone()].copy_from_slice(&row[cells]);
        }
        match kind {
            Kind::Vote1 => padding[OWN.index.start] = Val::NEG_ONE,
            // The next block is the set that stays.
            Kind::Header5 => set_permutation(&mut padding, with_block(&row, &rows[last + 1])),
            _ => {}
        }
        rows[last + 1..].fill(padding);
    })
}

/// Returns what the row after a block of a header takes in, if its block is the set that is carried.
fn with_block(row: &[Val], next: &[Val]) -> [Val; 16] {
    let of = |row: &[Val]| {
        let columns = row.first_chunk().expect("a row has a permutation");
        let Permutation { input, output } = Permutation::new(columns);
        (*input, *output)
    };
    let ((_, output), (mut input, _)) = (of(row), of(next));
    for (i, &element) in row[OWN.set].iter().enumerate() {
        input[i] = output[i] + element;
    }
    input
}

/// The tree of the set is another one where the members are looked up.
pub(super) fn tree_that_changes(element: usize) -> Forged {
    acted(&one_end(), move |_, draft| {
        if draft.kind == own(Kind::Set0) {
            draft.input[element] -= Val::ONE;
            draft.cells.own.tree[element] -= Val::ONE;
        }
        if draft.kind == own(Kind::Vote0) {
            draft.cells.own.tree[element] += Val::ONE;
        }
    })
}

/// The set has less power where the threshold is.
pub(super) fn total_that_changes(limb: usize) -> Forged {
    let ends = match limb {
        0 => two_thirds(),
        _ => Ends::new(99, 100, &[(&[2 << 16, 1 << 16], &[0])]),
    };
    acted(&ends, move |_, draft| {
        if draft.kind == own(Kind::Vote0) {
            draft.cells.own.total[limb] -= Val::ONE;
        }
    })
}

/// The end before is at another place of the history, by the lowest bit of its upper half.
pub(super) fn other_upper_half(sum: Val) -> Forged {
    let act = move |nth: usize, draft: &mut Draft<'_, Cells>| {
        if (draft.kind, nth) == (own(Kind::HistoryHigh), 0) {
            draft.input.rotate_left(8);
            draft.cells.signature.bit = Val::ONE;
            draft.cells.signature.sum += sum;
        }
    };
    acted(&two_ends(), act)
}

/// A walk leaves out the last of its levels, at which the node is the left one; its levels are counted from `count`.
pub(super) fn shorter(ends: &Ends, kind: usize, level: usize, count: Val) -> Forged {
    // What leads on is the node below; by how much it differs from the one above is the same whatever is said elsewhere, so long as
    // what is walked from is.
    let node = |trace: &Trace, level: usize| {
        let of_kinds = kinds::<Span>(trace);
        let mut rows = (0..of_kinds.len()).filter(|&row| of_kinds[row] == kind);
        let at = rows.nth(level).unwrap_or_default();
        let row = &trace.values[at * trace.width..(at + 1) * trace.width];
        let permutation = Permutation::new(row.first_chunk().expect("a row has a permutation"));
        feed_forward(permutation.input, permutation.output)
    };
    let trace = honest::<Span>(ends).trace;
    let below = node(&trace, level - 1);
    let after = [
        (Kind::SetPath, Kind::Set0),
        (Kind::HistoryLow, Kind::HistoryHigh),
        (Kind::HistoryHigh, Kind::History0),
    ];
    // The row that says where the walk leads.
    let goal = after.into_iter().find(|&(of, _)| own(of) == kind);
    let goal = goal.map_or(Kind::End, |(_, goal)| goal);
    let act = move |nth: usize, draft: &mut Draft<'_, Cells>| {
        if (draft.kind, nth) == (kind, 0) {
            draft.cells.signature.count += count;
        }
        if (draft.kind, nth) != (own(goal), 0) {
            return;
        }
        match goal {
            Kind::Set0 => {
                draft.input[..8].copy_from_slice(&below.0);
                draft.cells.own.tree = below.0;
            }
            Kind::HistoryHigh => draft.input[..8].copy_from_slice(&below.0),
            _ => {
                draft.input[2..8].copy_from_slice(&below.0[..6]);
                draft.cells.signature.digest[..2].copy_from_slice(&below.0[6..]);
            }
        }
    };
    forge::<Span>(ends, &Cells::default(), &act, |trace, _| {
        let of_kinds = kinds::<Span>(trace);
        let mut rows = (0..of_kinds.len()).filter(|&row| of_kinds[row] == kind);
        let at = rows.nth(level).unwrap_or_default();
        edit_rows(trace, |rows| {
            rows.remove(at);
            let padding = rows[rows.len() - 1].clone();
            rows.push(padding);
        });
    })
}

/// Changes a lane of what the n-th row of a kind takes in.
pub(super) fn lane(ends: &Ends, kind: usize, nth: usize, lane: usize, by: Val) -> Forged {
    changed::<Span>(ends, (kind, nth), move |draft| draft.input[lane] += by)
}
