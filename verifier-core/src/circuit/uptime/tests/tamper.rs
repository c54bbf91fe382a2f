//! Every column, changed alone in a row where it is in use, is rejected.

use alloc::vec::Vec;

use crate::circuit::trial::{OfKinds, assert_in_use, traced};
use crate::circuit::uptime::Uptime;
use crate::circuit::uptime::columns::{Cells, Kind, OwnPlaces};
use crate::circuit::uptime::forgery::window::window;
use crate::gadget::permutation;
use crate::gadget::rows::TraceCells;

/// The kinds of rows in which each column is in use that is not in use in every row. What for is said at the
/// columns.
const IN_USE: &[&str] = &[
    "voted: Header5 Header6 Header7 Header8 Header9",
    "carry: Header0",
    "bits[0..15]: Header0 SetPath Set0",
    "bits[15]: Header0 SetPath",
];

impl OfKinds for Uptime {
    fn kinds() -> Vec<&'static str> {
        Kind::NAMES.to_vec()
    }

    fn selectors() -> Vec<usize> {
        let kinds = 0..Kind::COUNT;
        kinds
            .map(|kind| permutation::COLUMNS + Cells::kind_column(kind))
            .collect()
    }
}

#[test]
fn rejects_every_column_changed_alone_where_it_is_in_use() {
    let traces = [window(65_533, 6, 173), window(7, 2, 1023)];
    let traces = traces.map(|witness| traced::<Uptime>(&witness));
    assert_in_use::<Uptime>(&traces, OwnPlaces::NAMES, &[], IN_USE);
}
