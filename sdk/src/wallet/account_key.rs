//! `AccountKey`: a new key that has signed nothing, and `RestoredKey`, one that may have.

use core::fmt;

use rpp_verifier::{Digest, KeyPurpose, PublicKey, SecretKey, SignError};
use zeroize::Zeroizing;

use super::entropy::{Entropy, Words};

/// A new account key, which has signed nothing. A signer takes it.
pub struct AccountKey(SecretKey);

/// A key that was made again from its words: nobody knows which of its leaves have signed.
pub struct RestoredKey(SecretKey);

impl AccountKey {
    /// The height that a wallet uses: 1,024 leaves, of which 764 sign transfers.
    pub const DEFAULT_TREE_HEIGHT: u32 = 10;
    /// Least height: half of the smallest tree signs transfers, and a quarter is for restored keys.
    pub const MIN_TREE_HEIGHT: u32 = 4;
    /// Largest height: a key file holds the tree, and each signature writes it twice.
    pub const MAX_TREE_HEIGHT: u32 = 16;

    /// Makes a key of 2^`tree_height` leaves for the chain `chain_id`; `progress` is told how many leaves
    /// are done, from the threads that make them, and not always in order.
    ///
    /// # Errors
    ///
    /// [`SignError::TreeHeight`].
    pub fn generate(
        entropy: Entropy,
        chain_id: u32,
        tree_height: u32,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Self, SignError> {
        generate(entropy.bytes(), chain_id, tree_height, progress).map(Self)
    }

    /// Returns the public key.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    /// Returns the key's id, which its account names.
    #[must_use]
    pub fn key_id(&self) -> Digest {
        self.0.key_id()
    }

    /// Returns the chain that the key belongs to.
    #[must_use]
    pub const fn chain_id(&self) -> u32 {
        self.0.chain_id()
    }

    pub(super) fn into_secret(self) -> SecretKey {
        self.0
    }

    /// Returns tree and state, from which the same key can be made again.
    pub(super) fn parts(&self) -> (Vec<u8>, Zeroizing<Vec<u8>>) {
        (self.0.tree_to_bytes(), self.0.state_to_bytes())
    }
}

impl RestoredKey {
    /// Makes the key again whose words these are. Chain and height are those that it was made with; with
    /// others it is another key.
    ///
    /// # Errors
    ///
    /// [`SignError::TreeHeight`].
    pub fn from_words(
        words: &Words,
        chain_id: u32,
        tree_height: u32,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Self, SignError> {
        generate(&words.entropy(), chain_id, tree_height, progress).map(Self)
    }

    /// Returns the key's id, by which its account is found.
    #[must_use]
    pub fn key_id(&self) -> Digest {
        self.0.key_id()
    }

    pub(super) fn into_secret(self) -> SecretKey {
        self.0
    }
}

fn generate(
    entropy: &Zeroizing<[u8; Entropy::BYTES]>,
    chain_id: u32,
    tree_height: u32,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<SecretKey, SignError> {
    let (min, max) = (AccountKey::MIN_TREE_HEIGHT, AccountKey::MAX_TREE_HEIGHT);
    if !(min..=max).contains(&tree_height) {
        let got = tree_height;
        return Err(SignError::TreeHeight { min, max, got });
    }
    SecretKey::generate(
        **entropy,
        KeyPurpose::Account,
        chain_id,
        tree_height,
        progress,
    )
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AccountKey").field(&self.0).finish()
    }
}

impl fmt::Debug for RestoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RestoredKey").field(&self.0).finish()
    }
}
