//! Which proofs are due, which of them are made, and what they are made from.

use rpp_verifier::{ProofKey, Subject};
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;

use super::dialect::{Connection, Row, begin};
use super::statements::{
    CLEAR_PROOF, DELETE_PROOF, DELETE_UNMADE_PROOF, DELETE_UNMADE_WITNESS, DELETE_WITNESS,
    INSERT_PROOF, INSERT_WITNESS, RETIRE_PROOF, SELECT_PROOFS, SELECT_WITNESS, UPDATE_PROOF,
};
use super::{Database, DatabaseError};
use crate::source::DueProof;
use crate::state::ProofId;

/// A proof that is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ProofFile {
    /// SHA-256 of the file.
    pub id: ProofId,
    /// Length of the file.
    pub bytes: u32,
}

/// Marks a proof as no longer kept.
pub(super) async fn retire(
    connection: &mut Connection,
    key: &ProofKey,
    id: ProofId,
) -> sqlx::Result<()> {
    let retired = sqlx::query(RETIRE_PROOF)
        .bind(key.circuit.name())
        .bind(key.subject.to_string())
        .bind(id.as_bytes().to_vec());
    retired.execute(connection).await.map(drop)
}

/// A saved proof that is due.
#[derive(Clone, Debug)]
pub(in crate::state) struct StoredProof {
    /// Name of its circuit, which this program may not know.
    pub(in crate::state) circuit: String,
    pub(in crate::state) subject: Subject,
    pub(in crate::state) due: u32,
    /// `None` until it is made.
    pub(in crate::state) proof: Option<ProofFile>,
    /// Whether it is kept no longer.
    pub(in crate::state) is_retired: bool,
    /// Whether it can be made.
    pub(in crate::state) has_witness: bool,
}

impl Database {
    /// Saves that a proof is due, with its witness, in place of one of the same key that is not made.
    pub(in crate::state) async fn save_due(
        &self,
        newest: u32,
        due: &DueProof,
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("write a job to");
        let mut tx = begin(&self.pool).await.map_err(&fail)?;
        // By a commit that was on disk though it was reported as failed.
        for statement in [DELETE_UNMADE_WITNESS, DELETE_UNMADE_PROOF] {
            let deleted = sqlx::query(statement)
                .bind(due.key.circuit.name())
                .bind(due.key.subject.to_string())
                .execute(&mut *tx);
            deleted.await.map_err(&fail)?;
        }
        let inserted = insert_due(&mut tx, newest, due).await;
        inserted.map_err(&fail)?;
        tx.commit().await.map_err(&fail)
    }

    /// Lists a proof, replacing any earlier one.
    pub(in crate::state) async fn save_proof(
        &self,
        key: &ProofKey,
        proof: &ProofFile,
    ) -> Result<(), DatabaseError> {
        sqlx::query(UPDATE_PROOF)
            .bind(proof.id.as_bytes().to_vec())
            .bind(i64::from(proof.bytes))
            .bind(key.circuit.name())
            .bind(key.subject.to_string())
            .execute(&self.pool)
            .await
            .map_err(self.sql("write a proof's id to"))?;
        Ok(())
    }

    /// Forgets that a proof was due, whatever became of it: it is to be due anew.
    pub(in crate::state) async fn forget_proof(&self, key: &ProofKey) -> Result<(), DatabaseError> {
        let fail = self.sql("take a proof out of");
        let mut tx = begin(&self.pool).await.map_err(&fail)?;
        for statement in [DELETE_WITNESS, DELETE_PROOF] {
            let deleted = sqlx::query(statement)
                .bind(key.circuit.name())
                .bind(key.subject.to_string())
                .execute(&mut *tx);
            deleted.await.map_err(&fail)?;
        }
        tx.commit().await.map_err(&fail)
    }

    /// Forgets what a proof was made from.
    pub(in crate::state) async fn forget_witness(
        &self,
        key: &ProofKey,
    ) -> Result<(), DatabaseError> {
        sqlx::query(DELETE_WITNESS)
            .bind(key.circuit.name())
            .bind(key.subject.to_string())
            .execute(&self.pool)
            .await
            .map_err(self.sql("delete a witness from"))?;
        Ok(())
    }

    /// Takes a proof off the list: its file is damaged, and it must be made again.
    pub(in crate::state) async fn clear_proof(&self, key: &ProofKey) -> Result<(), DatabaseError> {
        sqlx::query(CLEAR_PROOF)
            .bind(key.circuit.name())
            .bind(key.subject.to_string())
            .execute(&self.pool)
            .await
            .map_err(self.sql("delete a proof's id from"))?;
        Ok(())
    }

    /// Marks proofs that were made as no longer kept, all of them or none; one that was made anew meanwhile stays as it is.
    pub(in crate::state) async fn retire_proofs(
        &self,
        proofs: &[(ProofKey, ProofId)],
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("mark retired proofs in");
        let mut tx = begin(&self.pool).await.map_err(&fail)?;
        for (key, id) in proofs {
            retire(&mut tx, key, *id).await.map_err(&fail)?;
        }
        tx.commit().await.map_err(&fail)
    }

    /// Returns at most `most` proofs that are due, those after `last`.
    pub(in crate::state) async fn proofs(
        &self,
        last: Option<&StoredProof>,
        most: u32,
    ) -> Result<Vec<StoredProof>, DatabaseError> {
        let circuit = last.map_or("", |last| &last.circuit);
        let subject = last.map_or(String::new(), |last| last.subject.to_string());
        let rows = sqlx::query(SELECT_PROOFS)
            .bind(circuit)
            .bind(subject)
            .bind(i64::from(most))
            .fetch_all(&self.pool)
            .await
            .map_err(self.sql("read the proofs of"))?;
        rows.iter().map(|row| self.stored_proof(row)).collect()
    }

    /// Returns what a proof is made from, or `None` if that is missing or damaged.
    pub(crate) async fn witness(&self, key: &ProofKey) -> Result<Option<Vec<u8>>, DatabaseError> {
        let row = sqlx::query(SELECT_WITNESS)
            .bind(key.circuit.name())
            .bind(key.subject.to_string())
            .fetch_optional(&self.pool)
            .await
            .map_err(self.sql("read a witness of"))?;
        let Some(row) = row else {
            return Ok(None);
        };
        let bytes = self.bytes(&row, "bytes")?;
        let sha256 = self.bytes(&row, "sha256")?;
        Ok((Sha256::digest(&bytes)[..] == sha256).then_some(bytes))
    }

    fn stored_proof(&self, row: &Row) -> Result<StoredProof, DatabaseError> {
        let subject = self.text(row, "subject")?;
        let id = self.optional_bytes(row, "id")?;
        let proof = id.map(|id| {
            let id = id[..].try_into().map_err(|e| self.bad("id", &e))?;
            let bytes = self.number(row, "length")?;
            Ok::<_, DatabaseError>(ProofFile { id, bytes })
        });
        let is_retired = self.number(row, "retired")? != 0;
        if is_retired && proof.is_none() {
            let what = format!("a proof of {subject} is retired that was never made");
            return Err(DatabaseError::damaged(&self.path, what));
        }
        let witness: Option<String> = row
            .try_get("witness")
            .map_err(|e| self.bad("witness", &e))?;
        Ok(StoredProof {
            circuit: self.text(row, "circuit")?,
            subject: subject.parse().map_err(|e| self.bad("subject", &e))?,
            due: self.number(row, "due")?,
            proof: proof.transpose()?,
            is_retired,
            has_witness: witness.is_some(),
        })
    }
}

pub(super) async fn insert_due(
    connection: &mut Connection,
    newest: u32,
    due: &DueProof,
) -> sqlx::Result<()> {
    let (circuit, subject) = (due.key.circuit.name(), due.key.subject.to_string());
    sqlx::query(INSERT_PROOF)
        .bind(circuit)
        .bind(&subject)
        .bind(i64::from(newest))
        .execute(&mut *connection)
        .await?;
    sqlx::query(INSERT_WITNESS)
        .bind(circuit)
        .bind(&subject)
        .bind(Sha256::digest(&due.witness).to_vec())
        .bind(&due.witness[..])
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rpp_verifier::Digest;

    use super::*;
    use crate::state::sql::blocks::tests::{key, new_chain, next};

    /// A commit may be on disk though it was reported as failed: then it is tried again, on another state.
    #[tokio::test]
    async fn a_proof_that_is_due_may_be_saved_again_until_it_is_made() {
        let data = tempfile::tempdir().unwrap();
        let (database, mut header) = new_chain(&data).await;
        next(&database, &mut header, &[]).await;
        let key = key(Subject::Operation(Digest::ZERO));
        let due = |witness| DueProof {
            key,
            witness: vec![witness],
        };
        database.save_due(0, &due(1)).await.unwrap();
        database.save_due(1, &due(2)).await.unwrap();
        assert_eq!(database.witness(&key).await.unwrap(), Some(vec![2]));
        let proofs = database.proofs(None, 9).await.unwrap();
        assert_eq!((proofs.len(), proofs[0].due), (1, 1));
        let (id, bytes) = (ProofId::of(&[0]), 1);
        let proof = ProofFile { id, bytes };
        database.save_proof(&key, &proof).await.unwrap();
        database.save_due(1, &due(3)).await.unwrap_err();
        assert_eq!(database.witness(&key).await.unwrap(), Some(vec![2]));
    }
}
