//! Reading a trace row as named columns, and asserting several at once.

use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;

/// Takes the next `N` columns off the front of `row`.
///
/// # Panics
///
/// If fewer are left: the verifier checks the width of a row before any constraint reads it.
pub fn take<'a, T, const N: usize>(row: &mut &'a [T]) -> &'a [T; N] {
    let (columns, rest) = row
        .split_first_chunk()
        .expect("a row is as wide as its columns");
    *row = rest;
    columns
}

/// Returns the sum of the given columns.
pub fn sum<AB: AirBuilder>(columns: &[AB::Var]) -> AB::Expr {
    columns
        .iter()
        .fold(AB::Expr::ZERO, |sum, &column| sum + column)
}

/// Asserts that `columns` equal `values`, pair by pair.
///
/// # Panics
///
/// If there are fewer values than columns, which is a fault of the AIR.
pub fn assert_all_eq<AB: AirBuilder>(
    builder: &mut AB,
    columns: &[AB::Var],
    values: impl IntoIterator<Item = AB::Expr>,
) {
    let mut values = values.into_iter();
    for &column in columns {
        builder.assert_eq(column, values.next().expect("a value for each column"));
    }
}
