//! Bits, small numbers, and the canonical bits of an element.

use p3_air::AirBuilder;
use p3_field::{PrimeCharacteristicRing, PrimeField32};

use crate::hash::Val;

/// Asserts that each of `columns` is 0 or 1 where the builder's condition holds. Degree 2.
pub fn assert_bits<AB: AirBuilder>(builder: &mut AB, columns: &[AB::Var]) {
    for &column in columns {
        builder.assert_bool(column);
    }
}

/// Returns `x·(x − 1)·…·(x − n + 1)`, which is zero just where x is one of 0 to n − 1; degree n.
pub fn below<AB: AirBuilder>(x: AB::Var, n: u32) -> AB::Expr {
    let mut product: AB::Expr = x.into();
    for i in 1..n {
        product *= x - AB::F::from_u32(i);
    }
    product
}

/// Returns the sum of `digits[i] · base^i`.
pub fn weighted_sum<AB: AirBuilder>(digits: &[AB::Var], base: u32) -> AB::Expr {
    let base = AB::F::from_u32(base);
    digits
        .iter()
        .rev()
        .fold(AB::Expr::ZERO, |sum, &digit| sum * base.clone() + digit)
}

/// Bits 26 to 30 of an element: bit 26, bits 27 and 28, bits 29 and 30.
#[derive(Clone, Copy, Debug)]
pub struct TopBits<'a, T> {
    /// Bit 26: 0 or 1, enforced by the circuit.
    pub bit: &'a T,
    /// Bits 27 and 28: 0 to 3, enforced by the circuit.
    pub quad: &'a T,
    /// Bits 29 and 30: [`assert_canonical`] makes it 0 to 3.
    pub quint: &'a T,
}

/// Returns what the five bits count in the element. Degree 1.
pub fn top_value<AB: AirBuilder<F = Val>>(top: &TopBits<'_, AB::Var>) -> AB::Expr {
    let five = *top.quad * Val::TWO + *top.quint * Val::from_u32(8) + *top.bit;
    five * Val::from_u32(1 << 26)
}

/// Asserts that the five bits and 26 lower ones are the integer below the modulus, and not that
/// plus the modulus. Degree 7.
///
/// 15·2^27 = p − 1: with bits 27 to 30 all one, any low bit set would be the element a second time,
/// above the modulus. That the bits are those of `element` is for the circuit to say.
pub fn assert_canonical<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    top: &TopBits<'_, AB::Var>,
    element: AB::Var,
) {
    builder.assert_zero(below::<AB>(*top.quint, 4));
    let top_is_ones = below::<AB>(*top.quad, 3) * below::<AB>(*top.quint, 3);
    builder.assert_zero(top_is_ones * (element + Val::ONE));
    const { assert!(15 << 27 == Val::ORDER_U32 - 1) };
}
