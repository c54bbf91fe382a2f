//! Small keys and sets, written plainly: no ratchet, no packing, all secrets at hand, so that one
//! can sign what an honest signer would not.

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;
use p3_maybe_rayon::prelude::*;

use crate::chain::{Bitmap, HeaderHash, Validator, ValidatorSet, next_randomness};
use crate::circuit::consensus::{ConsensusStatement, ConsensusWitness, VoteWitness};
use crate::hash::{Digest, Domain, MerkleTree, Val, hash, u32_limbs, u64_limbs};
use crate::signature::{
    CHAINS, ChainValue, KeyPurpose, PublicKey, Signature, chain_end, chain_step, digits,
    leaf_digest, message_digest, slot_digest,
};

/// Height of every test key.
pub(in crate::circuit::consensus) const HEIGHT: usize = 4;
pub(in crate::circuit::consensus) const CHAIN_ID: u32 = 0x0005_0007;
/// Some start slots borrow from the high limb.
pub(in crate::circuit::consensus) const SLOT: u32 = 0x0003_0005;
pub(in crate::circuit::consensus) const LEAVES: u32 = 1 << HEIGHT;

#[derive(Clone)]
pub(in crate::circuit::consensus) struct TestKey {
    parameter: [Val; 5],
    secrets: Vec<[ChainValue; CHAINS]>,
    slot_secrets: Vec<Digest>,
    tree: MerkleTree<HEIGHT>,
    /// What is added to the position of a leaf in its hashes; not zero for a key that cheats.
    offset: u32,
}

impl TestKey {
    pub(in crate::circuit::consensus) fn new(seed: u64) -> Self {
        Self::with_offset(seed, 0)
    }

    pub(in crate::circuit::consensus) fn with_offset(seed: u64, offset: u32) -> Self {
        let Digest([a, b, c, d, e, ..]) = drawn(seed, 0);
        let parameter = [a, b, c, d, e];
        let chain_secret = |leaf: u32, chain: usize| {
            let place = leaf * 100 + u32::try_from(chain).unwrap();
            let Digest([a, b, c, d, ..]) = drawn(seed, 1000 + place);
            [a, b, c, d]
        };
        let secrets: Vec<[ChainValue; CHAINS]> = (0..LEAVES)
            .map(|leaf| core::array::from_fn(|chain| chain_secret(leaf, chain)))
            .collect();
        let slot_secrets: Vec<_> = (0..LEAVES).map(|leaf| drawn(seed, 1 + leaf)).collect();
        let leaves = (0..LEAVES)
            .zip(&secrets)
            .zip(&slot_secrets)
            .map(|((leaf, secret), slot)| {
                let leaf = Val::from_u32(leaf + offset);
                let end = |chain: usize| {
                    chain_end(
                        secret[chain],
                        &parameter,
                        leaf,
                        u32::try_from(chain).unwrap(),
                        0,
                    )
                };
                let ends = core::array::from_fn(end);
                Digest(leaf_digest(&parameter, leaf, &ends, &slot_digest(slot).0))
            });
        let tree = MerkleTree::new(leaves.collect());
        Self {
            parameter,
            secrets,
            slot_secrets,
            tree,
            offset,
        }
    }

    pub(in crate::circuit::consensus) fn public_key(&self) -> PublicKey {
        let tree_height = u32::try_from(HEIGHT).unwrap();
        PublicKey {
            tree_height,
            parameter: self.parameter,
            root: self.tree.root(),
        }
    }

    pub(in crate::circuit::consensus) fn reveal(&self, leaf: u32) -> Digest {
        self.slot_secrets[self.position(leaf)]
    }

    /// Signs with the first randomizer whose digits `wanted` accepts, which gets the digest.
    pub(in crate::circuit::consensus) fn sign_if(
        &self,
        leaf: u32,
        message: &Digest,
        mut wanted: impl FnMut(&Digest) -> Option<[u8; CHAINS]>,
    ) -> (Signature, [u8; CHAINS]) {
        let mut randomizer = [Val::ZERO; 7];
        for i in 0.. {
            randomizer[6] = Val::from_u32(i);
            let digest = message_digest(&self.parameter, leaf, message, &randomizer);
            if let Some(digits) = wanted(&digest) {
                return (self.sign_digits(leaf, randomizer, &digits), digits);
            }
        }
        unreachable!("one digest in about 3,500 is signed");
    }

    pub(in crate::circuit::consensus) fn sign(&self, leaf: u32, message: &Digest) -> Signature {
        self.sign_if(leaf, message, on_target(148)).0
    }

    pub(in crate::circuit::consensus) fn sign_digits(
        &self,
        leaf: u32,
        randomizer: [Val; 7],
        digits: &[u8; CHAINS],
    ) -> Signature {
        let position = self.position(leaf);
        let value = |chain: usize| {
            let walk = 0..u32::from(digits[chain]);
            walk.fold(self.secrets[position][chain], |value, step| {
                let leaf = Val::from_u32(leaf);
                chain_step(
                    value,
                    &self.parameter,
                    leaf,
                    u32::try_from(chain).unwrap(),
                    step,
                )
            })
        };
        Signature {
            randomizer,
            chain_values: core::array::from_fn(value),
            slot_digest: slot_digest(&self.slot_secrets[position]),
            path: self.tree.path(u32::try_from(position).unwrap()).0.to_vec(),
        }
    }

    fn position(&self, leaf: u32) -> usize {
        usize::try_from(leaf - self.offset).unwrap()
    }
}

/// Returns number `i` of what is drawn from `seed`.
fn drawn(seed: u64, i: u32) -> Digest {
    let elements: Vec<_> = u64_limbs(seed).into_iter().chain(u32_limbs(i)).collect();
    hash(Domain::Slot, &elements)
}

/// Accepts a message digest whose digits sum to `target`.
pub(in crate::circuit::consensus) fn on_target(
    target: u32,
) -> impl Fn(&Digest) -> Option<[u8; CHAINS]> {
    move |digest| {
        let digits = digits(digest);
        (digits.iter().map(|&d| u32::from(d)).sum::<u32>() == target).then_some(digits)
    }
}

/// A set of which some members have keys.
pub(in crate::circuit::consensus) struct TestSet {
    pub(in crate::circuit::consensus) keys: Vec<Option<TestKey>>,
    pub(in crate::circuit::consensus) set: ValidatorSet,
}

impl TestSet {
    /// Returns the set of the given powers, all with keys.
    pub(in crate::circuit::consensus) fn new(powers: &[u32]) -> Self {
        Self::with_keys(powers, |_| true)
    }

    /// Returns the set of the given powers, where only the `live` members have keys.
    pub(in crate::circuit::consensus) fn with_keys(
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

    pub(in crate::circuit::consensus) fn member(&self, index: u32) -> (&TestKey, &Validator) {
        let i = usize::try_from(index).unwrap();
        (self.keys[i].as_ref().unwrap(), &self.set.members()[i])
    }

    /// Returns the honest witness of a block by `proposer` for which `voters` voted.
    pub(in crate::circuit::consensus) fn witness(
        &self,
        voters: &[u32],
        proposer: u32,
    ) -> ConsensusWitness {
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

    pub(in crate::circuit::consensus) fn vote(&self, index: u32, message: &Digest) -> VoteWitness {
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
