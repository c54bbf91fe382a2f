//! Who voted for each block, and the members of the sets that vote.

use rpp_verifier::{Bitmap, Digest, Validator, ValidatorSet};

use super::dialect::{Connection, Row};
use super::statements::{INSERT_MEMBER, SELECT_MEMBERS, SELECT_SET, SELECT_VOTES};
use super::{Database, DatabaseError};

impl Database {
    /// Returns who voted for the parent of each block from `first` to `last`, by height; `None` of a block that an
    /// earlier release saved, and of the genesis.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn votes(&self, first: u32, last: u32) -> Result<Vec<Option<Bitmap>>, DatabaseError> {
        let rows = sqlx::query(SELECT_VOTES)
            .bind(i64::from(first))
            .bind(i64::from(last))
            .fetch_all(&self.pool)
            .await
            .map_err(self.sql("read the votes of"))?;
        rows.iter().map(|row| self.bitmap(row)).collect()
    }

    /// Returns the set with this root; `None` if an earlier release saved the blocks that it signs.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn set(&self, root: &Digest) -> Result<Option<ValidatorSet>, DatabaseError> {
        let rows = sqlx::query(SELECT_MEMBERS).bind(root.to_bytes().to_vec());
        let rows = rows.fetch_all(&self.pool).await;
        let rows = rows.map_err(self.sql("read the members of a set in"))?;
        if rows.is_empty() {
            return Ok(None);
        }
        let members = rows.iter().map(|row| self.member(row));
        let set = ValidatorSet::new(members.collect::<Result<_, _>>()?);
        let set = set.ok().filter(|set| set.set_root() == *root);
        set.map(Some).ok_or_else(|| {
            let what = format!("its members of the set {root} are others");
            DatabaseError::damaged(&self.path, what)
        })
    }

    /// Returns the error of votes that are not those of the headers.
    pub(in crate::state) fn other_votes(&self) -> DatabaseError {
        DatabaseError::damaged(&self.path, "its votes are not those of its headers")
    }

    fn bitmap(&self, row: &Row) -> Result<Option<Bitmap>, DatabaseError> {
        let bytes = self.optional_bytes(row, "votes")?;
        let bitmap = bytes.map(|bytes| Bitmap::from_bytes(&bytes));
        bitmap.transpose().map_err(|e| self.bad("votes", &e))
    }

    fn member(&self, row: &Row) -> Result<Validator, DatabaseError> {
        Ok(Validator {
            key_id: self.digest(row, "key_id")?,
            power: self.number(row, "power")?,
            account: self.number(row, "account")?,
            start_slot: self.number(row, "start_slot")?,
        })
    }
}

/// Saves the members of a set, once.
pub(super) async fn insert_set(
    connection: &mut Connection,
    set: &ValidatorSet,
) -> sqlx::Result<()> {
    let root = set.set_root().to_bytes().to_vec();
    let saved = sqlx::query(SELECT_SET).bind(root.clone());
    if saved.fetch_optional(&mut *connection).await?.is_some() {
        return Ok(());
    }
    for (member, position) in set.members().iter().zip(0_i64..) {
        sqlx::query(INSERT_MEMBER)
            .bind(root.clone())
            .bind(position)
            .bind(member.key_id.to_bytes().to_vec())
            .bind(i64::from(member.power))
            .bind(i64::from(member.account))
            .bind(i64::from(member.start_slot))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
