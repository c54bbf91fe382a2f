//! Changes that are more than one lane or one cell.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::super::columns::{Cells, Kind, OwnPlaces, Row};
use super::super::trace::{
    Rows, end_path, fold_rows, header_rows, level_rows, merge_row, path_rows, push_node, root_rows,
    start_path, subtree_rows,
};
use super::super::{Pruning, PruningWitness};
use super::range::range;
use super::search::Case;
use crate::circuit::forging::rowwise::{Again, again, changed, forge, honest, kinds, settle};
use crate::gadget::meddle::{Draft, Honest};
use crate::gadget::permutation::{self, broken_permutation};
use crate::gadget::rows::assemble;
use crate::gadget::sponge::{add, start};
use crate::gadget::walk::{compression, feed_forward};
use crate::hash::{Digest, Domain, Val, WIDTH};
use crate::stark::Trace;
use crate::stark::mutation::{Attempt, Forge, Forged};

/// Returns the attempts on a range.
pub(super) fn attempts(case: &Case) -> Vec<Attempt> {
    let broken = (0..permutation::COLUMNS).map(|cell| broken(case, cell));
    let mut attempts: Vec<_> = broken.collect();
    attempts.extend(KINDS.into_iter().map(second_kind));
    let written: [(&str, Forge); 14] = [
        ("rows after the end", rows_after_the_end),
        ("the path once more after the end", path_once_more),
        ("no end: headers up to the last row", no_end),
        ("nothing but padding", nothing),
        ("a range from its second header on", from_the_second_header),
        ("a first header that is not the first", not_the_first_header),
        ("a node that skips a Merge", node_that_skips_a_merge),
        ("half of the headers", half_of_the_headers),
        ("a path beyond its end", path_beyond_its_end),
        ("a path on the other side", || other_side(0)),
        ("a path on the other side from its second level on", || {
            other_side(1)
        }),
        ("a path that ends early", path_that_ends_early),
        ("another root before", || other_root_before(0)),
        ("a Merge too many", merge_too_many),
    ];
    attempts.extend(written.map(|(name, forge)| Attempt::by_hand(name, forge)));
    attempts.extend((1..6).map(|element| {
        Attempt::by_hand(format!("another root before, {element}"), move || {
            other_root_before(element)
        })
    }));
    attempts
}

/// All kinds but the last row's: whoever sets that twice needs another preimage of the claim's history.
const KINDS: [Kind; 19] = [
    Kind::Fold0,
    Kind::Fold1,
    Kind::Fold2,
    Kind::Header0,
    Kind::Header1,
    Kind::Header2,
    Kind::Header3,
    Kind::Header4,
    Kind::Header5,
    Kind::Header6,
    Kind::Header7,
    Kind::Header8,
    Kind::Header9,
    Kind::Merge,
    Kind::OldPath,
    Kind::NewPath,
    Kind::OldRoot0,
    Kind::OldRoot1,
    Kind::NewRoot0,
];

/// The permutation of a header's first block is none: one cell on the way is another one.
fn broken(case: &Case, cell: usize) -> Attempt {
    let case = Arc::clone(case);
    Attempt {
        name: format!("{}: Header0 is no permutation from cell {cell} on", case.0),
        written: false,
        round: 0,
        glance: None,
        forge: Box::new(move || {
            changed::<Pruning>(&case.1, (Kind::Header0.place(), 1), move |draft| {
                draft.permutation = Some(broken_permutation(*draft.input, cell, Val::ONE));
            })
        }),
    }
}

/// In the last row a kind is −1 beside another one, so that none is set in sum; all else is as the kind asks.
fn second_kind(kind: Kind) -> Attempt {
    let name = format!("{} is −1 beside another", Kind::NAMES[kind.place()]);
    Attempt::by_hand(name, move || {
        let witness = range(8, 3);
        let trace = honest::<Pruning>(&witness).trace;
        settle::<Pruning>(&witness, trace, |trace, _| {
            let like = kinds::<Pruning>(trace)
                .iter()
                .rposition(|&other| other == kind.place());
            let width = trace.width;
            let rows: Vec<_> = trace.values.chunks(width).collect();
            let mut last = rows[like.unwrap_or_default()].to_vec();
            fit(kind, rows[rows.len() - 2], &mut last);
            let (_, selectors) = last.split_at_mut(permutation::COLUMNS);
            selectors[..Kind::COUNT].fill(Val::ZERO);
            let beside = match kind {
                Kind::Fold1 => Kind::Fold2,
                _ => Kind::Fold1,
            };
            selectors[kind.place()] = Val::NEG_ONE;
            selectors[beside.place()] = Val::ONE;
            let start = trace.values.len() - width;
            trace.values[start..].copy_from_slice(&last);
        })
    })
}

/// Makes a row of a kind follow another one.
fn fit(kind: Kind, before: &[Val], row: &mut [Val]) {
    let places = OwnPlaces::from(permutation::COLUMNS);
    for carried in [
        places.index.clone(),
        places.first.clone(),
        places.previous.clone(),
        places.fold.clone(),
    ] {
        row[carried.clone()].copy_from_slice(&before[carried]);
    }
    let output: Vec<_> = Row::new(before).permutation.output[..8].to_vec();
    let (bits, stack) = (places.bits.clone(), places.stack.clone());
    let mut input = [Val::ZERO; WIDTH];
    match kind {
        Kind::Fold0 => {
            row[places.index.start] = before[places.index.start] - Val::ONE;
            // Of 6, where the last of eight headers has 7.
            row[bits.start] = Val::ZERO;
            row[bits.start + 1..bits.start + 3].fill(Val::ONE);
            row[stack.start..stack.start + 8].copy_from_slice(&output);
            row[stack.start + 8..stack.end].copy_from_slice(&before[stack.start..stack.end - 8]);
            input = start(Domain::Fold, 18);
            add(&mut input, &before[places.fold]);
        }
        Kind::Merge => {
            row[bits.start..bits.end - 1].copy_from_slice(&before[bits.start + 1..bits.end]);
            row[bits.end - 1] = Val::ZERO;
            row[stack.start..stack.end - 8].copy_from_slice(&before[stack.start + 8..stack.end]);
            input[..8].copy_from_slice(&before[stack.start..stack.start + 8]);
            input[8..].copy_from_slice(&output);
        }
        _ => return,
    }
    let columns = broken_permutation(input, 0, Val::ZERO);
    row[..permutation::COLUMNS].copy_from_slice(&columns);
}

/// The history roots once more after the end.
fn rows_after_the_end() -> Forged {
    let witness = range(8, 3);
    let trace = honest::<Pruning>(&witness).trace;
    settle::<Pruning>(&witness, trace, |trace, _| {
        let end = kinds::<Pruning>(trace)
            .iter()
            .position(|&kind| kind == Kind::NewRoot1.place());
        let (width, end) = (trace.width, end.unwrap_or_default());
        trace
            .values
            .copy_within((end - 3) * width..(end + 1) * width, (end + 1) * width);
    })
}

/// After the end, the path and the history roots once more, from the end of a header that is another one.
fn path_once_more() -> Forged {
    let witness = range(5, 0);
    let trace = honest::<Pruning>(&witness).trace;
    let of = Again {
        header: [Kind::Header8, Kind::Header9].map(Kind::place),
        after: Kind::OldPath.place(),
        end: Kind::NewRoot1.place(),
    };
    settle::<Pruning>(&witness, again::<Pruning>(&trace, &of), |_, _| {})
}

/// Headers follow each other up to the last row: none is the last one of the claim, and no history is shown.
pub(super) fn no_end() -> Forged {
    let witness = range(16, 4);
    let trace = honest::<Pruning>(&witness).trace;
    let short = range(16, 1);
    let width = trace.width;
    let cut = Trace::new(trace.values[..128 * width].to_vec(), width);
    settle::<Pruning>(&short, cut, |_, claim| claim.end_history = Digest::ZERO)
}

/// No row has a kind.
pub(super) fn nothing() -> Forged {
    let witness = range(8, 3);
    let trace = honest::<Pruning>(&witness).trace;
    settle::<Pruning>(&witness, trace, |trace, claim| {
        let width = trace.width;
        let mut padding = trace.values[trace.values.len() - width..].to_vec();
        let own = permutation::COLUMNS + Kind::COUNT;
        // The place of the first header, and the fold before it.
        padding[own] = Val::ZERO;
        padding[own + 1] = Val::ONE;
        let fold = OwnPlaces::from(permutation::COLUMNS).fold;
        padding[fold].copy_from_slice(&claim.fold_before.0);
        for row in trace.values.chunks_mut(width) {
            row.copy_from_slice(&padding);
        }
        claim.end_history = Digest::ZERO;
    })
}

/// Returns the trace of rows that are made by hand, and what it shows.
fn made(witness: &PruningWitness, start: Cells, make: impl FnOnce(&mut Rows<Honest>)) -> Forged {
    let mut rows = Rows::new(start, Honest);
    make(&mut rows);
    settle::<Pruning>(witness, assemble(&[rows], 3), |_, _| {})
}

/// Adds the roots of a claim.
fn roots(rows: &mut Rows<Honest>, witness: &PruningWitness) {
    let claim = &witness.statement;
    root_rows(rows, [claim.start_height, claim.end_height]);
}

/// The trace begins at the second of two headers: the first is any node.
pub(super) fn from_the_second_header() -> Forged {
    let witness = range(6, 1);
    let second = witness.headers[1].clone();
    let mut start = Cells::default();
    let own = &mut start.own;
    own.index = Val::ONE;
    own.first = Val::ONE;
    own.bits[0] = Val::ONE;
    own.fold = witness.statement.fold_before.0;
    own.stack[0] = Val::TWO;
    let make = |rows: &mut Rows<Honest>| {
        fold_rows(rows, second.height, &second.tx_root);
        let hash = header_rows(rows, &second);
        let node = merge_row(rows, &hash);
        path_rows(rows, node, &witness);
        roots(rows, &witness);
    };
    made(&witness, start, make)
}

/// The first header's hash is another one than the claim's.
pub(super) fn not_the_first_header() -> Forged {
    let witness = range(8, 3);
    let mut start = Cells::default();
    start.own.first = Val::NEG_ONE;
    start.own.previous = witness.headers[0].parent_hash.0;
    let nothing = |_: usize, _: &mut Draft<'_, Cells>| {};
    forge::<Pruning>(&witness, &start, &nothing, |_, claim| {
        claim.start_hash.0.0[0] += Val::ONE;
    })
}

/// Of two headers, the second takes the place of the node over both.
pub(super) fn node_that_skips_a_merge() -> Forged {
    let witness = range(6, 1);
    let [first, second] = [0, 1].map(|place| witness.headers[place].clone());
    let make = |rows: &mut Rows<Honest>| {
        rows.cells.own.first = Val::ONE;
        rows.cells.own.fold = witness.statement.fold_before.0;
        fold_rows(rows, first.height, &first.tx_root);
        let waits = header_rows(rows, &first);
        push_node(rows, &waits);
        let own = &mut rows.cells.own;
        (own.index, own.first, own.bits[0]) = (Val::ONE, Val::ZERO, Val::ONE);
        fold_rows(rows, second.height, &second.tx_root);
        let node = header_rows(rows, &second);
        path_rows(rows, node, &witness);
        roots(rows, &witness);
    };
    made(&witness, Cells::default(), make)
}

/// Some node is made out to be on the left of the only header.
pub(super) fn merge_too_many() -> Forged {
    let witness = range(5, 0);
    let make = |rows: &mut Rows<Honest>| {
        let hash = subtree_rows(rows, &witness);
        let node = merge_row(rows, &hash);
        path_rows(rows, node, &witness);
        roots(rows, &witness);
    };
    made(&witness, Cells::default(), make)
}

/// The first of two headers is all that there is.
pub(super) fn half_of_the_headers() -> Forged {
    let witness = range(6, 1);
    let mut half = witness.clone();
    half.headers.truncate(1);
    let make = |rows: &mut Rows<Honest>| {
        let node = subtree_rows(rows, &half);
        path_rows(rows, node, &witness);
        roots(rows, &witness);
    };
    made(&witness, Cells::default(), make)
}

/// Returns what a range shows whose path is made by hand.
fn with_path(
    witness: &PruningWitness,
    path: impl FnOnce(&mut Rows<Honest>, Digest) -> Digest,
) -> Forged {
    let make = |rows: &mut Rows<Honest>| {
        let node = subtree_rows(rows, witness);
        start_path(rows, node, &witness.statement.path());
        let before = path(rows, witness.statement.vacant());
        end_path(rows, &before);
        roots(rows, witness);
    };
    made(witness, Cells::default(), make)
}

/// Behind the mark, where the bit is 2, the path goes on to a second mark.
pub(super) fn path_beyond_its_end() -> Forged {
    let witness = range(6, 1);
    with_path(&witness, |rows, vacant| {
        let siblings = witness.siblings.iter();
        let before = siblings.fold(vacant, |before, sibling| level_rows(rows, &before, sibling));
        let after = Digest(rows.cells.own.node);
        // Both sides are the node, and both are exchanged for what the bit makes of them.
        let mut input = compression(&before, &before);
        let output = rows.push_kind(Kind::OldPath.place(), &mut input);
        let before_up = feed_forward(&input, &output);
        rows.cells.own.node = before_up.0;
        let mixed = |one: &Digest, other: &Digest| {
            Digest(core::array::from_fn(|i| one.0[i].double() - other.0[i]))
        };
        let mut input = compression(&mixed(&before, &after), &mixed(&after, &before));
        let output = rows.push_kind(Kind::NewPath.place(), &mut input);
        rows.cells.own.node = feed_forward(&input, &output).0;
        rows.cells.own.stack[..33].fill(Val::ZERO);
        rows.cells.own.stack[32] = Val::TWO;
        (0..32).fold(before_up, |before, _| {
            level_rows(rows, &before, &Digest::ZERO)
        })
    })
}

/// From a level on, the nodes are on the other side than the claim's height says.
pub(super) fn other_side(level: usize) -> Forged {
    let witness = range(6, 1);
    with_path(&witness, |rows, vacant| {
        let siblings = witness.siblings.iter().enumerate();
        siblings.fold(vacant, |before, (at, sibling)| {
            if at == level {
                let bit = &mut rows.cells.own.stack[0];
                *bit = Val::ONE - *bit;
            }
            level_rows(rows, &before, sibling)
        })
    })
}

/// The path ends a level below the root.
pub(super) fn path_that_ends_early() -> Forged {
    let witness = range(6, 1);
    with_path(&witness, |rows, vacant| {
        let siblings = witness.siblings.iter().take(30);
        siblings.fold(vacant, |before, sibling| level_rows(rows, &before, sibling))
    })
}

/// The root before is another one than the path's.
pub(super) fn other_root_before(element: usize) -> Forged {
    let witness = range(6, 1);
    with_path(&witness, |rows, vacant| {
        let siblings = witness.siblings.iter();
        let mut before =
            siblings.fold(vacant, |before, sibling| level_rows(rows, &before, sibling));
        before.0[element] += Val::ONE;
        before
    })
}
