//! Every column, changed alone in a row where it is in use, is rejected.

use crate::circuit::span::Span;
use crate::circuit::span::columns::OwnPlaces;
use crate::circuit::span::forgery::ends::Ends;
use crate::circuit::trial::{Kinds, assert_in_use, traced};
use crate::gadget::signature::SignaturePlaces;

/// The kinds of rows in which each column is in use that is not in use in every row. What for is said at the
/// columns.
const IN_USE: &[&str] = &[
    "state[0..8]: Message0 Chain Ends Key0 Set1 Header0 Header1 Header2 Final History0",
    "state[8..10]: Message0 Chain Ends Set1 Header0 Header1 Header2 Final History0",
    "state[10..12]: Chain Ends Set1 Header0 Header1 Header2 Final History0",
    "state[12..16]: Chain Ends Set1 Header0 Header1 Header2 History0",
    "digest[0..2]: Leaf Chain Ends Header0 Header1 History0",
    "digest[2..6]: Leaf Chain Ends Header0 Header1",
    "digit_bits: Chain Ends",
    "bit: Chain Path SetPath HistoryLow HistoryHigh History0",
    "quad: Chain Key0 Member0",
    "quint: Key0 Member0",
    "count: Chain Ends Path Key0 Header0 Header1 SetPath HistoryLow HistoryHigh",
    "weight: Chain Ends Path Key0 Header0 Header1 SetPath HistoryLow HistoryHigh",
    "sum: Chain Ends Path Key0 SetPath HistoryLow HistoryHigh",
    "digit_sum: Chain Ends",
    "half: Chain Ends",
];

#[test]
fn rejects_every_column_changed_alone_where_it_is_in_use() {
    let traces = [
        Ends::many(0x0002_fff9, 7, 3),
        Ends::alone(99, 100, &[5, 10]),
    ];
    let traces = traces.map(|ends| traced::<Span>(&ends.witness));
    let groups = [SignaturePlaces::NAMES, OwnPlaces::NAMES].concat();
    assert_in_use::<Span>(&Kinds::of_rows::<Span>(), &traces, &groups, &[], IN_USE);
}
