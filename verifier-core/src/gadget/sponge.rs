//! A sponge, a permutation a row: start, absorb, squeeze.
//!
//! The rate is the first eight lanes, the capacity the others. A sponge starts with a block in the
//! rate and `(tag, length, 0…0)` in the capacity, so that a hash of one purpose or length is never
//! taken for another. Each step has degree 1, to which a circuit's conditions come.
//!
//! What the circuit must still say: which row follows which, and where the block comes from.

use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;

use super::permutation::Permutation;
use super::row::assert_all_eq;
use crate::hash::{Domain, RATE, Val, WIDTH};

/// Asserts that `input` starts a sponge for `length` elements: `block` in the rate lanes, then the
/// capacity.
pub fn assert_starts<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    input: &[AB::Var; WIDTH],
    block: impl IntoIterator<Item = AB::Expr>,
    domain: Domain,
    length: u32,
) {
    assert_all_eq(builder, &input[..RATE], block);
    assert_capacity(builder, input, domain, length);
}

/// Asserts that a sponge starts here, whatever its first block: capacity `(tag, length, 0…0)`.
pub fn assert_capacity<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    input: &[AB::Var; WIDTH],
    domain: Domain,
    length: u32,
) {
    builder.assert_eq(input[RATE], domain.tag());
    builder.assert_eq(input[RATE + 1], Val::from_u32(length));
    for &lane in &input[RATE + 2..] {
        builder.assert_zero(lane);
    }
}

/// Asserts that a sponge starts here for one of several purposes, as `tag` and `length` say.
pub fn assert_capacity_of<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    input: &[AB::Var; WIDTH],
    tag: AB::Expr,
    length: AB::Expr,
) {
    builder.assert_eq(input[RATE], tag);
    builder.assert_eq(input[RATE + 1], length);
    for &lane in &input[RATE + 2..] {
        builder.assert_zero(lane);
    }
}

/// A block, and which operand of the additions it is: a sum is the same either way, the expression
/// that a fingerprint is taken of is not.
#[derive(Clone, Debug)]
pub enum Block<E, const N: usize> {
    /// Lane i is `block[i] + output[i]`.
    First([E; N]),
    /// Lane i is `output[i] + block[i]`.
    Second([E; N]),
}

/// Asserts that `next_input` absorbs a block of `N` elements into `output`: the first lanes are
/// their sums, the lanes from `carried` on are handed over, and the lanes between are free, for
/// elements of the block that nothing binds.
pub fn assert_absorbs<AB: AirBuilder, const N: usize>(
    builder: &mut AB,
    output: &[AB::Var; WIDTH],
    next_input: &[AB::Var; WIDTH],
    block: Block<AB::Expr, N>,
    carried: usize,
) {
    let lanes = next_input.iter().zip(output);
    match block {
        Block::First(block) => lanes
            .zip(block)
            .for_each(|((&lane, &output), element)| builder.assert_eq(lane, element + output)),
        Block::Second(block) => lanes
            .zip(block)
            .for_each(|((&lane, &output), element)| builder.assert_eq(lane, output + element)),
    }
    assert_carries(builder, output, next_input, carried);
}

/// Asserts that `next_input` is `output` from lane `carried` on: what is absorbed before it is free,
/// or bound elsewhere.
pub fn assert_carries<AB: AirBuilder>(
    builder: &mut AB,
    output: &[AB::Var; WIDTH],
    next_input: &[AB::Var; WIDTH],
    carried: usize,
) {
    let output = output[carried..].iter().map(|&lane| lane.into());
    assert_all_eq(builder, &next_input[carried..], output);
}

/// Returns what is squeezed out: the rate lanes of the output.
pub fn squeeze<AB: AirBuilder>(permutation: &Permutation<'_, AB::Var>) -> [AB::Expr; RATE] {
    core::array::from_fn(|i| permutation.output[i].into())
}

/// Returns the state of a sponge before its first block.
#[cfg(feature = "prover")]
pub fn start(domain: Domain, length: u32) -> [Val; WIDTH] {
    let mut state = [Val::ZERO; WIDTH];
    state[RATE] = domain.tag();
    state[RATE + 1] = Val::from_u32(length);
    state
}

/// Adds `values` to the first of `lanes`.
#[cfg(feature = "prover")]
pub fn add(lanes: &mut [Val], values: &[Val]) {
    for (lane, &value) in lanes.iter_mut().zip(values) {
        *lane += value;
    }
}

/// Returns what is squeezed out of `state`.
#[cfg(feature = "prover")]
pub fn rate(state: &[Val; WIDTH]) -> crate::hash::Digest {
    crate::hash::Digest(core::array::from_fn(|i| state[i]))
}
