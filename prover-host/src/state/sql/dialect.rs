//! What differs between SQL engines: how to connect, the types of `sqlx`, and what an error means.
//!
//! This is SQLite. Another engine would be another file like this one. Everything else in this
//! folder is written for both SQLite and PostgreSQL: placeholders are `$1`, numbers are `i64` in a
//! `BIGINT`, bytes are in a `BYTEA`, which SQLite accepts like any type name.

use std::path::Path;

pub(super) use rpp_sqlite::{Fault, Pool, begin, damage, fault};

pub(super) type Connection = sqlx::SqliteConnection;
pub(super) type Row = sqlx::sqlite::SqliteRow;

/// Connects to a database in a file, and creates it if it is missing.
pub(super) async fn connect(path: &Path) -> sqlx::Result<Pool> {
    rpp_sqlite::connect(path, &[]).await
}
