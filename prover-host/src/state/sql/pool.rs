//! The operations that wait, and those that waited and were dropped.

use rpp_verifier::{DropCode, OperationHash, SignedOperation};

use super::dialect::{Connection, begin};
use super::operations::bytes_of;
use super::statements::{
    DELETE_DROPPED, DELETE_OLD_DROPPED, DELETE_WAITING, INSERT_DROPPED, INSERT_WAITING,
    SELECT_DROPPED, SELECT_LAST_DROPPED, SELECT_WAITING,
};
use super::{Database, DatabaseError};
use crate::pool::DropReason;

/// An operation that waits.
#[derive(Clone, Debug)]
pub(in crate::state) struct Waiting {
    pub(in crate::state) hash: OperationHash,
    /// Its place among all that ever waited.
    pub(in crate::state) number: u64,
    /// Height of the newest block when it came.
    pub(in crate::state) height: u32,
    pub(in crate::state) signed: SignedOperation,
}

/// Operations that begin to wait, and those that make room for them.
#[derive(Clone, Copy, Debug)]
pub(in crate::state) struct Intake<'a> {
    pub(in crate::state) height: u32,
    pub(in crate::state) taken: &'a [Waiting],
    pub(in crate::state) dropped: &'a [(OperationHash, DropReason)],
    /// The number of the first that is dropped.
    pub(in crate::state) drop_number: u64,
}

impl Database {
    /// Saves that operations wait; all of them or none.
    pub(in crate::state) async fn save_intake(
        &self,
        intake: Intake<'_>,
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("write operations to");
        let mut tx = begin(&self.pool).await.map_err(&fail)?;
        for waiting in intake.taken {
            let hash = bytes_of(&waiting.hash);
            sqlx::query(DELETE_DROPPED)
                .bind(&hash)
                .execute(&mut *tx)
                .await
                .map_err(&fail)?;
            // By a commit that was on disk though it was reported as failed.
            sqlx::query(DELETE_WAITING)
                .bind(&hash)
                .execute(&mut *tx)
                .await
                .map_err(&fail)?;
            sqlx::query(INSERT_WAITING)
                .bind(&hash)
                .bind(signed_number(waiting.number))
                .bind(i64::from(waiting.height))
                .bind(waiting.signed.to_bytes())
                .execute(&mut *tx)
                .await
                .map_err(&fail)?;
        }
        let dropped = drop_waiting(&mut tx, intake.height, intake.dropped, intake.drop_number);
        dropped.await.map_err(&fail)?;
        tx.commit().await.map_err(&fail)
    }

    /// Returns the operations that wait, in the order in which they came.
    pub(in crate::state) async fn waiting(&self) -> Result<Vec<Waiting>, DatabaseError> {
        let rows = sqlx::query(SELECT_WAITING).fetch_all(&self.pool).await;
        let rows = rows.map_err(self.sql("read the operations that wait in"))?;
        let waiting = |row| {
            let signed = self.decode(row, "signed", SignedOperation::from_bytes)?;
            let hash = OperationHash(self.digest(row, "hash")?);
            if signed.hash() != hash {
                let what = format!("operation {hash} is not the one that was written");
                return Err(DatabaseError::damaged(&self.path, what));
            }
            Ok(Waiting {
                hash,
                number: self.place_number(row)?,
                height: self.number(row, "height")?,
                signed,
            })
        };
        rows.iter().map(waiting).collect()
    }

    /// Returns when an operation was dropped, and why, if it was lately.
    pub(crate) async fn dropped(
        &self,
        hash: &OperationHash,
    ) -> Result<Option<(u32, DropCode)>, DatabaseError> {
        let row = sqlx::query(SELECT_DROPPED).bind(bytes_of(hash));
        let row = row.fetch_optional(&self.pool).await;
        let Some(row) = row.map_err(self.sql("read a dropped operation of"))? else {
            return Ok(None);
        };
        let code = self.text(&row, "code")?;
        let code = code.parse().map_err(|e| self.bad("code", &e))?;
        Ok(Some((self.number(&row, "height")?, code)))
    }

    /// Returns the number of the operation that was dropped last, 0 if none was.
    pub(in crate::state) async fn last_dropped(&self) -> Result<u64, DatabaseError> {
        let last = sqlx::query_scalar(SELECT_LAST_DROPPED);
        let last: Option<i64> = last
            .fetch_one(&self.pool)
            .await
            .map_err(self.sql("read the dropped operations of"))?;
        Ok(u64::try_from(last.unwrap_or(0)).unwrap_or(0))
    }
}

/// Takes operations off the list of those that wait, and remembers why.
pub(super) async fn drop_waiting(
    connection: &mut Connection,
    height: u32,
    dropped: &[(OperationHash, DropReason)],
    first: u64,
) -> sqlx::Result<()> {
    for (number, (hash, reason)) in (first..).zip(dropped) {
        let hash = bytes_of(hash);
        for statement in [DELETE_WAITING, DELETE_DROPPED] {
            sqlx::query(statement)
                .bind(&hash)
                .execute(&mut *connection)
                .await?;
        }
        sqlx::query(INSERT_DROPPED)
            .bind(&hash)
            .bind(signed_number(number))
            .bind(i64::from(height))
            .bind(reason.code())
            .execute(&mut *connection)
            .await?;
    }
    let most = u64::try_from(dropped.len()).unwrap_or(u64::MAX);
    let oldest = first.saturating_add(most).saturating_sub(DROPPED_KEPT);
    sqlx::query(DELETE_OLD_DROPPED)
        .bind(i64::from(height.saturating_sub(DROPPED_FOR)))
        .bind(signed_number(oldest))
        .execute(connection)
        .await?;
    Ok(())
}

fn signed_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// For how many blocks it is known why an operation was dropped.
const DROPPED_FOR: u32 = 1024;
/// Of how many it is known at most: a flood of operations that outbid each other would fill the disk.
const DROPPED_KEPT: u64 = 65_536;
