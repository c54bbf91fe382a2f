//! `HeaderError`: why a header was rejected.

use crate::chain::GenesisError;

/// Why a header was rejected: rules H1 to H17, in the order of their checks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// H1: the header's rules are those of another version.
    #[error("header of version {got}, expected {expected}")]
    Version {
        /// The version of this crate's rules.
        expected: u32,
        /// The header's version.
        got: u32,
    },
    /// H2: the header belongs to another chain.
    #[error("header of chain {got}, expected {expected}")]
    ChainId {
        /// The chain that is followed.
        expected: u32,
        /// The header's chain.
        got: u32,
    },
    /// H3: the header is not above the last head.
    #[error("header at height {got}, the head is at {head}")]
    NotAhead {
        /// Height of the last head.
        head: u32,
        /// The header's height.
        got: u32,
    },
    /// H4: the header is not of the epoch whose set is trusted; epochs are not skipped.
    #[error("header of epoch {got}, the trusted set is that of epoch {expected}")]
    Epoch {
        /// The epoch whose set is trusted.
        expected: u32,
        /// The header's epoch.
        got: u32,
    },
    /// H5: the header names another set than the trusted one.
    #[error("the header names another validator set than the trusted one")]
    Set,
    /// H6: the set's opening does not hash to its root.
    #[error("the opening of the validator set does not hash to its root")]
    SetOpening,
    /// H7: a set has 1 to 1,024 members.
    #[error("a set of {got} validators, 1 to 1024 allowed")]
    SetSize {
        /// Members of the set.
        got: u32,
    },
    /// H8: the proposer is not the one of the slot, `slot mod n`.
    #[error("validator {got} proposed, the slot belongs to {expected}")]
    Proposer {
        /// The validator that the slot belongs to.
        expected: u32,
        /// The header's proposer.
        got: u32,
    },
    /// H9: only the last header of an epoch names another set than its own as the next one.
    #[error("the header names another next set before the end of its epoch")]
    NextSet,
    /// H10: the parent that comes along does not hash to the parent hash.
    #[error("the parent does not hash to the header's parent hash")]
    ParentHash,
    /// H11: the parent is not one height below.
    #[error("parent at height {parent} of a header at height {got}")]
    ParentHeight {
        /// Height of the parent.
        parent: u32,
        /// Height of the header.
        got: u32,
    },
    /// H12: slots do not increase.
    #[error("slot {got} after slot {parent}")]
    ParentSlot {
        /// Slot of the parent.
        parent: u32,
        /// Slot of the header.
        got: u32,
    },
    /// H13: timestamps do not increase.
    #[error("timestamp {got} ms after {parent} ms")]
    ParentTimestamp {
        /// Timestamp of the parent, in milliseconds.
        parent: u64,
        /// Timestamp of the header, in milliseconds.
        got: u64,
    },
    /// H14: the header comes from the future.
    #[error("timestamp {got} ms, at most {max} ms allowed")]
    Future {
        /// The checker's clock and the allowed drift, in milliseconds.
        max: u64,
        /// Timestamp of the header, in milliseconds.
        got: u64,
    },
    /// H15: the header's history does not hold its parent.
    #[error("the header's history does not hold its parent")]
    ParentNotInHistory,
    /// H16: the header's history does not hold the last head: it is on another branch.
    #[error("the header's history does not hold the last head")]
    HeadNotInHistory,
    /// H17: no more than two thirds of the power is claimed to have signed.
    #[error("power {signed} of {total} signed, more than two thirds needed")]
    SignedPower {
        /// Power that is claimed to have signed.
        signed: u32,
        /// Total power of the set.
        total: u32,
    },
    /// The proof that was verified is about another statement than the candidate's.
    #[error("the verified proof is about another statement")]
    NotProven,
    /// The head moved between the check of a candidate and its acceptance, or the candidate was
    /// checked under the rules of another chain.
    #[error("checked against a head at height {expected}, the head is at {got}")]
    HeadMoved {
        /// Height of the head that the candidate was checked against.
        expected: u32,
        /// Height of the head.
        got: u32,
    },
    /// The header to start from does not have the trusted hash.
    #[error("the header to start from does not have the trusted hash")]
    TrustedHash,
    /// The header to start from is at height 0 and not the genesis.
    #[error("not the genesis: {0}")]
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
            Self::NotProven => "header-not-proven",
            Self::HeadMoved { .. } => "header-head-moved",
            Self::TrustedHash => "header-trusted-hash",
            Self::Genesis(cause) => cause.code(),
        }
    }
}
