//! `DatabaseError`: why the database cannot be used.

use std::error::Error;
use std::path::{Path, PathBuf};

use super::dialect::{self, Fault};

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// An earlier release of this program made the tables.
    #[error(
        "{} was written by an earlier release, which kept blocks and validators' keys in one file, and \
         cannot be read by this one: continue with the earlier release, or start a new chain by naming \
         another folder with --data",
        path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
    },
    /// A later release of this program made the tables.
    #[error(
        "{} has tables of version {version}, but this build knows only {newest}: use the newer \
         prover-host that wrote it, or name another folder with --data",
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
    /// The engine reported an error that may pass: the file is locked, or the disk does not answer.
    #[error("cannot {action} {} now: {source}", path.display())]
    Passing {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Its answer.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The engine refused a statement.
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
            Self::Passing { .. } | Self::Sql { .. } => "database",
        }
    }

    pub(super) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        let (path, what) = (path.to_path_buf(), what.into());
        Self::Damaged { path, what }
    }

    /// Returns what turns an answer of the engine about `path` into an error.
    pub(super) fn sql(action: &'static str, path: &Path) -> impl Fn(sqlx::Error) -> Self {
        move |source| {
            let path = path.to_path_buf();
            match dialect::fault(&source) {
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
