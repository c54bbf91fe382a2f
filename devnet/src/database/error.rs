//! `DatabaseError`: why the keys cannot be used.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use super::Serial;

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
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
            let code = code(&source).unwrap_or(0);
            // The result code is in the low byte, its extension above.
            match (code, code & 0xff) {
                (SQLITE_IOERR_SHMSIZE, _) | (_, SQLITE_FULL) => Self::Full { path },
                (_, SQLITE_CORRUPT | SQLITE_NOTADB) => Self::damaged(&path, source.to_string()),
                (
                    _,
                    SQLITE_ERROR | SQLITE_TOOBIG | SQLITE_CONSTRAINT | SQLITE_MISMATCH
                    | SQLITE_MISUSE | SQLITE_AUTH | SQLITE_RANGE,
                ) => Self::Sql {
                    action,
                    path,
                    source: source.into(),
                },
                _ if is_of_the_program(&source) => Self::Sql {
                    action,
                    path,
                    source: source.into(),
                },
                _ => Self::Passing {
                    action,
                    path,
                    source: source.into(),
                },
            }
        }
    }
}

/// Returns whether an error that is not SQLite's lies in the statement or in what reads its rows.
const fn is_of_the_program(error: &sqlx::Error) -> bool {
    matches!(
        error,
        sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::Encode(_)
            | sqlx::Error::RowNotFound
            | sqlx::Error::TypeNotFound { .. }
            | sqlx::Error::PoolClosed
    )
}

/// Returns SQLite's result code without its extension.
pub(super) fn primary_code(error: &sqlx::Error) -> Option<u32> {
    code(error).map(|code| code & 0xff)
}

fn code(error: &sqlx::Error) -> Option<u32> {
    error.as_database_error()?.code()?.parse().ok()
}

const SQLITE_ERROR: u32 = 1;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_TOOBIG: u32 = 18;
pub(super) const SQLITE_CONSTRAINT: u32 = 19;
const SQLITE_MISMATCH: u32 = 20;
const SQLITE_MISUSE: u32 = 21;
const SQLITE_AUTH: u32 = 23;
const SQLITE_RANGE: u32 = 25;
const SQLITE_NOTADB: u32 = 26;
/// There is no room for the index of the log.
const SQLITE_IOERR_SHMSIZE: u32 = 4874;

/// What the list of `tests/cases` says of each answer, so that host and devnet agree.
#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::error::Error as StdError;
    use std::fmt;

    use serde_json::Value;
    use sqlx::error::ErrorKind;

    use super::*;

    /// An answer of SQLite with this code.
    #[derive(Debug)]
    struct Answer(u64);

    impl fmt::Display for Answer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "code {}", self.0)
        }
    }

    impl StdError for Answer {}

    impl sqlx::error::DatabaseError for Answer {
        fn message(&self) -> &str {
            "an answer of SQLite"
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.to_string().into())
        }

        fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    #[test]
    fn answers_mean_what_the_list_says() {
        let list = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/cases/sqlite.json"
        ));
        let list: Value = serde_json::from_str(list).unwrap();
        let cases = |part: &str| list[part].as_array().unwrap().clone();
        for case in cases("codes") {
            let answer = Answer(case["code"].as_u64().unwrap());
            let error = sqlx::Error::Database(Box::new(answer));
            assert_eq!(name(error), case["fault"], "{case}");
        }
        for case in cases("errors") {
            let error = match case["error"].as_str().unwrap() {
                "Io" => sqlx::Error::Io(std::io::ErrorKind::Other.into()),
                "PoolTimedOut" => sqlx::Error::PoolTimedOut,
                "WorkerCrashed" => sqlx::Error::WorkerCrashed,
                "PoolClosed" => sqlx::Error::PoolClosed,
                "RowNotFound" => sqlx::Error::RowNotFound,
                "ColumnNotFound" => sqlx::Error::ColumnNotFound(String::new()),
                "Decode" => sqlx::Error::Decode("a value".into()),
                other => panic!("{other} is not an error of the driver"),
            };
            assert_eq!(name(error), case["fault"], "{case}");
        }
    }

    fn name(error: sqlx::Error) -> &'static str {
        match DatabaseError::sql("read", Path::new("keys.db"))(error) {
            DatabaseError::Full { .. } => "full",
            DatabaseError::Damaged { .. } => "damaged",
            DatabaseError::Sql { .. } => "refused",
            DatabaseError::Passing { .. } => "passing",
            other => panic!("{other}"),
        }
    }
}
