//! `OpenKey`: a small key written plainly, with no ratchet and no packing. All its secrets are at hand, so that
//! whoever tests or forges can sign what an honest signer would not.

#![allow(
    clippy::unwrap_used,
    reason = "a key that cannot be made is a fault of this module"
)]

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::{
    CHAINS, ChainValue, PublicKey, Signature, chain_end, chain_step, digits, leaf_digest,
    message_digest, slot_digest,
};
use crate::hash::{Digest, Domain, MerkleTree, Val, compress, hash, u32_limbs, u64_limbs};

/// Height of the tree of such a key.
pub(crate) const HEIGHT: usize = 4;
/// How many leaves it has.
pub(crate) const LEAVES: u32 = 1 << HEIGHT;

/// A key whose secrets are at hand.
#[derive(Clone)]
pub(crate) struct OpenKey {
    parameter: [Val; 5],
    secrets: Vec<[ChainValue; CHAINS]>,
    slot_secrets: Vec<Digest>,
    tree: MerkleTree<HEIGHT>,
    /// What stands for the right half of the tree, where nobody has its leaves.
    right_half: Option<Digest>,
    /// What is added to the position of a leaf in its hashes; not zero for a key that cheats.
    offset: u32,
}

impl OpenKey {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with_offset(seed, 0)
    }

    pub(crate) fn with_offset(seed: u64, offset: u32) -> Self {
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
            right_half: None,
            offset,
        }
    }

    /// Returns a key of which only the first half of the leaves can sign: whoever looks for a root that suits
    /// him may put there what he likes.
    pub(crate) fn with_right_half(seed: u64, right_half: Digest) -> Self {
        Self {
            right_half: Some(right_half),
            ..Self::new(seed)
        }
    }

    /// Returns the node of the tree over the first half of the leaves, and the one beside it.
    pub(crate) fn halves(&self) -> [Digest; 2] {
        let beside = |position: u32| {
            let path = self.tree.path(position).0;
            path[HEIGHT - 1]
        };
        let half = LEAVES / 2;
        [beside(half), self.right_half.unwrap_or_else(|| beside(0))]
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        let tree_height = u32::try_from(HEIGHT).unwrap();
        let [left, right] = self.halves();
        PublicKey {
            tree_height,
            parameter: self.parameter,
            root: compress(&left, &right),
        }
    }

    pub(crate) fn reveal(&self, leaf: u32) -> Digest {
        self.slot_secrets[self.position(leaf)]
    }

    /// Signs with the first randomizer whose digits `wanted` accepts, which gets the digest.
    pub(crate) fn sign_if(
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

    pub(crate) fn sign(&self, leaf: u32, message: &Digest) -> Signature {
        self.sign_if(leaf, message, on_target(148)).0
    }

    pub(crate) fn sign_digits(
        &self,
        leaf: u32,
        randomizer: [Val; 7],
        digits: &[u8; CHAINS],
    ) -> Signature {
        let position = self.position(leaf);
        let mut path = self.tree.path(u32::try_from(position).unwrap()).0;
        if let Some(right_half) = self.right_half {
            assert!(leaf < LEAVES / 2, "a leaf of the left half");
            path[HEIGHT - 1] = right_half;
        }
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
            path: path.to_vec(),
        }
    }

    /// Returns the starts of the chains of a leaf.
    pub(crate) fn secrets(&self, leaf: u32) -> &[ChainValue; CHAINS] {
        &self.secrets[self.position(leaf)]
    }

    fn position(&self, leaf: u32) -> usize {
        usize::try_from(leaf - self.offset).unwrap()
    }
}

/// Returns number `i` of what is drawn from `seed`.
pub(crate) fn drawn(seed: u64, i: u32) -> Digest {
    let elements: Vec<_> = u64_limbs(seed).into_iter().chain(u32_limbs(i)).collect();
    hash(Domain::Slot, &elements)
}

/// Accepts a message digest whose digits sum to `target`.
pub(crate) fn on_target(target: u32) -> impl Fn(&Digest) -> Option<[u8; CHAINS]> {
    move |digest| {
        let digits = digits(digest);
        (digits.iter().map(|&d| u32::from(d)).sum::<u32>() == target).then_some(digits)
    }
}
