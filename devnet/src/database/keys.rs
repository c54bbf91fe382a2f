//! The devnet's keys, and the validator sets they belong to.

use rpp_verifier::{Bitmap, Digest, Header, Validator};
use sha2::{Digest as _, Sha256};
use sqlx::QueryBuilder;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use zeroize::Zeroizing;

use super::accounts::insert_accounts;
use super::headers::insert_header;
use super::{Database, DatabaseError, Proposal, StoredAccount};

/// Number of a key, in the order in which the keys were drawn.
pub(crate) type Serial = u32;

/// One seat in a set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Seat {
    pub(crate) serial: Serial,
    pub(crate) power: u32,
}

/// A key as it is saved.
#[derive(Debug)]
pub(crate) struct StoredKey {
    pub(crate) serial: Serial,
    pub(crate) id: Digest,
    pub(crate) start_slot: u32,
    /// The part that never changes and is not secret.
    pub(crate) tree: Vec<u8>,
    /// The part that each signature changes.
    pub(crate) state: KeyState,
}

/// The secret part of a key; its memory is overwritten when it is dropped.
pub(crate) type KeyState = Zeroizing<Vec<u8>>;

impl Database {
    /// Saves a key of a chain that has no genesis yet.
    pub(crate) async fn save_key(&self, key: &StoredKey) -> Result<(), DatabaseError> {
        let fail = self.sql("write a key to");
        let mut tx = self.transaction().await.map_err(&fail)?;
        insert_keys(&mut tx, std::slice::from_ref(key))
            .await
            .map_err(&fail)?;
        tx.commit().await.map_err(&fail)
    }

    /// Saves the genesis, once all of its validators' keys are saved, in one transaction with its accounts
    /// and its two sets.
    pub(crate) async fn save_genesis(
        &self,
        genesis: &Header,
        accounts: &[StoredAccount],
        epochs: [&[Seat]; 2],
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("write the genesis to");
        let mut tx = self.transaction().await.map_err(&fail)?;
        let genesis = Proposal {
            header: genesis.clone(),
            voters: Bitmap::default(),
        };
        insert_header(&mut tx, &genesis).await.map_err(&fail)?;
        insert_accounts(&mut tx, accounts).await.map_err(&fail)?;
        for (epoch, seats) in (0..).zip(epochs) {
            insert_seats(&mut tx, epoch, seats).await.map_err(&fail)?;
        }
        tx.commit().await.map_err(&fail)
    }

    /// Saves the set announced for `epoch` and its new keys, and erases the keys that are neither
    /// in it nor in the previous set.
    pub(crate) async fn save_epoch(
        &self,
        epoch: u32,
        seats: &[Seat],
        newcomers: &[StoredKey],
    ) -> Result<(), DatabaseError> {
        let fail = self.sql("write the next validator set to");
        let mut tx = self.transaction().await.map_err(&fail)?;
        insert_keys(&mut tx, newcomers).await.map_err(&fail)?;
        insert_seats(&mut tx, epoch, seats).await.map_err(&fail)?;
        for retire in [
            "DELETE FROM key_trees WHERE key NOT IN (SELECT key FROM seats WHERE epoch >= ?)",
            "DELETE FROM key_states WHERE key NOT IN (SELECT key FROM seats WHERE epoch >= ?)",
        ] {
            let retire = sqlx::query(retire).bind(epoch.saturating_sub(1));
            retire.execute(&mut *tx).await.map_err(&fail)?;
        }
        tx.commit().await.map_err(&fail)?;
        self.erase().await
    }

    /// Returns the seats of the set of `epoch`, or `None` if it is not announced yet.
    pub(crate) async fn seats(&self, epoch: u32) -> Result<Vec<Seat>, DatabaseError> {
        let rows = sqlx::query("SELECT key, power FROM seats WHERE epoch = ? ORDER BY place");
        let rows = rows.bind(epoch).fetch_all(&self.pool).await;
        let rows = rows.map_err(self.sql("read the validator sets of"))?;
        let seat = |row| {
            Ok(Seat {
                serial: self.number(row, "key")?,
                power: self.number(row, "power")?,
            })
        };
        rows.iter().map(seat).collect()
    }

    /// Returns the set of `epoch`, whether its keys are still in use or not.
    pub(crate) async fn members(&self, epoch: u32) -> Result<Vec<Validator>, DatabaseError> {
        let rows = sqlx::query(
            "SELECT place, key_id, power, start_slot FROM seats JOIN keys ON serial = key \
             WHERE epoch = ? ORDER BY place",
        );
        let rows = rows.bind(epoch).fetch_all(&self.pool).await;
        let rows = rows.map_err(self.sql("read the validator sets of"))?;
        let member = |row| {
            Ok(Validator {
                key_id: self.digest(row, "key_id")?,
                power: self.number(row, "power")?,
                account: self.number(row, "place")?,
                start_slot: self.number(row, "start_slot")?,
            })
        };
        rows.iter().map(member).collect()
    }

    /// Returns the number of the newest epoch whose set is announced.
    pub(crate) async fn announced_epoch(&self) -> Result<u32, DatabaseError> {
        let newest = sqlx::query_scalar("SELECT max(epoch) FROM seats");
        let fail = self.sql("read the validator sets of");
        newest.fetch_one(&self.pool).await.map_err(fail)
    }

    /// Returns the keys in use.
    pub(crate) async fn keys(&self) -> Result<Vec<StoredKey>, DatabaseError> {
        let rows = sqlx::query(
            "SELECT serial, key_id, start_slot, key_trees.bytes AS tree, key_states.bytes AS state, \
             sha256 FROM keys JOIN key_trees ON key_trees.key = serial \
             JOIN key_states ON key_states.key = serial ORDER BY serial",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(self.sql("read the keys of"))?;
        let key = |row: &SqliteRow| {
            let serial = self.number(row, "serial")?;
            let state = Zeroizing::new(self.bytes(row, "state")?);
            // The tree is checked against the key's id. This part would sign wrongly, and only then.
            let written = self.optional_bytes(row, "sha256")?;
            if written.is_some_and(|written| written != sum(&state)) {
                let what = format!("the secret part of key {serial} is not what was written");
                return Err(DatabaseError::damaged(&self.path, what));
            }
            Ok(StoredKey {
                serial,
                id: self.digest(row, "key_id")?,
                start_slot: self.number(row, "start_slot")?,
                tree: self.bytes(row, "tree")?,
                state,
            })
        };
        rows.iter().map(key).collect()
    }

    /// Returns the number that the next key gets; those of retired keys are never used again.
    pub(crate) async fn next_serial(&self) -> Result<Serial, DatabaseError> {
        let next = sqlx::query_scalar("SELECT coalesce(max(serial) + 1, 0) FROM keys");
        let fail = self.sql("read the keys of");
        next.fetch_one(&self.pool).await.map_err(fail)
    }
}

/// Returns the SHA-256 that is saved with what nothing else would show to be damaged.
pub(super) fn sum(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

async fn insert_keys(connection: &mut SqliteConnection, keys: &[StoredKey]) -> sqlx::Result<()> {
    for key in keys {
        sqlx::query("INSERT INTO keys VALUES (?, ?, ?)")
            .bind(key.serial)
            .bind(&key.id.to_bytes()[..])
            .bind(key.start_slot)
            .execute(&mut *connection)
            .await?;
        sqlx::query("INSERT INTO key_trees VALUES (?, ?)")
            .bind(key.serial)
            .bind(&key.tree[..])
            .execute(&mut *connection)
            .await?;
        sqlx::query("INSERT INTO key_states (key, bytes, sha256) VALUES (?, ?, ?)")
            .bind(key.serial)
            .bind(&key.state[..])
            .bind(sum(&key.state))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn insert_seats(
    connection: &mut SqliteConnection,
    epoch: u32,
    seats: &[Seat],
) -> sqlx::Result<()> {
    let mut insert = QueryBuilder::new("INSERT INTO seats (epoch, place, key, power) ");
    insert.push_values((0u32..).zip(seats), |mut row, (place, seat)| {
        row.push_bind(epoch)
            .push_bind(place)
            .push_bind(seat.serial)
            .push_bind(seat.power);
    });
    insert.build().execute(connection).await?;
    Ok(())
}
