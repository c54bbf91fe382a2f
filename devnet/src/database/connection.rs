//! The connection to the database, and its transactions: each is saved whole or not at all.

use std::path::Path;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
    SqliteTransaction,
};

use super::Database;

/// Connects to the file, and creates it if it is missing.
///
/// A connection on which a commit failed is closed, and the next one is opened anew. SQLite ends a
/// transaction whose commit finds the disk full, which the driver does not notice: it would take the
/// next transaction for a part of it, and the commit of a part writes nothing.
pub(super) async fn connect(path: &Path) -> sqlx::Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit that has returned survives a power failure.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Overwritten or deleted data is zeroed, including the secrets of used leaves.
        .pragma("secure_delete", "ON")
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

impl Database {
    /// Begins a transaction that is no part of another one.
    pub(super) async fn transaction(&self) -> sqlx::Result<SqliteTransaction<'static>> {
        self.pool.begin_with("BEGIN IMMEDIATE").await
    }
}

/// Nobody else is expected to have the file open; a person inspecting it locks it only briefly.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// The longest transaction writes the keys of 1,024 validators.
const ACQUIRE: Duration = Duration::from_secs(60);
