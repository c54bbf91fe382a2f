//! Changes that are more than one lane or one cell.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use p3_field::{Field, PrimeCharacteristicRing};

use super::super::columns::{Cells, Kind, LIMB_BITS, OwnPlaces, VOTES};
use super::super::constraints::END_OF_PATH;
use super::super::trace::{
    Rows, header_rows, leaf_rows, level_row, member_rows, set_rows, start_window, votes_rows,
    window_rows,
};
use super::super::{Uptime, UptimeStatement, UptimeWitness};
use super::search::Case;
use super::window::window;
use crate::circuit::forging::rowwise::{Again, again, changed, claimed, honest, kinds, settle};
use crate::gadget::meddle::{Draft, Honest};
use crate::gadget::permutation::{self, broken_permutation};
use crate::gadget::rows::assemble;
use crate::hash::{Digest, Val};
use crate::limits::SET_DEPTH;
use crate::stark::Trace;
use crate::stark::mutation::{Attempt, Forge, Forged};

/// Returns the attempts on a window.
pub(super) fn attempts(case: &Case) -> Vec<Attempt> {
    let broken = (0..permutation::COLUMNS).map(|cell| broken(case, cell));
    let mut attempts: Vec<_> = broken.collect();
    let kinds = Kind::NAMES.iter().enumerate().take(Kind::Set1.place());
    attempts.extend(kinds.map(|(kind, name)| {
        let name = format!("{name} is −1 beside another");
        Attempt::by_hand(name, move || second_kind(kind))
    }));
    let written: [(&str, Forge); 9] = [
        ("rows after the end", rows_after_the_end),
        ("the validator once more after the end", validator_once_more),
        ("a path beyond its end", path_beyond_its_end),
        ("a path without its end", path_without_its_end),
        ("a path of nine levels", path_that_ends_early),
        ("a header between two of them", header_twice),
        ("a window from its second header on", from_the_second_header),
        ("a carry that is no bit", carry_that_is_no_bit),
        ("a bit that is another one when it is used", || {
            other_side_from(4)
        }),
    ];
    attempts.extend(written.map(|(name, forge)| Attempt::by_hand(name, forge)));
    attempts.extend((0..LIMB_BITS).map(|bit| {
        let name = format!("bit {bit} of a height is none");
        Attempt::by_hand(name, move || height_past_its_limb(Some(bit)))
    }));
    attempts.extend((0..SET_DEPTH).map(|level| {
        let name = format!("another validator's leaf, by bit {level}");
        Attempt::by_hand(name, move || other_side(level))
    }));
    attempts.extend((0..8).map(|element| {
        let name = format!("another set, by element {element}");
        Attempt::by_hand(name, move || another_set(element))
    }));
    attempts
}

/// The permutation of a header's first block is none: one cell on the way is another one.
fn broken(case: &Case, cell: usize) -> Attempt {
    let case = Arc::clone(case);
    Attempt {
        name: format!("{}: Header0 is no permutation from cell {cell} on", case.0),
        written: false,
        round: 0,
        glance: None,
        forge: Box::new(move || {
            changed::<Uptime>(&case.1, (Kind::Header0.place(), 1), move |draft| {
                draft.permutation = Some(broken_permutation(*draft.input, cell, Val::ONE));
            })
        }),
    }
}

/// In the last row a kind is −1 beside another one, so that none is set in sum; all else is as the kind asks.
fn second_kind(kind: usize) -> Forged {
    // One whose validator is in another row of votes.
    let index = match kind == Kind::Votes1.place() {
        true => 0,
        false => 173,
    };
    let witness = window(7, 5, index);
    let trace = honest::<Uptime>(&witness).trace;
    settle::<Uptime>(&witness, trace, |trace, _| {
        let of_kinds = kinds::<Uptime>(trace);
        let like = of_kinds.iter().rposition(|&other| other == kind);
        let width = trace.width;
        let rows: Vec<_> = trace.values.chunks(width).collect();
        let mut last = rows[like.unwrap_or_default()].to_vec();
        let before = rows[rows.len() - 2];
        let places = OwnPlaces::from(permutation::COLUMNS);
        for carried in [
            places.index.clone(),
            places.count,
            places.previous,
            places.votes,
        ] {
            last[carried.clone()].copy_from_slice(&before[carried]);
        }
        if kind == Kind::Votes0.place() {
            last[places.index.start] -= Val::ONE;
        }
        last[places.kind.clone()].fill(Val::ZERO);
        let beside = match kind == Kind::Header1.place() {
            true => Kind::Header2,
            false => Kind::Header1,
        };
        last[places.kind.start + kind] = Val::NEG_ONE;
        last[places.kind.start + beside.place()] = Val::ONE;
        let start = trace.values.len() - width;
        trace.values[start..].copy_from_slice(&last);
    })
}

/// The set's root once more after the end.
pub(super) fn rows_after_the_end() -> Forged {
    let witness = window(7, 5, 173);
    let trace = honest::<Uptime>(&witness).trace;
    settle::<Uptime>(&witness, trace, |trace, _| {
        let end = place_of(trace, Kind::Set1);
        let width = trace.width;
        trace
            .values
            .copy_within((end - 1) * width..(end + 1) * width, (end + 1) * width);
    })
}

/// After the end, the validator and the set once more, from the end of a header that is another one.
fn validator_once_more() -> Forged {
    let witness = window(7, 1, 173);
    let trace = honest::<Uptime>(&witness).trace;
    let of = Again {
        header: [Kind::Header8, Kind::Header9].map(Kind::place),
        after: Kind::Member0.place(),
        end: Kind::Set1.place(),
    };
    settle::<Uptime>(&witness, again::<Uptime>(&trace, &of), |_, _| {})
}

fn place_of(trace: &Trace, kind: Kind) -> usize {
    let of_kinds = kinds::<Uptime>(trace);
    let place = of_kinds.iter().position(|&other| other == kind.place());
    place.unwrap_or_default()
}

/// Headers and votes follow each other up to the last row, and nothing is said of the validator.
pub(super) fn no_end() -> Forged {
    let witness = window(7, 5, 173);
    let trace = honest::<Uptime>(&witness).trace;
    let cut = Trace::new(trace.values[..64 * trace.width].to_vec(), trace.width);
    settle::<Uptime>(&witness, cut, |_, claim| claim.signed -= 1)
}

/// Behind a header whose votes are counted there is nothing.
pub(super) fn no_header_after() -> Forged {
    let witness = window(7, 1, 173);
    let trace = honest::<Uptime>(&witness).trace;
    settle::<Uptime>(&witness, trace, |trace, claim| {
        let (width, places) = (trace.width, OwnPlaces::from(permutation::COLUMNS));
        let rows: Vec<_> = trace.values.chunks(width).collect();
        let mut padding = rows[rows.len() - 1].to_vec();
        padding[places.index.start..].copy_from_slice(&rows[9][places.index.start..]);
        padding[places.previous.clone()].copy_from_slice(&rows[10][places.previous]);
        for row in trace.values.chunks_mut(width).skip(10) {
            row.copy_from_slice(&padding);
        }
        claim.signed -= 1;
    })
}

/// No row has a kind.
pub(super) fn nothing() -> Forged {
    let witness = window(7, 1, 173);
    let trace = honest::<Uptime>(&witness).trace;
    settle::<Uptime>(&witness, trace, |trace, claim| {
        let width = trace.width;
        let mut padding = trace.values[trace.values.len() - width..].to_vec();
        padding[permutation::COLUMNS..].fill(Val::ZERO);
        for row in trace.values.chunks_mut(width) {
            row.copy_from_slice(&padding);
        }
        claim.signed -= 1;
    })
}

/// Returns the trace of rows that are made by hand, and what it shows.
fn made(
    witness: &UptimeWitness,
    make: impl FnOnce(&mut Rows<Honest>),
    edit: impl Fn(&mut UptimeStatement),
) -> Forged {
    let mut rows = Rows::new(Cells::default(), Honest);
    make(&mut rows);
    settle::<Uptime>(witness, assemble(&[rows], 3), |_, claim| edit(claim))
}

/// The rows begin at the second header: the votes for the first are not counted.
pub(super) fn from_the_second_header() -> Forged {
    let witness = window(7, 5, 173);
    let mut rest = witness.clone();
    rest.headers.remove(0);
    rest.votes.remove(0);
    // Places go on from the second one.
    let make = |rows: &mut Rows<Honest>| {
        rows.cells.own.index = Val::ONE;
        window_rows(rows, &rest);
        let root = member_rows(rows, &witness);
        set_rows(rows, &root, &witness);
    };
    made(&witness, make, |_| {})
}

/// Between two headers is another one, at the height of the first, and the votes for that.
pub(super) fn header_twice() -> Forged {
    let witness = window(7, 1, 173);
    let [first, head] = [0, 1].map(|place| witness.headers[place].clone());
    let make = |rows: &mut Rows<Honest>| {
        start_window(rows, &witness);
        header_rows(rows, &first);
        let mut again = first.clone();
        again.parent_hash = Digest(rows.cells.own.previous);
        // Without their first row, votes have no place of their own.
        let mut input = [Val::ZERO; 16];
        for kind in VOTES.into_iter().skip(1) {
            // The validator's is the second, and all that it takes in is zero.
            rows.cells.own.bits = [Val::ZERO; LIMB_BITS];
            if kind == Kind::Votes1 {
                let previous = rows.cells.own.previous;
                input[..8].copy_from_slice(&previous);
            }
            input = rows.push_kind(kind.place(), &mut input);
        }
        rows.cells.own.votes = core::array::from_fn(|i| input[i]);
        again.participation_root = Digest(rows.cells.own.votes);
        header_rows(rows, &again);
        rows.cells.own.index += Val::ONE;
        votes_rows(rows, &witness.votes[0], 173);
        rows.cells.own.voted = Val::ZERO;
        let mut head = head.clone();
        head.parent_hash = Digest(rows.cells.own.previous);
        header_rows(rows, &head);
        let root = member_rows(rows, &witness);
        set_rows(rows, &root, &witness);
    };
    made(&witness, make, |_| {})
}

/// Returns what a window shows in which the way from the validator's leaf to the set's tree is another one.
fn with_path(path: impl Fn(&mut Rows<Honest>, Digest, &[Digest]) -> Digest) -> Forged {
    let mut witness = window(7, 1, 173);
    let top = |rows: &mut Rows<Honest>, witness: &UptimeWitness| {
        let leaf = leaf_rows(rows, witness);
        path(rows, leaf, &witness.path.0)
    };
    // The headers name the set that this leads to.
    witness.set.root = top(&mut Rows::new(Cells::default(), Honest), &witness);
    witness.statement.validator_set_root = witness.set.set_root();
    witness.headers[0].validator_set_root = witness.set.set_root();
    witness.headers[1].parent_hash = witness.headers[0].hash().0;
    let make = |rows: &mut Rows<Honest>| {
        window_rows(rows, &witness);
        let root = top(rows, &witness);
        set_rows(rows, &root, &witness);
    };
    made(&witness, make, |_| {})
}

/// Goes up some levels.
fn climb(rows: &mut Rows<Honest>, leaf: Digest, siblings: &[Digest]) -> Digest {
    let siblings = siblings.iter();
    siblings.fold(leaf, |node, sibling| level_row(rows, &node, sibling))
}

/// Behind the mark, where the bit is 2, the path goes on to a second mark.
pub(super) fn path_beyond_its_end() -> Forged {
    with_path(|rows, leaf, siblings| {
        let node = climb(rows, leaf, siblings);
        // Both sides are the node.
        let node = level_row(rows, &node, &node);
        rows.cells.own.bits[LIMB_BITS - 1] = END_OF_PATH;
        climb(rows, node, &[Digest::ZERO; LIMB_BITS - 1])
    })
}

/// There is no mark where it should be.
pub(super) fn path_without_its_end() -> Forged {
    with_path(|rows, leaf, siblings| {
        rows.cells.own.bits[SET_DEPTH] = Val::ZERO;
        let node = level_row(rows, &leaf, &siblings[0]);
        rows.cells.own.bits[LIMB_BITS - 1] = END_OF_PATH;
        climb(rows, node, &[Digest::ZERO; LIMB_BITS - 1])
    })
}

/// The path has nine levels.
pub(super) fn path_that_ends_early() -> Forged {
    with_path(|rows, leaf, siblings| climb(rows, leaf, &siblings[..SET_DEPTH - 1]))
}

/// The leaf is another validator's, by one bit of its index.
pub(super) fn other_side(level: usize) -> Forged {
    with_path(|rows, leaf, siblings| {
        let bit = &mut rows.cells.own.bits[level];
        *bit = Val::ONE - *bit;
        climb(rows, leaf, siblings)
    })
}

/// The leaf is another validator's, by a bit that is another one when it is used.
pub(super) fn other_side_from(level: usize) -> Forged {
    with_path(|rows, leaf, siblings| {
        let node = climb(rows, leaf, &siblings[..level]);
        let bit = &mut rows.cells.own.bits[0];
        *bit = Val::ONE - *bit;
        climb(rows, node, &siblings[level..])
    })
}

/// The low limb of a height is 2^16 less than it is, and the high one has one more; a bit of the low one is none, or they do not sum up.
pub(super) fn height_past_its_limb(bit: Option<usize>) -> Forged {
    let at = (Kind::Header0.place(), 2);
    changed::<Uptime>(&window(7, 5, 173), at, move |draft| {
        draft.input[4] -= Val::from_u32(1 << LIMB_BITS);
        draft.input[5] += Val::ONE;
        draft.cells.own.carry = Val::ONE;
        if let Some(bit) = bit {
            draft.cells.own.bits[bit] -= Val::from_u32(1 << (LIMB_BITS - bit));
        }
    })
}

/// A header is at an odd height where an even one belongs.
pub(super) fn another_height(draft: &mut Draft<'_, Cells>) {
    draft.input[4] += Val::ONE;
    draft.cells.own.bits[0] += Val::ONE;
}

/// The low limb of a height is one more, and a part of one is carried to the high limb.
pub(super) fn carry_that_is_no_bit() -> Forged {
    let at = (Kind::Header0.place(), 1);
    changed::<Uptime>(&window(7, 5, 173), at, |draft| {
        another_height(draft);
        let part = Val::from_u32(1 << LIMB_BITS).inverse();
        draft.input[5] -= part;
        draft.cells.own.carry -= part;
    })
}

/// The headers name a set of which the key is no member.
pub(super) fn another_set(element: usize) -> Forged {
    let mut witness = window(7, 2, 173);
    let mut other = witness.statement.validator_set_root;
    other.0[element] += Val::ONE;
    for header in witness.headers.iter_mut().take(2) {
        header.validator_set_root = other;
    }
    claimed::<Uptime>(&witness, |claim| claim.validator_set_root = other)
}

/// A validator's bit is 2 where it is not set and the next one's is.
pub(super) fn vote_of_the_next_one() -> Forged {
    let mut witness = window(6, 5, 173);
    // It has not voted at 9.
    witness.votes[3].insert(174);
    changed::<Uptime>(&witness, (Kind::Votes1.place(), 3), |draft| {
        let bits = &mut draft.cells.own.bits;
        let place = 173 % LIMB_BITS;
        bits[place] += Val::TWO;
        bits[place + 1] -= Val::ONE;
    })
}
