//! `Database`: the validators' keys and everything they were asked to sign, in one SQLite file.
//!
//! The file is `keys.db` in its own folder; only their owner may access either. A commit is on disk
//! when it returns. There is only one connection, so that nobody reads an old page while a leaf's
//! secrets are being erased, and no two writers wait for each other. Beside it, `signed` says how far
//! the validators have signed, so that an older copy of the database is recognized, and `given` how far
//! the faucet may have, so that one that is not recognized signs at none of these leaves.

mod accounts;
mod config;
mod error;
mod folder;
mod headers;
mod home;
mod keys;
mod mark;
mod marks;
mod operations;
mod release;
mod rows;
mod signatures;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rpp_sqlite::{BUSY, Pool, Transaction};
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnection;

pub(crate) use self::accounts::StoredAccount;
pub use self::config::StoredConfig;
pub use self::error::DatabaseError;
use self::folder::Folder;
pub(crate) use self::headers::{Draft, Proposal};
pub use self::home::{Home, Stage};
pub(crate) use self::keys::{KeyState, Seat, Serial, StoredKey};
use self::mark::MarkFile;
use self::marks::{GivenMark, SignedMark};
pub(crate) use self::signatures::Asked;

/// The signing database of one devnet. Only one process has it open at a time.
#[derive(Clone, Debug)]
pub struct Database {
    pool: Pool,
    path: PathBuf,
    home: Home,
    mark: Arc<MarkFile<SignedMark>>,
    given: Arc<MarkFile<GivenMark>>,
    /// Whether another process keeps the log from being emptied.
    is_read: Arc<AtomicBool>,
    _folder: Arc<Folder>,
}

impl Database {
    /// Opens the folder of the keys, creates what is missing and may be, checks that everything is of
    /// `home` and of one time, and erases secrets that a killed process may have left in the log.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`], including [`DatabaseError::InUse`], [`DatabaseError::Older`],
    /// [`DatabaseError::Newer`] and, if
    /// anything is missing, older than the rest or of another data folder,
    /// [`DatabaseError::Damaged`].
    pub async fn open(folder: &Path, home: Home) -> Result<Self, DatabaseError> {
        Self::check_release(folder).await?;
        let locked = Folder::open(folder, home.stage)?;
        let mark = Arc::new(MarkFile::open(folder, home.number)?);
        let given = Arc::new(MarkFile::open(folder, home.number)?);
        let path = locked.database();
        // Overwritten or deleted data is zeroed, including the secrets of used leaves.
        let pool = rpp_sqlite::connect(path, &[("secure_delete", "ON")]).await;
        let pool = pool.map_err(DatabaseError::sql("open", path))?;
        let database = Self {
            pool,
            path: path.to_path_buf(),
            home,
            mark,
            given,
            is_read: Arc::default(),
            _folder: Arc::new(locked),
        };
        database.check_pages().await?;
        database.migrate(migrations()).await?;
        database.check_home().await?;
        database.erase().await?;
        Ok(database)
    }

    /// Closes the connection; everything committed is already in the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Moves the log into the file and empties it: until then it holds old versions of pages, with
    /// the secrets of leaves that have signed since.
    ///
    /// Where another process reads the file, the log stays until the next time: the chain does not wait
    /// for whoever has left a transaction open.
    pub(crate) async fn erase(&self) -> Result<(), DatabaseError> {
        let fail = self.sql("empty the log of");
        let mut connection = self.pool.acquire().await.map_err(&fail)?;
        let patience = async |connection: &mut SqliteConnection, patience: Duration| {
            let set = format!("PRAGMA busy_timeout = {}", patience.as_millis());
            let set = sqlx::query(sqlx::AssertSqlSafe(set));
            set.execute(connection).await.map(drop)
        };
        patience(&mut connection, Duration::ZERO)
            .await
            .map_err(&fail)?;
        let checkpoint = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)");
        let erased = checkpoint.fetch_one(&mut *connection).await;
        patience(&mut connection, BUSY).await.map_err(&fail)?;
        let (busy, _, _): (i64, i64, i64) = erased.map_err(&fail)?;
        let is_read = busy != 0;
        if self.is_read.swap(is_read, Ordering::Relaxed) != is_read {
            let path = self.path.display();
            if is_read {
                tracing::warn!("{path}: another process reads it, used secrets stay in its log");
            } else {
                tracing::info!("{path}: nobody else reads it, and used secrets are erased");
            }
        }
        Ok(())
    }

    /// Checks the structure of every page, and each index against its table: what is damaged is not
    /// written to.
    async fn check_pages(&self) -> Result<(), DatabaseError> {
        let damage = rpp_sqlite::damage(&self.pool).await;
        match damage.map_err(self.sql("check"))? {
            None => Ok(()),
            Some(what) => Err(DatabaseError::damaged(&self.path, what)),
        }
    }

    /// Begins a transaction that is no part of another one.
    async fn transaction(&self) -> sqlx::Result<Transaction> {
        rpp_sqlite::begin(&self.pool).await
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
    let versions = [
        (1, "devnet", include_str!("1_devnet.sql").into_sql_str()),
        (2, "home", include_str!("2_home.sql").into_sql_str()),
        (3, "accounts", include_str!("3_accounts.sql").into_sql_str()),
    ];
    let migration = |(version, name, sql): (i64, &'static str, _)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    };
    versions.into_iter().map(migration).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Home = Home {
        number: 7,
        stage: Stage::New,
    };

    async fn open(data: &tempfile::TempDir) -> Database {
        Database::open(data.path(), HOME).await.unwrap()
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
        let full = database.save_key(&key).await;
        assert!(matches!(full, Err(DatabaseError::Full { .. })), "{full:?}");
        assert!(database.keys().await.unwrap().is_empty());
        // Its seats have no key.
        database
            .save_genesis(&genesis, &[], epochs)
            .await
            .unwrap_err();
        assert_eq!(database.newest().await.unwrap(), None);
    }

    fn mode(path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn the_keys_are_for_the_owner_only() {
        use std::fs::{Permissions, set_permissions};
        use std::os::unix::fs::PermissionsExt;
        let data = tempfile::tempdir().unwrap();
        let (folder, file) = (
            data.path().join("a/keys"),
            data.path().join("a/keys/keys.db"),
        );
        let database = Database::open(&folder, HOME).await.unwrap();
        for name in ["keys.db", "keys.db-wal", "keys.db-shm", "lock"] {
            assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
        }
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        database.close().await;
        drop(database);
        set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        let _database = Database::open(&folder, HOME).await.unwrap();
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
    }

    #[tokio::test]
    async fn rejects_a_second_process_until_the_first_lets_go() {
        let data = tempfile::tempdir().unwrap();
        let first = open(&data).await;
        let second = Database::open(data.path(), HOME).await;
        assert!(matches!(second, Err(DatabaseError::InUse { path }) if path == data.path()));
        drop(first);
        open(&data).await;
    }
}
