//! Chains of earlier releases, which had no accounts.

use std::path::Path;

use rpp_verifier::{Header, STATE_DEPTH, empty_root};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use super::folder::Folder;
use super::{Database, DatabaseError};

impl Database {
    /// Checks that the folder does not hold the keys of a chain without accounts. Nothing of it is changed,
    /// so that the release that made it can still go on with it.
    ///
    /// Whoever keeps the blocks asks before anything else of them is opened. What is wrong with the keys
    /// otherwise is for [`Database::open`] to say.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Older`].
    pub async fn check_release(folder: &Path) -> Result<(), DatabaseError> {
        let path = Folder::database_in(folder);
        let options = SqliteConnectOptions::new().filename(&path).read_only(true);
        let Ok(mut connection) = options.connect().await else {
            return Ok(());
        };
        let is_older = has_no_accounts(&mut connection).await;
        // It has only read.
        let _ = connection.close().await;
        if is_older {
            return Err(DatabaseError::Older { path });
        }
        Ok(())
    }
}

/// Returns whether there is a genesis, and no account in it: blocks on it have nobody to pay fees to.
async fn has_no_accounts(connection: &mut SqliteConnection) -> bool {
    let genesis = sqlx::query_scalar("SELECT header FROM headers WHERE height = 0");
    let genesis: Result<Vec<u8>, _> = genesis.fetch_one(connection).await;
    let genesis = genesis.ok().map(|bytes| Header::from_bytes(&bytes));
    let root = genesis
        .and_then(Result::ok)
        .map(|genesis| genesis.state_root);
    root == Some(empty_root::<STATE_DEPTH>())
}
