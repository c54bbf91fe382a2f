//! `PruneError`: why old blocks are not pruned.

use rpp_verifier::{PruningStatementError, VerifyError};

use super::PrunedRange;
use crate::state::{BlobError, DatabaseError, PublishError, RequestError};
use crate::steps::Stopped;

/// Why old blocks are not pruned, for the moment or at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PruneError {
    /// What the proof is made from cannot be read or saved.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Something cannot be saved or served.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The proof, or a file that is to be deleted, cannot be used.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The headers make no statement: a fault of the host.
    #[error("the headers {range} make no statement: {source}")]
    Statement {
        /// The range.
        range: PrunedRange,
        /// What is wrong.
        source: PruningStatementError,
    },
    /// The stored proof proves something else.
    #[error("the stored proof of the headers {range} does not prove them: {source}")]
    Refused {
        /// The range.
        range: PrunedRange,
        /// The rule that it breaks.
        source: VerifyError,
    },
    /// A test stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl PruneError {
    /// Returns whether the same may work later, without anybody mending anything.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Request(RequestError::Publish(error)) | Self::Publish(error) => {
                error.is_passing()
            }
            Self::Request(RequestError::Database(error)) | Self::Database(error) => {
                error.is_passing()
            }
            Self::Blob(error) => error.is_passing(),
            Self::Request(_) | Self::Statement { .. } => false,
            Self::Refused { .. } | Self::Stopped(_) => false,
        }
    }

    /// Returns whether nothing but pruning is affected: the chain goes on, and keeps its blocks.
    #[must_use]
    pub const fn keeps_blocks(&self) -> bool {
        match self {
            Self::Request(RequestError::Publish(_) | RequestError::Database(_)) => false,
            Self::Publish(_) | Self::Blob(_) | Self::Database(_) | Self::Stopped(_) => false,
            Self::Request(_) | Self::Statement { .. } | Self::Refused { .. } => true,
        }
    }

    /// Returns the stable code of what is wrong with the data folder; `None` for other faults.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Request(RequestError::Publish(error)) | Self::Publish(error) => error.code(),
            Self::Request(RequestError::Database(error)) | Self::Database(error) => {
                Some(error.code())
            }
            Self::Blob(error) => Some(error.code()),
            Self::Request(_) | Self::Statement { .. } => None,
            Self::Refused { source, .. } => Some(source.code()),
            Self::Stopped(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use rpp_verifier::PruningStatementError;

    use super::*;
    use crate::state::NotNextError;
    use crate::steps::Step;

    #[test]
    fn a_fault_of_what_a_range_is_made_from_stops_no_chain() {
        let range = PrunedRange { first: 0, last: 3 };
        let (last, newest) = (3, 3);
        for keeps in [
            PruneError::Request(RequestError::NoHeaderAfter { last, newest }),
            PruneError::Request(RequestError::Statement(PruningStatementError::Range)),
            PruneError::Request(RequestError::OtherRange),
            PruneError::Statement {
                range,
                source: PruningStatementError::Range,
            },
        ] {
            assert!(keeps.keeps_blocks() && !keeps.is_passing(), "{keeps}");
            assert_eq!(keeps.code(), None, "{keeps}");
        }
        let stopped = PublishError::Stopped(Stopped(Step::RangeSaved));
        let not_next = NotNextError { latest: 3, got: 3 };
        for stops in [
            PruneError::Stopped(Stopped(Step::RangeSaved)),
            PruneError::Publish(PublishError::NotNext(not_next)),
            PruneError::Request(RequestError::Publish(stopped)),
        ] {
            assert!(!stops.keeps_blocks(), "{stops}");
        }
    }
}
