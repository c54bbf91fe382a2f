//! A folder of keys that is not as it was left.

use rpp_devnet::{Database, DatabaseError, DevnetConfig, DevnetError, Steps};

use crate::support::{CONFIG, HOME, Opened, connect, made};

#[tokio::test]
async fn rejects_rows_that_were_changed() {
    let changes = [
        "UPDATE headers SET header = zeroblob(284) WHERE height = 1",
        "UPDATE headers SET voters = x'00' WHERE height = 2",
        "UPDATE headers SET height = 9 WHERE height = 2",
        "DELETE FROM headers",
        "DELETE FROM headers WHERE height = 1",
        "UPDATE key_states SET bytes = x'00'",
        "UPDATE key_trees SET bytes = (SELECT bytes FROM key_trees WHERE key = 1) WHERE key = 0",
        "DELETE FROM key_states WHERE key = 0",
    ];
    for change in changes {
        let data = tempfile::tempdir().unwrap();
        let tip = made(data.path(), 2).await;
        let mut connection = connect(data.path()).await;
        sqlx::query(change).execute(&mut connection).await.unwrap();
        drop(connection);
        let error = Opened::at(CONFIG, data.path(), Some(tip), Steps::default()).await;
        let code = error.as_ref().err().and_then(DevnetError::code);
        assert_eq!(code, Some("data-damaged"), "{change}: {:?}", error.err());
    }
}

#[tokio::test]
async fn rejects_tables_of_a_newer_version() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 1).await;
    let mut connection = connect(data.path()).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations SELECT 9, 'later', installed_on, success, checksum, \
         execution_time FROM _sqlx_migrations WHERE version = 1",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    drop(connection);
    let error = Database::open(data.path(), HOME).await.unwrap_err();
    assert_eq!(error.code(), "data-newer");
    let newer = matches!(
        error,
        DatabaseError::Newer {
            version: 9,
            newest: 3,
            ..
        }
    );
    assert!(newer, "{error}");
}

#[tokio::test]
async fn rejects_a_file_that_is_no_database() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("keys.db"), [7; 8192]).unwrap();
    let error = Database::open(data.path(), HOME).await.unwrap_err();
    assert_eq!(error.code(), "data-damaged", "{error}");
}

#[tokio::test]
async fn a_leaf_keeps_its_message_whoever_asks() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 1).await;
    let mut connection = connect(data.path()).await;
    for change in ["UPDATE leaves SET message = x'00'", "DELETE FROM leaves"] {
        let changed = sqlx::query(change).execute(&mut connection).await;
        let error = changed.unwrap_err().to_string();
        assert!(error.contains("a leaf keeps its message"), "{error}");
    }
}

/// A copy of the folder that was run after the other: its leaves are known to be used only where
/// the one that goes on has seen them, and there it stops.
#[tokio::test]
async fn rejects_a_leaf_that_has_another_message() {
    let data = tempfile::tempdir().unwrap();
    let tip = made(data.path(), 1).await;
    let opened = Opened::at(CONFIG, data.path(), Some(tip), Steps::default()).await;
    let mut connection = connect(data.path()).await;
    // Every leaf of every key is taken by something else.
    sqlx::query(
        "WITH RECURSIVE n(leaf) AS (SELECT 2 UNION ALL SELECT leaf + 1 FROM n WHERE leaf < 63) \
         INSERT OR IGNORE INTO leaves SELECT serial, leaf, zeroblob(32) FROM keys, n",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    drop(connection);
    let mut opened = opened.unwrap();
    let error = opened.next().await.unwrap_err();
    assert_eq!(error.code(), Some("leaf-taken"), "{error}");
    opened.close().await;
    // Started again, it does not even begin.
    let refused = Opened::at(CONFIG, data.path(), None, Steps::default()).await;
    assert_eq!(refused.err().unwrap().code(), Some("data-damaged"));
}

/// The header was decided, and its leaves are to sign something else.
#[tokio::test]
async fn rejects_a_decided_header_whose_leaves_have_another_message() {
    let data = tempfile::tempdir().unwrap();
    let tip = made(data.path(), 2).await;
    let mut connection = connect(data.path()).await;
    for change in [
        "DROP TRIGGER leaves_are_never_changed",
        "UPDATE leaves SET message = zeroblob(32)",
    ] {
        sqlx::query(change).execute(&mut connection).await.unwrap();
    }
    drop(connection);
    let error = Opened::at(CONFIG, data.path(), Some(tip), Steps::default()).await;
    let code = error.as_ref().err().and_then(DevnetError::code);
    assert_eq!(code, Some("data-damaged"));
}

#[tokio::test]
async fn rejects_a_chain_of_another_configuration() {
    let data = tempfile::tempdir().unwrap();
    let tip = made(data.path(), 1).await;
    let other = DevnetConfig {
        validators: 5,
        ..CONFIG
    };
    let refused = Opened::at(other, data.path(), Some(tip), Steps::default()).await;
    let error = refused.err().unwrap();
    assert_eq!(error.code(), Some("data-other-chain"));
    assert!(matches!(error, DevnetError::OtherChain(other) if other.option == "--validators"));
}
