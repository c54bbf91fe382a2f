//! The row of the chain.

use rpp_verifier::Account;

use super::accounts::insert;
use super::dialect::begin;
use super::folder::insert_folder;
use super::statements::{INSERT_BLOCK, INSERT_CHAIN, SELECT_CHAIN, UPDATE_BLOCK_TIME};
use super::{Database, DatabaseError};
use crate::source::ChainInfo;

impl Database {
    /// Returns the chain stored in the folder.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn chain(&self) -> Result<Option<ChainInfo>, DatabaseError> {
        let row = sqlx::query(SELECT_CHAIN).fetch_optional(&self.pool).await;
        let Some(row) = row.map_err(self.sql("read"))? else {
            return Ok(None);
        };
        let genesis = self.blocks(0, 1).await?.into_iter().next();
        let missing = || DatabaseError::damaged(&self.path, "it has no genesis");
        Ok(Some(ChainInfo {
            chain_id: self.number(&row, "chain_id")?,
            epoch_length: self.number(&row, "epoch_length")?,
            block_time_ms: self.number(&row, "block_time_ms")?,
            genesis: genesis.ok_or_else(missing)?.header,
        }))
    }

    /// Saves a new chain with its genesis and the accounts of it, and the number of its data folder.
    pub(in crate::state) async fn save_chain(
        &self,
        chain: &ChainInfo,
        folder: u128,
        accounts: &[(u32, Account)],
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("write the genesis to");
        let mut tx = begin(&self.pool).await.map_err(&fail)?;
        insert_folder(&mut tx, folder).await.map_err(&fail)?;
        sqlx::query(INSERT_CHAIN)
            .bind(i64::from(chain.chain_id))
            .bind(i64::from(chain.epoch_length))
            .bind(i64::from(chain.block_time_ms))
            .execute(&mut *tx)
            .await
            .map_err(&fail)?;
        sqlx::query(INSERT_BLOCK)
            .bind(i64::from(chain.genesis.height))
            .bind(chain.genesis.hash().0.to_bytes().to_vec())
            .bind(chain.genesis.to_bytes())
            .bind(None::<Vec<u8>>)
            .bind(None::<Vec<u8>>)
            .execute(&mut *tx)
            .await
            .map_err(&fail)?;
        let inserted = insert(&mut tx, chain.genesis.height, accounts);
        inserted.await.map_err(&fail)?;
        tx.commit().await.map_err(&fail)
    }

    /// Keeps the time from one block to the next, which may change from start to start.
    pub(in crate::state) async fn save_block_time(
        &self,
        block_time_ms: u32,
    ) -> Result<(), DatabaseError> {
        sqlx::query(UPDATE_BLOCK_TIME)
            .bind(i64::from(block_time_ms))
            .execute(&self.pool)
            .await
            .map_err(self.sql("write"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {

    use super::super::blocks::tests::{block, certificate};
    use super::*;

    #[tokio::test]
    async fn rejects_a_write_to_a_full_disk_and_keeps_what_was_there() {
        let data = tempfile::tempdir().unwrap();
        let database = Database::open(&data.path().join("chain.db")).await.unwrap();
        let page_limit = sqlx::query("PRAGMA max_page_count = 1");
        page_limit.execute(&database.pool).await.unwrap();
        let chain = ChainInfo::example();
        let mut full = Ok(());
        // A page holds the genesis and a few blocks.
        let saved = database.save_chain(&chain, 7, &[]).await;
        assert!(saved.is_ok() || matches!(saved, Err(DatabaseError::Full { .. })));
        for height in 1..1000 {
            let mut header = chain.genesis.clone();
            header.height = height;
            full = database
                .save_block(block(&header, &certificate(), &[]))
                .await
                .map(drop);
            if full.is_err() {
                break;
            }
        }
        assert!(matches!(full, Err(DatabaseError::Full { .. })), "{full:?}");
    }
}
