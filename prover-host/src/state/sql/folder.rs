//! The number of the data folder that the database belongs to.

use super::dialect::Connection;
use super::statements::{INSERT_FOLDER, SELECT_FOLDER};
use super::{Database, DatabaseError};

impl Database {
    /// Returns the number of the data folder, if the database carries one.
    pub(in crate::state) async fn folder_number(&self) -> Result<Option<u128>, DatabaseError> {
        let row = sqlx::query(SELECT_FOLDER).fetch_optional(&self.pool).await;
        let row = row.map_err(self.sql("read"))?;
        let number = row.map(|row| {
            let bytes = self.bytes(&row, "number")?;
            let bytes = bytes[..].try_into().map_err(|e| self.bad("number", &e))?;
            Ok(u128::from_be_bytes(bytes))
        });
        number.transpose()
    }

    /// Saves the number of the data folder, in a database that an earlier release made.
    pub(in crate::state) async fn save_folder_number(
        &self,
        number: u128,
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("write");
        let mut connection = self.pool.acquire().await.map_err(&fail)?;
        insert_folder(&mut connection, number).await.map_err(&fail)
    }
}

pub(super) async fn insert_folder(connection: &mut Connection, number: u128) -> sqlx::Result<()> {
    sqlx::query(INSERT_FOLDER)
        .bind(number.to_be_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}
