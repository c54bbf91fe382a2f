//! Blocks, and what is saved with each of them.

use std::collections::HashSet;

use rpp_verifier::{
    Account, Bitmap, Certificate, Document, Header, OperationHash, Proposer, SignedOperation,
    ValidatorSet,
};

use super::dialect::{Row, begin};
use super::statements::{
    DELETE_WITNESSES, INSERT_BLOCK, SELECT_BLOCKS, SELECT_HASH, SELECT_PROPOSER,
    SELECT_WAITING_HASHES,
};
use super::{Database, DatabaseError, accounts, operations, pool, proofs, votes};
use crate::pool::DropReason;
use crate::source::DueProof;

/// A block, and all that changes with it: it is saved whole or not at all.
#[derive(Clone, Copy, Debug)]
pub(in crate::state) struct NewBlock<'a> {
    pub(in crate::state) header: &'a Header,
    pub(in crate::state) certificate: &'a Certificate,
    /// The set that signs it.
    pub(in crate::state) set: &'a ValidatorSet,
    /// Who voted for its parent.
    pub(in crate::state) parent_votes: &'a Bitmap,
    pub(in crate::state) proposer: &'a Proposer,
    pub(in crate::state) operations: &'a [SignedOperation],
    /// The accounts that it changes, as they are after it.
    pub(in crate::state) accounts: &'a [(u32, Account)],
    /// The oldest height whose accounts are kept.
    pub(in crate::state) accounts_from: u32,
    /// What waited and is dropped.
    pub(in crate::state) dropped: &'a [(OperationHash, DropReason)],
    /// The number of the first of these.
    pub(in crate::state) drop_number: u64,
    /// The proofs that are due for it.
    pub(in crate::state) due: &'a [DueProof],
    /// Witnesses of proofs that are made are forgotten if they were due before this height, and are not about
    /// the last block of an epoch.
    pub(in crate::state) forget_below: u32,
    pub(in crate::state) epoch_length: u32,
}

/// A saved block.
#[derive(Clone, Debug)]
pub(in crate::state) struct StoredBlock {
    pub(in crate::state) header: Header,
    /// `None` for the genesis.
    pub(in crate::state) certificate: Option<Certificate>,
}

impl Database {
    /// Saves a signed block. Returns what waits then, if the block was saved already, by a commit that was
    /// on disk though it was reported as failed: what it dropped may be other operations than those that
    /// are dropped now.
    pub(in crate::state) async fn save_block(
        &self,
        block: NewBlock<'_>,
    ) -> Result<Option<HashSet<OperationHash>>, DatabaseError> {
        let fail = self.sql("write a block to");
        let height = block.header.height;
        let mut tx = begin(&self.pool).await.map_err(&fail)?;
        let hash = block.header.hash().0.to_bytes().to_vec();
        let saved = sqlx::query_scalar(SELECT_HASH).bind(i64::from(height));
        let saved: Option<Vec<u8>> = saved.fetch_optional(&mut *tx).await.map_err(&fail)?;
        if saved.as_ref() == Some(&hash) {
            let dropped = pool::drop_waiting(&mut tx, height, block.dropped, block.drop_number);
            dropped.await.map_err(&fail)?;
            let rows = sqlx::query(SELECT_WAITING_HASHES).fetch_all(&mut *tx).await;
            let rows = rows.map_err(&fail)?;
            let hash = |row| Ok(OperationHash(self.digest(row, "hash")?));
            let waiting = rows
                .iter()
                .map(hash)
                .collect::<Result<_, DatabaseError>>()?;
            tx.commit().await.map_err(&fail)?;
            return Ok(Some(waiting));
        }
        sqlx::query(INSERT_BLOCK)
            .bind(i64::from(height))
            .bind(hash)
            .bind(block.header.to_bytes())
            .bind(block.certificate.to_bytes())
            .bind(block.proposer.to_bytes())
            .bind(block.parent_votes.to_bytes())
            .execute(&mut *tx)
            .await
            .map_err(&fail)?;
        let inserted = votes::insert_set(&mut tx, block.set);
        inserted.await.map_err(&fail)?;
        let inserted = operations::insert(&mut tx, height, block.operations);
        inserted.await.map_err(&fail)?;
        let inserted = accounts::insert(&mut tx, height, block.accounts);
        inserted.await.map_err(&fail)?;
        let forgotten = accounts::forget(&mut tx, block.accounts_from);
        forgotten.await.map_err(&fail)?;
        let dropped = pool::drop_waiting(&mut tx, height, block.dropped, block.drop_number);
        dropped.await.map_err(&fail)?;
        for due in block.due {
            let inserted = proofs::insert_due(&mut tx, height, due);
            inserted.await.map_err(&fail)?;
        }
        sqlx::query(DELETE_WITNESSES)
            .bind(i64::from(block.forget_below))
            .bind(i64::from(block.epoch_length))
            .execute(&mut *tx)
            .await
            .map_err(&fail)?;
        tx.commit().await.map_err(&fail)?;
        Ok(None)
    }

    /// Returns who proposed the block at this height, if it is one that somebody proposed.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn proposer(&self, height: u32) -> Result<Option<Proposer>, DatabaseError> {
        let row = sqlx::query(SELECT_PROPOSER).bind(i64::from(height));
        let row = row.fetch_optional(&self.pool).await;
        let Some(row) = row.map_err(self.sql("read a proposer of"))? else {
            return Ok(None);
        };
        let proposer = self.optional_bytes(&row, "proposer")?;
        let proposer = proposer.map(|bytes| Proposer::from_bytes(&bytes));
        proposer.transpose().map_err(|e| self.bad("proposer", &e))
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
    use std::sync::LazyLock;

    use rpp_verifier::{
        CIRCUITS, Digest, MerklePath, ProofKey, SET_DEPTH, SetOpening, Subject, Validator, genesis,
    };

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

    /// A block that changes nothing.
    pub(in crate::state::sql) fn block<'a>(
        header: &'a Header,
        certificate: &'a Certificate,
        due: &'a [DueProof],
    ) -> NewBlock<'a> {
        NewBlock {
            header,
            certificate,
            set: &SET,
            parent_votes: &EMPTY,
            proposer: &PROPOSER,
            operations: &[],
            accounts: &[],
            accounts_from: 0,
            dropped: &[],
            drop_number: 0,
            due,
            forget_below: 0,
            epoch_length: 4,
        }
    }

    static SET: LazyLock<ValidatorSet> =
        LazyLock::new(|| ValidatorSet::new(vec![PROPOSER.validator]).unwrap());
    static EMPTY: LazyLock<Bitmap> = LazyLock::new(Bitmap::default);

    const PROPOSER: Proposer = Proposer {
        height: 0,
        validator: Validator {
            key_id: Digest::ZERO,
            power: 1,
            account: 0,
            start_slot: 0,
        },
        path: MerklePath([Digest::ZERO; SET_DEPTH]),
    };

    pub(in crate::state::sql) fn key(subject: Subject) -> ProofKey {
        let circuit = CIRCUITS.iter().next().unwrap().id();
        ProofKey { circuit, subject }
    }

    /// Returns the database of a new chain with epochs of four blocks, and its genesis.
    pub(in crate::state::sql) async fn new_chain(data: &tempfile::TempDir) -> (Database, Header) {
        let database = Database::open(&data.path().join("chain.db")).await.unwrap();
        let zero = Digest::ZERO;
        let header = genesis(1, 4, 0, zero, zero, zero);
        let chain = ChainInfo {
            chain_id: 1,
            epoch_length: 4,
            block_time_ms: 1,
            genesis: header.clone(),
        };
        database.save_chain(&chain, 7, &[]).await.unwrap();
        (database, header)
    }

    /// Saves the next block, for which these proofs are due.
    pub(in crate::state::sql) async fn next(
        database: &Database,
        header: &mut Header,
        due: &[DueProof],
    ) {
        header.height += 1;
        let certificate = certificate();
        let saved = database.save_block(block(header, &certificate, due));
        assert_eq!(saved.await.unwrap(), None);
    }

    #[tokio::test]
    async fn witnesses_are_kept_of_the_newest_proofs_the_missing_and_the_last_of_each_epoch() {
        let data = tempfile::tempdir().unwrap();
        let (database, mut header) = new_chain(&data).await;
        let (id, bytes) = (ProofId::of(&[0]), 1);
        let proof = ProofFile { id, bytes };
        let number = |height: u32| u8::try_from(height).unwrap();
        let about = |height: u32| {
            let operation = Digest::from_bytes(&[number(height); 32]).unwrap();
            [Subject::Height(height), Subject::Operation(operation)].map(key)
        };
        for height in 1..=12 {
            let due = about(height).map(|key| DueProof {
                key,
                witness: vec![number(height)],
            });
            next(&database, &mut header, &due).await;
            for key in about(height) {
                if height != 5 {
                    database.save_proof(&key, &proof).await.unwrap();
                }
            }
        }
        header.height = 13;
        let certificate = certificate();
        let last = NewBlock {
            forget_below: 10,
            ..block(&header, &certificate, &[])
        };
        database.save_block(last).await.unwrap();
        let mut left = [Vec::new(), Vec::new()];
        for height in 1..=12 {
            for (key, left) in about(height).iter().zip(&mut left) {
                if let Some(witness) = database.witness(key).await.unwrap() {
                    assert_eq!(witness, [number(height)]);
                    left.push(height);
                }
            }
        }
        // An operation has no place in the way from epoch to epoch, whenever it was proven.
        assert_eq!(left, [&[3, 5, 7, 10, 11, 12][..], &[5, 10, 11, 12]]);
    }
}
