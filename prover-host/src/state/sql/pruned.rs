//! Which blocks are pruned, and what of them is deleted.

use rpp_verifier::ProofKey;
use sqlx::Row as _;

use super::dialect::{Connection, Row, begin};
use super::proofs::retire;
use super::statements::{
    ADD_FREED, CLEAR_BODIES, DELETE_PROOF, DELETE_WITNESS, FINISH_PRUNED, INSERT_PRUNED,
    SELECT_BODY_BYTES, SELECT_FREED, SELECT_LEFT, SELECT_PRUNED,
};
use super::{Database, DatabaseError};
use crate::state::{ProofFile, PrunedRange};

/// A range of blocks that is pruned, or is to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::state) struct StoredRange {
    pub(in crate::state) range: PrunedRange,
    /// Bytes that are deleted.
    pub(in crate::state) freed: u64,
    /// Whether all is deleted that may be.
    pub(in crate::state) is_done: bool,
}

impl Database {
    /// Returns the ranges that are pruned or are to be, by height.
    pub(in crate::state) async fn pruned(&self) -> Result<Vec<StoredRange>, DatabaseError> {
        let rows = sqlx::query(SELECT_PRUNED).fetch_all(&self.pool).await;
        let rows = rows.map_err(self.sql("read the pruned blocks of"))?;
        rows.iter().map(|row| self.stored_range(row)).collect()
    }

    /// Saves that a range is to be pruned, whose proof is on disk; once, however often it is called.
    pub(in crate::state) async fn save_pruned(
        &self,
        range: PrunedRange,
    ) -> Result<(), DatabaseError> {
        sqlx::query(INSERT_PRUNED)
            .bind(i64::from(range.first))
            .bind(i64::from(range.last))
            .execute(&self.pool)
            .await
            .map_err(self.sql("write that blocks are pruned to"))?;
        Ok(())
    }

    /// Deletes the operations of some blocks of a range, all but their hashes and places, and what these proofs were made
    /// from, and marks the proofs as no longer kept. Returns their files. All of it is deleted or nothing.
    pub(in crate::state) async fn delete_bodies(
        &self,
        range: PrunedRange,
        part: PrunedRange,
        keys: &[ProofKey],
    ) -> Result<Vec<ProofFile>, DatabaseError> {
        let fail = self.sql("delete the operations of old blocks from");
        let mut tx = begin(&self.pool).await.map_err(&fail)?;
        let mut freed = clear_bodies(&mut tx, part).await.map_err(&fail)?;
        let mut files = Vec::new();
        for key in keys {
            let left = sqlx::query(SELECT_LEFT).bind(key.circuit.name());
            let left = left.bind(key.subject.to_string()).fetch_optional(&mut *tx);
            let Some(left) = left.await.map_err(&fail)? else {
                continue;
            };
            let witness: Option<i64> = left
                .try_get("witness")
                .map_err(|e| self.bad("witness", &e))?;
            freed += witness.unwrap_or_default();
            let file = self.proof_file(&left)?;
            // One that was never made leaves nothing to be deleted later.
            execute(&mut tx, DELETE_WITNESS, key).await.map_err(&fail)?;
            let changed = match &file {
                Some(file) => retire(&mut tx, key, file.id).await,
                None => execute(&mut tx, DELETE_PROOF, key).await,
            };
            changed.map_err(&fail)?;
            files.extend(file);
        }
        add_freed(&mut tx, range, freed).await.map_err(&fail)?;
        tx.commit().await.map_err(&fail)?;
        Ok(files)
    }

    /// Forgets proofs whose files are gone.
    pub(in crate::state) async fn forget_files(
        &self,
        range: PrunedRange,
        keys: &[ProofKey],
        files: &[ProofFile],
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("take the proofs of old blocks out of");
        let mut tx = begin(&self.pool).await.map_err(&fail)?;
        for key in keys {
            let deleted = execute(&mut tx, DELETE_PROOF, key).await;
            deleted.map_err(&fail)?;
        }
        let freed = files.iter().map(|file| i64::from(file.bytes)).sum();
        add_freed(&mut tx, range, freed).await.map_err(&fail)?;
        tx.commit().await.map_err(&fail)
    }

    /// Saves that everything is deleted that a range may lose. Returns how many bytes that were.
    pub(in crate::state) async fn finish_pruned(
        &self,
        range: PrunedRange,
    ) -> Result<u64, DatabaseError> {
        sqlx::query(FINISH_PRUNED)
            .bind(i64::from(range.first))
            .execute(&self.pool)
            .await
            .map_err(self.sql("write that blocks are pruned to"))?;
        let freed = sqlx::query_scalar(SELECT_FREED).bind(i64::from(range.first));
        let freed = freed.fetch_optional(&self.pool).await;
        let freed: Option<i64> = freed.map_err(self.sql("read the pruned blocks of"))?;
        u64::try_from(freed.unwrap_or_default()).map_err(|e| self.bad("freed", &e))
    }

    /// Returns the error of a range that no host prunes.
    pub(in crate::state) fn other_pruned(&self, range: PrunedRange) -> DatabaseError {
        let what = format!("the blocks {range} cannot be pruned, but are said to be");
        DatabaseError::damaged(&self.path, what)
    }

    fn stored_range(&self, row: &Row) -> Result<StoredRange, DatabaseError> {
        let freed: i64 = row.try_get("freed").map_err(|e| self.bad("freed", &e))?;
        Ok(StoredRange {
            range: PrunedRange {
                first: self.number(row, "first_height")?,
                last: self.number(row, "last_height")?,
            },
            freed: u64::try_from(freed).map_err(|e| self.bad("freed", &e))?,
            is_done: self.number(row, "done")? != 0,
        })
    }

    fn proof_file(&self, row: &Row) -> Result<Option<ProofFile>, DatabaseError> {
        let Some(id) = self.optional_bytes(row, "id")? else {
            return Ok(None);
        };
        let id = id[..].try_into().map_err(|e| self.bad("id", &e))?;
        let bytes = self.number(row, "length")?;
        Ok(Some(ProofFile { id, bytes }))
    }
}

/// Deletes the operations of some blocks, all but their hashes and places; returns how many bytes.
async fn clear_bodies(connection: &mut Connection, part: PrunedRange) -> sqlx::Result<i64> {
    let (first, last) = (i64::from(part.first), i64::from(part.last));
    let bytes = sqlx::query_scalar(SELECT_BODY_BYTES).bind(first).bind(last);
    let bytes: i64 = bytes.fetch_one(&mut *connection).await?;
    sqlx::query(CLEAR_BODIES)
        .bind(Vec::<u8>::new())
        .bind(first)
        .bind(last)
        .execute(connection)
        .await?;
    Ok(bytes)
}

async fn execute(
    connection: &mut Connection,
    statement: &'static str,
    key: &ProofKey,
) -> sqlx::Result<()> {
    sqlx::query(statement)
        .bind(key.circuit.name())
        .bind(key.subject.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

async fn add_freed(
    connection: &mut Connection,
    range: PrunedRange,
    freed: i64,
) -> sqlx::Result<()> {
    sqlx::query(ADD_FREED)
        .bind(freed)
        .bind(i64::from(range.first))
        .execute(connection)
        .await?;
    Ok(())
}
