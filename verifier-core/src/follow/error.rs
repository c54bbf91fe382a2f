//! `HeaderError`: why a header was rejected.

use crate::chain::GenesisError;
use crate::circuit::span::SpanStatementError;

/// Why a header was rejected: rules H1 to H17, in the order of their checks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// H1: the header follows another version of the rules.
    #[error("the header has version {got}, expected {expected}")]
    Version {
        /// The version of the rules in this crate.
        expected: u32,
        /// The header's version.
        got: u32,
    },
    /// H2: the header belongs to another chain.
    #[error("the header belongs to chain {got}, expected {expected}")]
    ChainId {
        /// The chain being followed.
        expected: u32,
        /// The header's chain.
        got: u32,
    },
    /// H3: the header is not above the last head.
    #[error("the header is at height {got}, not above the head at {head}")]
    NotAhead {
        /// Height of the last head.
        head: u32,
        /// The header's height.
        got: u32,
    },
    /// H4: the header is not in the epoch whose set is trusted; epochs cannot be skipped.
    #[error("the header is in epoch {got}, the trusted set signs epoch {expected}")]
    Epoch {
        /// The epoch whose set is trusted.
        expected: u32,
        /// The header's epoch.
        got: u32,
    },
    /// H5: the header does not name the trusted validator set.
    #[error("the header does not name the trusted validator set")]
    Set,
    /// H6: the set's opening does not hash to its root.
    #[error("the opening of the validator set does not hash to its root")]
    SetOpening,
    /// H7: the set does not have 1 to 1,024 members.
    #[error("the set has {got} validators, 1 to 1024 allowed")]
    SetSize {
        /// Number of members.
        got: u32,
    },
    /// H8: the proposer is not the validator whose turn it is, `slot mod n`.
    #[error("validator {got} proposed, the slot belongs to {expected}")]
    Proposer {
        /// The validator that the slot belongs to.
        expected: u32,
        /// The header's proposer.
        got: u32,
    },
    /// H9: only the last header of an epoch may name a next set other than its own.
    #[error("the header changes the next validator set before the end of its epoch")]
    NextSet,
    /// H10: the supplied parent does not hash to the header's parent hash.
    #[error("the parent does not hash to the header's parent hash")]
    ParentHash,
    /// H11: the parent is not one height below.
    #[error("the parent is at height {parent}, the header at height {got}")]
    ParentHeight {
        /// Height of the parent.
        parent: u32,
        /// Height of the header.
        got: u32,
    },
    /// H12: the slot is not above the parent's.
    #[error("slot {got} is not above the parent's slot {parent}")]
    ParentSlot {
        /// Slot of the parent.
        parent: u32,
        /// Slot of the header.
        got: u32,
    },
    /// H13: the timestamp is not after the parent's.
    #[error("timestamp {got} ms is not after the parent's, {parent} ms")]
    ParentTimestamp {
        /// Timestamp of the parent, in milliseconds.
        parent: u64,
        /// Timestamp of the header, in milliseconds.
        got: u64,
    },
    /// H14: the header is too far ahead of the checker's clock.
    #[error("timestamp {got} ms is ahead of the clock, at most {max} ms allowed")]
    Future {
        /// The checker's clock plus the allowed drift, in milliseconds.
        max: u64,
        /// Timestamp of the header, in milliseconds.
        got: u64,
    },
    /// H15: the header's history does not contain its parent.
    #[error("the header's history does not contain its parent")]
    ParentNotInHistory,
    /// H16: the header's history does not contain the last head, so it is on another branch.
    #[error("the header's history does not contain the last head")]
    HeadNotInHistory,
    /// H17: the power claimed to have signed is not more than two thirds.
    #[error("power {signed} of {total} signed, more than two thirds needed")]
    SignedPower {
        /// Power claimed to have signed.
        signed: u32,
        /// Total power of the set.
        total: u32,
    },
    /// The header is not the last of a span: the end of the trusted epoch, or of one of the 1,023 after it.
    #[error(transparent)]
    Span(#[from] SpanStatementError),
    /// The verified proof is for a statement other than the candidate's.
    #[error("the verified proof is for another statement")]
    NotProven,
    /// The head moved between the candidate's check and its acceptance, or the candidate was
    /// checked under the parameters of another chain.
    #[error("the candidate was checked against a head at height {expected}, the head is at {got}")]
    HeadMoved {
        /// Height of the head that the candidate was checked against.
        expected: u32,
        /// Height of the head.
        got: u32,
    },
    /// The header to start from does not have the trusted hash.
    #[error("the header to start from does not have the trusted hash")]
    TrustedHash,
    /// The header to start from is at height 0 but is not the genesis.
    #[error("the header is not a valid genesis: {0}")]
    Genesis(#[from] GenesisError),
}

impl HeaderError {
    /// Returns the stable code, the same in every language and over HTTP.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Version { .. } => "header-version",
            Self::ChainId { .. } => "header-chain-id",
            Self::NotAhead { .. } => "header-not-ahead",
            Self::Epoch { .. } => "header-epoch",
            Self::Set => "header-set",
            Self::SetOpening => "header-set-opening",
            Self::SetSize { .. } => "header-set-size",
            Self::Proposer { .. } => "header-proposer",
            Self::NextSet => "header-next-set",
            Self::ParentHash => "header-parent-hash",
            Self::ParentHeight { .. } => "header-parent-height",
            Self::ParentSlot { .. } => "header-parent-slot",
            Self::ParentTimestamp { .. } => "header-parent-timestamp",
            Self::Future { .. } => "header-future",
            Self::ParentNotInHistory => "header-parent-not-in-history",
            Self::HeadNotInHistory => "header-head-not-in-history",
            Self::SignedPower { .. } => "header-signed-power",
            Self::Span(cause) => cause.code(),
            Self::NotProven => "header-not-proven",
            Self::HeadMoved { .. } => "header-head-moved",
            Self::TrustedHash => "header-trusted-hash",
            Self::Genesis(cause) => cause.code(),
        }
    }
}
