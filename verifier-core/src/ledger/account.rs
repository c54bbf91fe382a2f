//! `Account`: a leaf of the account tree.

use crate::hash::{Digest, Domain, MerklePath, Val, hash, u32_limbs, u64_limbs};
use crate::limits::STATE_DEPTH;

/// A path in the account tree.
pub type AccountPath = MerklePath<STATE_DEPTH>;

/// An account: who may spend from it, what it holds, and which leaves of its key are used up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Account {
    /// Id of the key that signs for it.
    pub key_id: Digest,
    /// What it holds, in the chain's smallest unit.
    pub balance: u64,
    /// The lowest nonce that its next operation may have.
    pub nonce: u32,
    /// The nonce that leaf 0 of the key signs: an operation is signed at leaf `nonce − key_offset`.
    pub key_offset: u32,
}

impl Account {
    /// Returns `hash(ACCOUNT, key_id ‖ balance ‖ nonce ‖ key_offset)`.
    #[must_use]
    pub fn leaf(&self) -> Digest {
        let mut elements = [Val::default(); 16];
        elements[..8].copy_from_slice(&self.key_id.0);
        elements[8..12].copy_from_slice(&u64_limbs(self.balance));
        elements[12..14].copy_from_slice(&u32_limbs(self.nonce));
        elements[14..].copy_from_slice(&u32_limbs(self.key_offset));
        hash(Domain::Account, &elements)
    }

    /// Returns whether `path` proves that this is the account at `index` under `state_root`.
    #[must_use]
    pub fn is_at(&self, index: u32, path: &AccountPath, state_root: &Digest) -> bool {
        path.root(self.leaf(), index) == *state_root
    }
}

/// Returns whether `path` proves that there is no account at `index` under `state_root`.
#[must_use]
pub fn is_vacant(index: u32, path: &AccountPath, state_root: &Digest) -> bool {
    path.root(Digest::ZERO, index) == *state_root
}
