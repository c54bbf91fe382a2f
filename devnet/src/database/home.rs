//! `Home`: the data folder that keys belong to.

use super::marks::{GivenMark, SignedMark};
use super::{Database, DatabaseError};
use crate::supply::FAUCET_ACCOUNT;

/// The data folder that keys belong to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Home {
    /// The number that all parts of the folder carry.
    pub number: u128,
    /// How far the folder has come.
    pub stage: Stage,
}

/// How far a data folder has come, and so whether anything may be missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// It is being made, and no key of it has signed: what is missing is made.
    New,
    /// A release wrote it whose parts carry no number: nothing may be missing but the numbers.
    Unnumbered,
    /// Nothing may be missing.
    Complete,
}

impl Database {
    /// Checks that these keys belong to the data folder, and that they are the newest.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Damaged`].
    pub(super) async fn check_home(&self) -> Result<(), DatabaseError> {
        let (number, stage) = (self.number_of_home().await?, self.home.stage);
        if number.is_some_and(|number| number != self.home.number) {
            let what = "it belongs to another data folder";
            return Err(DatabaseError::damaged(&self.path, what));
        }
        let is_new = stage == Stage::New && self.config().await?.is_none();
        if number.is_none() && !is_new && stage != Stage::Unnumbered {
            let what = "it does not carry the number of the data folder";
            return Err(DatabaseError::damaged(&self.path, what));
        }
        if self.given.newest().is_none() {
            let has_given = self.next_account_leaf(FAUCET_ACCOUNT).await? > 0;
            let is_whole = match stage {
                Stage::New => false,
                Stage::Unnumbered => number.is_some(),
                Stage::Complete => true,
            };
            if has_given || is_whole {
                return Err(self.given.damaged("it is missing"));
            }
        }
        let newest = self.newest().await?;
        if newest.is_none() && stage != Stage::New {
            let what = "it has no genesis, and the chain beside it has begun";
            return Err(DatabaseError::damaged(&self.path, what));
        }
        let Some(mark) = self.mark.newest() else {
            let unsigned = newest.is_none_or(|newest| newest.header.height == 0);
            let unmarked = match stage {
                Stage::New => unsigned,
                Stage::Unnumbered => number.is_none(),
                Stage::Complete => false,
            };
            return if unmarked {
                Ok(())
            } else {
                Err(self.mark.damaged("it is missing"))
            };
        };
        let height = newest.map(|newest| newest.header.height);
        if height.is_none_or(|height| height < mark.height) {
            let got = height.map_or("none at all".into(), |height| format!("header {height}"));
            let what = format!(
                "its newest header is {got}, but header {} was signed already: this is an older copy",
                mark.height
            );
            return Err(DatabaseError::damaged(&self.path, what));
        }
        let marked = self.proposal_at(mark.height).await?;
        if marked.is_none_or(|marked| marked.header.hash() != mark.header) {
            let what = format!("header {} is not the one that was signed", mark.height);
            return Err(DatabaseError::damaged(&self.path, what));
        }
        // A header is saved, marked and signed before the next one is decided.
        if height > mark.height.checked_add(1) {
            let what = format!(
                "it ends with header {}, older than the keys beside it",
                mark.height
            );
            return Err(self.mark.damaged(what));
        }
        Ok(())
    }

    /// Makes the keys whole: what was written so far is all that the folder must have, from now on
    /// and for ever.
    pub(crate) async fn complete(&self) -> Result<(), DatabaseError> {
        if self.mark.newest().is_none()
            && let Some(newest) = self.newest().await?
        {
            self.mark.create(SignedMark::from(&newest.header))?;
        }
        if self.given.newest().is_none() {
            self.given.create(GivenMark { next: 0 })?;
        }
        let insert = sqlx::query("INSERT OR IGNORE INTO home VALUES (1, ?)");
        let insert = insert.bind(self.home.number.to_be_bytes().to_vec());
        let inserted = insert.execute(&self.pool).await;
        inserted.map_err(self.sql("write"))?;
        Ok(())
    }

    /// Returns the number of the data folder, if this file carries one.
    async fn number_of_home(&self) -> Result<Option<u128>, DatabaseError> {
        let row = sqlx::query("SELECT number FROM home");
        let row = row.fetch_optional(&self.pool).await;
        let row = row.map_err(self.sql("read"))?;
        row.map(|row| {
            let bytes = self.bytes(&row, "number")?;
            let bytes = bytes[..].try_into().map_err(|e| self.bad("number", &e))?;
            Ok(u128::from_be_bytes(bytes))
        })
        .transpose()
    }
}
