//! Blocks, and the proofs that are due for them.

use rpp_verifier::{Certificate, Header};

use super::dialect::{Row, begin};
use super::statements::{DELETE_WITNESSES, INSERT_BLOCK, SELECT_BLOCKS, SELECT_HASH};
use super::{Database, DatabaseError};
use crate::source::DueProof;

/// A saved block.
#[derive(Clone, Debug)]
pub(in crate::state) struct StoredBlock {
    pub(in crate::state) header: Header,
    /// `None` for the genesis.
    pub(in crate::state) certificate: Option<Certificate>,
}

impl Database {
    /// Saves a signed block with the proofs that are due for it and their witnesses, and forgets the
    /// witnesses of proofs that are made, were due before the block at `forget_below`, and not for
    /// the last block of an epoch of `epoch_length` blocks.
    pub(in crate::state) async fn save_block(
        &self,
        header: &Header,
        certificate: &Certificate,
        due: &[DueProof],
        forget_below: u32,
        epoch_length: u32,
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("write a block to");
        let mut tx = begin(&self.pool).await.map_err(&fail)?;
        let hash = header.hash().0.to_bytes().to_vec();
        let saved = sqlx::query_scalar(SELECT_HASH).bind(i64::from(header.height));
        let saved: Option<Vec<u8>> = saved.fetch_optional(&mut *tx).await.map_err(&fail)?;
        if saved.as_ref() == Some(&hash) {
            // By a commit that was on disk though it was reported as failed.
            return Ok(());
        }
        sqlx::query(INSERT_BLOCK)
            .bind(i64::from(header.height))
            .bind(hash)
            .bind(header.to_bytes())
            .bind(certificate.to_bytes())
            .execute(&mut *tx)
            .await
            .map_err(&fail)?;
        for due in due {
            let inserted = super::proofs::insert_due(&mut tx, header.height, due);
            inserted.await.map_err(&fail)?;
        }
        sqlx::query(DELETE_WITNESSES)
            .bind(i64::from(forget_below))
            .bind(i64::from(epoch_length))
            .execute(&mut *tx)
            .await
            .map_err(&fail)?;
        tx.commit().await.map_err(&fail)
    }

    /// Returns at most `most` blocks from `from` on, by height.
    pub(in crate::state) async fn blocks(
        &self,
        from: u32,
        most: u32,
    ) -> Result<Vec<StoredBlock>, DatabaseError> {
        let rows = sqlx::query(SELECT_BLOCKS)
            .bind(i64::from(from))
            .bind(i64::from(most))
            .fetch_all(&self.pool)
            .await
            .map_err(self.sql("read the blocks of"))?;
        rows.iter().map(|row| self.block(row)).collect()
    }

    fn block(&self, row: &Row) -> Result<StoredBlock, DatabaseError> {
        let header = self.decode(row, "header", Header::from_bytes)?;
        if self.number(row, "height")? != header.height
            || self.digest(row, "hash")? != header.hash().0
        {
            let what = format!("block {} is not the one that was written", header.height);
            return Err(DatabaseError::damaged(&self.path, what));
        }
        let certificate = self.optional_bytes(row, "certificate")?;
        let certificate = certificate.map(|bytes| Certificate::from_bytes(&bytes));
        let certificate = certificate.transpose();
        let certificate = certificate.map_err(|e| self.bad("certificate", &e))?;
        if certificate.is_some_and(|c| c.set.set_root() != header.validator_set_root) {
            let what = format!(
                "the certificate of block {} is of another set",
                header.height
            );
            return Err(DatabaseError::damaged(&self.path, what));
        }
        Ok(StoredBlock {
            header,
            certificate,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rpp_verifier::{CIRCUITS, Digest, ProofKey, SetOpening, Subject, genesis};

    use super::*;
    use crate::source::ChainInfo;
    use crate::state::{ProofFile, ProofId};

    pub(in crate::state::sql) fn certificate() -> Certificate {
        let (root, n, total_power) = (Digest::ZERO, 1, 1);
        Certificate {
            signed_power: 1,
            signers: Digest::ZERO,
            set: SetOpening {
                root,
                n,
                total_power,
            },
        }
    }

    fn key(subject: Subject) -> ProofKey {
        let circuit = CIRCUITS.iter().next().unwrap().id();
        ProofKey { circuit, subject }
    }

    #[tokio::test]
    async fn witnesses_are_kept_of_the_newest_proofs_the_missing_and_the_last_of_each_epoch() {
        let data = tempfile::tempdir().unwrap();
        let database = Database::open(&data.path().join("chain.db")).await.unwrap();
        let zero = Digest::ZERO;
        let mut header = genesis(1, 4, 0, zero, zero, zero);
        let chain = ChainInfo {
            chain_id: 1,
            epoch_length: 4,
            block_time_ms: 1,
            genesis: header.clone(),
        };
        database.save_chain(&chain, 7).await.unwrap();
        for height in 1..=13 {
            header.height = height;
            let witness = vec![u8::try_from(height).unwrap()];
            let key = key(Subject::Height(height));
            let due = [DueProof { key, witness }];
            // Nothing is forgotten before the last one.
            let forget_below = if height == 13 { 10 } else { 0 };
            let certificate = certificate();
            let saved = database.save_block(&header, &certificate, &due, forget_below, 4);
            saved.await.unwrap();
            if height != 5 {
                let id = ProofId::of(&[0]);
                let proof = ProofFile { id, bytes: 1 };
                database.save_proof(&key, &proof).await.unwrap();
            }
        }
        let mut left = Vec::new();
        for height in 1..=13 {
            let key = key(Subject::Height(height));
            if let Some(witness) = database.witness(&key).await.unwrap() {
                assert_eq!(witness, [u8::try_from(height).unwrap()]);
                left.push(height);
            }
        }
        assert_eq!(left, [3, 5, 7, 10, 11, 12, 13]);
    }
}
