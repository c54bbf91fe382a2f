//! Integers in limbs of 16 bits, least significant first: sums with a carry, differences with a
//! borrow, and the base-4 digits that bound both.
//!
//! All are equations in the field, so each function says which bounds make them equations of
//! integers. The circuit sees to those.

use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;

use super::bits::below;
use crate::hash::Val;

const LIMB: u32 = 1 << 16;

/// Asserts that each of `digits` is 0 to 3. Degree 4.
pub fn assert_base4<'a, AB: AirBuilder>(
    builder: &mut AB,
    digits: impl IntoIterator<Item = &'a AB::Var>,
) where
    AB::Var: 'a,
{
    for &digit in digits {
        builder.assert_zero(below::<AB>(digit, 4));
    }
}

/// Asserts that `sums`, two sums of limbs without carries, are the integer of `limbs`:
/// `sums[0] = limbs[0] + carry·2^16`, `sums[1] + carry = limbs[1]`. Degree 1.
///
/// As integers, where the sums and `carry·2^16` are below the modulus, and the limbs below 2^16.
pub fn assert_sum<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    sums: &[AB::Var; 2],
    carry: AB::Expr,
    limbs: &[AB::Expr; 2],
) {
    let limb = Val::from_u32(LIMB);
    builder.assert_eq(sums[0], limbs[0].clone() + carry.clone() * limb);
    builder.assert_eq(carry + sums[1], limbs[1].clone());
}

/// Asserts that `parts`, whose value is `parts[0] + parts[1]·2^16` and of which either may be
/// negative, is the number `low + high·2^16`: `parts[0] = low + borrow·2^16`,
/// `parts[1] + borrow = high`. Degree 1.
///
/// Not negative as integers, where `low` is below 2^16, `high` below the modulus by more than the
/// parts can be negative, and `borrow` small.
pub fn assert_not_negative<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    parts: [AB::Expr; 2],
    borrow: AB::Expr,
    low: AB::Expr,
    high: AB::Expr,
) {
    let [part_low, part_high] = parts;
    builder.assert_eq(part_low, low + borrow.clone() * Val::from_u32(LIMB));
    builder.assert_eq(part_high + borrow, high);
}

/// Returns base-4 digit `i` of `x`.
#[cfg(feature = "prover")]
pub fn base4_digit(x: i64, i: usize) -> Val {
    Val::from_u8(u8::try_from(x >> (2 * i) & 3).expect("two bits"))
}
