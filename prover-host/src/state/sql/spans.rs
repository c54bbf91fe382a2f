//! Which runs of epochs are proven in one proof each.

use super::statements::{INSERT_SPAN, SELECT_SPANS};
use super::{Database, DatabaseError};
use crate::state::EpochSpan;

impl Database {
    /// Returns the spans that were decided, by their epochs.
    pub(in crate::state) async fn spans(&self) -> Result<Vec<EpochSpan>, DatabaseError> {
        let rows = sqlx::query(SELECT_SPANS).fetch_all(&self.pool).await;
        let rows = rows.map_err(self.sql("read the spans of"))?;
        let span = |row| {
            Ok(EpochSpan {
                first: self.number(row, "first_epoch")?,
                last: self.number(row, "last_epoch")?,
            })
        };
        rows.iter().map(span).collect()
    }

    /// Saves which epochs a span has; once, however often it is called.
    pub(in crate::state) async fn save_span(&self, span: EpochSpan) -> Result<(), DatabaseError> {
        sqlx::query(INSERT_SPAN)
            .bind(i64::from(span.first))
            .bind(i64::from(span.last))
            .execute(&self.pool)
            .await
            .map_err(self.sql("write a span to"))?;
        Ok(())
    }

    /// Returns the error of a span that no host decides.
    pub(in crate::state) fn other_span(&self, span: EpochSpan) -> DatabaseError {
        let what = format!("no host makes a span of the epochs {span}, but it is said to be one");
        DatabaseError::damaged(&self.path, what)
    }
}
