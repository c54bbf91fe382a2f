//! The state hash: Poseidon2 over BabyBear, width 16 (eprint 2023/323).
//!
//! `compress` adds its input to its output (feed-forward), because with plain truncation inverting
//! the permutation would give second preimages. `hash` is a sponge of rate 8 whose capacity starts
//! at `(domain, length, 0…)`, so that no purpose and no padding can be mistaken for another.

use p3_baby_bear::{
    BABYBEAR_POSEIDON2_RC_16_EXTERNAL_FINAL, BABYBEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL,
    BABYBEAR_POSEIDON2_RC_16_INTERNAL, GenericPoseidon2LinearLayersBabyBear,
};
use p3_field::{Algebra, InjectiveMonomial, PrimeCharacteristicRing};
use p3_poseidon2::{GenericPoseidon2LinearLayers, add_rc_and_sbox_generic};

use crate::hash::{Digest, Domain, Val};

/// How many elements the permutation acts on.
pub const WIDTH: usize = 16;
/// How many elements the sponge absorbs per permutation.
pub const RATE: usize = 8;
/// Degree of the S-box.
pub const SBOX_DEGREE: u64 = 7;

/// Applies Poseidon2 with Plonky3's published constants; `A` is [`Val`] or a packing of it.
pub fn permute<A: Algebra<Val> + InjectiveMonomial<SBOX_DEGREE>>(state: &mut [A; WIDTH]) {
    type Layers = GenericPoseidon2LinearLayersBabyBear;
    Layers::external_linear_layer(state);
    for constants in &BABYBEAR_POSEIDON2_RC_16_EXTERNAL_INITIAL {
        external_round(state, constants);
    }
    for constant in &BABYBEAR_POSEIDON2_RC_16_INTERNAL {
        add_rc_and_sbox_generic(&mut state[0], *constant);
        <Layers as GenericPoseidon2LinearLayers<WIDTH>>::internal_linear_layer(state);
    }
    for constants in &BABYBEAR_POSEIDON2_RC_16_EXTERNAL_FINAL {
        external_round(state, constants);
    }
}

/// Hashes two nodes into their parent: the first 8 elements of `permute(l ‖ r) + (l ‖ r)`.
#[must_use]
pub fn compress(left: &Digest, right: &Digest) -> Digest {
    Digest(compress_packed(&left.0, &right.0))
}

/// [`compress`] over [`Val`] or a packing of it.
#[must_use]
pub fn compress_packed<A: Algebra<Val> + InjectiveMonomial<SBOX_DEGREE> + Copy>(
    left: &[A; Digest::ELEMENTS],
    right: &[A; Digest::ELEMENTS],
) -> [A; Digest::ELEMENTS] {
    let mut state = [A::ZERO; WIDTH];
    state[..RATE].copy_from_slice(left);
    state[RATE..].copy_from_slice(right);
    permute(&mut state);
    core::array::from_fn(|i| state[i] + left[i])
}

/// Hashes `elements` for the purpose `domain`.
#[must_use]
pub fn hash(domain: Domain, elements: &[Val]) -> Digest {
    let mut sponge = Sponge::new(domain, elements.len());
    for block in elements.chunks(RATE) {
        sponge.absorb(block);
    }
    Digest(sponge.finish())
}

/// A sponge over [`Val`] or a packing of it; the total length is fixed at the start.
#[derive(Clone, Debug)]
pub struct Sponge<A> {
    state: [A; WIDTH],
}

impl<A: Algebra<Val> + InjectiveMonomial<SBOX_DEGREE> + Copy> Sponge<A> {
    /// Returns the sponge for `length` elements and the purpose `domain`.
    ///
    /// # Panics
    ///
    /// If `length` does not fit in 30 bits; all inputs of this protocol are far shorter.
    #[must_use]
    pub fn new(domain: Domain, length: usize) -> Self {
        let length = u32::try_from(length).ok().filter(|&len| len < 1 << 30);
        let mut state = [A::ZERO; WIDTH];
        state[RATE] = domain.tag().into();
        state[RATE + 1] = Val::from_u32(length.expect("inputs are far below 2^30 elements")).into();
        Self { state }
    }

    /// Adds one block of at most [`RATE`] elements and permutes.
    pub fn absorb(&mut self, block: &[A]) {
        debug_assert!(block.len() <= RATE);
        for (lane, &element) in self.state.iter_mut().zip(block) {
            *lane += element;
        }
        permute(&mut self.state);
    }

    /// Returns the first eight elements of the state.
    #[must_use]
    pub fn finish(self) -> [A; Digest::ELEMENTS] {
        core::array::from_fn(|i| self.state[i])
    }
}

fn external_round<A: Algebra<Val> + InjectiveMonomial<SBOX_DEGREE>>(
    state: &mut [A; WIDTH],
    constants: &[Val; WIDTH],
) {
    for (lane, &constant) in state.iter_mut().zip(constants) {
        add_rc_and_sbox_generic(lane, constant);
    }
    GenericPoseidon2LinearLayersBabyBear::external_linear_layer(state);
}

#[cfg(test)]
mod tests {
    use p3_baby_bear::default_babybear_poseidon2_16;
    use p3_symmetric::Permutation;

    use super::*;

    #[test]
    fn permutation_is_the_published_one() {
        let mut state = core::array::from_fn(|i| Val::from_usize(i * i + 7));
        let expected = default_babybear_poseidon2_16().permute(state);
        permute(&mut state);
        assert_eq!(state, expected);
    }

    #[test]
    fn rejects_zero_padding_as_the_same_input() {
        let one = hash(Domain::Slot, &[Val::ONE]);
        assert_ne!(one, hash(Domain::Slot, &[Val::ONE, Val::ZERO]));
        assert_ne!(one, hash(Domain::Random, &[Val::ONE]));
    }

    #[test]
    fn compression_feeds_forward() {
        let (l, r) = (Digest([Val::ONE; 8]), Digest([Val::TWO; 8]));
        let mut state = [Val::ONE; WIDTH];
        state[8..].fill(Val::TWO);
        permute(&mut state);
        assert_eq!(compress(&l, &r).0[0], state[0] + Val::ONE);
        assert_ne!(compress(&l, &r), compress(&r, &l));
    }
}
