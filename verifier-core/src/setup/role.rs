//! `Role`: who signs what; `SetupKey`: the pair of keys of one signer.

use alloc::vec::Vec;
use core::fmt;

use super::canonical::Value;
use super::error::{ContentError, SetupFault};
use super::fields::{FieldError, Fields};
use super::minisign::MinisignKey;
use crate::hash::Digest;
use crate::limits::MAX_ROLE_KEYS;

/// What a key of the setup signs; a key has one role.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Role {
    /// Signs `root.json`: the keys of all roles.
    Root,
    /// Signs `circuits.json`: what is verified, and on which chain.
    Circuits,
    /// Signs `checkpoint.json`: a recent header.
    Checkpoint,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Root, Self::Circuits, Self::Checkpoint];

    /// Returns the name: of the role in `root.json`, and as the `type` of its file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Circuits => "circuits",
            Self::Checkpoint => "checkpoint",
        }
    }

    /// Returns the role with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Returns the number that is hashed into what the hash-based half signs.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Root => 1,
            Self::Circuits => 2,
            Self::Checkpoint => 3,
        }
    }

    /// Returns the height of the tree of its hash-based keys. A version is signed at its own leaf, so versions
    /// stay below 2 to the power of this.
    #[must_use]
    pub const fn tree_height(self) -> u32 {
        match self {
            Self::Root | Self::Circuits => 10,
            Self::Checkpoint => 14,
        }
    }

    /// Returns the highest version of its file.
    #[must_use]
    pub const fn max_version(self) -> u32 {
        (1 << self.tree_height()) - 1
    }

    /// Returns the longest time for which its file may be valid, in milliseconds.
    #[must_use]
    pub const fn max_lifetime_ms(self) -> u64 {
        let days = match self {
            Self::Root => 366,
            Self::Circuits => 90,
            Self::Checkpoint => 7,
        };
        days * 24 * 60 * 60 * 1000
    }

    /// Returns the most bytes that its file may have.
    #[must_use]
    pub const fn max_bytes(self) -> usize {
        match self {
            Self::Root => 8 << 10,
            Self::Circuits => 16 << 10,
            Self::Checkpoint => 1 << 10,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The two keys of one signer. A signature counts only if both have signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SetupKey {
    /// The Ed25519 half.
    pub ed25519: MinisignKey,
    /// The id of the hash-based half, with the purpose [`KeyPurpose::Setup`](crate::KeyPurpose::Setup).
    pub hash: Digest,
}

impl SetupKey {
    pub(super) fn to_value(&self) -> Value<'static> {
        Value::object([
            ("ed25519", Value::text(self.ed25519)),
            ("hash", Value::text(self.hash)),
        ])
    }

    fn from_value(value: Value<'_>) -> Result<Self, SetupFault> {
        let mut fields = Fields::open("key", value)?;
        let ed25519 = fields.text("ed25519")?;
        let ed25519 = ed25519.parse().map_err(ContentError::from)?;
        let hash = fields.parsed("hash")?;
        fields.finish()?;
        Ok(Self { ed25519, hash })
    }

    /// Returns whether one half of both is the same.
    fn overlaps(&self, other: &Self) -> bool {
        self.ed25519.overlaps(&other.ed25519) || self.hash == other.hash
    }
}

/// The keys of a role, and how many of them have to sign.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RoleKeys {
    /// The keys, each of a signer of its own.
    pub keys: Vec<SetupKey>,
    /// How many of them have to sign.
    pub threshold: u32,
}

impl RoleKeys {
    pub(super) fn take(fields: &mut Fields<'_>) -> Result<Self, SetupFault> {
        let mut keys = Vec::new();
        for value in fields.list("keys", MAX_ROLE_KEYS)? {
            keys.push(SetupKey::from_value(value)?);
        }
        Ok(Self {
            keys,
            threshold: fields.u32("threshold")?,
        })
    }

    pub(super) fn keys_value(&self) -> Value<'static> {
        Value::List(self.keys.iter().map(SetupKey::to_value).collect())
    }

    /// Checks that the threshold can be reached, and by no fewer keys than it says.
    pub(super) fn check(&self) -> Result<(), ContentError> {
        let keys = self.keys.len();
        let threshold = usize::try_from(self.threshold).unwrap_or(usize::MAX);
        if threshold == 0 || threshold > keys {
            let threshold = self.threshold;
            return Err(ContentError::Threshold { threshold, keys });
        }
        let mut rest = self.keys.iter();
        while let Some(key) = rest.next() {
            if rest.clone().any(|other| key.overlaps(other)) {
                return Err(ContentError::KeyTwice);
            }
        }
        Ok(())
    }

    /// Returns whether both have the same keys, in whatever order; the threshold does not count.
    pub(super) fn has_the_keys_of(&self, other: &Self) -> bool {
        let mut keys = self.keys.iter();
        self.keys.len() == other.keys.len() && keys.all(|key| other.keys.contains(key))
    }

    /// Returns whether a key of `other` is one of these.
    pub(super) fn shares_a_key(&self, other: &Self) -> bool {
        let mut keys = self.keys.iter();
        keys.any(|key| other.keys.iter().any(|one| key.overlaps(one)))
    }
}

impl From<FieldError> for SetupFault {
    fn from(error: FieldError) -> Self {
        Self::Content(error.into())
    }
}
