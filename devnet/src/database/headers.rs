//! The headers that validators were asked to sign.

use rpp_verifier::{Bitmap, Header, SignedOperation};
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::{Database, DatabaseError};

/// A header that validators are asked to sign, and which of them are asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Proposal {
    pub(crate) header: Header,
    pub(crate) voters: Bitmap,
}

/// A block that is decided, and not signed yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Draft {
    pub(crate) proposal: Proposal,
    pub(crate) operations: Vec<SignedOperation>,
}

impl Database {
    /// Returns the newest proposal; for a new chain that is the genesis, which nobody signs.
    pub(crate) async fn newest(&self) -> Result<Option<Proposal>, DatabaseError> {
        let row = sqlx::query("SELECT * FROM headers ORDER BY height DESC LIMIT 1");
        let row = row.fetch_optional(&self.pool).await;
        let row = row.map_err(self.sql("read the headers of"))?;
        row.map(|row| self.proposal(&row)).transpose()
    }

    /// Returns the proposal at `height`.
    pub(crate) async fn proposal_at(&self, height: u32) -> Result<Option<Proposal>, DatabaseError> {
        let row = sqlx::query("SELECT * FROM headers WHERE height = ?");
        let row = row.bind(height).fetch_optional(&self.pool).await;
        let row = row.map_err(self.sql("read the headers of"))?;
        row.map(|row| self.proposal(&row)).transpose()
    }

    /// Returns at most `most` proposals from `from` on, by height.
    pub(crate) async fn proposals(
        &self,
        from: u32,
        most: u32,
    ) -> Result<Vec<Proposal>, DatabaseError> {
        let rows = sqlx::query("SELECT * FROM headers WHERE height >= ? ORDER BY height LIMIT ?");
        let rows = rows.bind(from).bind(most).fetch_all(&self.pool).await;
        let rows = rows.map_err(self.sql("read the headers of"))?;
        rows.iter().map(|row| self.proposal(row)).collect()
    }

    fn proposal(&self, row: &SqliteRow) -> Result<Proposal, DatabaseError> {
        let header = self.decode(row, "header", Header::from_bytes)?;
        if self.number(row, "height")? != header.height {
            let what = format!("header {} is not the one that was written", header.height);
            return Err(DatabaseError::damaged(&self.path, what));
        }
        Ok(Proposal {
            header,
            voters: self.decode(row, "voters", Bitmap::from_bytes)?,
        })
    }
}

pub(super) async fn insert_header(
    connection: &mut SqliteConnection,
    proposal: &Proposal,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO headers VALUES (?, ?, ?)")
        .bind(proposal.header.height)
        .bind(proposal.header.to_bytes())
        .bind(proposal.voters.to_bytes())
        .execute(connection)
        .await?;
    Ok(())
}
