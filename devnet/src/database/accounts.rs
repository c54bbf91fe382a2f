//! The accounts that the chain starts with, and their keys.

use rpp_verifier::{Account, Digest};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use zeroize::Zeroizing;

use super::keys::sum;
use super::marks::GivenMark;
use super::{Database, DatabaseError, KeyState};
use crate::supply::FAUCET_ACCOUNT;

/// An account that the chain starts with, and its key, as they are saved.
#[derive(Debug)]
pub(crate) struct StoredAccount {
    pub(crate) number: u32,
    pub(crate) account: Account,
    /// The part of the key that never changes and is not secret.
    pub(crate) tree: Vec<u8>,
    /// The part that each signature changes.
    pub(crate) state: KeyState,
}

impl Database {
    /// Returns the accounts that the chain starts with, and their keys as they are by now.
    pub(crate) async fn accounts(&self) -> Result<Vec<StoredAccount>, DatabaseError> {
        let rows = sqlx::query(
            "SELECT number, key_id, balance, tree, state, sha256 \
             FROM accounts JOIN account_keys ON account = number ORDER BY number",
        );
        let rows = rows.fetch_all(&self.pool).await;
        let rows = rows.map_err(self.sql("read the accounts of"))?;
        rows.iter().map(|row| self.account(row)).collect()
    }

    /// Saves that a leaf of an account's key signs `message`.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::LeafTaken`] if it has a message; then nothing may be signed.
    pub(crate) async fn save_account_leaf(
        &self,
        account: u32,
        leaf: u32,
        message: &Digest,
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("write a leaf to");
        let mut tx = self.transaction().await.map_err(&fail)?;
        let insert = sqlx::query("INSERT INTO account_leaves VALUES (?, ?, ?)")
            .bind(account)
            .bind(leaf)
            .bind(message.to_bytes().to_vec());
        let saved = insert.execute(&mut *tx).await;
        saved.map_err(|e| match rpp_sqlite::is_constraint(&e) {
            true => DatabaseError::LeafTaken {
                keys: vec![account],
            },
            false => fail(e),
        })?;
        tx.commit().await.map_err(&fail)
    }

    /// Records that a leaf of the faucet's key may sign, in the file beside the database; it is on disk when
    /// this returns.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Full`], [`DatabaseError::File`] or [`DatabaseError::Damaged`].
    pub(crate) fn mark_given(&self, leaf: u32) -> Result<(), DatabaseError> {
        match self.given.newest() {
            Some(marked) if leaf < marked.next => Ok(()),
            _ => self.given.raise(GivenMark::above(leaf)),
        }
    }

    /// Returns the first leaf of the faucet's key that has signed nothing, whether the database is the one
    /// that was written last or an older copy.
    pub(crate) async fn next_given(&self) -> Result<u32, DatabaseError> {
        let next = self.next_account_leaf(FAUCET_ACCOUNT).await?;
        let marked = self.given.newest().map_or(0, |marked| marked.next);
        Ok(next.max(marked))
    }

    /// Returns the leaf after all those of an account's key that were asked to sign.
    pub(super) async fn next_account_leaf(&self, account: u32) -> Result<u32, DatabaseError> {
        let next = sqlx::query_scalar(
            "SELECT coalesce(max(leaf) + 1, 0) FROM account_leaves WHERE account = ?",
        );
        let next = next.bind(account).fetch_one(&self.pool).await;
        next.map_err(self.sql("read the leaves of"))
    }

    /// Saves the secret part of an account's key as it is after signing, over what it was before.
    pub(crate) async fn save_account_state(
        &self,
        account: u32,
        state: &KeyState,
    ) -> Result<(), DatabaseError> {
        let update = sqlx::query("UPDATE account_keys SET state = ?, sha256 = ? WHERE account = ?")
            .bind(&state[..])
            .bind(sum(state))
            .bind(account);
        let updated = update.execute(&self.pool).await;
        updated.map_err(self.sql("write a key of"))?;
        Ok(())
    }

    fn account(&self, row: &SqliteRow) -> Result<StoredAccount, DatabaseError> {
        let number = self.number(row, "number")?;
        let state = Zeroizing::new(self.bytes(row, "state")?);
        if self.bytes(row, "sha256")? != sum(&state) {
            let what = format!("the secret part of account {number}'s key is not what was written");
            return Err(DatabaseError::damaged(&self.path, what));
        }
        let balance: i64 = row
            .try_get("balance")
            .map_err(|e| self.bad("balance", &e))?;
        let balance = u64::try_from(balance).map_err(|e| self.bad("balance", &e))?;
        Ok(StoredAccount {
            number,
            account: Account {
                key_id: self.digest(row, "key_id")?,
                balance,
                nonce: 0,
                key_offset: 0,
            },
            tree: self.bytes(row, "tree")?,
            state,
        })
    }
}

pub(super) async fn insert_accounts(
    connection: &mut SqliteConnection,
    accounts: &[StoredAccount],
) -> sqlx::Result<()> {
    for stored in accounts {
        sqlx::query("INSERT INTO accounts VALUES (?, ?, ?)")
            .bind(stored.number)
            .bind(&stored.account.key_id.to_bytes()[..])
            // The supply is below 2^63.
            .bind(i64::try_from(stored.account.balance).unwrap_or(i64::MAX))
            .execute(&mut *connection)
            .await?;
        sqlx::query("INSERT INTO account_keys VALUES (?, ?, ?, ?)")
            .bind(stored.number)
            .bind(&stored.tree[..])
            .bind(&stored.state[..])
            .bind(sum(&stored.state))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
