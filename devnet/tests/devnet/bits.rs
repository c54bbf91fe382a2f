//! Single bits that change in the signing database: found at the next start, before anything is signed.

use std::path::Path;

use rpp_devnet::{DevnetError, Steps};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Row};

use crate::support::{CONFIG, Opened, connect, copy_of, made};

async fn code(folder: &Path) -> Option<&'static str> {
    let opened = Opened::at(CONFIG, folder, None, Steps::default()).await;
    opened.err().as_ref().and_then(DevnetError::code)
}

/// Every number and every kind of bytes that what is signed depends on: the query of one cell, and the
/// change of it. The leaves are of a key in use: one that is retired and erased cannot sign.
const CELLS: [(&str, &str); 21] = [
    (
        "SELECT message FROM leaves WHERE key = 2 ORDER BY leaf LIMIT 1",
        "UPDATE leaves SET message = ? \
         WHERE (key, leaf) = (SELECT key, leaf FROM leaves WHERE key = 2 ORDER BY leaf)",
    ),
    (
        "SELECT leaf FROM leaves WHERE key = 2 ORDER BY leaf LIMIT 1",
        "UPDATE OR REPLACE leaves SET leaf = ? WHERE (key, leaf) = (SELECT key, leaf FROM leaves WHERE key = 2 ORDER BY leaf)",
    ),
    (
        "SELECT key FROM leaves ORDER BY leaf DESC, key LIMIT 1",
        "UPDATE OR REPLACE leaves SET key = ? \
         WHERE (key, leaf) = (SELECT key, leaf FROM leaves ORDER BY leaf DESC, key)",
    ),
    (
        "SELECT header FROM headers WHERE height = 1",
        "UPDATE headers SET header = ? WHERE height = 1",
    ),
    (
        "SELECT voters FROM headers WHERE height = 1",
        "UPDATE headers SET voters = ? WHERE height = 1",
    ),
    (
        "SELECT voters FROM headers WHERE height = 5",
        "UPDATE headers SET voters = ? WHERE height = 5",
    ),
    (
        "SELECT power FROM seats WHERE epoch = 1 AND place = 2",
        "UPDATE seats SET power = ? WHERE epoch = 1 AND place = 2",
    ),
    (
        "SELECT start_slot FROM keys WHERE serial = 2",
        "UPDATE keys SET start_slot = ? WHERE serial = 2",
    ),
    (
        "SELECT key_id FROM keys WHERE serial = 2",
        "UPDATE keys SET key_id = ? WHERE serial = 2",
    ),
    (
        "SELECT bytes FROM key_states WHERE key = 2",
        "UPDATE key_states SET bytes = ? WHERE key = 2",
    ),
    (
        "SELECT sha256 FROM key_states WHERE key = 2",
        "UPDATE key_states SET sha256 = ? WHERE key = 2",
    ),
    (
        "SELECT bytes FROM key_trees WHERE key = 2",
        "UPDATE key_trees SET bytes = ? WHERE key = 2",
    ),
    (
        "SELECT key_id FROM accounts WHERE number = 1",
        "UPDATE accounts SET key_id = ? WHERE number = 1",
    ),
    (
        "SELECT balance FROM accounts WHERE number = 1024",
        "UPDATE accounts SET balance = ? WHERE number = 1024",
    ),
    (
        "SELECT tree FROM account_keys WHERE account = 1024",
        "UPDATE account_keys SET tree = ? WHERE account = 1024",
    ),
    (
        "SELECT state FROM account_keys WHERE account = 1024",
        "UPDATE account_keys SET state = ? WHERE account = 1024",
    ),
    (
        "SELECT sha256 FROM account_keys WHERE account = 1024",
        "UPDATE account_keys SET sha256 = ? WHERE account = 1024",
    ),
    (
        "SELECT bytes FROM operations WHERE position = 1",
        "UPDATE operations SET bytes = ? WHERE position = 1",
    ),
    (
        "SELECT sha256 FROM operations WHERE position = 1",
        "UPDATE operations SET sha256 = ? WHERE position = 1",
    ),
    (
        "SELECT position FROM operations WHERE position = 1",
        "UPDATE OR REPLACE operations SET position = ? WHERE position = 1",
    ),
    (
        "SELECT height FROM operations WHERE position = 1",
        "UPDATE operations SET height = ? WHERE position = 1",
    ),
];

async fn execute(connection: &mut SqliteConnection, sql: &'static str) {
    sqlx::query(sql).execute(connection).await.unwrap();
}

#[tokio::test]
async fn a_bit_that_changed_in_a_row_is_found() {
    let whole = tempfile::tempdir().unwrap();
    let mut opened = Opened::at(CONFIG, whole.path(), None, Steps::default())
        .await
        .unwrap();
    for _ in 0..4 {
        opened.next().await.unwrap();
    }
    let mut gifts = Vec::new();
    for to in 0..3 {
        gifts.push(opened.devnet.faucet().give(to).await.unwrap());
    }
    opened.next_with(gifts).await.unwrap();
    opened.close().await;
    for (select, update) in CELLS {
        for place in [0, 3, 7] {
            let data = copy_of(whole.path());
            let mut connection = connect(data.path()).await;
            execute(&mut connection, "PRAGMA foreign_keys = OFF").await;
            execute(&mut connection, "DROP TRIGGER leaves_are_never_changed").await;
            let row = sqlx::query(select)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            let change = match row.try_get::<Vec<u8>, _>(0) {
                Ok(mut bytes) => {
                    let at = bytes.len() * place / 8;
                    bytes[at] ^= 1 << place;
                    sqlx::query(update).bind(bytes)
                }
                Err(_) => sqlx::query(update).bind(row.get::<i64, _>(0) ^ (1 << place)),
            };
            let changed = change.execute(&mut connection).await.unwrap();
            assert_eq!(changed.rows_affected(), 1, "{update}");
            connection.close().await.unwrap();
            assert_eq!(
                code(data.path()).await,
                Some("data-damaged"),
                "{update} {place}"
            );
        }
    }
}

#[tokio::test]
async fn a_row_of_the_leaves_that_vanished_or_came_is_found() {
    for change in [
        "DELETE FROM leaves WHERE key = 2",
        "INSERT INTO leaves SELECT key, 60, message FROM leaves WHERE key = 2 LIMIT 1",
    ] {
        let data = tempfile::tempdir().unwrap();
        made(data.path(), 3).await;
        let mut connection = connect(data.path()).await;
        execute(&mut connection, "DROP TRIGGER leaves_are_never_forgotten").await;
        execute(&mut connection, change).await;
        drop(connection);
        assert_eq!(code(data.path()).await, Some("data-damaged"), "{change}");
    }
}

/// As a disk would change them: not by way of SQLite.
#[tokio::test]
async fn a_bit_that_changed_in_the_file_is_found() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 3).await;
    let mut connection = connect(data.path()).await;
    let messages = sqlx::query_scalar("SELECT message FROM leaves ORDER BY leaf");
    let messages: Vec<Vec<u8>> = messages.fetch_all(&mut connection).await.unwrap();
    let key = sqlx::query_scalar("SELECT key_id FROM keys WHERE serial = 2");
    let key: Vec<u8> = key.fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let whole = std::fs::read(data.path().join("keys.db")).unwrap();
    let changed = async |bytes: &[u8]| {
        let copy = copy_of(data.path());
        std::fs::write(copy.path().join("keys.db"), bytes).unwrap();
        code(copy.path()).await
    };
    let (first, last) = (&messages[0], &messages[messages.len() - 1]);
    // In the table and in the index that keeps it unique.
    let mut tried = [0; 3];
    for (cell, tried) in [first, last, &key].into_iter().zip(&mut tried) {
        for at in (0..whole.len() - 32).filter(|&at| whole[at..at + 32] == cell[..]) {
            let mut damaged = whole.clone();
            damaged[at + *tried % 32] ^= 1 << (*tried % 8);
            assert_eq!(changed(&damaged).await, Some("data-damaged"), "{at}");
            *tried += 1;
        }
    }
    assert!(tried.iter().all(|&tried| tried >= 2), "{tried:?}");
    // A page that is none.
    let mut damaged = whole.clone();
    let page = 4096 * 3;
    damaged[page..page + 64].fill(0xff);
    assert_eq!(changed(&damaged).await, Some("data-damaged"));
    assert_eq!(changed(&whole).await, None);
}
