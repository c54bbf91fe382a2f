//! `Database`: the chain, which proofs are due, and what they are made from. It contains no
//! secrets.
//!
//! A commit is on disk when it returns.

mod accounts;
mod blocks;
mod chain;
mod dialect;
mod error;
mod folder;
mod operations;
mod pool;
mod proofs;
mod pruned;
mod rows;
mod spans;
mod statements;
mod votes;

use std::path::{Path, PathBuf};

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

pub(super) use self::accounts::StoredAccount;
pub(super) use self::blocks::NewBlock;
use self::dialect::Pool;
pub use self::error::DatabaseError;
pub(super) use self::pool::{Intake, Waiting};
pub use self::proofs::ProofFile;
pub(super) use self::proofs::StoredProof;
pub(super) use self::pruned::StoredRange;

/// The database of one data folder.
#[derive(Clone, Debug)]
pub struct Database {
    pool: Pool,
    path: PathBuf,
}

impl Database {
    /// Opens the file, and creates its tables if they are missing.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Older`], [`DatabaseError::Newer`], [`DatabaseError::Damaged`],
    /// [`DatabaseError::Full`], or [`DatabaseError::Sql`].
    pub async fn open(path: &Path) -> Result<Self, DatabaseError> {
        let pool = dialect::connect(path).await;
        let database = Self {
            pool: pool.map_err(DatabaseError::sql("open", path))?,
            path: path.to_path_buf(),
        };
        // What is damaged is not written to.
        let damage = dialect::damage(&database.pool).await;
        if let Some(what) = damage.map_err(database.sql("check"))? {
            return Err(DatabaseError::damaged(path, what));
        }
        database.migrate(migrations()).await?;
        Ok(database)
    }

    /// Closes the connection; everything committed is already in the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn migrate(&self, migrations: Vec<Migration>) -> Result<(), DatabaseError> {
        let oldest = migrations.first().map_or(0, |migration| migration.version);
        let newest = migrations.last().map_or(0, |migration| migration.version);
        let migrated = Migrator::with_migrations(migrations).run(&self.pool).await;
        let path = || self.path.clone();
        migrated.map_err(|e| match e {
            MigrateError::VersionMissing(version) if version < oldest => {
                DatabaseError::Older { path: path() }
            }
            MigrateError::VersionMissing(version) => DatabaseError::Newer {
                path: path(),
                version,
                newest,
            },
            MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
                self.sql("make the tables of")(source)
            }
            other => DatabaseError::damaged(&self.path, other.to_string()),
        })
    }

    /// Returns what turns an answer of the engine into an error that says what was tried.
    fn sql(&self, action: &'static str) -> impl Fn(sqlx::Error) -> DatabaseError + use<'_> {
        DatabaseError::sql(action, &self.path)
    }
}

/// Version 1 kept blocks and validators' keys in one file.
fn migrations() -> Vec<Migration> {
    let versions = [
        (2, "served", include_str!("2_served.sql").into_sql_str()),
        (3, "folder", include_str!("3_folder.sql").into_sql_str()),
        (4, "retired", include_str!("4_retired.sql").into_sql_str()),
        (5, "accounts", include_str!("5_accounts.sql").into_sql_str()),
        (6, "votes", include_str!("6_votes.sql").into_sql_str()),
        (7, "pruned", include_str!("7_pruned.sql").into_sql_str()),
        (8, "spans", include_str!("8_spans.sql").into_sql_str()),
    ];
    let migration = |(version, name, sql): (i64, &'static str, _)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    };
    versions.into_iter().map(migration).collect()
}
