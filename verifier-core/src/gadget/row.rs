//! Reading a trace row as named columns, and small expressions over them.

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

/// Returns the sum of `digits[i] · base^i`.
pub fn weighted_sum<AB: AirBuilder>(digits: &[AB::Var], base: u32) -> AB::Expr {
    let base = AB::F::from_u32(base);
    digits
        .iter()
        .rev()
        .fold(AB::Expr::ZERO, |sum, &digit| sum * base.clone() + digit)
}

/// Returns the sum of the given columns.
pub fn sum<AB: AirBuilder>(columns: &[AB::Var]) -> AB::Expr {
    columns
        .iter()
        .fold(AB::Expr::ZERO, |sum, &column| sum + column)
}

/// Returns `x·(x − 1)·…·(x − n + 1)`, which is zero just where x is one of 0 to n − 1; degree n.
pub fn below<AB: AirBuilder>(x: AB::Var, n: u32) -> AB::Expr {
    let mut product: AB::Expr = x.into();
    for i in 1..n {
        product *= x - AB::F::from_u32(i);
    }
    product
}

/// Asserts that each of `columns` is 0 or 1 where the builder's condition holds.
pub fn assert_bits<AB: AirBuilder>(builder: &mut AB, columns: &[AB::Var]) {
    for &column in columns {
        builder.assert_bool(column);
    }
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

/// Asserts that a sponge starts here: capacity `(tag, length, 0…0)`.
pub fn assert_capacity<AB: AirBuilder>(
    builder: &mut AB,
    input: &[AB::Var; 16],
    tag: AB::F,
    length: u32,
) {
    builder.assert_eq(input[8], tag);
    builder.assert_eq(input[9], AB::F::from_u32(length));
    for &lane in &input[10..] {
        builder.assert_zero(lane);
    }
}
