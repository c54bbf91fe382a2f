//! `FolderError`: why a data folder cannot be used.

use std::path::{Path, PathBuf};

use crate::files::FileError;

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// A file of it cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder holds something else than a chain.
    #[error(
        "{} is neither empty nor the folder of a chain, {found} is in it: name a new folder or an \
         empty one with --data",
        path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// The name of something in it.
        found: String,
    },
    /// It is a file, or is to be made below one.
    #[error("{} is not a folder: name a new folder or an empty one with --data", path.display())]
    NotFolder {
        /// The file.
        path: PathBuf,
    },
    /// The folder lacks something that was in it, or holds a part of another one.
    #[error(
        "{} is not whole: {what}; put back a copy of the whole folder that no host has run on since, or \
         name another one with --data",
        path.display()
    )]
    Damaged {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

impl FolderError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File(error) => error.code(),
            Self::Foreign { .. } | Self::NotFolder { .. } => "data-foreign",
            Self::Damaged { .. } => "data-damaged",
        }
    }

    pub(super) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        let (path, what) = (path.to_path_buf(), what.into());
        Self::Damaged { path, what }
    }
}
