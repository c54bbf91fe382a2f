//! Every column, changed alone in a row where it is in use, is rejected.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::check::{NAMES, broken_in, kind_of, verdict};
use super::fixture::{TestSet, small};
use crate::circuit::consensus::columns::places;
use crate::circuit::consensus::trace::generate;
use crate::circuit::consensus::{Row, WIDTH};
use crate::gadget::permutation;
use crate::hash::Val;
use crate::stark::{Statement, VerifyError};

/// Kinds in which a change of one cell is not seen, for each group of columns; in all others every
/// change is. `doc` of `SignatureCols` and `Row` says what the columns hold where.
const FREE: &[(&str, &str)] = &[
    (
        "bit",
        "Ends Final Key0 Key1 Leaf Member0 Member1 Message0 Message1 Message2 Node Random0 Random1 Signers Slot padding",
    ),
    (
        "count",
        "Final Key1 Leaf Member0 Member1 Message0 Message1 Message2 Node Random0 Random1 Signers Slot padding",
    ),
    (
        "digest",
        "Final Key0 Key1 Member0 Member1 Message0 Message1 Message2 Node Path Random0 Random1 SetPath Signers Slot padding",
    ),
    (
        "digit_bits",
        "Final Key0 Key1 Leaf Member0 Member1 Message0 Message1 Message2 Node Path Random0 Random1 SetPath Signers Slot padding",
    ),
    (
        "digit_sum",
        "Final Key0 Key1 Leaf Member0 Member1 Message0 Message1 Message2 Node Path Random0 Random1 SetPath Signers Slot padding",
    ),
    (
        "half",
        "Final Key0 Key1 Leaf Member0 Member1 Message0 Message1 Message2 Node Path Random0 Random1 SetPath Signers Slot padding",
    ),
    (
        "quad",
        "Ends Final Key1 Leaf Member1 Message0 Message1 Message2 Node Path Random0 Random1 SetPath Signers Slot padding",
    ),
    (
        "quint",
        "Chain Ends Key1 Leaf Member1 Message0 Message1 Message2 Node Path Random0 Random1 SetPath Signers Slot padding",
    ),
    (
        "state[0..6]",
        "Key1 Leaf Member1 Message1 Message2 Node Path SetPath Signers padding",
    ),
    (
        "state[10..16]",
        "Final Key0 Key1 Leaf Member0 Member1 Message0 Message1 Message2 Node Path SetPath Signers padding",
    ),
    (
        "state[6..8]",
        "Final Key1 Leaf Member1 Message1 Message2 Node Path SetPath Signers padding",
    ),
    (
        "state[8..10]",
        "Final Key0 Key1 Leaf Member1 Message1 Message2 Node Path SetPath Signers padding",
    ),
    (
        "sum",
        "Final Key1 Leaf Member0 Member1 Message0 Message1 Message2 Node Random0 Random1 Signers Slot padding",
    ),
    (
        "weight",
        "Final Key1 Leaf Member0 Member1 Message0 Message1 Message2 Node Random0 Random1 Signers Slot padding",
    ),
];

/// Parts of `state` that different kinds use.
const STATE: [(&str, usize); 4] = [
    ("state[0..6]", 6),
    ("state[6..8]", 2),
    ("state[8..10]", 2),
    ("state[10..16]", 6),
];

/// Returns the group of a column.
fn group(column: usize) -> &'static str {
    let Some(mut side) = column.checked_sub(permutation::COLUMNS) else {
        return "permutation";
    };
    let groups = places::names().flat_map(|group| match group {
        ("state", _) => STATE.to_vec(),
        group => alloc::vec![group],
    });
    for (name, width) in groups {
        match side.checked_sub(width) {
            Some(rest) => side = rest,
            None => return name,
        }
    }
    unreachable!("groups cover the row")
}

/// Returns the name of a row's kind, with a star for an Ends row that closes an element.
fn phase(row: &[Val]) -> &'static str {
    let cols = Row::new(row).signature.cols;
    if *cols.mid + *cols.end == Val::ONE {
        "Ends*"
    } else {
        NAMES[kind_of(row)]
    }
}

/// Returns whether a change of one cell by one, or to a random value, goes unseen.
fn unseen(
    trace: &mut RowMajorMatrix<Val>,
    public_values: &[Val],
    row: usize,
    column: usize,
    value: Val,
) -> bool {
    let before = core::mem::replace(&mut trace.row_mut(row)[column], value);
    let rows = [row.checked_sub(1).unwrap_or(trace.height() - 1), row];
    let seen = rows
        .into_iter()
        .any(|row| !broken_in(trace, row, public_values).is_empty());
    trace.row_mut(row)[column] = before;
    !seen
}

#[test]
fn rejects_every_column_changed_alone_where_it_is_in_use() {
    let set = TestSet::new(&[10, 20, 0x0001_0003, 7]);
    let witness = set.witness(&[0, 2, 3], 2);
    let public_values = witness.statement.public_values();
    let mut trace = generate(&witness, 0);
    let mut rng = StdRng::seed_from_u64(7);
    let mut by_kind: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for row in 0..trace.height() {
        by_kind
            .entry(phase(&trace.row_slice(row).unwrap()))
            .or_default()
            .push(row);
    }
    assert_eq!(by_kind.len(), NAMES.len() + 1, "every kind has a row");
    let mut free: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (kind, rows) in by_kind {
        for column in 0..WIDTH {
            for _ in 0..2 {
                let row = rows[rng.random_range(0..rows.len())];
                let value = trace.row_slice(row).unwrap()[column];
                for value in [value + Val::ONE, rng.random()] {
                    if unseen(&mut trace, &public_values, row, column, value) {
                        let kinds = free.entry(group(column)).or_default();
                        if kinds.last() != Some(&kind) {
                            kinds.push(kind);
                        }
                    }
                }
            }
        }
    }
    let table: Vec<String> = free
        .iter()
        .map(|(group, kinds)| format!("{group}: {}", kinds.join(" ")))
        .collect();
    let expected: Vec<String> = FREE
        .iter()
        .map(|(group, kinds)| format!("{group}: {kinds}"))
        .collect();
    assert_eq!(table, expected, "{table:#?}");
}

#[test]
fn stark_rejects_a_sample_of_columns() {
    let (_, witness) = small();
    let honest = generate(&witness, 3);
    let mut rng = StdRng::seed_from_u64(8);
    for column in (0..WIDTH)
        .step_by(17)
        .chain([places::BLOCK, places::REVEALS])
    {
        // In the first vote every column is in use in some row; the first row holds most of them.
        let mut trace = honest.clone();
        let row = (0..140)
            .map(|_| rng.random_range(0..140usize))
            .find(|&row| {
                let value = trace.row_slice(row).unwrap()[column] + Val::ONE;
                !unseen(
                    &mut trace,
                    &witness.statement.public_values(),
                    row,
                    column,
                    value,
                )
            })
            .unwrap();
        trace.row_mut(row)[column] += Val::ONE;
        let got = verdict(trace, &witness.statement);
        assert_eq!(
            got,
            Err(VerifyError::ConstraintMismatch),
            "column {column} in row {row}"
        );
    }
}
