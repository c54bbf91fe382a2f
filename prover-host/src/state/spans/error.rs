//! `SpanError`: why no span is made, or rested on.

use rpp_verifier::VerifyError;

use super::EpochSpan;
use crate::state::{BlobError, DatabaseError, PublishError, RequestError};
use crate::steps::Stopped;

/// Why a span is not made, or nothing rests on it, for the moment or at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpanError {
    /// What the proof is made from cannot be read or saved.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Something cannot be saved or served.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The file of a proof cannot be used.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The stored proof proves something else.
    #[error(
        "the stored proof of the epochs {span} does not prove them: {source}; it is not served any more"
    )]
    Refused {
        /// The epochs.
        span: EpochSpan,
        /// The rule that it breaks.
        source: VerifyError,
    },
    /// No proof came of what there is to make it from.
    #[error("the ends of the epochs {span} were attempted, and there is no proof of them")]
    NotMade {
        /// The epochs.
        span: EpochSpan,
    },
    /// A test stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl SpanError {
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
            Self::Request(_) | Self::Refused { .. } => false,
            Self::NotMade { .. } | Self::Stopped(_) => false,
        }
    }

    /// Returns whether nothing but spans is affected: the chain goes on, and clients take the proof of each end.
    #[must_use]
    pub const fn is_of_spans(&self) -> bool {
        match self {
            Self::Request(RequestError::Publish(_) | RequestError::Database(_)) => false,
            Self::Publish(_) | Self::Blob(_) | Self::Database(_) | Self::Stopped(_) => false,
            Self::Request(_) | Self::Refused { .. } | Self::NotMade { .. } => true,
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
            Self::Refused { source, .. } => Some(source.code()),
            Self::Request(_) | Self::NotMade { .. } | Self::Stopped(_) => None,
        }
    }
}
