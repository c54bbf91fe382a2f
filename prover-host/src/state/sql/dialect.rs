//! What differs between SQL engines: how to connect, the types of `sqlx`, and what an error means.
//!
//! This is SQLite. Another engine would be another file like this one. Everything else in this
//! folder is written for both SQLite and PostgreSQL: placeholders are `$1`, numbers are `i64` in a
//! `BIGINT`, bytes are in a `BYTEA`, which SQLite accepts like any type name.

use std::path::Path;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

pub(super) type Pool = sqlx::SqlitePool;
pub(super) type Connection = sqlx::SqliteConnection;
pub(super) type Transaction = sqlx::sqlite::SqliteTransaction<'static>;
pub(super) type Row = sqlx::sqlite::SqliteRow;

/// What an engine's error is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    /// The disk is full.
    Full,
    /// The file is damaged, or is not a database.
    Damaged,
    /// The statement is refused, and would be again: a row breaks a rule of its table.
    Refused,
    /// Anything else: somebody has the file locked, or the disk does not answer.
    Passing,
}

/// Connects to a database in a file, and creates it if it is missing.
///
/// There is only one connection, so that no two writers wait for each other. A commit that has
/// returned survives a power failure.
///
/// A connection on which a commit failed is closed, and the next one is opened anew. SQLite ends a
/// transaction whose commit finds the disk full, which the driver does not notice: it would take the
/// next transaction for a part of it, and the commit of a part writes nothing.
pub(super) async fn connect(path: &Path) -> sqlx::Result<Pool> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("temp_store", "MEMORY")
        .busy_timeout(BUSY);
    SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(ACQUIRE)
        .after_release(|connection, _| {
            Box::pin(async move {
                // After this answer the driver has done what it was told before.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_with(options)
        .await
}

/// Begins a transaction that is no part of another one.
pub(super) async fn begin(pool: &Pool) -> sqlx::Result<Transaction> {
    pool.begin_with("BEGIN IMMEDIATE").await
}

/// Returns what is wrong with the structure of the database, or with an index that is not of its table,
/// if anything is.
pub(super) async fn damage(pool: &Pool) -> sqlx::Result<Option<String>> {
    let found = sqlx::query_scalar("PRAGMA integrity_check(1)");
    let found: String = found.fetch_one(pool).await?;
    Ok((found != "ok").then_some(found))
}

/// Returns what an error is about.
pub(super) fn fault(error: &sqlx::Error) -> Fault {
    let code = error.as_database_error().and_then(|error| error.code());
    let code: u32 = code.and_then(|code| code.parse().ok()).unwrap_or(0);
    // The result code is in the low byte, its extension above.
    match (code, code & 0xff) {
        (SQLITE_IOERR_SHMSIZE, _) | (_, SQLITE_FULL) => Fault::Full,
        (_, SQLITE_CORRUPT | SQLITE_NOTADB) => Fault::Damaged,
        (
            _,
            SQLITE_ERROR | SQLITE_TOOBIG | SQLITE_CONSTRAINT | SQLITE_MISMATCH | SQLITE_MISUSE
            | SQLITE_AUTH | SQLITE_RANGE,
        ) => Fault::Refused,
        _ if is_of_the_program(error) => Fault::Refused,
        _ => Fault::Passing,
    }
}

/// Returns whether an error that is not the engine's lies in the statement or in what reads its rows.
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

const SQLITE_ERROR: u32 = 1;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_TOOBIG: u32 = 18;
const SQLITE_CONSTRAINT: u32 = 19;
const SQLITE_MISMATCH: u32 = 20;
const SQLITE_MISUSE: u32 = 21;
const SQLITE_AUTH: u32 = 23;
const SQLITE_RANGE: u32 = 25;
const SQLITE_NOTADB: u32 = 26;
/// There is no room for the index of the log.
const SQLITE_IOERR_SHMSIZE: u32 = 4874;
/// Nobody else is expected to have the file open; a person inspecting it locks it only briefly.
const BUSY: Duration = Duration::from_secs(5);
/// The longest transaction writes the witness of 1,024 votes.
const ACQUIRE: Duration = Duration::from_secs(60);

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

    #[tokio::test]
    async fn commits_are_synced_and_references_are_checked() {
        let data = tempfile::tempdir().unwrap();
        let pool = super::connect(&data.path().join("chain.db")).await.unwrap();
        let full_sync = 2;
        for (pragma, value) in [
            ("PRAGMA synchronous", full_sync),
            ("PRAGMA foreign_keys", 1),
        ] {
            let got: i64 = sqlx::query_scalar(pragma).fetch_one(&pool).await.unwrap();
            assert_eq!(got, value, "{pragma}");
        }
        let mode = sqlx::query_scalar("PRAGMA journal_mode");
        let mode: String = mode.fetch_one(&pool).await.unwrap();
        assert_eq!(mode, "wal");
    }

    /// The devnet reads the same list.
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
            assert_eq!(name(&error), case["fault"], "{case}");
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
            assert_eq!(name(&error), case["fault"], "{case}");
        }
    }

    fn name(error: &sqlx::Error) -> &'static str {
        match fault(error) {
            Fault::Full => "full",
            Fault::Damaged => "damaged",
            Fault::Refused => "refused",
            Fault::Passing => "passing",
        }
    }
}
