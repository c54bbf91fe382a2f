//! What is signed, saved before signing; and the keys, saved after signing.

use rpp_verifier::Digest;
use sqlx::QueryBuilder;

use super::error::{SQLITE_CONSTRAINT, primary_code};
use super::headers::insert_header;
use super::{Database, DatabaseError, KeyState, Proposal, Serial};

impl Database {
    /// Saves the proposal, and that each of these leaves signs `message`, in one transaction.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::LeafTaken`] if one of the leaves already has a message: then nothing is
    /// saved, and nothing may be signed.
    pub(crate) async fn save_proposal(
        &self,
        proposal: &Proposal,
        message: &Digest,
        leaves: &[(Serial, u32)],
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("write a proposal to");
        let mut tx = self.pool.begin().await.map_err(&fail)?;
        let mut insert = QueryBuilder::new("INSERT INTO leaves (key, leaf, message) ");
        insert.push_values(leaves, |mut row, &(serial, leaf)| {
            row.push_bind(serial)
                .push_bind(leaf)
                .push_bind(message.to_bytes().to_vec());
        });
        let saved = insert.build().execute(&mut *tx).await;
        saved.map_err(|e| match primary_code(&e) {
            Some(SQLITE_CONSTRAINT) => DatabaseError::LeafTaken {
                keys: leaves.iter().map(|&(serial, _)| serial).collect(),
            },
            _ => fail(e),
        })?;
        insert_header(&mut tx, proposal).await.map_err(&fail)?;
        tx.commit().await.map_err(&fail)
    }

    /// Returns the message of a leaf, or `None` if it was never asked to sign.
    pub(crate) async fn message_of(
        &self,
        serial: Serial,
        leaf: u32,
    ) -> Result<Option<Digest>, DatabaseError> {
        let row = sqlx::query("SELECT message FROM leaves WHERE key = ? AND leaf = ?");
        let row = row.bind(serial).bind(leaf).fetch_optional(&self.pool).await;
        let row = row.map_err(self.sql("read the leaves of"))?;
        row.map(|row| self.digest(&row, "message")).transpose()
    }

    /// Saves the keys as they are after signing, in one transaction; their earlier versions are
    /// overwritten, but remain in the log until [`Database::erase`].
    pub(crate) async fn save_states(
        &self,
        keys: &[(Serial, KeyState)],
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("write the keys of");
        let mut tx = self.pool.begin().await.map_err(&fail)?;
        for (serial, state) in keys {
            sqlx::query("UPDATE key_states SET bytes = ? WHERE key = ?")
                .bind(&state[..])
                .bind(serial)
                .execute(&mut *tx)
                .await
                .map_err(&fail)?;
        }
        tx.commit().await.map_err(&fail)
    }
}
