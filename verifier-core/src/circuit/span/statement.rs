//! `SpanStatement`: what a proof of a run of epoch ends is about.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use p3_field::PrimeCharacteristicRing;

use crate::chain::{Header, HeaderHash};
use crate::gadget::public_values::public_values;
use crate::hash::{Digest, Val, u32_limbs};
use crate::limits::{MAX_SPAN, MIN_EPOCH_LENGTH};
use crate::stark::{Statement, StatementFault};

/// "There are `ends` headers of this chain at the ends of epochs that follow each other, the first at `first_height`. The first names the set
/// `validator_set_root`, and each other one the set that the one before names as the next. More than two thirds of its set's power signed each, and each
/// is in the history of the next. The last has the hash `last_hash`."
///
/// It proves no proposer and no reveal, and no order of slots and times: it moves a client's trust from one set to another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SpanStatement {
    /// The chain.
    pub chain_id: u32,
    /// How many heights an epoch has.
    pub epoch_length: NonZeroU32,
    /// The height of the first header.
    pub first_height: u32,
    /// The set that signs it.
    pub validator_set_root: Digest,
    /// How many headers there are.
    pub ends: u32,
    /// The hash of the last one.
    pub last_hash: HeaderHash,
}

public_values! {
    /// The public values of [`SpanStatement`], each number but `last_epoch` as two limbs of 16 bits.
    pub struct PublicValues {
        /// Chain id.
        chain_id: [2],
        /// How many heights an epoch has.
        epoch_length: [2],
        /// Height of the first header.
        first_height: [2],
        /// The set that signs it.
        validator_set_root: [8],
        /// How many headers there are, less one.
        last_epoch: [1],
        /// Hash of the last one.
        last_hash: [8],
    }
}

impl SpanStatement {
    /// Number of public values.
    pub const PUBLIC_VALUES: usize = PublicValues::COUNT;

    /// Returns the statement about the ends of epochs from a height on, in which a set is trusted, up to the header `last`.
    ///
    /// # Errors
    ///
    /// [`SpanStatementError`].
    pub fn new(
        first_height: u32,
        epoch_length: NonZeroU32,
        validator_set_root: Digest,
        last: &Header,
    ) -> Result<Self, SpanStatementError> {
        let heights = last.height.checked_sub(first_height);
        let heights = heights.filter(|heights| heights.is_multiple_of(epoch_length.get()));
        let epochs = heights.map(|heights| heights / epoch_length);
        let ends = epochs.and_then(|epochs| epochs.checked_add(1));
        let statement = Self {
            chain_id: last.chain_id,
            epoch_length,
            first_height,
            validator_set_root,
            ends: ends.ok_or(SpanStatementError::Ends)?,
            last_hash: last.hash(),
        };
        statement.rules()?;
        Ok(statement)
    }

    /// Returns the height of the last header, where it is one.
    pub(super) fn last_height(&self) -> Option<u32> {
        let epochs = self.ends.checked_sub(1)?;
        let heights = epochs.checked_mul(self.epoch_length.get())?;
        self.first_height.checked_add(heights)
    }

    fn rules(&self) -> Result<(), SpanStatementError> {
        let is_run = self.ends <= MAX_SPAN && self.last_height().is_some();
        if !is_run || self.epoch_length.get() < MIN_EPOCH_LENGTH {
            return Err(SpanStatementError::Ends);
        }
        // The last height of an epoch is one below a multiple.
        let after = u64::from(self.first_height) + 1;
        match after.is_multiple_of(u64::from(self.epoch_length.get())) {
            true => Ok(()),
            false => Err(SpanStatementError::NotAnEnd),
        }
    }
}

impl Statement for SpanStatement {
    #[cfg(feature = "json")]
    type Document = super::SpanJson;

    #[cfg(feature = "json")]
    fn document(&self) -> super::SpanJson {
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
        // A statement about no ends is refused before its values are used.
        let last_epoch = self.ends.saturating_sub(1);
        PublicValues {
            chain_id: u32_limbs(self.chain_id),
            epoch_length: u32_limbs(self.epoch_length.get()),
            first_height: u32_limbs(self.first_height),
            validator_set_root: self.validator_set_root.0,
            last_epoch: [Val::from_u32(last_epoch)],
            last_hash: self.last_hash.0.0,
        }
        .into_vec()
    }
}

/// Why heights and a header do not make a statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", self.message())]
#[non_exhaustive]
pub enum SpanStatementError {
    /// The headers are none that a proof can be about.
    Ends,
    /// The first one does not end an epoch.
    NotAnEnd,
}

impl SpanStatementError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Ends => "span-ends",
            Self::NotAnEnd => "span-not-an-end",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::Ends => "the span is not of 1 to 1,024 ends of epochs of at least two heights",
            Self::NotAnEnd => "the first header does not end an epoch",
        }
    }
}
