//! `Account`: a leaf of the account tree.

use crate::codec::{DecodeError, Reader, Writer};
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

/// What is in the account tree at a number, with its path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Opening {
    /// The account, if there is one.
    pub account: Option<Account>,
    /// The path of its leaf.
    pub path: AccountPath,
}

impl Opening {
    /// Returns the root under which this is what is at `index`.
    #[must_use]
    pub fn root(&self, index: u32) -> Digest {
        let leaf = self.account.map_or(Digest::ZERO, |account| account.leaf());
        self.path.root(leaf, index)
    }

    /// Appends whether there is an account, the account, and the path.
    pub(crate) fn write(&self, w: &mut Writer) {
        w.u32(u32::from(self.account.is_some()));
        if let Some(account) = &self.account {
            w.digest(&account.key_id);
            w.u64(account.balance);
            w.u32(account.nonce);
            w.u32(account.key_offset);
        }
        for sibling in &self.path.0 {
            w.digest(sibling);
        }
    }

    /// Takes what [`Opening::write`] appends.
    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let account = match r.u32_in(0, 1, "whether there is an account")? {
            0 => None,
            _ => Some(Account {
                key_id: r.digest("key_id")?,
                balance: r.u64("balance")?,
                nonce: r.u32("nonce")?,
                key_offset: r.u32("key_offset")?,
            }),
        };
        let path = MerklePath(r.digests("account path")?);
        Ok(Self { account, path })
    }

    /// Returns the root after `account` was put at `index`.
    #[must_use]
    pub fn root_with(&self, index: u32, account: &Account) -> Digest {
        self.path.root(account.leaf(), index)
    }
}
