//! Ends of epochs to forge from, signed by sets that follow each other.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use super::super::{EpochEnd, SpanStatement, SpanWitness};
use crate::chain::{Header, HeaderHash, HistoryPath, history_root, vote_message};
use crate::circuit::consensus::VoteWitness;
use crate::circuit::consensus::forgery::fixture::{CHAIN_ID, SLOT, TestSet};
use crate::hash::{Digest, Domain, MerklePath, hash, u32_limbs};
use crate::limits::HISTORY_DEPTH;

/// Ends of epochs, and the sets that sign them, with their keys.
#[derive(Clone)]
pub(crate) struct Ends {
    pub(in crate::circuit::span) sets: Vec<TestSet>,
    pub(crate) witness: SpanWitness,
}

impl Ends {
    /// Returns the ends of epochs of `length` heights, the first at `first`, each signed by some members of a set of these powers.
    pub(super) fn new(first: u32, length: u32, epochs: &[(&[u32], &[u32])]) -> Self {
        let set = |(powers, voters): &(&[u32], &[u32])| {
            let votes = |i: usize| voters.iter().any(|&voter| usize::try_from(voter) == Ok(i));
            TestSet::with_keys(powers, votes)
        };
        let sets: Vec<_> = epochs.iter().map(set).collect();
        let mut ends: Vec<EpochEnd> = Vec::new();
        for ((place, set), (_, voters)) in (0..).zip(&sets).zip(epochs) {
            let height = first + place * length;
            let before = ends
                .last()
                .map(|end| (end.header.height, end.header.hash()));
            let path = before.map(|_| some_path(height));
            let root = before
                .zip(path)
                .map(|((at, hash), path)| path.root(hash.0, at));
            let history_root =
                root.map_or_else(|| digest(height), |root| history_root(height, &root));
            let next = sets.get(usize::try_from(place).unwrap_or_default() + 1);
            let header = Header {
                height,
                // A key has few leaves, and a span says nothing of the order of slots.
                slot: SLOT + place % 8,
                validator_set_root: set.set.set_root(),
                next_validator_set_root: next.map_or_else(|| digest(0), |set| set.set.set_root()),
                history_root,
                ..header(height)
            };
            ends.push(EpochEnd {
                votes: voters
                    .iter()
                    .map(|&index| vote(set, &header, &header.hash(), index))
                    .collect(),
                set: set.set.opening(),
                header,
                path,
            });
        }
        let last = &ends[ends.len() - 1].header;
        let length = NonZeroU32::new(length).unwrap();
        let set = sets[0].set.set_root();
        let statement = SpanStatement::new(first, length, set, last).unwrap();
        let witness = SpanWitness { statement, ends };
        Self { sets, witness }
    }

    #[cfg(test)]
    /// Returns so many ends, at each of which three members of four vote.
    pub(in crate::circuit::span) fn many(first: u32, length: u32, count: u32) -> Self {
        let powers: Vec<[u32; 4]> = (0..count).map(|epoch| [3, 3, 3 + epoch % 3, 1]).collect();
        let epochs: Vec<(&[u32], &[u32])> = powers
            .iter()
            .map(|powers| (powers.as_slice(), [0, 1, 2].as_slice()))
            .collect();
        Self::new(first, length, &epochs)
    }

    /// Returns ends at each of which one member votes, the one at this index, with nearly all the power.
    pub(crate) fn alone(first: u32, length: u32, voters: &[u32]) -> Self {
        let powers: Vec<Vec<u32>> = voters
            .iter()
            .map(|&voter| {
                (0..=voter)
                    .map(|i| if i == voter { 0x0002_0003 } else { 1 })
                    .collect()
            })
            .collect();
        let epochs: Vec<(&[u32], &[u32])> = powers
            .iter()
            .zip(voters)
            .map(|(powers, voter)| (powers.as_slice(), core::slice::from_ref(voter)))
            .collect();
        Self::new(first, length, &epochs)
    }

    /// Has the members who vote for an end sign its header, at the height of its place.
    #[cfg(test)]
    pub(in crate::circuit::span) fn sign(&mut self, place: usize) {
        let SpanStatement {
            first_height,
            epoch_length,
            ..
        } = self.witness.statement;
        let epochs = u32::try_from(place).unwrap();
        let header = Header {
            height: first_height + epochs * epoch_length.get(),
            ..self.witness.ends[place].header.clone()
        };
        let hash = self.witness.ends[place].header.hash();
        for signed in &mut self.witness.ends[place].votes {
            *signed = vote(&self.sets[place], &header, &hash, signed.index);
        }
    }

    /// Returns a vote by how many come before it, and which end it is for.
    pub(super) fn vote_at(&mut self, position: usize) -> Option<(usize, &mut VoteWitness)> {
        let ends = self.witness.ends.iter_mut().enumerate();
        let mut votes =
            ends.flat_map(|(place, end)| end.votes.iter_mut().map(move |vote| (place, vote)));
        votes.nth(position)
    }
}

fn some_path(height: u32) -> HistoryPath {
    MerklePath(core::array::from_fn::<_, HISTORY_DEPTH, _>(|level| {
        digest(height ^ u32::try_from(level).unwrap() << 20)
    }))
}

fn vote(set: &TestSet, header: &Header, hash: &HeaderHash, index: u32) -> VoteWitness {
    let Header { height, slot, .. } = *header;
    let message = vote_message(CHAIN_ID, height, slot, hash);
    let (key, validator) = set.member(index);
    VoteWitness {
        index,
        validator: *validator,
        set_path: set.set.path(index),
        public_key: key.public_key(),
        signature: key.sign(slot - validator.start_slot, &message),
    }
}

fn header(height: u32) -> Header {
    Header {
        version: Header::VERSION,
        chain_id: CHAIN_ID,
        height,
        slot: SLOT,
        proposer: 0x0001_0002,
        timestamp_ms: 1 << 40 | u64::from(height),
        parent_hash: digest(height),
        state_root: digest(height ^ 1),
        tx_root: digest(height ^ 2),
        validator_set_root: digest(height ^ 3),
        next_validator_set_root: digest(height ^ 4),
        participation_root: digest(height ^ 5),
        history_root: digest(height ^ 6),
        randomness: digest(height ^ 7),
    }
}

/// Some digest.
pub(super) fn digest(x: u32) -> Digest {
    hash(Domain::Slot, &u32_limbs(x))
}
