//! What a trusted header makes believable: an account, an operation in a block, what a block did, how often
//! somebody has voted.

use super::{TransitionCircuit, TrustedHeader, UptimeCircuit};
use crate::chain::HeaderHash;
use crate::circuit::pruning::PruningStatementError;
use crate::circuit::state::StateStatementError;
use crate::circuit::uptime::UptimeStatementError;
use crate::hash::Digest;
use crate::ledger::{Account, OperationHash};
use crate::stark::Verified;

/// What is at an account number, under a header that this process trusts; only
/// [`TrustedHeader::account`] makes one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub struct VerifiedAccount {
    under: Under,
    index: u32,
    account: Option<Account>,
}

/// An operation that is in the block of a header that this process trusts; only
/// [`TrustedHeader::inclusion`] makes one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub struct VerifiedInclusion {
    under: Under,
    operation: OperationHash,
    position: u32,
}

/// The block of a trusted header whose operations are proven to lead from the accounts before it to those
/// after it; only [`TrustedHeader::transition`] makes one.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct VerifiedTransition {
    under: Under,
    verified: Verified<TransitionCircuit>,
}

/// How often a validator has voted for the headers before a trusted one, as far as they are of one epoch, and for
/// how many it could; only [`TrustedHeader::uptime`] makes one.
///
/// The count is exact, by what the header after each block says: whoever proposed that named the votes that it had
/// seen, and those who signed it agreed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct VerifiedUptime {
    under: Under,
    epoch: u32,
    verified: Verified<UptimeCircuit>,
}

/// The header that something is believed under.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Under {
    chain_id: u32,
    height: u32,
    hash: HeaderHash,
    timestamp_ms: u64,
}

impl Under {
    const fn of(header: &TrustedHeader) -> Self {
        Self {
            chain_id: header.header().chain_id,
            height: header.header().height,
            hash: *header.hash(),
            timestamp_ms: header.header().timestamp_ms,
        }
    }
}

impl VerifiedAccount {
    pub(super) const fn new(header: &TrustedHeader, index: u32, account: Option<Account>) -> Self {
        Self {
            under: Under::of(header),
            index,
            account,
        }
    }

    /// Returns the account's number.
    #[must_use]
    pub const fn index(&self) -> u32 {
        self.index
    }

    /// Returns the account; `None` if there is none at this number.
    #[must_use]
    pub const fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Returns what the account holds, in the chain's smallest unit; `None` if there is no account.
    #[must_use]
    pub fn balance(&self) -> Option<u64> {
        self.account.map(|account| account.balance)
    }

    /// Returns the chain.
    #[must_use]
    pub const fn chain_id(&self) -> u32 {
        self.under.chain_id
    }

    /// Returns the height of the block that this is the state after.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.under.height
    }

    /// Returns the hash of that block's header.
    #[must_use]
    pub const fn header_hash(&self) -> &HeaderHash {
        &self.under.hash
    }

    /// Returns the timestamp of that header, in milliseconds since the Unix epoch.
    #[must_use]
    pub const fn timestamp_ms(&self) -> u64 {
        self.under.timestamp_ms
    }
}

impl VerifiedInclusion {
    pub(super) const fn new(
        header: &TrustedHeader,
        operation: OperationHash,
        position: u32,
    ) -> Self {
        Self {
            under: Under::of(header),
            operation,
            position,
        }
    }

    /// Returns the operation's hash.
    #[must_use]
    pub const fn operation(&self) -> &OperationHash {
        &self.operation
    }

    /// Returns the same, if the block is the one with this hash.
    ///
    /// # Errors
    ///
    /// [`ClaimError::OtherBlock`]: an operation is in one block of a chain alone.
    pub fn in_block(self, hash: &HeaderHash) -> Result<Self, ClaimError> {
        if self.under.hash != *hash {
            let height = self.under.height;
            return Err(ClaimError::OtherBlock { height });
        }
        Ok(self)
    }

    /// Returns its place among the operations of the block.
    #[must_use]
    pub const fn position(&self) -> u32 {
        self.position
    }

    /// Returns the height of the block.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.under.height
    }

    /// Returns the hash of the block's header.
    #[must_use]
    pub const fn header_hash(&self) -> &HeaderHash {
        &self.under.hash
    }
}

impl VerifiedTransition {
    pub(super) const fn new(header: &TrustedHeader, verified: Verified<TransitionCircuit>) -> Self {
        Self {
            under: Under::of(header),
            verified,
        }
    }

    /// Returns the height of the block.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.under.height
    }

    /// Returns the hash of the block's header.
    #[must_use]
    pub const fn header_hash(&self) -> &HeaderHash {
        &self.under.hash
    }

    /// Returns what was proven.
    pub const fn verified(&self) -> &Verified<TransitionCircuit> {
        &self.verified
    }

    /// Returns the digest of the key that the proof was verified under.
    #[must_use]
    pub const fn key_digest(&self) -> &Digest {
        self.verified.key_digest()
    }
}

impl VerifiedUptime {
    pub(super) const fn new(
        header: &TrustedHeader,
        epoch: u32,
        verified: Verified<UptimeCircuit>,
    ) -> Self {
        Self {
            under: Under::of(header),
            epoch,
            verified,
        }
    }

    /// Returns the validator's place in the set of the epoch.
    #[must_use]
    pub const fn validator(&self) -> u32 {
        self.verified.statement().index
    }

    /// Returns the key that it has there.
    #[must_use]
    pub const fn key_id(&self) -> &Digest {
        &self.verified.statement().key_id
    }

    /// Returns the epoch.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Returns the height of the first header whose votes are counted.
    #[must_use]
    pub const fn first(&self) -> u32 {
        self.verified.statement().first
    }

    /// Returns the height of the last one: the parent of the trusted header.
    #[must_use]
    pub const fn last(&self) -> u32 {
        self.verified.statement().last
    }

    /// Returns for how many of these headers it has voted.
    #[must_use]
    pub const fn signed(&self) -> u32 {
        self.verified.statement().signed
    }

    /// Returns the root of the set that signs these headers.
    #[must_use]
    pub const fn validator_set_root(&self) -> &Digest {
        &self.verified.statement().validator_set_root
    }

    /// Returns the hash of the trusted header.
    #[must_use]
    pub const fn header_hash(&self) -> &HeaderHash {
        &self.under.hash
    }

    /// Returns what was proven.
    pub const fn verified(&self) -> &Verified<UptimeCircuit> {
        &self.verified
    }

    /// Returns the digest of the key that the proof was verified under.
    #[must_use]
    pub const fn key_digest(&self) -> &Digest {
        self.verified.key_digest()
    }
}

/// Why something is not believed under a trusted header.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// The header is not the trusted head.
    #[error("the header is not the head that this client trusts")]
    NotHead,
    /// The header is not in the history of the trusted one.
    #[error("the header at height {height} is not in the history of the trusted one")]
    NotAncestor {
        /// Its height.
        height: u32,
    },
    /// The trusted header names another parent.
    #[error("the header is not the parent of the trusted one")]
    NotParent,
    /// Account and path do not lead to the state root of the header.
    #[error("what is said to be at account {index} is not in the accounts after block {height}")]
    Account {
        /// The account's number.
        index: u32,
        /// Height of the header.
        height: u32,
    },
    /// Operation and path do not lead to the header's root over the operations of its block.
    #[error("the operation is not operation {position} of block {height}")]
    Inclusion {
        /// Its place in the block, as claimed.
        position: u32,
        /// Height of the header.
        height: u32,
    },
    /// The operation is in another block than the one that is said to have it.
    #[error("the operation is in block {height}, which is not the block that is said to have it")]
    OtherBlock {
        /// Height of the block that it is in.
        height: u32,
    },
    /// What is given beside the header does not belong to it.
    #[error(transparent)]
    Statement(#[from] StateStatementError),
    /// The header and what is claimed of a validator's votes make no statement.
    #[error(transparent)]
    Uptime(#[from] UptimeStatementError),
    /// The headers at both ends of a range and its folds make no statement.
    #[error(transparent)]
    Range(#[from] PruningStatementError),
    /// The proof is of something else, or under another key.
    #[error("the proof is not about what is claimed under this header")]
    NotProven,
}

impl ClaimError {
    /// Returns the stable code, the same in every language.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotHead => "claim-not-head",
            Self::NotAncestor { .. } => "claim-not-ancestor",
            Self::NotParent => "claim-not-parent",
            Self::Account { .. } => "claim-account",
            Self::Inclusion { .. } => "claim-inclusion",
            Self::OtherBlock { .. } => "claim-other-block",
            Self::Statement(cause) => cause.code(),
            Self::Uptime(cause) => cause.code(),
            Self::Range(cause) => cause.code(),
            Self::NotProven => "claim-not-proven",
        }
    }
}
