//! One Poseidon2 permutation in a row: Plonky3's own AIR, embedded at the front of each row.
//!
//! 157 columns without S-box registers: 16 inputs, 16 after each of 8 full rounds, and the S-box
//! output of each of 13 partial rounds. Its constraints have degree 7.

use core::borrow::Borrow;

use p3_air::{Air, AirBuilder};
use p3_baby_bear::{
    BABYBEAR_POSEIDON2_HALF_FULL_ROUNDS, BABYBEAR_POSEIDON2_PARTIAL_ROUNDS_16,
    BABYBEAR_POSEIDON2_RC_16_EXTERNAL_FINAL, BABYBEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL,
    BABYBEAR_POSEIDON2_RC_16_INTERNAL, GenericPoseidon2LinearLayersBabyBear,
};
use p3_poseidon2_air::{Poseidon2Air, Poseidon2Cols, RoundConstants, num_cols};
use p3_uni_stark::SubAirBuilder;

use crate::hash::{SBOX_DEGREE, Val, WIDTH};

const HALF_FULL_ROUNDS: usize = BABYBEAR_POSEIDON2_HALF_FULL_ROUNDS;
const PARTIAL_ROUNDS: usize = BABYBEAR_POSEIDON2_PARTIAL_ROUNDS_16;
const SBOX_REGISTERS: usize = 0;

/// How many columns the permutation takes.
pub const COLUMNS: usize =
    num_cols::<WIDTH, SBOX_DEGREE, SBOX_REGISTERS, HALF_FULL_ROUNDS, PARTIAL_ROUNDS>();

type Constants = RoundConstants<Val, WIDTH, HALF_FULL_ROUNDS, PARTIAL_ROUNDS>;
type Columns<T> =
    Poseidon2Cols<T, WIDTH, SBOX_DEGREE, SBOX_REGISTERS, HALF_FULL_ROUNDS, PARTIAL_ROUNDS>;

/// Plonky3's AIR of the state hash's permutation.
pub type PermutationAir = Poseidon2Air<
    Val,
    GenericPoseidon2LinearLayersBabyBear,
    WIDTH,
    SBOX_DEGREE,
    SBOX_REGISTERS,
    HALF_FULL_ROUNDS,
    PARTIAL_ROUNDS,
>;

/// Returns the AIR with Plonky3's published constants.
#[must_use]
pub fn permutation_air() -> PermutationAir {
    PermutationAir::new(round_constants())
}

/// Asserts that the first [`COLUMNS`] columns of the row hold one permutation.
pub fn assert_permutation<AB: AirBuilder<F = Val>>(air: &PermutationAir, builder: &mut AB) {
    air.eval(&mut SubAirBuilder::<AB, PermutationAir, AB::Var>::new(
        builder,
        0..COLUMNS,
    ));
}

/// What a permutation takes in and gives out, as columns of a row.
#[derive(Clone, Copy, Debug)]
pub struct Permutation<'a, T> {
    /// The state before the permutation.
    pub input: &'a [T; WIDTH],
    /// The state after it.
    pub output: &'a [T; WIDTH],
}

impl<'a, T> Permutation<'a, T> {
    /// Reads the columns of one permutation.
    #[must_use]
    pub fn new(columns: &'a [T; COLUMNS]) -> Self {
        let columns: &Columns<T> = columns.as_slice().borrow();
        let last = &columns.ending_full_rounds[HALF_FULL_ROUNDS - 1];
        Self {
            input: &columns.inputs,
            output: &last.post,
        }
    }
}

fn round_constants() -> Constants {
    Constants::new(
        BABYBEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL,
        BABYBEAR_POSEIDON2_RC_16_INTERNAL,
        BABYBEAR_POSEIDON2_RC_16_EXTERNAL_FINAL,
    )
}

/// Returns the permutation columns of a trace, one row for each input.
#[cfg(feature = "prover")]
#[must_use]
pub fn permutation_trace(
    inputs: alloc::vec::Vec<[Val; WIDTH]>,
) -> p3_matrix::dense::RowMajorMatrix<Val> {
    p3_poseidon2_air::generate_trace_rows::<
        Val,
        GenericPoseidon2LinearLayersBabyBear,
        WIDTH,
        SBOX_DEGREE,
        SBOX_REGISTERS,
        HALF_FULL_ROUNDS,
        PARTIAL_ROUNDS,
    >(inputs, &round_constants(), 0)
}

/// Returns the columns of a permutation in which `change` is added to one cell, and everything
/// after it is computed from the changed one: a row that breaks one constraint.
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
pub fn broken_permutation(input: [Val; WIDTH], cell: usize, change: Val) -> [Val; COLUMNS] {
    use p3_field::PrimeCharacteristicRing;
    use p3_poseidon2::GenericPoseidon2LinearLayers;

    type Layers = GenericPoseidon2LinearLayersBabyBear;
    let mut columns = alloc::vec::Vec::with_capacity(COLUMNS);
    let mut put = |value: &mut Val| {
        if columns.len() == cell {
            *value += change;
        }
        columns.push(*value);
    };
    let mut state = input;
    state.iter_mut().for_each(&mut put);
    Layers::external_linear_layer(&mut state);
    let full = |state: &mut [Val; WIDTH], constants: &[Val; WIDTH]| {
        for (lane, &constant) in state.iter_mut().zip(constants) {
            *lane = (*lane + constant).exp_const_u64::<SBOX_DEGREE>();
        }
        Layers::external_linear_layer(state);
    };
    for constants in &BABYBEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL {
        full(&mut state, constants);
        state.iter_mut().for_each(&mut put);
    }
    for &constant in &BABYBEAR_POSEIDON2_RC_16_INTERNAL {
        state[0] = (state[0] + constant).exp_const_u64::<SBOX_DEGREE>();
        put(&mut state[0]);
        <Layers as GenericPoseidon2LinearLayers<WIDTH>>::internal_linear_layer(&mut state);
    }
    for constants in &BABYBEAR_POSEIDON2_RC_16_EXTERNAL_FINAL {
        full(&mut state, constants);
        state.iter_mut().for_each(&mut put);
    }
    columns.try_into().expect("all columns of a permutation")
}
