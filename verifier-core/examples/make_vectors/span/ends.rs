//! Ends of epochs, signed by sets that follow each other.

use std::num::NonZeroU32;

use rpp_verifier::{
    EpochEnd, Header, HistoryPath, KeyPurpose, MerklePath, SecretKey, SpanStatement, SpanWitness,
    Validator, ValidatorSet, VoteWitness, history_root, vote_message,
};

use super::EPOCH;
use crate::circuits::CHAIN;
use crate::{Result, digest};

/// The slot of the first end.
const SLOT: u32 = 0x0002_0003;
/// Where keys start, by the member's index: on both sides of a limb.
const STARTS: [u32; 3] = [0x0001_fffe, 0x0002_0000, 0x0002_0003];

/// The powers of a set's members, and who of them votes.
type Epoch<'a> = (&'a [u32], &'a [u32]);

/// The ends of epochs that follow each other.
pub(super) struct Ends {
    pub(super) witness: SpanWitness,
}

impl Ends {
    /// Returns the ends of the first two epochs, with a change of their headers, which is made before they are signed.
    pub(super) fn two(change: fn(&mut Header)) -> Result<Self> {
        Self::new(
            EPOCH,
            &[(&[3, 20, 10], &[1, 2]), (&[50, 1, 1], &[0])],
            change,
        )
    }

    /// Returns the ends of the first epochs of this length, with a change of their headers, which is made before they are signed.
    pub(super) fn new(length: u32, epochs: &[Epoch<'_>], change: fn(&mut Header)) -> Result<Self> {
        let mut sets = Vec::new();
        for ((powers, _), epoch) in epochs.iter().zip(0..) {
            sets.push(Set::new(epoch, powers)?);
        }
        let roots: Vec<_> = sets.iter().map(|set| set.members.set_root()).collect();
        let mut ends: Vec<EpochEnd> = Vec::new();
        for (set, (_, voters)) in sets.iter_mut().zip(epochs) {
            let before = ends.last().map(|end| &end.header);
            let height = before.map_or(length - 1, |before| before.height + length);
            let path = before.map(|_| path());
            let root = path
                .zip(before)
                .map(|(path, before)| path.root(before.hash().0, before.height));
            let next = roots.get(ends.len() + 1).copied();
            let mut header = Header {
                slot: before.map_or(SLOT, |before| before.slot + 3),
                validator_set_root: roots[ends.len()],
                next_validator_set_root: next.unwrap_or_else(|| digest(2)),
                history_root: root.map_or_else(|| digest(3), |root| history_root(height, &root)),
                ..Self::header(height)
            };
            change(&mut header);
            let votes = voters.iter().map(|&index| set.vote(&header, index));
            ends.push(EpochEnd {
                votes: votes.collect::<Result<_>>()?,
                set: set.members.opening(),
                header,
                path,
            });
        }
        let last = &ends[ends.len() - 1].header;
        let length = NonZeroU32::try_from(length)?;
        let statement = SpanStatement::new(length.get() - 1, length, roots[0], last);
        let statement = statement.map_err(|error| error.code())?;
        let witness = SpanWitness { statement, ends };
        Ok(Self { witness })
    }

    /// Returns a header of this height, with made-up digests.
    pub(super) fn header(height: u32) -> Header {
        Header {
            version: Header::VERSION,
            chain_id: CHAIN,
            height,
            slot: SLOT,
            proposer: 0x0001_0002,
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

    pub(super) fn last(&self) -> &Header {
        let ends = &self.witness.ends;
        &ends[ends.len() - 1].header
    }
}

/// A set, and its members' keys.
struct Set {
    keys: Vec<SecretKey>,
    members: ValidatorSet,
}

impl Set {
    fn new(epoch: u8, powers: &[u32]) -> Result<Self> {
        let (mut keys, mut members) = (Vec::new(), Vec::new());
        for ((&power, start_slot), index) in powers.iter().zip(STARTS).zip(0u8..) {
            let seed = [200 + 3 * epoch + index; 32];
            let key = SecretKey::generate(seed, KeyPurpose::Vote, CHAIN, 4, &|_| ())?;
            members.push(Validator {
                key_id: key.key_id(),
                power,
                account: u32::from(index),
                start_slot,
            });
            keys.push(key);
        }
        let members = ValidatorSet::new(members)?;
        Ok(Self { keys, members })
    }

    fn vote(&mut self, header: &Header, index: u32) -> Result<VoteWitness> {
        let Header { height, slot, .. } = *header;
        let message = vote_message(CHAIN, height, slot, &header.hash());
        let place = usize::try_from(index)?;
        let (key, validator) = (&mut self.keys[place], self.members.members()[place]);
        Ok(VoteWitness {
            index,
            validator,
            set_path: self.members.path(index),
            public_key: *key.public_key(),
            signature: key.sign(slot - validator.start_slot, &message)?,
        })
    }
}

/// Returns the path of the end before, with made-up digests.
fn path() -> HistoryPath {
    let mut levels = 0;
    MerklePath([(); 32].map(|()| {
        levels += 1;
        digest(levels ^ 1 << 22)
    }))
}
