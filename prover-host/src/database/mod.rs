//! `Database`: all that has to outlast the process and is no file of its own, in one SQLite file.
//!
//! A commit is on the disk when it returns. There is one connection, so that nobody reads an old
//! page while a leaf's secrets are being erased, and no two writers wait for each other.

mod blocks;
mod chain;
mod error;
mod keys;
mod proofs;
mod rows;
mod signatures;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

pub use self::chain::StoredChain;
pub use self::error::DatabaseError;
pub(crate) use self::keys::{KeyState, Seat, Serial, StoredKey};
pub(crate) use self::proofs::ListedProof;
pub(crate) use self::signatures::Proposal;

/// The database of one data folder.
#[derive(Clone, Debug)]
pub struct Database {
    pool: SqlitePool,
    path: PathBuf,
}

impl Database {
    /// Opens the file, makes its tables where they are missing, and erases the secrets that a
    /// process that was killed may have left in its log.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Newer`], [`DatabaseError::Damaged`], [`DatabaseError::Full`], or
    /// [`DatabaseError::Sql`].
    pub async fn open(path: &Path) -> Result<Self, DatabaseError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Of a commit that has returned, nothing is lost when the power fails.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What is overwritten or deleted becomes zeros: the secrets of used leaves among it.
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
            .busy_timeout(BUSY);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(ACQUIRE)
            .connect_with(options)
            .await;
        let pool = pool.map_err(DatabaseError::sql("open", path))?;
        let database = Self {
            pool,
            path: path.to_path_buf(),
        };
        database.migrate(migrations()).await?;
        database.erase().await?;
        Ok(database)
    }

    /// Closes the connection; what was committed is in the file already.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Moves the log into the file and empties it: until then it holds pages as they were before,
    /// with the secrets of leaves that have signed since.
    pub(crate) async fn erase(&self) -> Result<(), DatabaseError> {
        let checkpoint = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)");
        let (busy, _, _): (i64, i64, i64) = checkpoint
            .fetch_one(&self.pool)
            .await
            .map_err(self.sql("empty the log of"))?;
        if busy != 0 {
            let path = self.path.display();
            tracing::warn!("{path}: another process reads it, used secrets stay in its log");
        }
        Ok(())
    }

    async fn migrate(&self, migrations: Vec<Migration>) -> Result<(), DatabaseError> {
        let newest = migrations.last().map_or(0, |migration| migration.version);
        let migrated = Migrator::with_migrations(migrations).run(&self.pool).await;
        migrated.map_err(|e| match e {
            MigrateError::VersionMissing(version) => DatabaseError::Newer {
                path: self.path.clone(),
                version,
                newest,
            },
            MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
                self.sql("make the tables of")(source)
            }
            other => DatabaseError::damaged(&self.path, other.to_string()),
        })
    }

    /// Returns what turns an answer of SQLite into an error that says what was tried.
    fn sql(&self, action: &'static str) -> impl Fn(sqlx::Error) -> DatabaseError + use<'_> {
        DatabaseError::sql(action, &self.path)
    }
}

fn migrations() -> Vec<Migration> {
    let first = include_str!("1_chain.sql").into_sql_str();
    vec![Migration::new(
        1,
        "chain".into(),
        MigrationType::Simple,
        first,
        false,
    )]
}

/// Nobody else is expected to have the file open; a person who looks at it holds it for moments.
const BUSY: Duration = Duration::from_secs(5);
/// The longest transaction writes the keys of 1,024 validators.
const ACQUIRE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    async fn open(data: &tempfile::TempDir) -> Database {
        Database::open(&data.path().join("chain.db")).await.unwrap()
    }

    #[tokio::test]
    async fn commits_are_synced_and_deleted_rows_are_zeroed() {
        let data = tempfile::tempdir().unwrap();
        let database = open(&data).await;
        let full_sync = 2;
        for (pragma, value) in [
            ("PRAGMA synchronous", full_sync),
            ("PRAGMA secure_delete", 1),
            ("PRAGMA foreign_keys", 1),
        ] {
            let got: i64 = sqlx::query_scalar(pragma)
                .fetch_one(&database.pool)
                .await
                .unwrap();
            assert_eq!(got, value, "{pragma}");
        }
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&database.pool)
            .await
            .unwrap();
        assert_eq!(mode, "wal");
    }

    #[tokio::test]
    async fn rejects_a_write_to_a_full_disk_and_keeps_what_was_there() {
        let data = tempfile::tempdir().unwrap();
        let database = open(&data).await;
        let page_limit = sqlx::query("PRAGMA max_page_count = 1");
        page_limit.execute(&database.pool).await.unwrap();
        let chain = StoredChain {
            chain_id: 1,
            epoch_length: 4,
            validators: 1,
            key_height: 4,
            block_time_ms: 1,
        };
        let zero = rpp_verifier::Digest::ZERO;
        let genesis = rpp_verifier::genesis(1, 4, 0, zero, zero, zero);
        let key = StoredKey {
            serial: 0,
            id: zero,
            start_slot: 0,
            tree: vec![0; 1 << 16],
            state: KeyState::default(),
        };
        let seats = [Seat {
            serial: 0,
            power: 1,
        }];
        let epochs = [&seats[..], &seats[..]];
        let full = database
            .save_genesis(&chain, &genesis, &[key], epochs)
            .await;
        assert!(matches!(full, Err(DatabaseError::Full { .. })), "{full:?}");
        assert_eq!(database.chain().await.unwrap(), None);
    }
}
