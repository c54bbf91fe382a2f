//! Every column, changed alone in a row where it is in use, is rejected.

use crate::circuit::trial::{Kinds, assert_in_use, traced};
use crate::circuit::uptime::Uptime;
use crate::circuit::uptime::columns::OwnPlaces;
use crate::circuit::uptime::forgery::window::window;

/// The kinds of rows in which each column is in use that is not in use in every row. What for is said at the
/// columns.
const IN_USE: &[&str] = &[
    "voted: Header5 Header6 Header7 Header8 Header9",
    "carry: Header0",
    "bits[0..15]: Header0 SetPath Set0",
    "bits[15]: Header0 SetPath",
];

#[test]
fn rejects_every_column_changed_alone_where_it_is_in_use() {
    let traces = [window(65_533, 6, 173), window(7, 2, 1023)];
    let traces = traces.map(|witness| traced::<Uptime>(&witness));
    assert_in_use::<Uptime>(
        &Kinds::of_rows::<Uptime>(),
        &traces,
        OwnPlaces::NAMES,
        &[],
        IN_USE,
    );
}
