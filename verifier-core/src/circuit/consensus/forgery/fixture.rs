//! Small keys and sets, written plainly: no ratchet, no packing, all secrets at hand, so that one
//! can sign what an honest signer would not.

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;
use p3_maybe_rayon::prelude::*;

use crate::chain::{Bitmap, HeaderHash, Validator, ValidatorSet, next_randomness};
use crate::circuit::consensus::{ConsensusStatement, ConsensusWitness, VoteWitness};
use crate::hash::{Digest, Val};
use crate::signature::KeyPurpose;
pub(in crate::circuit) use crate::signature::open_key::{
    LEAVES, OpenKey as TestKey, drawn, on_target,
};

pub(in crate::circuit) const CHAIN_ID: u32 = 0x0005_0007;
/// Some start slots borrow from the high limb.
pub(in crate::circuit) const SLOT: u32 = 0x0003_0005;

/// A set of which some members have keys.
#[derive(Clone)]
pub(crate) struct TestSet {
    pub(in crate::circuit) keys: Vec<Option<TestKey>>,
    pub(in crate::circuit) set: ValidatorSet,
}

impl TestSet {
    /// Returns the set of the given powers, all with keys.
    pub(in crate::circuit) fn new(powers: &[u32]) -> Self {
        Self::with_keys(powers, |_| true)
    }

    /// Returns the set of the given powers, where only the `live` members have keys.
    pub(in crate::circuit) fn with_keys(
        powers: &[u32],
        live: impl Fn(usize) -> bool + Sync,
    ) -> Self {
        let seed = |i: usize| u64::try_from(i).unwrap() + 1;
        let keys: Vec<_> = (0..powers.len())
            .into_par_iter()
            .map(|i| live(i).then(|| TestKey::new(seed(i))))
            .collect();
        let member = |(i, (power, key)): (usize, (&u32, &Option<TestKey>))| {
            let idle = || drawn(seed(i), 0);
            let key_id = |key: &TestKey| key.public_key().key_id(KeyPurpose::Vote, CHAIN_ID);
            let i = u32::try_from(i).unwrap();
            Validator {
                key_id: key.as_ref().map_or_else(idle, key_id),
                power: *power,
                account: 1000 + i,
                start_slot: SLOT - i % LEAVES,
            }
        };
        let members = powers.iter().zip(&keys).enumerate().map(member).collect();
        Self {
            set: ValidatorSet::new(members).unwrap(),
            keys,
        }
    }

    pub(in crate::circuit) fn member(&self, index: u32) -> (&TestKey, &Validator) {
        let i = usize::try_from(index).unwrap();
        (self.keys[i].as_ref().unwrap(), &self.set.members()[i])
    }

    /// Returns the honest witness of a block by `proposer` for which `voters` voted.
    pub(in crate::circuit) fn witness(&self, voters: &[u32], proposer: u32) -> ConsensusWitness {
        let reveal = match &self.keys[usize::try_from(proposer).unwrap()] {
            Some(key) => key.reveal(SLOT - self.member(proposer).1.start_slot),
            None => Digest::ZERO,
        };
        let parent_randomness = Digest(core::array::from_fn(Val::from_usize));
        let mut bitmap = Bitmap::default();
        let power = |&index: &u32| {
            bitmap.insert(index);
            self.member(index).1.power
        };
        let signed_power = voters.iter().map(power).sum();
        let statement = ConsensusStatement {
            chain_id: CHAIN_ID,
            header_hash: HeaderHash(Digest([Val::from_u32(77); 8])),
            height: 0x0001_2345,
            slot: SLOT,
            proposer,
            set: self.set.opening(),
            signed_power,
            parent_randomness,
            randomness: next_randomness(&parent_randomness, &reveal),
            signers: bitmap.signers(),
        };
        let message = statement.vote_message();
        let votes = voters
            .iter()
            .map(|&index| self.vote(index, &message))
            .collect();
        ConsensusWitness {
            statement,
            reveal,
            votes,
        }
    }

    pub(in crate::circuit) fn vote(&self, index: u32, message: &Digest) -> VoteWitness {
        let (key, validator) = self.member(index);
        VoteWitness {
            index,
            validator: *validator,
            set_path: self.set.path(index),
            public_key: key.public_key(),
            signature: key.sign(SLOT - validator.start_slot, message),
        }
    }
}
