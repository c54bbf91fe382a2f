//! The constraints.

use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use rpp_verifier::hazmat::{
    PERMUTATION_COLUMNS, Permutation, PermutationAir, Val, assert_permutation, permutation_air,
};

/// The AIR: one permutation per row and nothing else.
#[derive(Clone)]
pub struct PreimageAir(PermutationAir);

impl core::fmt::Debug for PreimageAir {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PreimageAir")
    }
}

impl Default for PreimageAir {
    fn default() -> Self {
        Self(permutation_air())
    }
}

impl BaseAir<Val> for PreimageAir {
    fn width(&self) -> usize {
        PERMUTATION_COLUMNS
    }

    fn num_public_values(&self) -> usize {
        8
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(7)
    }
}

impl<AB: AirBuilder<F = Val>> Air<AB> for PreimageAir {
    fn eval(&self, builder: &mut AB) {
        let main = builder.main();
        let row = permutation(main.current_slice());
        let next = permutation(main.next_slice());
        let end: Vec<AB::Expr> = builder
            .public_values()
            .iter()
            .map(|&element| element.into())
            .collect();

        assert_permutation(&self.0, builder);
        for &lane in &row.input[8..] {
            builder.assert_zero(lane);
        }
        let mut when = builder.when_transition();
        for (&after, &before) in next.input.iter().zip(&row.output[..8]) {
            when.assert_eq(after, before);
        }
        let mut when = builder.when_last_row();
        for (&lane, element) in row.output.iter().zip(end) {
            when.assert_eq(lane, element);
        }
    }
}

fn permutation<T>(row: &[T]) -> Permutation<'_, T> {
    Permutation::new(row.try_into().expect("a row is as wide as its columns"))
}
