//! `DatabaseError`: why the keys cannot be used.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use rpp_sqlite::Fault;

use super::Serial;

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// An earlier release of this program made the chain, which has no accounts.
    #[error(
        "{} is of a chain of an earlier release, which has no accounts: go on with it in the release that \
         made it, or name another folder with --data",
        path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
    },
    /// A later release of this program made the tables.
    #[error(
        "{} has tables of version {version}, but this build knows only {newest}: use the newer release that \
         wrote it, or name another folder with --data",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Version of its tables.
        version: i64,
        /// The newest version that this build knows.
        newest: i64,
    },
    /// The file holds something that this program did not write.
    #[error(
        "{} is damaged: {what}; put back a copy of the whole folder that no host has run on since, \
         or name another one with --data",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The disk is full.
    #[error(
        "no space left on the disk of {}: free some, and the chain goes on where it stopped",
        path.display()
    )]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// A leaf of a key already has a message, and was asked to sign another.
    #[error(
        "a leaf of one of the keys {keys:?} has already signed a message: a copy of this folder was \
         used, so its keys must not sign again"
    )]
    LeafTaken {
        /// The keys that were asked to sign.
        keys: Vec<Serial>,
    },
    /// Another process holds the keys.
    #[error(
        "another process signs with the keys in {}: stop it first, or name another folder with --data",
        path.display()
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The operating system reported an error.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
    /// SQLite reported an error that may pass: the file is locked, or the disk does not answer.
    #[error("cannot {action} {} now: {source}", path.display())]
    Passing {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Its answer.
        source: Box<dyn Error + Send + Sync>,
    },
    /// SQLite reported another error.
    #[error("cannot {action} {}: {source}", path.display())]
    Sql {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Its answer.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl DatabaseError {
    /// Returns whether the same may work later, without anybody mending the file.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Full { .. } | Self::Passing { .. })
    }

    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Older { .. } => "data-older",
            Self::Newer { .. } => "data-newer",
            Self::Damaged { .. } => "data-damaged",
            Self::Full { .. } => "disk-full",
            Self::LeafTaken { .. } => "leaf-taken",
            Self::InUse { .. } => "data-in-use",
            Self::File { .. } => "file",
            Self::Passing { .. } | Self::Sql { .. } => "database",
        }
    }

    pub(super) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        let (path, what) = (path.to_path_buf(), what.into());
        Self::Damaged { path, what }
    }

    /// Returns what turns an answer of SQLite about `path` into an error.
    pub(super) fn sql(action: &'static str, path: &Path) -> impl Fn(sqlx::Error) -> Self {
        move |source| {
            let path = path.to_path_buf();
            match rpp_sqlite::fault(&source) {
                Fault::Full => Self::Full { path },
                Fault::Damaged => Self::damaged(&path, source.to_string()),
                Fault::Passing => Self::Passing {
                    action,
                    path,
                    source: source.into(),
                },
                Fault::Refused => Self::Sql {
                    action,
                    path,
                    source: source.into(),
                },
            }
        }
    }
}
