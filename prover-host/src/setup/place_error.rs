//! `PlaceError`: why a folder cannot be put in the place of another one.

use std::path::PathBuf;

use crate::files::FileError;

/// Why a folder cannot be put in the place of another one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is something in the folder that would be lost.
    #[error(
        "{} would be replaced as a whole, but {found} in it is not a file of a setup: move it elsewhere, then try again",
        path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// The name of something in it.
        found: String,
    },
    /// Another process is putting a setup there.
    #[error(
        "another process has had {} locked for a while, and nothing is put in the place of {} meanwhile: a \
         `prover-host setup publish`, or a devnet that renews its setup; wait until it is done, or stop it",
        lock.display(), path.display()
    )]
    Held {
        /// The folder.
        path: PathBuf,
        /// The file that is locked.
        lock: PathBuf,
    },
    /// No setup is at the place, and beside it is what a process had moved away, or was about to put there.
    #[error(
        "no whole setup is at {0}, but {1} is beside it: a process was killed while it put one there. Put back at {0} the setup that \
         clients have been served last, be it this one, which `prover-host setup status` shows, or one of a later version that you have; \
         if they have been served none, remove it; then try again",
        path.display(), left.display()
    )]
    LeftOver {
        /// The place.
        path: PathBuf,
        /// What is beside it.
        left: PathBuf,
    },
    /// The lock does not hold others off any more.
    #[error(
        "{}, which keeps others from {}, was removed while it was locked, so that another process may be putting a setup there. \
         Nothing was put there; leave the file where it is, and try again",
        lock.display(), path.display()
    )]
    LockLost {
        /// The folder.
        path: PathBuf,
        /// The file that was locked.
        lock: PathBuf,
    },
}

impl PlaceError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File(error) => error.code(),
            Self::Foreign { .. } => "setup-folder-foreign",
            Self::Held { .. } => "setup-place-held",
            Self::LeftOver { .. } => "setup-place-left-over",
            Self::LockLost { .. } => "setup-place-lock-lost",
        }
    }
}
