//! What is signed, saved before signing; and the keys, saved after signing.

use rpp_verifier::{Digest, Header};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row};

use super::headers::insert_header;
use super::keys::sum;
use super::marks::SignedMark;
use super::operations::replace_operations;
use super::{Database, DatabaseError, Draft, KeyState, Serial};

/// What the leaves of a slot were asked to sign.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Asked {
    pub(crate) slot: u32,
    pub(crate) message: Digest,
    pub(crate) keys: Vec<Serial>,
}

impl Database {
    /// Saves header, voters and operations, and that each of these leaves signs `message`, in one
    /// transaction.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::LeafTaken`] if one of the leaves already has a message: then nothing is
    /// saved, and nothing may be signed.
    pub(crate) async fn save_proposal(
        &self,
        draft: &Draft,
        message: &Digest,
        leaves: &[(Serial, u32)],
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("write a proposal to");
        let mut tx = self.transaction().await.map_err(&fail)?;
        let mut insert = QueryBuilder::new("INSERT INTO leaves (key, leaf, message) ");
        insert.push_values(leaves, |mut row, &(serial, leaf)| {
            row.push_bind(serial)
                .push_bind(leaf)
                .push_bind(message.to_bytes().to_vec());
        });
        let saved = insert.build().execute(&mut *tx).await;
        saved.map_err(|e| match rpp_sqlite::is_constraint(&e) {
            true => DatabaseError::LeafTaken {
                keys: leaves.iter().map(|&(serial, _)| serial).collect(),
            },
            false => fail(e),
        })?;
        let Draft {
            proposal,
            operations,
        } = draft;
        insert_header(&mut tx, proposal).await.map_err(&fail)?;
        let replaced = replace_operations(&mut tx, &proposal.header, operations);
        replaced.await.map_err(&fail)?;
        tx.commit().await.map_err(&fail)
    }

    /// Records that a header may be signed from now on, in the file beside the database; it is on
    /// disk when this returns. It blocks.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`]; then nothing may be signed.
    pub(crate) fn mark(&self, header: &Header) -> Result<(), DatabaseError> {
        self.mark.raise(SignedMark::from(header))
    }

    /// Returns what the keys in use were asked to sign, by slot; which keys, in ascending order.
    pub(crate) async fn signed(&self) -> Result<Vec<Asked>, DatabaseError> {
        // One row for each block, however many have signed it.
        let rows = sqlx::query(
            "SELECT leaf + start_slot AS slot, message, group_concat(leaves.key) AS keys \
             FROM leaves JOIN keys ON serial = leaves.key \
             WHERE leaves.key IN (SELECT key FROM key_states) \
             GROUP BY slot, message ORDER BY slot",
        );
        let rows = rows.fetch_all(&self.pool).await;
        let rows = rows.map_err(self.sql("read the leaves of"))?;
        let asked = |row: &SqliteRow| {
            let keys: &str = row.try_get("keys").map_err(|e| self.bad("key", &e))?;
            let keys = keys.split(',').map(str::parse).collect::<Result<_, _>>();
            let mut keys: Vec<Serial> = keys.map_err(|e| self.bad("key", &e))?;
            keys.sort_unstable();
            Ok(Asked {
                slot: self.number(row, "slot")?,
                message: self.digest(row, "message")?,
                keys,
            })
        };
        rows.iter().map(asked).collect()
    }

    /// Returns the error for leaves that were not asked to sign what the headers say.
    pub(crate) fn other_leaves(&self, slot: u32) -> DatabaseError {
        let what = format!("the leaves of slot {slot} were not asked to sign its header");
        DatabaseError::damaged(&self.path, what)
    }

    /// Saves the keys as they are after signing, in one transaction; their earlier versions are
    /// overwritten, but remain in the log until [`Database::erase`].
    pub(crate) async fn save_states(
        &self,
        keys: &[(Serial, KeyState)],
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("write the keys of");
        let mut tx = self.transaction().await.map_err(&fail)?;
        for (serial, state) in keys {
            sqlx::query("UPDATE key_states SET bytes = ?, sha256 = ? WHERE key = ?")
                .bind(&state[..])
                .bind(sum(state))
                .bind(serial)
                .execute(&mut *tx)
                .await
                .map_err(&fail)?;
        }
        tx.commit().await.map_err(&fail)
    }
}
