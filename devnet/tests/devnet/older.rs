//! A chain of an earlier release, which had no accounts: left as it is.

use rpp_devnet::{Database, Home, Stage, Steps};
use rpp_verifier::{Header, STATE_DEPTH, empty_root};

use sqlx::Connection as _;

use crate::support::{CONFIG, HOME, Opened, connect, copy_of, made};

#[tokio::test]
async fn a_chain_without_accounts_is_refused_and_left_to_the_release_that_made_it() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 2).await;
    let mut connection = connect(data.path()).await;
    let genesis = sqlx::query_scalar("SELECT header FROM headers WHERE height = 0");
    let genesis: Vec<u8> = genesis.fetch_one(&mut connection).await.unwrap();
    let mut genesis = Header::from_bytes(&genesis).unwrap();
    genesis.state_root = empty_root::<STATE_DEPTH>();
    let older = sqlx::query("UPDATE headers SET header = ? WHERE height = 0");
    let older = older.bind(genesis.to_bytes().to_vec());
    older.execute(&mut connection).await.unwrap();
    for change in [
        "DROP TABLE operations",
        "DROP TABLE account_leaves",
        "DROP TABLE account_keys",
        "DROP TABLE accounts",
        "DELETE FROM _sqlx_migrations WHERE version = 3",
    ] {
        sqlx::query(change).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let before = copy_of(data.path());
    let complete = Home {
        stage: Stage::Complete,
        ..HOME
    };
    for home in [HOME, complete] {
        let checked = Database::check_release(data.path()).await.unwrap_err();
        assert_eq!(checked.code(), "data-older");
        let opened = Opened::in_home(home, CONFIG, data.path(), None, Steps::default()).await;
        let error = opened.err().unwrap();
        assert_eq!(error.code(), Some("data-older"), "{error}");
        assert!(error.to_string().contains("--data"), "{error}");
    }
    let read = |folder: &tempfile::TempDir| std::fs::read(folder.path().join("keys.db")).unwrap();
    assert_eq!(read(&data), read(&before));
}

/// What it has drawn until then are keys like any others.
#[tokio::test]
async fn a_chain_of_an_earlier_release_without_a_genesis_gets_accounts() {
    let data = tempfile::tempdir().unwrap();
    Database::open(data.path(), HOME)
        .await
        .unwrap()
        .close()
        .await;
    let mut connection = connect(data.path()).await;
    for change in [
        "DROP TABLE operations",
        "DROP TABLE account_leaves",
        "DROP TABLE account_keys",
        "DROP TABLE accounts",
        "DELETE FROM _sqlx_migrations WHERE version = 3",
    ] {
        sqlx::query(change).execute(&mut connection).await.unwrap();
    }
    drop(connection);
    let opened = Opened::at(CONFIG, data.path(), None, Steps::default()).await;
    let mut opened = opened.unwrap();
    assert_eq!(opened.state.len(), CONFIG.validators + 1);
    assert_eq!(opened.next().await.unwrap().header.height, 1);
}
