//! The operations of the newest header.

use rpp_verifier::{Header, SignedOperation, TxTree};
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::keys::sum;
use super::{Database, DatabaseError, Draft, Proposal};

impl Database {
    /// Returns the block that the newest header is of.
    pub(crate) async fn draft(&self, newest: Proposal) -> Result<Draft, DatabaseError> {
        let operations = self.operations(&newest.header).await?;
        Ok(Draft {
            proposal: newest,
            operations,
        })
    }

    /// Returns the operations of the newest header, in their order.
    async fn operations(&self, header: &Header) -> Result<Vec<SignedOperation>, DatabaseError> {
        let rows = sqlx::query("SELECT * FROM operations WHERE height = ? ORDER BY position");
        let rows = rows.bind(header.height).fetch_all(&self.pool).await;
        let rows = rows.map_err(self.sql("read the operations of"))?;
        let operation = |row: &SqliteRow| {
            // The header names the operations, but not their signatures.
            if self.bytes(row, "sha256")? != sum(&self.bytes(row, "bytes")?) {
                return Err(self.other_operations(header));
            }
            self.decode(row, "bytes", SignedOperation::from_bytes)
        };
        let operations: Vec<_> = rows.iter().map(operation).collect::<Result<_, _>>()?;
        let hashes: Vec<_> = operations.iter().map(SignedOperation::hash).collect();
        let tree = TxTree::new(&hashes);
        if tree.is_ok_and(|tree| tree.tx_root() == header.tx_root) {
            return Ok(operations);
        }
        Err(self.other_operations(header))
    }

    fn other_operations(&self, header: &Header) -> DatabaseError {
        let what = format!(
            "the operations of header {} are not those that were written",
            header.height
        );
        DatabaseError::damaged(&self.path, what)
    }
}

/// Writes the operations of a header, and removes those of the headers before it.
pub(super) async fn replace_operations(
    connection: &mut SqliteConnection,
    header: &Header,
    operations: &[SignedOperation],
) -> sqlx::Result<()> {
    let older = sqlx::query("DELETE FROM operations WHERE height < ?");
    older.bind(header.height).execute(&mut *connection).await?;
    for (position, operation) in (0u32..).zip(operations) {
        let bytes = operation.to_bytes();
        sqlx::query("INSERT INTO operations VALUES (?, ?, ?, ?)")
            .bind(header.height)
            .bind(position)
            .bind(&bytes[..])
            .bind(sum(&bytes))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
