//! `DevnetError`: why the devnet cannot start or continue.

use rpp_verifier::{BlockOperationsError, SetError, SignError, StatementError};
use tokio::task::JoinError;

use crate::config::OtherChainError;
use crate::database::DatabaseError;
use crate::epochs::EpochsError;
use crate::steps::Stopped;
use crate::vote_key::StoredKeyError;

/// Why the devnet cannot start or continue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevnetError {
    /// Epochs and keys do not fit each other.
    #[error(transparent)]
    Epochs(#[from] EpochsError),
    /// The folder holds a different chain.
    #[error(transparent)]
    OtherChain(#[from] OtherChainError),
    /// The validators do not form a valid set.
    #[error("no validator set: {0}")]
    Set(#[from] SetError),
    /// A key does not sign.
    #[error("a validator cannot sign: {0}")]
    Sign(#[from] SignError),
    /// A signed block does not fit its set or its parent.
    #[error("a signed block has no proof: {0}")]
    Statement(#[from] StatementError),
    /// The operations of a block break a rule, or nobody can take their fees.
    #[error("a block cannot be made: {0}")]
    Operations(#[from] BlockOperationsError),
    /// A saved key is invalid.
    #[error(transparent)]
    StoredKey(#[from] StoredKeyError),
    /// The accounts that came with a parent are not those of its state.
    #[error(
        "the accounts given with block {height} are not those of its header: accounts and blocks in \
         the data folder are of different times; put back a copy of the whole folder that no process \
         has run on since, or name another one with --data"
    )]
    OtherAccounts {
        /// Height of the parent.
        height: u32,
    },
    /// The saved data is inconsistent.
    #[error("the data folder is damaged: {0}; name another one with --data")]
    Inconsistent(&'static str),
    /// The requested parent is not a block that can be built on.
    #[error(
        "the child of block {asked} was requested, but the newest signed block is {newest}: blocks \
         and keys in the data folder are of different times; put back a copy of the whole folder \
         that no process has run on since, or name another one with --data"
    )]
    OtherParent {
        /// Height of the requested parent.
        asked: u32,
        /// Height of the newest decided header.
        newest: u32,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A thread of the devnet died.
    #[error("a thread of the devnet died: {0}")]
    Thread(#[from] JoinError),
    /// A test stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl DevnetError {
    /// Returns whether the same may work later, without anybody mending anything.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_passing())
    }

    /// Returns the stable code of what is wrong with the data folder; `None` for other faults.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::OtherChain(error) => Some(error.code()),
            Self::Database(error) => Some(error.code()),
            Self::StoredKey(_) | Self::Inconsistent(_) => Some("data-damaged"),
            Self::OtherParent { .. } | Self::OtherAccounts { .. } => Some("data-damaged"),
            // A key that was damaged, or is of another time than what it is asked to sign.
            Self::Sign(SignError::TreeHeight { .. }) => None,
            Self::Sign(_) => Some("data-damaged"),
            Self::Epochs(_) | Self::Set(_) | Self::Statement(_) | Self::Operations(_) => None,
            Self::Thread(_) | Self::Stopped(_) => None,
        }
    }
}
