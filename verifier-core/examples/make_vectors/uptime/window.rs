//! A window of headers that nobody signed, with who voted for each.

use rpp_verifier::{
    Bitmap, Digest, Header, UptimeStatement, UptimeWitness, Validator, ValidatorSet,
};

use crate::circuits::CHAIN;
use crate::{Result, digest};

/// The validator whose votes are counted, in the 33rd limb of a bitmap.
pub(super) const INDEX: u32 = 517;
/// One beside it, which votes for others.
pub(super) const NEIGHBOUR: u32 = 516;

/// Headers, each with the votes for the one before, and the set that signs all but the last.
pub(super) struct Window {
    set: ValidatorSet,
    headers: Vec<Header>,
    votes: Vec<Bitmap>,
}

impl Window {
    /// Returns the window of so many headers from a height on, and one after them that names another set.
    pub(super) fn new(first: u32, voted: u32) -> Result<Self> {
        Self::with(first, voted, |_| ())
    }

    /// Returns it with a change of its headers, which is made before the one after each names its hash.
    pub(super) fn with(first: u32, voted: u32, change: fn(&mut Header)) -> Result<Self> {
        let set = ValidatorSet::new((0..600).map(member).collect())?;
        let votes: Vec<_> = (first..first + voted).map(votes).collect();
        let mut headers: Vec<Header> = Vec::new();
        for height in first..=first + voted {
            let before = headers.len().checked_sub(1);
            let is_voted_for = height < first + voted;
            let parent = before.map(|before| headers[before].hash().0);
            let mut header = Header {
                parent_hash: parent.unwrap_or_else(|| digest(0)),
                validator_set_root: if is_voted_for {
                    set.set_root()
                } else {
                    digest(2)
                },
                participation_root: before
                    .map_or_else(|| digest(3), |i| votes[i].participation_root()),
                ..Self::header(height)
            };
            change(&mut header);
            headers.push(header);
        }
        Ok(Self {
            set,
            headers,
            votes,
        })
    }

    /// Returns a header of this height, with made-up digests.
    pub(super) fn header(height: u32) -> Header {
        Header {
            version: Header::VERSION,
            chain_id: CHAIN,
            height,
            slot: height.wrapping_mul(0x0001_0003),
            proposer: height % 600,
            timestamp_ms: 1 << 40 | u64::from(height),
            parent_hash: digest(height ^ 1 << 16),
            state_root: digest(height ^ 1 << 17),
            tx_root: digest(height ^ 1 << 18),
            validator_set_root: digest(1),
            next_validator_set_root: digest(2),
            participation_root: digest(height ^ 1 << 19),
            history_root: digest(height ^ 1 << 20),
            randomness: digest(height ^ 1 << 21),
        }
    }

    /// Returns the header after the window.
    pub(super) fn head(&self) -> &Header {
        &self.headers[self.votes.len()]
    }

    pub(super) fn set_root(&self) -> Digest {
        self.set.set_root()
    }

    /// Returns what is shown of the validator whose votes are counted.
    pub(super) fn witness(&self) -> UptimeWitness {
        self.witness_of(INDEX)
    }

    /// Returns what is shown of a validator.
    pub(super) fn witness_of(&self, index: u32) -> UptimeWitness {
        let member = member(index);
        let head = self.head();
        let signed = self
            .votes
            .iter()
            .map(|votes| u32::from(votes.contains(index)));
        UptimeWitness {
            statement: UptimeStatement {
                chain_id: CHAIN,
                head_hash: head.hash(),
                first: self.headers[0].height,
                last: head.height - 1,
                validator_set_root: self.set_root(),
                index,
                key_id: member.key_id,
                signed: signed.sum(),
            },
            headers: self.headers.clone(),
            votes: self.votes.clone(),
            member,
            path: self.set.path(index),
            set: self.set.opening(),
        }
    }
}

/// Returns the member of the set at an index.
fn member(index: u32) -> Validator {
    Validator {
        key_id: digest(index ^ 1 << 22),
        power: index + 1,
        account: 0x0007_0000 + index,
        start_slot: index.wrapping_mul(0x0101_0001),
    }
}

/// Returns who voted for a header.
fn votes(height: u32) -> Bitmap {
    let mut votes = Bitmap::default();
    let voted = [0, 7, 512, 599].map(|index| (index, (height + index).is_multiple_of(2)));
    let counted = (INDEX, !height.is_multiple_of(3));
    let beside = (NEIGHBOUR, height.is_multiple_of(2));
    for (index, has_voted) in voted.into_iter().chain([counted, beside]) {
        if has_voted {
            votes.insert(index);
        }
    }
    votes
}
