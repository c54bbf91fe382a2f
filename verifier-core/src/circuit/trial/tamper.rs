//! Every column, changed alone in a row where it is in use, is rejected.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;
use p3_matrix::Matrix;
use p3_maybe_rayon::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::circuit::forging::rowwise::{Rowwise, selectors};
use crate::circuit::forging::{Subject, kind_columns, kind_of};
use crate::gadget::permutation;
use crate::hash::Val;
use crate::stark::Trace;
use crate::stark::mutation::{Forgeable, Forged, Without, broken_in};

/// Name and width of columns beside the permutation that belong together.
type Group = (&'static str, usize);

/// What stands for columns that are in use in every row.
const ALL: &str = "all";

/// How many rows of a kind are drawn, beside the first and the last one in each trace.
const ROWS: usize = 5;

/// A row of a trace: the place of its kind, the trace, and the row.
type Place = (usize, usize, usize);

/// The kinds of a circuit's rows.
pub(in crate::circuit) struct Kinds {
    /// Their names, in the order of their selectors.
    names: Vec<&'static str>,
    /// The columns of the selectors.
    selectors: Vec<usize>,
}

impl Kinds {
    /// Returns those of a circuit that applies operations.
    pub(in crate::circuit) fn of_operations<S: Subject>() -> Self {
        Self {
            names: S::kinds(),
            selectors: kind_columns::<S>(),
        }
    }

    /// Returns those of a circuit whose rows are made one by one.
    pub(in crate::circuit) fn of_rows<R: Rowwise>() -> Self {
        Self {
            names: R::KINDS.to_vec(),
            selectors: selectors::<R>(),
        }
    }
}

/// Asserts that a change of one cell is seen in exactly the kinds of rows that `table` names for its column, and in
/// every row where it names none:
/// in each row that is looked at, for a change by one and for a random value. Columns of a group that are not
/// alike are listed in parts. The traces are in order, and have rows of every kind but those of `absent`.
#[track_caller]
pub(in crate::circuit) fn assert_in_use<C: Forgeable<Air: Sync>>(
    kinds: &Kinds,
    traces: &[Forged],
    groups: &[Group],
    absent: &[&str],
    table: &[&str],
) {
    let names: Vec<_> = kinds.names.iter().copied().chain(["padding"]).collect();
    let present: Vec<_> = names
        .iter()
        .copied()
        .filter(|name| !absent.contains(name))
        .collect();
    let places = places(traces, &kinds.selectors, &names, &present);
    let unseen: Vec<Vec<usize>> = places
        .par_iter()
        .map(|&(_, nth, row)| unseen_in::<C>(&traces[nth], row))
        .collect();
    let mut free: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for ((kind, ..), columns) in places.iter().zip(unseen) {
        for column in columns {
            free.entry(column).or_default().insert(*kind);
        }
    }
    let used = |column: usize| {
        let is_free = |kind: &usize| free.get(&column).is_some_and(|free| free.contains(kind));
        let kinds = (0..names.len()).filter(|kind| !is_free(kind));
        let kinds = kinds.map(|kind| names[kind]);
        let kinds: Vec<_> = kinds.filter(|name| !absent.contains(name)).collect();
        if kinds == present {
            return ALL.into();
        }
        kinds.join(" ")
    };
    let width = traces[0].trace.width();
    for column in 0..permutation::COLUMNS {
        assert_eq!(used(column), ALL, "column {column} of the permutation");
    }
    let got = listed(groups, permutation::COLUMNS, width, used);
    let got: Vec<_> = got
        .into_iter()
        .filter(|line| !line.ends_with(": all"))
        .collect();
    assert!(got == table, "{got:#?}");
    assert!(
        got.iter().all(|line| !line.ends_with(": ")),
        "a column that is nowhere in use"
    );
}

/// Returns some rows of each kind.
fn places(traces: &[Forged], columns: &[usize], names: &[&str], present: &[&str]) -> Vec<Place> {
    let mut rows: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for (nth, forged) in traces.iter().enumerate() {
        for row in 0..forged.trace.height() {
            let kind = kind_of(&forged.trace.row_slice(row).unwrap(), columns);
            rows.entry(kind).or_default().push((nth, row));
        }
    }
    let found: Vec<_> = rows.keys().map(|&kind| names[kind]).collect();
    assert_eq!(found, present, "every kind has a row");
    let mut rng = StdRng::seed_from_u64(7);
    let mut places = Vec::new();
    for (kind, rows) in rows {
        let drawn = (0..ROWS).map(|_| rows[rng.random_range(0..rows.len())]);
        let ends = rows.chunk_by(|a, b| a.0 == b.0);
        let ends = ends.flat_map(|rows| [rows[0], rows[rows.len() - 1]]);
        let picked: BTreeSet<_> = drawn.chain(ends).collect();
        places.extend(picked.into_iter().map(|(nth, row)| (kind, nth, row)));
    }
    places
}

/// Returns the columns of which some change in `row` breaks nothing.
fn unseen_in<C: Forgeable>(forged: &Forged, row: usize) -> Vec<usize> {
    let air = Without::<C>::nothing();
    let mut trace: Trace = forged.trace.clone();
    let (height, width) = (trace.height(), trace.width());
    let mut rng = StdRng::seed_from_u64(u64::try_from(row).unwrap());
    let before = (row + height - 1) % height;
    let mut unseen = |column: &usize| {
        let value = trace.values[row * width + column];
        let changed = [value + Val::ONE, value - Val::ONE, rng.random()];
        let is_unseen = changed.into_iter().any(|changed| {
            trace.values[row * width + column] = changed;
            let breaks = |row| !broken_in(&air, &trace, row, &forged.public_values).is_empty();
            !breaks(row) && !breaks(before)
        });
        trace.values[row * width + column] = value;
        is_unseen
    };
    (0..width).filter(|column| unseen(column)).collect()
}

/// Returns the table: for each run of columns of a group that are in use alike where that is.
fn listed(
    groups: &[Group],
    start: usize,
    width: usize,
    used: impl Fn(usize) -> String,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut column = start;
    for &(name, size) in groups {
        let kinds: Vec<_> = (column..column + size).map(&used).collect();
        let mut from = 0;
        for to in 1..=size {
            if to < size && kinds[to] == kinds[from] {
                continue;
            }
            let part = match (from, to) {
                (0, to) if to == size => name.into(),
                (from, to) if to == from + 1 => format!("{name}[{from}]"),
                (from, to) => format!("{name}[{from}..{to}]"),
            };
            lines.push(format!("{part}: {}", kinds[from]));
            from = to;
        }
        column += size;
    }
    assert_eq!(column, width, "the groups cover the row");
    lines
}
