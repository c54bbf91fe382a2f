//! A walk up a Merkle tree, a level a row.
//!
//! Each row of a walk compresses a node with its sibling; `bit` says that the node is the right
//! one. `count` is the level, `weight` is 2^level, and `sum` the part of the leaf's number that the
//! bits below have given, so that at the top `sum` is the number. A walk has columns of its own, which
//! a circuit may use for something else in other rows.
//!
//! What the circuit must still say: that `bit` is a bit, how many levels there are, and what the
//! number and the node at the top are.

use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;

use super::permutation::Permutation;
use crate::hash::{Digest, RATE, Val, WIDTH};

/// The columns of a walk.
#[derive(Clone, Copy, Debug)]
pub struct Walk<'a, T> {
    /// The node is a right child.
    pub bit: &'a T,
    /// The level, from 0.
    pub count: &'a T,
    /// 2^level.
    pub weight: &'a T,
    /// The number of the leaf so far.
    pub sum: &'a T,
}

/// Asserts that a node is what the next row compresses with its sibling, on the side that the next row's `bit` says.
///
/// Degree 2.
pub fn assert_child<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    next_input: &[AB::Var; WIDTH],
    next: &Walk<'_, AB::Var>,
    node: &[AB::Expr; Digest::ELEMENTS],
) {
    assert_child_by(builder, next_input, *next.bit, node);
}

/// [`assert_child`], where the bit is in a column of its own.
pub fn assert_child_by<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    next_input: &[AB::Var; WIDTH],
    next_bit: AB::Var,
    node: &[AB::Expr; Digest::ELEMENTS],
) {
    let (left, right) = next_input.split_at(RATE);
    let bit: AB::Expr = next_bit.into();
    for i in 0..RATE {
        builder.assert_zero((AB::Expr::ONE - bit.clone()) * (left[i] - node[i].clone()));
        builder.assert_zero(bit.clone() * (right[i] - node[i].clone()));
    }
}

/// Returns the node that a compression gives: output plus input, the feed-forward.
pub fn node<AB: AirBuilder>(
    permutation: &Permutation<'_, AB::Var>,
) -> [AB::Expr; Digest::ELEMENTS] {
    core::array::from_fn(|i| permutation.output[i] + permutation.input[i])
}

/// Asserts that the next row starts a walk: level 0, weight 1, nothing summed. Degree 1.
pub fn assert_starts<AB: AirBuilder<F = Val>>(builder: &mut AB, next: &Walk<'_, AB::Var>) {
    builder.assert_zero(*next.count);
    builder.assert_one(*next.weight);
    builder.assert_zero(*next.sum);
}

/// Asserts that the next row is one level up: count, weight and sum of the row's bit move on.
///
/// Degree 2.
pub fn assert_goes_on<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &Walk<'_, AB::Var>,
    next: &Walk<'_, AB::Var>,
) {
    builder.assert_eq(*next.count, *row.count + Val::ONE);
    builder.assert_eq(*next.weight, *row.weight * Val::TWO);
    builder.assert_eq(*next.sum, *row.sum + *row.bit * *row.weight);
}

/// Returns the number that the row of the last level completes. Degree 2.
pub fn number<AB: AirBuilder>(row: &Walk<'_, AB::Var>) -> AB::Expr {
    *row.bit * *row.weight + *row.sum
}

#[cfg(feature = "prover")]
pub use self::trace::{WalkCells, climb, compression, feed_forward};

#[cfg(feature = "prover")]
mod trace {
    use super::*;

    /// The columns of a walk as values of a trace.
    #[derive(Debug)]
    pub struct WalkCells<'a> {
        /// See [`Walk::bit`].
        pub bit: &'a mut Val,
        /// See [`Walk::count`].
        pub count: &'a mut Val,
        /// See [`Walk::weight`].
        pub weight: &'a mut Val,
        /// See [`Walk::sum`].
        pub sum: &'a mut Val,
    }

    impl WalkCells<'_> {
        /// Sets the counters to those of a walk's first row.
        pub fn start(self) {
            *self.count = Val::ZERO;
            *self.weight = Val::ONE;
            *self.sum = Val::ZERO;
        }

        /// Moves the counters one level up.
        pub fn go_on(self) {
            *self.sum += *self.bit * *self.weight;
            *self.count += Val::ONE;
            *self.weight = self.weight.double();
        }
    }

    /// Climbs from `node`, the leaf at `index`, along its `siblings`, and returns the node at the
    /// top. `walk` gives the columns of the walk in `rows`, `push` adds a row.
    pub fn climb<R>(
        rows: &mut R,
        node: Digest,
        index: u32,
        siblings: &[Digest],
        walk: impl Fn(&mut R) -> WalkCells<'_>,
        push: impl Fn(&mut R, &mut [Val; WIDTH]) -> [Val; WIDTH],
    ) -> Digest {
        walk(rows).start();
        siblings
            .iter()
            .enumerate()
            .fold(node, |node, (level, sibling)| {
                let is_right = index >> level & 1 == 1;
                *walk(rows).bit = Val::from_bool(is_right);
                let mut input = if is_right {
                    compression(sibling, &node)
                } else {
                    compression(&node, sibling)
                };
                let output = push(rows, &mut input);
                walk(rows).go_on();
                feed_forward(&input, &output)
            })
    }

    /// Returns the input of the permutation that compresses two nodes.
    pub fn compression(left: &Digest, right: &Digest) -> [Val; WIDTH] {
        core::array::from_fn(|i| {
            if i < RATE {
                left.0[i]
            } else {
                right.0[i - RATE]
            }
        })
    }

    /// Returns the node that a compression gives.
    #[must_use]
    pub fn feed_forward(input: &[Val; WIDTH], output: &[Val; WIDTH]) -> Digest {
        Digest(core::array::from_fn(|i| input[i] + output[i]))
    }
}
