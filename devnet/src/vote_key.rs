//! `VoteKey`: a validator's key with the slot of its first leaf.

use rand::Rng;
use rpp_verifier::{DecodeError, Digest, KeyPurpose, PublicKey, SecretKey, SignError, Signature};
use zeroize::Zeroizing;

use crate::database::{KeyState, Serial, StoredKey};
use crate::progress::Bar;

/// A validator's key. What it will sign is saved before it signs, and the key is saved again before
/// its signature goes out, so that no restart can sign a different message at a used leaf.
#[derive(Debug)]
pub(crate) struct VoteKey {
    secret: SecretKey,
    id: Digest,
    start_slot: u32,
}

/// Why a saved key is invalid.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoredKeyError {
    /// The bytes are not a valid key.
    #[error("the saved key {serial} is damaged: {source}")]
    Decode {
        /// Number of the key.
        serial: u32,
        /// What is wrong.
        source: DecodeError,
    },
    /// The bytes are a different key.
    #[error("the saved key {serial} is damaged: it is another key")]
    OtherKey {
        /// Number of the key.
        serial: u32,
    },
}

/// What all keys of a chain have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyKind {
    /// The chain that the keys vote on.
    pub(crate) chain_id: u32,
    /// Height of their trees.
    pub(crate) height: u32,
}

impl KeyKind {
    /// Returns the leaves of `count` keys.
    pub(crate) fn leaves(self, count: u32) -> u64 {
        u64::from(count) << self.height
    }
}

impl VoteKey {
    /// Draws a key whose leaf 0 is for `start_slot`; the bar counts leaves, from `done` on.
    ///
    /// # Errors
    ///
    /// [`SignError::TreeHeight`].
    pub(crate) fn draw(
        kind: KeyKind,
        start_slot: u32,
        done: u64,
        bar: &dyn Bar,
    ) -> Result<Self, SignError> {
        let progress = |leaves| {
            let leaves = u64::try_from(leaves).unwrap_or(u64::MAX);
            bar.reach(done.saturating_add(leaves));
        };
        let mut seed = Zeroizing::new([0; 32]);
        rand::rng().fill_bytes(&mut *seed);
        let purpose = KeyPurpose::Vote;
        let secret = SecretKey::generate(*seed, purpose, kind.chain_id, kind.height, &progress)?;
        Ok(Self {
            id: secret.key_id(),
            secret,
            start_slot,
        })
    }

    /// Returns the key that was saved.
    ///
    /// # Errors
    ///
    /// [`StoredKeyError`].
    pub(crate) fn restore(stored: &StoredKey) -> Result<Self, StoredKeyError> {
        let serial = stored.serial;
        let secret = SecretKey::from_parts(&stored.tree, &stored.state)
            .map_err(|source| StoredKeyError::Decode { serial, source })?;
        let id = secret.key_id();
        if id != stored.id {
            return Err(StoredKeyError::OtherKey { serial });
        }
        Ok(Self {
            secret,
            id,
            start_slot: stored.start_slot,
        })
    }

    /// Returns the key in the form to save.
    pub(crate) fn to_stored(&self, serial: Serial) -> StoredKey {
        StoredKey {
            serial,
            id: self.id,
            start_slot: self.start_slot,
            tree: self.secret.tree_to_bytes(),
            state: self.state(),
        }
    }

    /// Returns the part that each signature changes.
    pub(crate) fn state(&self) -> KeyState {
        self.secret.state_to_bytes()
    }

    /// Returns the key's id.
    pub(crate) const fn id(&self) -> Digest {
        self.id
    }

    /// Returns the slot of leaf 0.
    pub(crate) const fn start_slot(&self) -> u32 {
        self.start_slot
    }

    /// Returns the public key.
    pub(crate) const fn public_key(&self) -> &PublicKey {
        self.secret.public_key()
    }

    /// Signs at the leaf of `slot`.
    ///
    /// # Errors
    ///
    /// [`SignError`], for example if the leaf has signed a different message.
    ///
    /// # Panics
    ///
    /// If the key begins after `slot`: see [`crate::epochs::Epochs`].
    pub(crate) fn sign(&mut self, slot: u32, message: &Digest) -> Result<Signature, SignError> {
        self.secret.sign(self.leaf(slot), message)
    }

    /// Returns the secret behind the slot digest of `slot`, for the proposer to show.
    ///
    /// # Errors
    ///
    /// [`SignError`] if the leaf does not exist or is spent.
    ///
    /// # Panics
    ///
    /// As [`VoteKey::sign`].
    pub(crate) fn reveal(&self, slot: u32) -> Result<Digest, SignError> {
        self.secret.reveal_slot_secret(self.leaf(slot))
    }

    /// Returns the leaf of `slot`.
    ///
    /// # Panics
    ///
    /// As [`VoteKey::sign`].
    pub(crate) fn leaf(&self, slot: u32) -> u32 {
        let leaf = slot.checked_sub(self.start_slot);
        leaf.expect("a key starts before the first slot of its first epoch")
    }
}
