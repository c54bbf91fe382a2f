//! Keys that are gone, older than what they signed, or of another folder: nothing is signed with them.

use std::fs;
use std::path::Path;

use rpp_devnet::{Database, DevnetConfig, DevnetError, Home, Stage, Steps};
use rpp_verifier::Header;

use crate::support::{CONFIG, HOME, Opened, connect, made};

const COMPLETE: Home = Home {
    stage: Stage::Complete,
    ..HOME
};
const UNNUMBERED: Home = Home {
    stage: Stage::Unnumbered,
    ..HOME
};

async fn open(home: Home, folder: &Path) -> Result<Opened, DevnetError> {
    Opened::in_home(home, CONFIG, folder, None, Steps::default()).await
}

async fn assert_damaged(home: Home, folder: &Path, says: &str) {
    let refused = open(home, folder).await.map(|opened| opened.tip);
    let error = refused.expect_err(says);
    assert_eq!(error.code(), Some("data-damaged"), "{says}: {error}");
    let text = error.to_string();
    assert!(text.contains(says) && text.contains("--data"), "{text}");
}

/// Makes more blocks on top of `tip`.
async fn more(folder: &Path, tip: Header, blocks: u32) -> Header {
    let opened = Opened::at(CONFIG, folder, Some(tip), Steps::default()).await;
    let mut opened = opened.unwrap();
    for _ in 0..blocks {
        opened.next().await.unwrap();
    }
    opened.close().await
}

fn copy(from: &Path, to: &Path, names: &[&str]) {
    for name in names {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

#[tokio::test]
async fn lost_keys_are_not_drawn_anew() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 1).await;
    let keys = data.path().join("keys.db");
    for home in [HOME, COMPLETE, UNNUMBERED] {
        fs::write(&keys, []).unwrap();
        assert_damaged(home, data.path(), "missing or empty").await;
        fs::remove_file(&keys).unwrap();
        assert_damaged(home, data.path(), "missing or empty").await;
        assert!(!keys.exists(), "an empty database was made");
    }
    let nothing = data.path().join("nothing");
    assert_damaged(COMPLETE, &nothing, "missing or empty").await;
    assert!(!nothing.exists());
}

#[tokio::test]
async fn an_older_copy_of_the_keys_signs_nothing() {
    let (data, older) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (data, older) = (data.path(), older.path());
    let tip = made(data, 1).await;
    copy(data, older, &["keys.db", "signed"]);
    let tip = more(data, tip, 3).await;
    let newer = fs::read(data.join("keys.db")).unwrap();
    copy(older, data, &["keys.db"]);
    for home in [HOME, COMPLETE, UNNUMBERED] {
        assert_damaged(home, data, "header 4 was signed already").await;
    }
    // With its own mark it is a chain of one block: whoever has kept four of them notices.
    copy(older, data, &["signed"]);
    let opened = Opened::at(CONFIG, data, Some(tip.clone()), Steps::default()).await;
    let mut opened = opened.unwrap();
    let error = opened.devnet.check_parent(&tip).unwrap_err();
    assert!(matches!(
        error,
        DevnetError::OtherParent {
            asked: 4,
            newest: 1
        }
    ));
    opened.next().await.unwrap_err();
    opened.close().await;
    fs::write(data.join("keys.db"), newer).unwrap();
    assert_damaged(COMPLETE, data, "older than the keys beside it").await;
    fs::remove_file(data.join("signed")).unwrap();
    for home in [HOME, COMPLETE] {
        assert_damaged(home, data, "signed is damaged: it is missing").await;
    }
}

/// A process that was killed between the two: the header is saved, and nothing was signed.
#[tokio::test]
async fn a_mark_may_be_one_header_behind() {
    let (data, older) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (data, older) = (data.path(), older.path());
    let tip = made(data, 2).await;
    copy(data, older, &["signed"]);
    let tip = more(data, tip, 1).await;
    copy(older, data, &["signed"]);
    let mut opened = open(COMPLETE, data).await.unwrap();
    opened.tip = tip;
    assert_eq!(opened.next().await.unwrap().header.height, 4);
}

#[tokio::test]
async fn rejects_keys_of_another_folder() {
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (data, other) = (data.path(), other.path());
    made(data, 1).await;
    let strange = Home {
        number: 8,
        ..COMPLETE
    };
    assert_damaged(strange, data, "belongs to another data folder").await;
    let opened = Opened::in_home(
        Home { number: 8, ..HOME },
        CONFIG,
        other,
        None,
        Steps::default(),
    );
    let mut opened = opened.await.unwrap();
    opened.next().await.unwrap();
    opened.close().await;
    copy(other, data, &["keys.db"]);
    assert_damaged(COMPLETE, data, "belongs to another data folder").await;
    // Both from one configuration, and at one height.
    let mut connection = connect(data).await;
    let number = sqlx::query("UPDATE home SET number = ?").bind(7_u128.to_be_bytes().to_vec());
    number.execute(&mut connection).await.unwrap();
    drop(connection);
    assert_damaged(COMPLETE, data, "not the one that was signed").await;
}

/// Turns a folder into one that the release before wrote.
async fn unnumber(folder: &Path) {
    let mut connection = connect(folder).await;
    for change in [
        "DROP TABLE home",
        "ALTER TABLE key_states DROP COLUMN sha256",
        "DELETE FROM _sqlx_migrations WHERE version = 2",
    ] {
        sqlx::query(change).execute(&mut connection).await.unwrap();
    }
    drop(connection);
    fs::remove_file(folder.join("signed")).unwrap();
}

#[tokio::test]
async fn a_whole_folder_of_the_release_before_gets_its_number() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let tip = made(data, 2).await;
    unnumber(data).await;
    for home in [HOME, COMPLETE] {
        assert_damaged(home, data, "does not carry the number").await;
    }
    open(UNNUMBERED, data).await.unwrap().close().await;
    assert!(data.join("signed").exists());
    // Killed between mark and number.
    let mut connection = connect(data).await;
    let forget = sqlx::query("DELETE FROM home");
    forget.execute(&mut connection).await.unwrap();
    drop(connection);
    open(UNNUMBERED, data).await.unwrap().close().await;
    let mut opened = open(COMPLETE, data).await.unwrap();
    opened.tip = tip;
    assert_eq!(opened.next().await.unwrap().header.height, 3);
    opened.close().await;
}

#[tokio::test]
async fn the_release_before_leaves_no_folder_without_a_genesis() {
    let data = tempfile::tempdir().unwrap();
    Database::open(data.path(), HOME)
        .await
        .unwrap()
        .close()
        .await;
    for home in [UNNUMBERED, COMPLETE] {
        let error = Database::open(data.path(), home).await.unwrap_err();
        assert_eq!(error.code(), "data-damaged", "{error}");
    }
}

#[tokio::test]
async fn a_folder_of_other_validators_than_its_configuration_is_refused() {
    for column in ["validators", "key_height"] {
        let data = tempfile::tempdir().unwrap();
        made(data.path(), 1).await;
        let mut connection = connect(data.path()).await;
        let change = format!("UPDATE config SET {column} = {column} + 1");
        let change = sqlx::query(sqlx::AssertSqlSafe(change));
        change.execute(&mut connection).await.unwrap();
        drop(connection);
        let asked = DevnetConfig {
            validators: CONFIG.validators + u32::from(column == "validators"),
            key_height: CONFIG.key_height + u32::from(column == "key_height"),
            ..CONFIG
        };
        let refused = Opened::at(asked, data.path(), None, Steps::default()).await;
        let error = refused.err().unwrap();
        assert_eq!(error.code(), Some("data-damaged"), "{error}");
    }
}
