//! The permutation run backward: what a forger does who wants a certain output, and may choose the input.

use alloc::vec::Vec;

use p3_baby_bear::{
    BABYBEAR_POSEIDON2_RC_16_EXTERNAL_FINAL, BABYBEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL,
    BABYBEAR_POSEIDON2_RC_16_INTERNAL, GenericPoseidon2LinearLayersBabyBear,
};
use p3_field::{Field, PermutationMonomial, PrimeCharacteristicRing};
use p3_poseidon2::GenericPoseidon2LinearLayers;

use crate::hash::{Val, WIDTH};

type Layers = GenericPoseidon2LinearLayersBabyBear;
type State = [Val; WIDTH];
type Matrix = Vec<State>;

/// Returns the input of the permutation that gives `output`.
pub fn inverse_permutation(output: &State) -> State {
    let external = inverse(Layers::external_linear_layer);
    let internal = inverse(<Layers as GenericPoseidon2LinearLayers<WIDTH>>::internal_linear_layer);
    let full = |state: State, constants: &State| {
        let state = times(&external, &state);
        core::array::from_fn(|i| state[i].injective_exp_root_n() - constants[i])
    };
    let constants = BABYBEAR_POSEIDON2_RC_16_EXTERNAL_FINAL.iter().rev();
    let state = constants.fold(*output, full);
    let constants = BABYBEAR_POSEIDON2_RC_16_INTERNAL.iter().rev();
    let state = constants.fold(state, |state, &constant| {
        let mut state = times(&internal, &state);
        state[0] = state[0].injective_exp_root_n() - constant;
        state
    });
    let constants = BABYBEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL.iter().rev();
    times(&external, &constants.fold(state, full))
}

/// Returns the rows of the matrix that undoes a linear layer, by elimination.
fn inverse(layer: impl Fn(&mut State)) -> Matrix {
    let unit = |at: usize| core::array::from_fn(|i| Val::from_bool(i == at));
    let columns: Vec<State> = (0..WIDTH)
        .map(|at| {
            let mut column = unit(at);
            layer(&mut column);
            column
        })
        .collect();
    let row = |at: usize| (core::array::from_fn(|i| columns[i][at]), unit(at));
    let mut rows: Vec<(State, State)> = (0..WIDTH).map(row).collect();
    for at in 0..WIDTH {
        let pivot = (at..WIDTH).find(|&row| rows[row].0[at] != Val::ZERO);
        rows.swap(at, pivot.expect("a layer of a permutation can be undone"));
        let by = rows[at].0[at].inverse();
        let pivot = (rows[at].0.map(|x| x * by), rows[at].1.map(|x| x * by));
        for (other, row) in rows.iter_mut().enumerate() {
            let by = row.0[at];
            if other == at {
                *row = pivot;
            } else {
                row.0 = core::array::from_fn(|i| row.0[i] - by * pivot.0[i]);
                row.1 = core::array::from_fn(|i| row.1[i] - by * pivot.1[i]);
            }
        }
    }
    rows.into_iter().map(|(_, inverse)| inverse).collect()
}

fn times(matrix: &Matrix, state: &State) -> State {
    let product = |row: &State| row.iter().zip(state).map(|(&a, &b)| a * b).sum();
    core::array::from_fn(|i| product(&matrix[i]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::permute;

    #[test]
    fn undoes_the_permutation() {
        let input: State = core::array::from_fn(|i| Val::from_usize(i * i + 3));
        let mut state = input;
        permute(&mut state);
        assert_ne!(state, input);
        assert_eq!(inverse_permutation(&state), input);
    }
}
