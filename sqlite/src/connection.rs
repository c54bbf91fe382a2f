//! The connection, and its transactions: each is saved whole or not at all.

use std::path::Path;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
    SqliteTransaction,
};

/// The one connection, opened anew where it has to be.
pub type Pool = SqlitePool;

/// A transaction on it; what is not committed is undone when it is dropped.
pub type Transaction = SqliteTransaction<'static>;

/// Connects to a database in a file, and creates it if it is missing; `pragmas` are set on each
/// connection.
///
/// There is only one connection, so that no two writers wait for each other. A commit that has returned
/// survives a power failure.
///
/// A connection on which a commit failed is closed, and the next one is opened anew. SQLite ends a
/// transaction whose commit finds the disk full, which the driver does not notice: it would take the
/// next transaction for a part of it, and the commit of a part writes nothing.
///
/// # Errors
///
/// SQLite's answer.
pub async fn connect(path: &Path, pragmas: &[(&'static str, &'static str)]) -> sqlx::Result<Pool> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("temp_store", "MEMORY")
        .busy_timeout(BUSY);
    let options = pragmas
        .iter()
        .fold(options, |options, &(key, value)| options.pragma(key, value));
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
///
/// # Errors
///
/// SQLite's answer, or the driver's where a transaction is open.
pub async fn begin(pool: &Pool) -> sqlx::Result<Transaction> {
    pool.begin_with("BEGIN IMMEDIATE").await
}

/// Returns what is wrong with the structure of the database, or with an index that is not of its table,
/// if anything is.
///
/// # Errors
///
/// SQLite's answer where it cannot look.
pub async fn damage(pool: &Pool) -> sqlx::Result<Option<String>> {
    let found = sqlx::query_scalar("PRAGMA integrity_check(1)");
    let found: String = found.fetch_one(pool).await?;
    Ok((found != "ok").then_some(found))
}

/// How long a connection waits for another process: nobody else is expected to have the file open, and
/// a person inspecting it locks it only briefly.
pub const BUSY: Duration = Duration::from_secs(5);
/// The longest transactions write the keys, or the witness, of 1,024 validators.
const ACQUIRE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;
    use std::process::Command;

    use sqlx::ConnectOptions;
    use tempfile::TempDir;

    use super::*;

    /// A small disk in memory; unmounted when it goes.
    struct Disk(TempDir);

    impl Disk {
        /// Mounts it, which takes root.
        fn mount() -> Option<Self> {
            let at = tempfile::tempdir().unwrap();
            let mut mount = Command::new("mount");
            mount.args(["-t", "tmpfs", "-o", "size=1m", "sqlite-test"]);
            let mounted = mount.arg(at.path()).output();
            let is_mounted = mounted.is_ok_and(|mounted| mounted.status.success());
            is_mounted.then_some(Self(at))
        }

        /// Takes all the room that is left.
        fn fill(&self) {
            let mut pad = File::create(self.0.path().join("pad")).unwrap();
            while pad.write(&[0; 512]).is_ok_and(|written| written > 0) {}
        }

        fn free(&self) {
            std::fs::remove_file(self.0.path().join("pad")).unwrap();
        }
    }

    impl Drop for Disk {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
        }
    }

    async fn write(pool: &Pool, number: i64) -> sqlx::Result<()> {
        let mut transaction = begin(pool).await?;
        let insert = sqlx::query("INSERT INTO numbers VALUES (?, zeroblob(20000))");
        insert.bind(number).execute(&mut *transaction).await?;
        transaction.commit().await
    }

    #[tokio::test]
    async fn commits_after_commits_that_failed_are_on_disk() {
        // It takes root, as in continuous integration.
        let Some(disk) = Disk::mount() else {
            return;
        };
        let path = disk.0.path().join("numbers.db");
        let pool = connect(&path, &[]).await.unwrap();
        let table = "CREATE TABLE numbers (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL)";
        sqlx::query(table).execute(&pool).await.unwrap();
        write(&pool, 0).await.unwrap();
        for fails in 1..=3 {
            disk.fill();
            for _ in 0..fails {
                let error = write(&pool, 9).await.unwrap_err();
                assert_eq!(crate::fault(&error), crate::Fault::Full, "{error}");
            }
            disk.free();
            for number in [2 * fails, 2 * fails + 1] {
                write(&pool, number).await.unwrap();
                // Somebody else sees only what is committed.
                let other = SqliteConnectOptions::new().filename(&path);
                let mut other = other.connect().await.unwrap();
                let newest = sqlx::query_scalar("SELECT max(number) FROM numbers");
                let newest: i64 = newest.fetch_one(&mut other).await.unwrap();
                assert_eq!(newest, number, "after {fails} that failed");
                other.close().await.unwrap();
            }
        }
    }

    #[tokio::test]
    async fn commits_are_synced_and_references_are_checked() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("numbers.db");
        let pool = connect(&path, &[("secure_delete", "ON")]).await.unwrap();
        let full_sync = 2;
        for (pragma, value) in [
            ("PRAGMA synchronous", full_sync),
            ("PRAGMA foreign_keys", 1),
            ("PRAGMA secure_delete", 1),
        ] {
            let got: i64 = sqlx::query_scalar(pragma).fetch_one(&pool).await.unwrap();
            assert_eq!(got, value, "{pragma}");
        }
        let mode = sqlx::query_scalar("PRAGMA journal_mode");
        let mode: String = mode.fetch_one(&pool).await.unwrap();
        assert_eq!(mode, "wal");
    }
}
