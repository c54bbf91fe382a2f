//! Every column, changed alone in a row where it is in use, is rejected.

use p3_field::PrimeCharacteristicRing;

use crate::circuit::pruning::Pruning;
use crate::circuit::pruning::columns::{OwnPlaces, WIDTH};
use crate::circuit::pruning::forgery::range::range;
use crate::circuit::trial::{Kinds, assert_in_use, traced};
use crate::hash::Val;

/// The kinds of rows in which each column is in use that is not in use in every row. What for is said at the
/// columns.
const IN_USE: &[&str] = &[
    "bits: Fold0 Fold1 Fold2 Header0 Header1 Header2 Header3 Header4 Header5 Header6 Header7 Header8 Header9 Merge",
    "node: Fold1 Fold2 Header0 Header1 Header2 Header3 Header4 OldPath NewPath OldRoot0",
    "stack[0..32]: Fold0 Fold1 Fold2 Header0 Header1 Header2 Header3 Header4 Header5 Header6 Header7 Header8 Header9 Merge OldPath NewPath OldRoot0",
    "stack[32]: Fold0 Fold1 Fold2 Header0 Header1 Header2 Header3 Header4 Header5 Header6 Header7 Header8 Header9 Merge OldPath NewPath",
    "stack[33..72]: Fold0 Fold1 Fold2 Header0 Header1 Header2 Header3 Header4 Header5 Header6 Header7 Header8 Header9 Merge",
    "stack[72..80]: Fold0 Fold1 Fold2 Header0 Header1 Header2 Header3 Header4 Header5 Header6 Header7 Header8 Header9",
];

#[test]
fn rejects_every_column_changed_alone_where_it_is_in_use() {
    let ranges = [(40, 3), (5 << 10, 10)];
    let traces = ranges.map(|(start, level)| traced::<Pruning>(&range(start, level)));
    // Only the last header of the longest range has ten nodes beside it; its rows are the last of their kinds, which are
    // looked at.
    let has_ten = |row: &[Val]| row[WIDTH - 1] != Val::ZERO;
    let rows = traces[1].trace.values.chunks(WIDTH);
    assert_eq!(rows.filter(|row| has_ten(row)).count(), 13);
    assert_in_use::<Pruning>(
        &Kinds::of_rows::<Pruning>(),
        &traces,
        OwnPlaces::NAMES,
        &[],
        IN_USE,
    );
}
