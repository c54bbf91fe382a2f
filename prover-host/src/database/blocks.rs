//! Blocks, and the witnesses that their proofs are made from.

use rpp_verifier::{Certificate, ConsensusWitness, Header, HeaderHash, SetOpening};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{Database, DatabaseError, ListedProof};

/// A block as it was saved.
#[derive(Clone, Debug)]
pub(crate) struct StoredBlock {
    pub(crate) header: Header,
    /// None for the genesis.
    pub(crate) certificate: Option<Certificate>,
    /// The consensus proof, where there is one.
    pub(crate) proof: Option<ListedProof>,
}

impl Database {
    /// Saves a signed block with its witness, and forgets the witnesses of proven blocks below
    /// `forget_below` that end no epoch of `epoch_length` blocks.
    pub(crate) async fn save_block(
        &self,
        header: &Header,
        certificate: &Certificate,
        witness: &ConsensusWitness,
        forget_below: u32,
        epoch_length: u32,
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("write a block to");
        let mut tx = self.pool.begin().await.map_err(&fail)?;
        let set = &certificate.set;
        sqlx::query("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(header.height)
            .bind(&header.hash().0.to_bytes()[..])
            .bind(header.to_bytes())
            .bind(certificate.signed_power)
            .bind(&certificate.signers.to_bytes()[..])
            .bind(&set.root.to_bytes()[..])
            .bind(set.n)
            .bind(set.total_power)
            .execute(&mut *tx)
            .await
            .map_err(&fail)?;
        sqlx::query("INSERT INTO witnesses VALUES (?, ?)")
            .bind(header.height)
            .bind(witness.to_bytes())
            .execute(&mut *tx)
            .await
            .map_err(&fail)?;
        forget_witnesses(&mut tx, forget_below, epoch_length)
            .await
            .map_err(&fail)?;
        tx.commit().await.map_err(&fail)
    }

    /// Returns at most `most` blocks from `from` on, by height.
    pub(crate) async fn blocks(
        &self,
        from: u32,
        most: u32,
    ) -> Result<Vec<StoredBlock>, DatabaseError> {
        let rows = sqlx::query(
            "SELECT blocks.*, proofs.id AS proof_id, proofs.bytes AS proof_bytes \
             FROM blocks LEFT JOIN proofs \
             ON proofs.height = blocks.height AND proofs.kind = 'consensus' \
             WHERE blocks.height >= ? ORDER BY blocks.height LIMIT ?",
        )
        .bind(from)
        .bind(most)
        .fetch_all(&self.pool)
        .await
        .map_err(self.sql("read the blocks of"))?;
        rows.iter().map(|row| self.block(row)).collect()
    }

    /// Returns the header at `height`.
    pub(crate) async fn header(&self, height: u32) -> Result<Option<Header>, DatabaseError> {
        let blocks = self.blocks(height, 1).await?;
        let header = blocks.into_iter().next().map(|block| block.header);
        Ok(header.filter(|header| header.height == height))
    }

    /// Returns the height of the newest block.
    pub(crate) async fn latest_height(&self) -> Result<Option<u32>, DatabaseError> {
        let newest = sqlx::query_scalar("SELECT max(height) FROM blocks");
        let fail = self.sql("read the blocks of");
        newest.fetch_one(&self.pool).await.map_err(fail)
    }

    /// Returns the hashes of all headers, by height.
    pub(crate) async fn header_hashes(&self) -> Result<Vec<HeaderHash>, DatabaseError> {
        let rows = sqlx::query("SELECT hash FROM blocks ORDER BY height");
        let rows = rows.fetch_all(&self.pool).await;
        let rows = rows.map_err(self.sql("read the blocks of"))?;
        rows.iter()
            .map(|row| Ok(HeaderHash(self.digest(row, "hash")?)))
            .collect()
    }

    /// Returns the heights of all witnesses.
    pub(crate) async fn witness_heights(&self) -> Result<Vec<u32>, DatabaseError> {
        let heights = sqlx::query_scalar("SELECT height FROM witnesses");
        let fail = self.sql("read the witnesses of");
        heights.fetch_all(&self.pool).await.map_err(fail)
    }

    /// Returns the bytes of the witness of the block at `height`.
    pub(crate) async fn witness(&self, height: u32) -> Result<Option<Vec<u8>>, DatabaseError> {
        let bytes = sqlx::query_scalar("SELECT bytes FROM witnesses WHERE height = ?");
        let fail = self.sql("read a witness of");
        let row = bytes.bind(height).fetch_optional(&self.pool).await;
        row.map_err(fail)
    }

    fn block(&self, row: &SqliteRow) -> Result<StoredBlock, DatabaseError> {
        let header = self.decode(row, "header", Header::from_bytes)?;
        if self.number(row, "height")? != header.height
            || self.digest(row, "hash")? != header.hash().0
        {
            let what = format!("block {} is not the one that was written", header.height);
            return Err(DatabaseError::damaged(&self.path, what));
        }
        Ok(StoredBlock {
            certificate: self.certificate(row)?,
            proof: self.proof(row)?,
            header,
        })
    }

    fn certificate(&self, row: &SqliteRow) -> Result<Option<Certificate>, DatabaseError> {
        let signed: Option<u32> = row
            .try_get("signed_power")
            .map_err(|e| self.bad("signed_power", &e))?;
        let Some(signed_power) = signed else {
            return Ok(None);
        };
        let set = SetOpening {
            root: self.digest(row, "set_root")?,
            n: self.number(row, "set_n")?,
            total_power: self.number(row, "set_power")?,
        };
        Ok(Some(Certificate {
            signed_power,
            signers: self.digest(row, "signers")?,
            set,
        }))
    }

    fn proof(&self, row: &SqliteRow) -> Result<Option<ListedProof>, DatabaseError> {
        let id: Option<&[u8]> = row
            .try_get("proof_id")
            .map_err(|e| self.bad("proof_id", &e))?;
        if id.is_none() {
            return Ok(None);
        }
        Ok(Some(ListedProof {
            id: self.decode(row, "proof_id", |bytes| bytes.try_into())?,
            bytes: self.number(row, "proof_bytes")?,
        }))
    }
}

async fn forget_witnesses(
    connection: &mut SqliteConnection,
    below: u32,
    epoch_length: u32,
) -> sqlx::Result<()> {
    let forget = sqlx::query(
        "DELETE FROM witnesses WHERE height < ? AND (height + 1) % ? <> 0 \
         AND height IN (SELECT height FROM proofs)",
    );
    forget
        .bind(below)
        .bind(epoch_length)
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn votes_are_kept_of_the_newest_blocks_the_unproven_and_the_last_of_each_epoch() {
        let data = tempfile::tempdir().unwrap();
        let database = Database::open(&data.path().join("chain.db")).await.unwrap();
        let mut connection = database.pool.acquire().await.unwrap();
        // Of blocks, heights matter here and nothing else.
        let detach = sqlx::query("PRAGMA foreign_keys = OFF");
        detach.execute(&mut *connection).await.unwrap();
        for height in 1..=12 {
            let insert = sqlx::query("INSERT INTO witnesses VALUES (?, x'00')");
            insert.bind(height).execute(&mut *connection).await.unwrap();
            if height != 5 {
                let insert =
                    sqlx::query("INSERT INTO proofs VALUES (?, 'consensus', randomblob(32), 1)");
                insert.bind(height).execute(&mut *connection).await.unwrap();
            }
        }
        forget_witnesses(&mut connection, 10, 4).await.unwrap();
        let left = sqlx::query_scalar("SELECT height FROM witnesses ORDER BY height");
        let left: Vec<u32> = left.fetch_all(&mut *connection).await.unwrap();
        assert_eq!(left, [3, 5, 7, 10, 11, 12]);
    }
}
