//! What a vote signs, and how a proposer's reveal changes the randomness.

use p3_field::PrimeCharacteristicRing;

use super::HeaderHash;
use crate::hash::{Digest, Domain, Val, hash, u32_limbs};

/// Returns the message that a vote signs: `hash(VOTE, chain_id ‖ height ‖ slot ‖ header_hash)`.
#[must_use]
pub fn vote_message(chain_id: u32, height: u32, slot: u32, header_hash: &HeaderHash) -> Digest {
    let mut elements = [Val::ZERO; 14];
    for (limbs, x) in elements.chunks_mut(2).zip([chain_id, height, slot]) {
        limbs.copy_from_slice(&u32_limbs(x));
    }
    elements[6..].copy_from_slice(&header_hash.0.0);
    hash(Domain::Vote, &elements)
}

/// Returns the randomness after a block: `hash(RANDOM, parent.randomness ‖ reveal)`.
#[must_use]
pub fn next_randomness(parent: &Digest, reveal: &Digest) -> Digest {
    let mut elements = [Val::ZERO; 16];
    elements[..8].copy_from_slice(&parent.0);
    elements[8..].copy_from_slice(&reveal.0);
    hash(Domain::Random, &elements)
}

/// Returns the randomness of a genesis from the numbers that its makers drew:
/// `hash(RANDOM, 16 limbs)`.
#[must_use]
pub fn drawn_randomness(drawn: &[u32; 8]) -> Digest {
    let mut elements = [Val::ZERO; 16];
    for (limbs, &x) in elements.chunks_mut(2).zip(drawn) {
        limbs.copy_from_slice(&u32_limbs(x));
    }
    hash(Domain::Random, &elements)
}
