//! Accounts: a row for each change, of which the old ones are deleted.

use rpp_verifier::{Account, Digest};

use super::dialect::{Connection, Row};
use super::statements::{DELETE_ACCOUNTS, INSERT_ACCOUNT, SELECT_ACCOUNTS, SELECT_ACCOUNTS_OF_KEY};
use super::{Database, DatabaseError};

/// An account as a block left it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::state) struct StoredAccount {
    pub(in crate::state) number: u32,
    /// Height of the block.
    pub(in crate::state) height: u32,
    pub(in crate::state) account: Account,
}

impl Database {
    /// Returns at most `most` changes of accounts, by number and height, those after `last`.
    pub(in crate::state) async fn accounts(
        &self,
        last: Option<&StoredAccount>,
        most: u32,
    ) -> Result<Vec<StoredAccount>, DatabaseError> {
        let (number, height) = last.map_or((-1, -1), |last| {
            (i64::from(last.number), i64::from(last.height))
        });
        let rows = sqlx::query(SELECT_ACCOUNTS)
            .bind(number)
            .bind(height)
            .bind(i64::from(most))
            .fetch_all(&self.pool)
            .await
            .map_err(self.sql("read the accounts of"))?;
        rows.iter().map(|row| self.stored_account(row)).collect()
    }

    /// Returns the numbers of at most `most` accounts of this key, from `from` on.
    pub(crate) async fn accounts_of_key(
        &self,
        key_id: &Digest,
        from: u32,
        most: u32,
    ) -> Result<Vec<u32>, DatabaseError> {
        let rows = sqlx::query(SELECT_ACCOUNTS_OF_KEY)
            .bind(key_id.to_bytes().to_vec())
            .bind(i64::from(from))
            .bind(i64::from(most))
            .fetch_all(&self.pool)
            .await
            .map_err(self.sql("read the accounts of a key in"))?;
        rows.iter().map(|row| self.number(row, "number")).collect()
    }

    /// Returns the error of accounts that are not those of the headers.
    pub(in crate::state) fn other_accounts(&self) -> DatabaseError {
        DatabaseError::damaged(&self.path, "its accounts are not those of its headers")
    }

    fn stored_account(&self, row: &Row) -> Result<StoredAccount, DatabaseError> {
        let balance = self.decode(row, "balance", |bytes| <[u8; 8]>::try_from(bytes))?;
        Ok(StoredAccount {
            number: self.number(row, "number")?,
            height: self.number(row, "height")?,
            account: Account {
                key_id: self.digest(row, "key_id")?,
                balance: u64::from_le_bytes(balance),
                nonce: self.number(row, "nonce")?,
                key_offset: self.number(row, "key_offset")?,
            },
        })
    }
}

/// Saves accounts as the block at `height` leaves them.
pub(super) async fn insert(
    connection: &mut Connection,
    height: u32,
    accounts: &[(u32, Account)],
) -> sqlx::Result<()> {
    for (number, account) in accounts {
        sqlx::query(INSERT_ACCOUNT)
            .bind(i64::from(*number))
            .bind(i64::from(height))
            .bind(account.key_id.to_bytes().to_vec())
            .bind(account.balance.to_le_bytes().to_vec())
            .bind(i64::from(account.nonce))
            .bind(i64::from(account.key_offset))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Deletes what only trees from before `from` need; called for each height in turn.
pub(super) async fn forget(connection: &mut Connection, from: u32) -> sqlx::Result<()> {
    // Nothing is older than the genesis, whose accounts are many.
    if from == 0 {
        return Ok(());
    }
    let deleted = sqlx::query(DELETE_ACCOUNTS).bind(i64::from(from));
    deleted.execute(connection).await.map(drop)
}
