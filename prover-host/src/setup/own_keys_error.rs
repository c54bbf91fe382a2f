//! `OwnKeysError`: why a setup whose signers are one process is not made or kept.

use std::path::PathBuf;

use rpp_verifier::SetupError;

use super::place_error::PlaceError;
use super::rotation_error::RotationError;
use super::signer_error::SignerError;
use super::signing_error::SigningError;
use super::status::Span;
use crate::files::FileError;

/// Why a setup cannot be made or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OwnKeysError {
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The setup is gone, and its keys are there.
    #[error(
        "{} is missing, but the keys in {}, or some that were there, have signed a setup before: put the folder back, as it was \
         published last; or move all that is left of the keys elsewhere, and have every client pin the root of a new setup",
        setup.display(), keys.display()
    )]
    Missing {
        /// The folder of the setup.
        setup: PathBuf,
        /// That of the keys.
        keys: PathBuf,
    },
    /// There is something among the keys that nobody has made here.
    #[error(
        "a setup is to be made, with keys in {}, but {found} is there, which is none of them: move it elsewhere; or put back the \
         setup that it belongs to",
        keys.display()
    )]
    Foreign {
        /// The folder of the keys.
        keys: PathBuf,
        /// The name of something in it.
        found: String,
    },
    /// The clock was ahead when the root was made, and clients refuse it for as long.
    #[error(
        "root.{version}.json in {} is of a time {} after the one that this clock shows. If the clock is behind, put it right; if it was ahead then, \
         no client takes the root before: wait, or move {} and the folder of its keys elsewhere, and have every client pin the root of \
         a new setup",
        folder.display(), Span(*ahead_ms), folder.display()
    )]
    RootAhead {
        /// The folder of the setup.
        folder: PathBuf,
        /// The version of the root.
        version: u32,
        /// By how many milliseconds it is ahead.
        ahead_ms: u64,
    },
    /// The published setup does not verify.
    #[error("the setup in {}: {source}; `prover-host setup status` and `prover-host setup verify` say more", setup.display())]
    Published {
        /// The folder.
        setup: PathBuf,
        /// The rule that it breaks.
        source: SetupError,
    },
    /// What is prepared is not signed or not published.
    #[error("what is prepared in {} is not published: {source}", folder.display())]
    Prepared {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: Box<Self>,
    },
    /// What is to be signed cannot be prepared.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// What is to be signed cannot be prepared.
    #[error(transparent)]
    Rotation(#[from] RotationError),
    /// A key was not made or opened.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// A key does not sign.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The setup cannot be put in its place.
    #[error(transparent)]
    Place(#[from] PlaceError),
}

impl OwnKeysError {
    /// Returns whether it is the disk that refuses, or the lock: what is published is not what is wrong.
    pub(super) fn is_of_disk(&self) -> bool {
        match self {
            Self::File(_)
            | Self::Place(_)
            | Self::Signer(SignerError::File(_))
            | Self::Signing(SigningError::Signer(SignerError::File(_))) => true,
            Self::Prepared { source, .. } => source.is_of_disk(),
            _ => false,
        }
    }

    /// Returns the stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(error) => error.code(),
            Self::Missing { .. } => "setup-folder-missing",
            Self::Foreign { .. } => "setup-folder-foreign",
            Self::RootAhead { .. } => "setup-issued-ahead",
            Self::Prepared { source, .. } => source.code(),
            Self::Setup(error) | Self::Published { source: error, .. } => error.code(),
            Self::Rotation(error) => error.code(),
            Self::Signer(error) => error.code(),
            Self::Signing(error) => error.code(),
            Self::Place(error) => error.code(),
        }
    }
}
