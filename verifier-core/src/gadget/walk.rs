//! Walks up a Merkle tree, a level a row: of a key and of a validator set.

use p3_air::AirBuilder;
use p3_field::PrimeCharacteristicRing;

use super::signature::{SignatureCols, SignatureRow};
use crate::gadget::permutation::Permutation;
use crate::hash::{RATE, Val};

/// Asserts that a node or its sibling, by the next row's `bit`, is what the next row compresses.
///
/// Degree 2.
pub fn assert_child<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    next: &SignatureRow<'_, AB::Var>,
    node: &[AB::Expr; 8],
) {
    let (left, right) = next.permutation.input.split_at(RATE);
    let bit: AB::Expr = (*next.cols.bit).into();
    for i in 0..RATE {
        builder.assert_zero((AB::Expr::ONE - bit.clone()) * (left[i] - node[i].clone()));
        builder.assert_zero(bit.clone() * (right[i] - node[i].clone()));
    }
}

/// Returns the node that a compression gives: output plus input, the feed-forward.
pub fn node<AB: AirBuilder>(permutation: &Permutation<'_, AB::Var>) -> [AB::Expr; 8] {
    core::array::from_fn(|i| permutation.output[i] + permutation.input[i])
}

/// Returns the rate lanes of a permutation's output.
pub fn rate<AB: AirBuilder>(permutation: &Permutation<'_, AB::Var>) -> [AB::Expr; 8] {
    core::array::from_fn(|i| permutation.output[i].into())
}

/// Asserts that the next row starts a walk up a tree: level 0, weight 1, nothing summed.
///
/// Degree 1.
pub fn assert_walk_starts<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    next: &SignatureCols<'_, AB::Var>,
) {
    builder.assert_zero(*next.count);
    builder.assert_one(*next.weight);
    builder.assert_zero(*next.sum);
}

/// Asserts that the next row is one level up: count, weight and sum of the row's bit move on.
///
/// Degree 2.
pub fn assert_walk_goes_on<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    row: &SignatureCols<'_, AB::Var>,
    next: &SignatureCols<'_, AB::Var>,
) {
    builder.assert_eq(*next.count, *row.count + Val::ONE);
    builder.assert_eq(*next.weight, *row.weight * Val::TWO);
    builder.assert_eq(*next.sum, *row.sum + *row.bit * *row.weight);
}
