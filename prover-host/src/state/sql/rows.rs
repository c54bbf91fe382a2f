//! Reading rows: what this program wrote, or an error that names the column it did not write.

use rpp_verifier::Digest;
use sqlx::Row as _;

use super::dialect::Row;
use super::{Database, DatabaseError};

impl Database {
    /// Reads a number.
    pub(super) fn number(&self, row: &Row, column: &'static str) -> Result<u32, DatabaseError> {
        let number: i64 = row.try_get(column).map_err(|e| self.bad(column, &e))?;
        u32::try_from(number).map_err(|e| self.bad(column, &e))
    }

    /// Reads a place in an order.
    pub(super) fn place_number(&self, row: &Row) -> Result<u64, DatabaseError> {
        let number: i64 = row.try_get("number").map_err(|e| self.bad("number", &e))?;
        u64::try_from(number).map_err(|e| self.bad("number", &e))
    }

    /// Reads text.
    pub(super) fn text(&self, row: &Row, column: &'static str) -> Result<String, DatabaseError> {
        row.try_get(column).map_err(|e| self.bad(column, &e))
    }

    /// Reads bytes.
    pub(super) fn bytes(&self, row: &Row, column: &'static str) -> Result<Vec<u8>, DatabaseError> {
        row.try_get(column).map_err(|e| self.bad(column, &e))
    }

    /// Reads bytes that may not be there.
    pub(super) fn optional_bytes(
        &self,
        row: &Row,
        column: &'static str,
    ) -> Result<Option<Vec<u8>>, DatabaseError> {
        row.try_get(column).map_err(|e| self.bad(column, &e))
    }

    /// Reads bytes and decodes them.
    pub(super) fn decode<T, E: std::error::Error>(
        &self,
        row: &Row,
        column: &'static str,
        decode: impl FnOnce(&[u8]) -> Result<T, E>,
    ) -> Result<T, DatabaseError> {
        let bytes = self.bytes(row, column)?;
        decode(&bytes).map_err(|e| self.bad(column, &e))
    }

    /// Reads a digest.
    pub(super) fn digest(&self, row: &Row, column: &'static str) -> Result<Digest, DatabaseError> {
        self.decode(row, column, Digest::from_bytes)
    }

    /// Returns the error for a column whose content this program did not write.
    pub(super) fn bad(&self, column: &'static str, why: &dyn std::error::Error) -> DatabaseError {
        DatabaseError::damaged(&self.path, format!("column {column}: {why}"))
    }
}
