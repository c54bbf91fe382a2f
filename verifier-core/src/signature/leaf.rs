//! One leaf of a key: its hash chains, their ends and its slot digest.
//!
//! Everything works over [`Val`] or a packing of it, where each lane is a separate leaf, so that
//! key generation and verification share the same code.

use p3_field::{Algebra, InjectiveMonomial, PrimeCharacteristicRing};

use super::{BASE, CHAIN_ELEMENTS, CHAINS, PARAMETER_ELEMENTS};
use crate::hash::{
    Digest, Domain, RATE, SBOX_DEGREE, Sponge, Val, WIDTH, compress_packed, permute,
};

/// Walks one step of chain `chain`, from position `step` to the next one.
///
/// The result is the first four elements of
/// `permute(value ‖ parameter ‖ (leaf, 4·chain + step, CHAIN) ‖ 0[4])`. Twelve elements are
/// discarded, so the permutation cannot be inverted, and no two steps of a key share an input.
#[must_use]
pub fn chain_step<A: Algebra<Val> + InjectiveMonomial<SBOX_DEGREE> + Copy>(
    value: [A; CHAIN_ELEMENTS],
    parameter: &[Val; PARAMETER_ELEMENTS],
    leaf: A,
    chain: u32,
    step: u32,
) -> [A; CHAIN_ELEMENTS] {
    let mut state = [A::ZERO; WIDTH];
    state[..4].copy_from_slice(&value);
    for (lane, &element) in state[4..9].iter_mut().zip(parameter) {
        *lane = element.into();
    }
    state[9] = leaf;
    state[10] = Val::from_u32(BASE * chain + step).into();
    state[11] = Domain::Chain.tag().into();
    permute(&mut state);
    core::array::from_fn(|i| state[i])
}

/// Walks chain `chain` from position `from` to its end, position 3.
#[must_use]
pub fn chain_end<A: Algebra<Val> + InjectiveMonomial<SBOX_DEGREE> + Copy>(
    value: [A; CHAIN_ELEMENTS],
    parameter: &[Val; PARAMETER_ELEMENTS],
    leaf: A,
    chain: u32,
    from: u32,
) -> [A; CHAIN_ELEMENTS] {
    (from..BASE - 1).fold(value, |value, step| {
        chain_step(value, parameter, leaf, chain, step)
    })
}

/// Returns the digest of a slot secret: `hash(SLOT, secret)`.
#[must_use]
pub fn slot_digest(secret: &Digest) -> Digest {
    Digest(slot_digest_packed(&secret.0))
}

/// [`slot_digest`] over [`Val`] or a packing of it.
#[must_use]
pub(super) fn slot_digest_packed<A: Algebra<Val> + InjectiveMonomial<SBOX_DEGREE> + Copy>(
    secret: &[A; Digest::ELEMENTS],
) -> [A; Digest::ELEMENTS] {
    let mut sponge = Sponge::new(Domain::Slot, Digest::ELEMENTS);
    sponge.absorb(secret);
    sponge.finish()
}

/// Returns the tree leaf:
/// `compress(hash(SIG_LEAF, parameter ‖ leaf ‖ 0 ‖ 0 ‖ ends), slot_digest)`.
#[must_use]
pub fn leaf_digest<A: Algebra<Val> + InjectiveMonomial<SBOX_DEGREE> + Copy>(
    parameter: &[Val; PARAMETER_ELEMENTS],
    leaf: A,
    ends: &[[A; CHAIN_ELEMENTS]; CHAINS],
    slot_digest: &[A; Digest::ELEMENTS],
) -> [A; Digest::ELEMENTS] {
    let mut sponge = Sponge::new(Domain::SigLeaf, RATE + CHAINS * CHAIN_ELEMENTS);
    let mut block = [A::ZERO; RATE];
    for (lane, &element) in block.iter_mut().zip(parameter) {
        *lane = element.into();
    }
    block[PARAMETER_ELEMENTS] = leaf;
    sponge.absorb(&block);
    for pair in ends.as_flattened().chunks(RATE) {
        sponge.absorb(pair);
    }
    compress_packed(&sponge.finish(), slot_digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{compress, hash};

    const PARAMETER: [Val; 5] = Val::new_array([1, 2, 3, 4, 5]);

    #[test]
    fn step_is_the_truncated_permutation() {
        let mut state = [Val::ZERO; WIDTH];
        state[..4].copy_from_slice(&Val::new_array([6, 7, 8, 9]));
        state[4..9].copy_from_slice(&PARAMETER);
        state[9..12].copy_from_slice(&[Val::new(1000), Val::new(4 * 77 + 2), Domain::Chain.tag()]);
        permute(&mut state);
        let value = Val::new_array([6, 7, 8, 9]);
        let step = chain_step(value, &PARAMETER, Val::new(1000), 77, 2);
        assert_eq!(step, state[..4]);
        assert_eq!(chain_end(value, &PARAMETER, Val::new(1000), 77, 2), step);
        assert_eq!(chain_end(value, &PARAMETER, Val::new(1000), 77, 3), value);
    }

    #[test]
    fn leaf_is_the_hash_over_320_elements() {
        let ends = core::array::from_fn(|c| [Val::from_usize(c); 4]);
        let mut elements = [Val::ZERO; 320];
        elements[..5].copy_from_slice(&PARAMETER);
        elements[5] = Val::new(9);
        elements[8..].copy_from_slice(ends.as_flattened());
        let slot = slot_digest(&Digest([Val::ONE; 8]));
        assert_eq!(slot, hash(Domain::Slot, &[Val::ONE; 8]));
        assert_eq!(
            Digest(leaf_digest(&PARAMETER, Val::new(9), &ends, &slot.0)),
            compress(&hash(Domain::SigLeaf, &elements), &slot)
        );
    }
}
