//! `UptimeStatement`: what a proof of a validator's votes is about.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use p3_field::PrimeCharacteristicRing;

use crate::chain::{Header, HeaderHash};
use crate::gadget::public_values::public_values;
use crate::hash::{Digest, Val, u32_limbs};
use crate::limits::{MAX_VALIDATORS, MAX_WINDOW, SET_DEPTH};
use crate::stark::{Statement, StatementFault};

/// "The headers of this chain from `first` to `last` + 1 follow each other, and the last of them has the hash `head_hash`. Those from `first` to `last` name
/// the set `validator_set_root`, in which the validator at `index` has the key `key_id`. By what the header after each says, it voted for exactly
/// `signed` of them."
///
/// It is about a header at the end that the caller hashes, and trusts for other reasons: [`UptimeStatement::new`] takes the hash and the heights from it.
/// The limbs of a header, of a set, and of other validators' votes are those of preimages that this one leads to, and are not checked again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UptimeStatement {
    /// The chain.
    pub chain_id: u32,
    /// The hash of the header after the last one whose votes are counted.
    pub head_hash: HeaderHash,
    /// The height of the first header whose votes are counted.
    pub first: u32,
    /// The height of the last one.
    pub last: u32,
    /// The set that signs these headers.
    pub validator_set_root: Digest,
    /// The validator's place in it.
    pub index: u32,
    /// Its key.
    pub key_id: Digest,
    /// For how many of these headers it has voted.
    pub signed: u32,
}

/// What is said of a validator's votes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UptimeClaim {
    /// The height of the first header whose votes are counted.
    pub first: u32,
    /// The set that signs these headers.
    pub validator_set_root: Digest,
    /// The validator's place in it.
    pub index: u32,
    /// Its key.
    pub key_id: Digest,
    /// For how many of these headers it has voted.
    pub signed: u32,
}

public_values! {
    /// The public values of [`UptimeStatement`]: chain id and height as two limbs of 16 bits.
    pub struct PublicValues {
        /// Chain id.
        chain_id: [2],
        /// Hash of the header after the last.
        head_hash: [8],
        /// Height of the first header.
        first: [2],
        /// How many headers' votes are counted.
        voted: [1],
        /// Root of the set.
        validator_set_root: [8],
        /// The bits of the validator's index, lowest first.
        index: [10],
        /// Its key.
        key_id: [8],
        /// How many times it has voted.
        signed: [1],
    }
}

const _: () = assert!(SET_DEPTH == 10, "bits of an index");

impl UptimeStatement {
    /// Number of public values.
    pub const PUBLIC_VALUES: usize = PublicValues::COUNT;

    /// Returns the statement of a claim about the headers from its first to the parent of `head`, all of one epoch.
    ///
    /// # Errors
    ///
    /// [`UptimeStatementError`].
    pub fn new(
        head: &Header,
        epoch_length: NonZeroU32,
        claim: &UptimeClaim,
    ) -> Result<Self, UptimeStatementError> {
        let last = head.height.checked_sub(1);
        let statement = Self {
            chain_id: head.chain_id,
            head_hash: head.hash(),
            first: claim.first,
            last: last.ok_or(UptimeStatementError::Window)?,
            validator_set_root: claim.validator_set_root,
            index: claim.index,
            key_id: claim.key_id,
            signed: claim.signed,
        };
        statement.rules()?;
        if statement.first / epoch_length != statement.last / epoch_length {
            return Err(UptimeStatementError::Epoch);
        }
        Ok(statement)
    }

    /// Returns how many headers' votes are counted; none of a window that no proof can be about.
    pub(super) fn voted(&self) -> Option<u32> {
        let voted = self.last.checked_sub(self.first)?.checked_add(1)?;
        let is_window = self.first > 0 && self.last < u32::MAX && voted <= MAX_WINDOW;
        is_window.then_some(voted)
    }

    /// Returns the bits of the index, lowest first.
    pub(super) fn index_bits(&self) -> [Val; SET_DEPTH] {
        core::array::from_fn(|bit| Val::new(self.index >> bit & 1))
    }

    fn rules(&self) -> Result<(), UptimeStatementError> {
        let voted = self.voted().ok_or(UptimeStatementError::Window)?;
        if usize::try_from(self.index).map_or(true, |index| index >= MAX_VALIDATORS) {
            return Err(UptimeStatementError::Index);
        }
        // From the modulus on, a count would have the public value of a smaller one.
        if self.signed > voted {
            return Err(UptimeStatementError::Count);
        }
        Ok(())
    }
}

impl Statement for UptimeStatement {
    #[cfg(feature = "json")]
    type Document = super::UptimeJson;

    #[cfg(feature = "json")]
    fn document(&self) -> super::UptimeJson {
        self.into()
    }

    fn chain_id(&self) -> u32 {
        self.chain_id
    }

    fn check(&self) -> Result<(), StatementFault> {
        self.rules().map_err(|error| StatementFault {
            code: error.code(),
            message: error.message(),
        })
    }

    fn public_values(&self) -> Vec<Val> {
        // Of no window, a statement is refused before its values are used.
        let voted = self.voted().unwrap_or_default();
        PublicValues {
            chain_id: u32_limbs(self.chain_id),
            head_hash: self.head_hash.0.0,
            first: u32_limbs(self.first),
            voted: [Val::from_u32(voted)],
            validator_set_root: self.validator_set_root.0,
            index: self.index_bits(),
            key_id: self.key_id.0,
            signed: [Val::from_u32(self.signed)],
        }
        .into_vec()
    }
}

/// Why a header and a claim do not make a statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", self.message())]
#[non_exhaustive]
pub enum UptimeStatementError {
    /// The window is none that a proof can be about.
    Window,
    /// The window is not of one epoch.
    Epoch,
    /// No set has a validator at that index.
    Index,
    /// It has voted more often than there were headers.
    Count,
}

impl UptimeStatementError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Window => "uptime-window",
            Self::Epoch => "uptime-epoch",
            Self::Index => "uptime-index",
            Self::Count => "uptime-count",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::Window => "the window is not of 1 to 1,024 headers after the genesis",
            Self::Epoch => "the window is not of one epoch",
            Self::Index => "the index is not below 1,024",
            Self::Count => "the count is above the number of headers",
        }
    }
}
