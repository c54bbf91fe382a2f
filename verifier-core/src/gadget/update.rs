//! A leaf of a Merkle tree is replaced: two walks along the same siblings, side by side.
//!
//! Each level takes two rows. The first compresses the node over the leaf before, the second the node
//! over the leaf after, both with one sibling and one bit. Eight columns `other` carry the node that the
//! row does not compress: in the first row of a level the one over the leaf after, in the second row
//! what the first has made of the one before.
//!
//! What the circuit must still say: that the bit is a bit, what the two leaves are, how many levels
//! there are, and what the number and the roots at the top are.

use p3_air::AirBuilder;

use super::permutation::Permutation;
use super::row::assert_all_eq;
use super::walk::{Walk, node};
use crate::hash::{Digest, RATE, Val};

/// What one row of an update reads.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a, T> {
    /// The permutation of the row.
    pub permutation: Permutation<'a, T>,
    /// The columns of the walk.
    pub walk: Walk<'a, T>,
    /// The node that the row does not compress.
    pub other: &'a [T; Digest::ELEMENTS],
}

/// Asserts that the second row of a level has bit and counters of the first, the same sibling beside
/// `other`, and what the first has made. Degree 2.
pub fn assert_second<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    first: &Update<'_, AB::Var>,
    second: &Update<'_, AB::Var>,
) {
    let bit = *first.walk.bit;
    builder.assert_eq(*second.walk.bit, bit);
    builder.assert_eq(*second.walk.count, *first.walk.count);
    builder.assert_eq(*second.walk.weight, *first.walk.weight);
    builder.assert_eq(*second.walk.sum, *first.walk.sum);
    let (row, next) = (&first.permutation, &second.permutation);
    assert_same_sibling(builder, bit, row, first.other, next, second.other);
}

/// Asserts that the second row of a level has the sibling of the first beside `other`, and hands on what the first has made. Degree 2.
pub fn assert_same_sibling<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    bit: AB::Var,
    first: &Permutation<'_, AB::Var>,
    other: &[AB::Var; Digest::ELEMENTS],
    second: &Permutation<'_, AB::Var>,
    second_other: &[AB::Var; Digest::ELEMENTS],
) {
    let (input, second_input) = (first.input, second.input);
    for i in 0..RATE {
        let (left, right) = (input[i], input[RATE + i]);
        let other = other[i];
        // The node is on the right where the bit is set: there the left one is the sibling.
        builder.assert_eq(second_input[i], bit * (left - other) + other);
        builder.assert_eq(second_input[RATE + i], bit * (other - right) + right);
    }
    assert_all_eq(builder, second_other, node::<AB>(first));
}

/// Asserts that after the second row of a level the next one starts with what both have made.
///
/// Degree 2.
pub fn assert_level<AB: AirBuilder<F = Val>>(
    builder: &mut AB,
    second: &Update<'_, AB::Var>,
    next: &Update<'_, AB::Var>,
) {
    let before = second.other.map(Into::into);
    super::walk::assert_child(builder, next.permutation.input, &next.walk, &before);
    assert_all_eq(builder, next.other, node::<AB>(&second.permutation));
}

#[cfg(feature = "prover")]
pub use self::trace::{UpdateTrace, climb};

#[cfg(feature = "prover")]
mod trace {
    use p3_field::PrimeCharacteristicRing;

    use crate::gadget::walk::{WalkCells, compression, feed_forward};
    use crate::hash::{Digest, Val, WIDTH};

    /// A trace with updates; the circuit says which kinds of rows they are.
    pub trait UpdateTrace {
        /// Returns the columns of the walk.
        fn walk(&mut self) -> WalkCells<'_>;

        /// Returns the node that the next row does not compress.
        fn other(&mut self) -> &mut [Val; Digest::ELEMENTS];

        /// Adds the first or the second row of a level, and returns its output.
        fn push(&mut self, second: bool, input: &mut [Val; WIDTH]) -> [Val; WIDTH];

        /// Called when the counters have gone one level up.
        fn level_done(&mut self) {}
    }

    /// Climbs from the two leaves at `index` along `siblings`, and returns the roots before and after.
    pub fn climb<R: UpdateTrace>(
        rows: &mut R,
        leaves: [Digest; 2],
        index: u32,
        siblings: &[Digest],
    ) -> [Digest; 2] {
        rows.walk().start();
        let [mut before, after] = leaves;
        *rows.other() = after.0;
        for (level, sibling) in siblings.iter().enumerate() {
            let is_right = index >> level & 1 == 1;
            *rows.walk().bit = Val::from_bool(is_right);
            let joined = |node: &Digest| {
                if is_right {
                    compression(sibling, node)
                } else {
                    compression(node, sibling)
                }
            };
            let mut input = joined(&before);
            let output = rows.push(false, &mut input);
            let made = feed_forward(&input, &output);
            let after = Digest(core::mem::replace(rows.other(), made.0));
            let mut input = joined(&after);
            let output = rows.push(true, &mut input);
            before = Digest(*rows.other());
            *rows.other() = feed_forward(&input, &output).0;
            rows.walk().go_on();
            rows.level_done();
        }
        [before, Digest(*rows.other())]
    }
}
