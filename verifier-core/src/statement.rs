//! `Statement`: what a proof is about, and its public inputs.

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use crate::digest::Digest;
use crate::domain::Domain;
use crate::field::{Val, u32_limbs};
use crate::hash::hash;
use crate::header::{Header, HeaderHash};
use crate::validator::SetOpening;

/// The claim that a proof is about.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Statement {
    /// More than two thirds of a validator set signed a header.
    Consensus(ConsensusStatement),
}

/// "Distinct validators of `set` with `signed_power` together, more than two thirds of its total,
/// signed the vote for this header; the proposer is among them, and the secret that it showed
/// leads from `parent_randomness` to `randomness`; `signers` has exactly their bits."
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConsensusStatement {
    /// The chain that the votes are for.
    pub chain_id: u32,
    /// The header that was signed.
    pub header_hash: HeaderHash,
    /// Its height.
    pub height: u32,
    /// Its slot.
    pub slot: u32,
    /// Its proposer's index in the set.
    pub proposer: u32,
    /// The set whose members signed.
    pub set: SetOpening,
    /// Sum of the signers' powers.
    pub signed_power: u32,
    /// Randomness of the parent header.
    pub parent_randomness: Digest,
    /// Randomness of the header.
    pub randomness: Digest,
    /// `hash(SIGNERS, bitmap)` of the signers.
    pub signers: Digest,
}

impl ConsensusStatement {
    /// Number of public values: see [`ConsensusStatement::public_values`].
    pub const PUBLIC_VALUES: usize = 2 + 8 + 8 + 2 + 2 + 2 + 2 + 8 + 8 + 8;

    /// Returns the statement about `header`, a child of `parent`.
    ///
    /// `set`, `signed_power` and `signers` come from its certificate. Whether the header follows
    /// the parent and belongs to the set is for the header rules to say.
    #[must_use]
    pub fn new(
        header: &Header,
        parent: &Header,
        set: SetOpening,
        signed_power: u32,
        signers: Digest,
    ) -> Self {
        Self {
            chain_id: header.chain_id,
            header_hash: header.hash(),
            height: header.height,
            slot: header.slot,
            proposer: header.proposer,
            set,
            signed_power,
            parent_randomness: parent.randomness,
            randomness: header.randomness,
            signers,
        }
    }

    /// Returns whether `signed_power` is more than two thirds of the set's total.
    #[must_use]
    pub fn has_quorum(&self) -> bool {
        3 * u64::from(self.signed_power) > 2 * u64::from(self.set.total_power)
    }

    /// Returns the message that each vote signs.
    #[must_use]
    pub fn vote_message(&self) -> Digest {
        vote_message(self.chain_id, self.height, self.slot, &self.header_hash)
    }

    /// Returns the flat public values, in the order of the AIR:
    /// `chain_id[2] ‖ message[8] ‖ set root[8] ‖ slot[2] ‖ proposer[2] ‖ signed_power[2] ‖
    /// total_power[2] ‖ parent_randomness[8] ‖ randomness[8] ‖ signers[8]`.
    ///
    /// The message stands for header hash, height and slot, the tree root for the set root: who
    /// makes them here hashes them from what it trusts.
    #[must_use]
    pub fn public_values(&self) -> Vec<Val> {
        let mut values = Vec::with_capacity(Self::PUBLIC_VALUES);
        values.extend(u32_limbs(self.chain_id));
        values.extend(self.vote_message().0);
        values.extend(self.set.root.0);
        for x in [
            self.slot,
            self.proposer,
            self.signed_power,
            self.set.total_power,
        ] {
            values.extend(u32_limbs(x));
        }
        for digest in [&self.parent_randomness, &self.randomness, &self.signers] {
            values.extend(digest.0);
        }
        values
    }
}

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
