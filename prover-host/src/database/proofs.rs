//! Which block has which proof.

use super::{Database, DatabaseError};
use crate::proof_id::ProofId;

/// A consensus proof, as a block lists it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ListedProof {
    /// SHA-256 of the file.
    pub(crate) id: ProofId,
    /// Length of the file.
    pub(crate) bytes: u32,
}

impl Database {
    /// Lists the consensus proof of the block at `height`, over an earlier one.
    pub(crate) async fn save_proof(
        &self,
        height: u32,
        proof: &ListedProof,
    ) -> Result<(), DatabaseError> {
        sqlx::query("INSERT OR REPLACE INTO proofs VALUES (?, 'consensus', ?, ?)")
            .bind(height)
            .bind(&proof.id.as_bytes()[..])
            .bind(proof.bytes)
            .execute(&self.pool)
            .await
            .map_err(self.sql("write a proof's id to"))?;
        Ok(())
    }

    /// Takes the consensus proof of the block at `height` off the list: its file is no good.
    pub(crate) async fn delete_proof(&self, height: u32) -> Result<(), DatabaseError> {
        sqlx::query("DELETE FROM proofs WHERE height = ? AND kind = 'consensus'")
            .bind(height)
            .execute(&self.pool)
            .await
            .map_err(self.sql("delete a proof's id from"))?;
        Ok(())
    }
}
