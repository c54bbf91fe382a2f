//! `PublicKey`: what a signature is checked against.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::{
    CHAIN_ELEMENTS, CHAINS, PARAMETER_ELEMENTS, Signature, TARGET_SUM, chain_end, digits,
    leaf_digest, message_digest,
};
use crate::codec::{DecodeError, Reader, Writer};
use crate::hash::{Digest, Domain, Val, fold_path, hash, u32_limbs};
use crate::limits::{MAX_TREE_HEIGHT, MIN_TREE_HEIGHT};

/// What a key signs; a key has one purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyPurpose {
    /// Votes of a validator.
    Vote,
    /// Operations of an account.
    Account,
    /// Files of a signed setup.
    Setup,
}

impl KeyPurpose {
    /// Returns the domain of the key's id.
    #[must_use]
    pub(crate) const fn domain(self) -> Domain {
        match self {
            Self::Vote => Domain::KeyVote,
            Self::Account => Domain::KeyAccount,
            Self::Setup => Domain::KeySetup,
        }
    }
}

/// A public key: the root of a tree of one-time leaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PublicKey {
    /// Height of the tree, 4 to 20: the key has 2^height leaves.
    pub tree_height: u32,
    /// Drawn once per key and part of every hash of its leaves, so that an attack on one key does
    /// not help against another.
    pub(crate) parameter: [Val; PARAMETER_ELEMENTS],
    /// Root of the tree.
    pub root: Digest,
}

impl PublicKey {
    /// Length of the encoding.
    pub const BYTES: usize = 4 + 4 * PARAMETER_ELEMENTS + Digest::BYTES;

    /// Returns the key's id on a chain, for a purpose:
    /// `hash(KEY_VOTE, KEY_ACCOUNT or KEY_SETUP, chain_id ‖ tree_height ‖ parameter ‖ root)`.
    ///
    /// Chains and accounts name keys by this id alone. If a key comes with a signature, compare
    /// its id before anything else.
    #[must_use]
    pub fn key_id(&self, purpose: KeyPurpose, chain_id: u32) -> Digest {
        let mut elements = Vec::with_capacity(16);
        elements.extend(u32_limbs(chain_id));
        elements.push(Val::from_u32(self.tree_height));
        elements.extend(self.parameter);
        elements.extend(self.root.0);
        hash(purpose.domain(), &elements)
    }

    /// Checks that `signature` signs `message` at `leaf` of this key.
    ///
    /// `message` is a hash of what is signed, under its own domain and with its chain id. The
    /// caller decides which leaf may sign it.
    ///
    /// # Errors
    ///
    /// The first rule that is broken, in the order of the variants of [`SignatureError`].
    pub fn verify(
        &self,
        leaf: u32,
        message: &Digest,
        signature: &Signature,
    ) -> Result<(), SignatureError> {
        self.check_shape(leaf, signature)?;
        let digest = message_digest(&self.parameter, leaf, message, &signature.randomizer);
        let digits = digits(&digest);
        let (expected, got) = (TARGET_SUM, digits.into_iter().map(u32::from).sum());
        if got != expected {
            return Err(SignatureError::TargetSum { expected, got });
        }
        let leaf_element = Val::from_u32(leaf);
        let mut ends = [[Val::ZERO; CHAIN_ELEMENTS]; CHAINS];
        let shown = signature.chain_values.iter().zip(digits);
        for ((end, (&value, digit)), chain) in ends.iter_mut().zip(shown).zip(0..) {
            *end = chain_end(value, &self.parameter, leaf_element, chain, digit.into());
        }
        let slot_digest = &signature.slot_digest.0;
        let node = leaf_digest(&self.parameter, leaf_element, &ends, slot_digest);
        if fold_path(Digest(node), leaf, &signature.path) == self.root {
            return Ok(());
        }
        Err(SignatureError::RootMismatch)
    }

    /// Returns the 56-byte encoding: tree height (`u32`), parameter, root.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.u32(self.tree_height);
        w.elements(&self.parameter);
        w.digest(&self.root);
        w.finish()
    }

    /// Decodes the 56-byte encoding.
    ///
    /// # Errors
    ///
    /// [`DecodeError::OutOfRange`] if the tree height is not between 4 and 20,
    /// [`DecodeError::NonCanonicalElement`], [`DecodeError::Truncated`] or
    /// [`DecodeError::TrailingBytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let key = Self {
            tree_height: r.u32_in(MIN_TREE_HEIGHT, MAX_TREE_HEIGHT, "tree_height")?,
            parameter: r.elements("parameter")?,
            root: r.digest("root")?,
        };
        r.finish()?;
        Ok(key)
    }

    /// Checks everything that needs no hashing.
    fn check_shape(&self, leaf: u32, signature: &Signature) -> Result<(), SignatureError> {
        let tree_height = self.tree_height;
        if !(MIN_TREE_HEIGHT..=MAX_TREE_HEIGHT).contains(&tree_height) {
            return Err(SignatureError::TreeHeight {
                min: MIN_TREE_HEIGHT,
                max: MAX_TREE_HEIGHT,
                got: tree_height,
            });
        }
        if leaf.checked_shr(tree_height).unwrap_or(0) != 0 {
            return Err(SignatureError::LeafPastTree { leaf, tree_height });
        }
        let got = signature.path.len();
        if u32::try_from(got) != Ok(tree_height) {
            return Err(SignatureError::PathLength {
                expected: tree_height,
                got,
            });
        }
        Ok(())
    }
}

/// Why a signature was rejected: one variant per rule, in the order of the checks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The height of the key's tree is not allowed.
    #[error("the key's tree has height {got}, {min} to {max} allowed")]
    TreeHeight {
        /// Minimum height.
        min: u32,
        /// Maximum height.
        max: u32,
        /// The key's height.
        got: u32,
    },
    /// The leaf is not in the key's tree.
    #[error("leaf {leaf} is outside the key, which has 2^{tree_height} leaves")]
    LeafPastTree {
        /// The leaf that should have signed.
        leaf: u32,
        /// Height of the key's tree.
        tree_height: u32,
    },
    /// The path does not have one sibling per level of the tree.
    #[error("the path has {got} siblings, the tree has height {expected}")]
    PathLength {
        /// Height of the key's tree.
        expected: u32,
        /// Siblings in the signature.
        got: usize,
    },
    /// The digits of the message digest do not sum to the target.
    #[error("the digits sum to {got}, expected {expected}")]
    TargetSum {
        /// The target.
        expected: u32,
        /// Sum of the digits.
        got: u32,
    },
    /// The chains and the path do not lead to the key's root.
    #[error("the signature does not lead to the key's root")]
    RootMismatch,
}

impl SignatureError {
    /// Returns the stable code, the same in every language and over HTTP.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TreeHeight { .. } => "signature-tree-height",
            Self::LeafPastTree { .. } => "signature-leaf-past-tree",
            Self::PathLength { .. } => "signature-path-length",
            Self::TargetSum { .. } => "signature-target-sum",
            Self::RootMismatch => "signature-root-mismatch",
        }
    }
}
