//! The row of the configuration.

use super::{Database, DatabaseError};

/// What a devnet was started with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StoredConfig {
    /// Number of the chain.
    pub chain_id: u32,
    /// Blocks in an epoch.
    pub epoch_length: u32,
    /// Validators in each set.
    pub validators: u32,
    /// Height of the validators' keys.
    pub key_height: u32,
    /// Milliseconds from one block to the next, in the last run.
    pub block_time_ms: u32,
}

impl Database {
    /// Returns the configuration of the devnet whose keys these are, or are to be; `None` if none was
    /// asked for yet.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn config(&self) -> Result<Option<StoredConfig>, DatabaseError> {
        let rows = sqlx::query("SELECT * FROM config");
        let row = rows.fetch_optional(&self.pool).await;
        let Some(row) = row.map_err(self.sql("read"))? else {
            return Ok(None);
        };
        Ok(Some(StoredConfig {
            chain_id: self.number(&row, "chain_id")?,
            epoch_length: self.number(&row, "epoch_length")?,
            validators: self.number(&row, "validators")?,
            key_height: self.number(&row, "key_height")?,
            block_time_ms: self.number(&row, "block_time_ms")?,
        }))
    }

    /// Saves what was asked for and where, before a key is drawn: a start after a kill draws the rest.
    pub(crate) async fn begin(&self, config: &StoredConfig) -> Result<(), DatabaseError> {
        let fail = self.sql("write the configuration to");
        let mut tx = self.transaction().await.map_err(&fail)?;
        sqlx::query("INSERT INTO config VALUES (1, ?, ?, ?, ?, ?)")
            .bind(config.chain_id)
            .bind(config.epoch_length)
            .bind(config.validators)
            .bind(config.key_height)
            .bind(config.block_time_ms)
            .execute(&mut *tx)
            .await
            .map_err(&fail)?;
        sqlx::query("INSERT INTO home VALUES (1, ?)")
            .bind(self.home.number.to_be_bytes().to_vec())
            .execute(&mut *tx)
            .await
            .map_err(&fail)?;
        tx.commit().await.map_err(&fail)
    }

    /// Keeps the time from one block to the next, for a start that does not name it.
    pub(crate) async fn save_block_time(&self, block_time_ms: u32) -> Result<(), DatabaseError> {
        let update = sqlx::query("UPDATE config SET block_time_ms = ?").bind(block_time_ms);
        update
            .execute(&self.pool)
            .await
            .map_err(self.sql("write"))?;
        Ok(())
    }
}
