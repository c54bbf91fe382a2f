//! The operations of blocks, by hash and by account.

use rpp_verifier::{ListedTransaction, OperationHash, SignedOperation, TxPlace};

use super::dialect::{Connection, Row};
use super::statements::{
    DELETE_WAITING, INSERT_OPERATION, INSERT_TRANSACTION, SELECT_OPERATION, SELECT_OPERATIONS,
    SELECT_TRANSACTIONS,
};
use super::{Database, DatabaseError};

/// An operation of a block.
#[derive(Clone, Debug)]
pub(crate) struct StoredOperation {
    pub(crate) place: TxPlace,
    /// `None` if its block is pruned.
    pub(crate) signed: Option<SignedOperation>,
}

impl Database {
    /// Returns the operation of this hash, if a block has it.
    pub(crate) async fn operation(
        &self,
        hash: &OperationHash,
    ) -> Result<Option<StoredOperation>, DatabaseError> {
        let row = sqlx::query(SELECT_OPERATION).bind(bytes_of(hash));
        let row = row.fetch_optional(&self.pool).await;
        let Some(row) = row.map_err(self.sql("read an operation of"))? else {
            return Ok(None);
        };
        let place = self.place(&row)?;
        if self.bytes(&row, "signed")?.is_empty() {
            let signed = None;
            return Ok(Some(StoredOperation { place, signed }));
        }
        let signed = self.decode(&row, "signed", SignedOperation::from_bytes)?;
        if signed.hash() != *hash {
            let what = format!("operation {hash} is not the one that was written");
            return Err(DatabaseError::damaged(&self.path, what));
        }
        let signed = Some(signed);
        Ok(Some(StoredOperation { place, signed }))
    }

    /// Returns the hashes of a block's operations, in their order.
    pub(crate) async fn operation_hashes(
        &self,
        height: u32,
    ) -> Result<Vec<OperationHash>, DatabaseError> {
        let rows = sqlx::query(SELECT_OPERATIONS)
            .bind(i64::from(height))
            .fetch_all(&self.pool)
            .await
            .map_err(self.sql("read the operations of a block in"))?;
        let hash = |row| Ok(OperationHash(self.digest(row, "hash")?));
        rows.iter().map(hash).collect()
    }

    /// Returns at most `most` operations that are about an account, newest first, from before `cursor`.
    pub(crate) async fn transactions(
        &self,
        account: u32,
        cursor: Option<TxPlace>,
        most: u32,
    ) -> Result<Vec<ListedTransaction>, DatabaseError> {
        let (height, position) = cursor.map_or((i64::MAX, 0), |cursor| {
            (i64::from(cursor.height), i64::from(cursor.position))
        });
        let rows = sqlx::query(SELECT_TRANSACTIONS)
            .bind(i64::from(account))
            .bind(height)
            .bind(position)
            .bind(i64::from(most))
            .fetch_all(&self.pool)
            .await
            .map_err(self.sql("read the operations of an account in"))?;
        let listed = |row| {
            Ok(ListedTransaction {
                hash: OperationHash(self.digest(row, "hash")?),
                place: self.place(row)?,
            })
        };
        rows.iter().map(listed).collect()
    }

    /// Returns the error of operations that no block can have.
    pub(crate) fn other_operations(&self, height: u32) -> DatabaseError {
        let what = format!("the operations of block {height} are not those that were written");
        DatabaseError::damaged(&self.path, what)
    }

    fn place(&self, row: &Row) -> Result<TxPlace, DatabaseError> {
        Ok(TxPlace {
            height: self.number(row, "height")?,
            position: self.number(row, "position")?,
        })
    }
}

/// Saves the operations of a block, which wait no longer.
pub(super) async fn insert(
    connection: &mut Connection,
    height: u32,
    operations: &[SignedOperation],
) -> sqlx::Result<()> {
    for (position, signed) in (0_i64..).zip(operations) {
        let hash = bytes_of(&signed.hash());
        sqlx::query(INSERT_OPERATION)
            .bind(&hash)
            .bind(i64::from(height))
            .bind(position)
            .bind(signed.to_bytes())
            .execute(&mut *connection)
            .await?;
        sqlx::query(DELETE_WAITING)
            .bind(&hash)
            .execute(&mut *connection)
            .await?;
        for account in signed.operation.accounts() {
            sqlx::query(INSERT_TRANSACTION)
                .bind(i64::from(account))
                .bind(i64::from(height))
                .bind(position)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

pub(super) fn bytes_of(hash: &OperationHash) -> Vec<u8> {
    hash.0.to_bytes().to_vec()
}
