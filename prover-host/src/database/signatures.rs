//! What is signed, saved before it is signed; and the keys as they are after.

use rpp_verifier::{Bitmap, DecodeError, Digest, Header, Reader};
use sqlx::QueryBuilder;

use super::error::{SQLITE_CONSTRAINT, primary_code};
use super::{Database, DatabaseError, KeyState, Serial};

/// A header that validators are asked to sign, and which of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Proposal {
    pub(crate) header: Header,
    pub(crate) voters: Bitmap,
}

impl Database {
    /// Saves the proposal in place of the one before, and that each of these leaves signs
    /// `message`, in one transaction.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::LeafTaken`] if one of the leaves has a message already: nothing is saved
    /// then, and nothing may be signed.
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
        let delete = sqlx::query("DELETE FROM proposals");
        delete.execute(&mut *tx).await.map_err(&fail)?;
        sqlx::query("INSERT INTO proposals VALUES (?, ?, ?)")
            .bind(proposal.header.height)
            .bind(proposal.header.to_bytes())
            .bind(bitmap_bytes(&proposal.voters))
            .execute(&mut *tx)
            .await
            .map_err(&fail)?;
        tx.commit().await.map_err(&fail)
    }

    /// Returns the newest proposal.
    pub(crate) async fn proposal(&self) -> Result<Option<Proposal>, DatabaseError> {
        let row = sqlx::query("SELECT header, voters FROM proposals");
        let row = row.fetch_optional(&self.pool).await;
        let Some(row) = row.map_err(self.sql("read the proposal of"))? else {
            return Ok(None);
        };
        Ok(Some(Proposal {
            header: self.decode(&row, "header", Header::from_bytes)?,
            voters: self.decode(&row, "voters", bitmap)?,
        }))
    }

    /// Returns the message of a leaf, none if it was never asked to sign.
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

    /// Saves the keys as they are after they signed, in one transaction; what was saved of them
    /// before is overwritten, and in the log until [`Database::erase`].
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

/// Returns the limbs, little-endian.
fn bitmap_bytes(bitmap: &Bitmap) -> Vec<u8> {
    let limbs = bitmap.limbs().iter();
    limbs.flat_map(|limb| limb.to_le_bytes()).collect()
}

fn bitmap(bytes: &[u8]) -> Result<Bitmap, DecodeError> {
    let mut r = Reader::new(bytes);
    let mut limbs = [0; Bitmap::LIMBS];
    for limb in &mut limbs {
        *limb = r.u16("voters")?;
    }
    r.finish()?;
    Ok(Bitmap::from_limbs(limbs))
}
