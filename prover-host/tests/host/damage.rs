//! A data folder that is not as it was left.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use rpp_prover_host::database::{Database, DatabaseError};
use rpp_prover_host::devnet::{DevnetConfig, DevnetError};
use rpp_prover_host::pipeline::Witnesses;
use rpp_prover_host::service::router;
use rpp_prover_host::source::BlockSource;
use rpp_prover_host::steps::Steps;
use tokio_util::sync::CancellationToken;

use crate::audit::{audit_now, connect};
use crate::support::{Answer, CONFIG, Opened, ask_of};

async fn ask(router: &Router, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty()).unwrap();
    ask_of(router.clone(), request).await
}

async fn made(data: &Path, blocks: u32) {
    let opened = Opened::at(data, Steps::default()).await.unwrap();
    opened.run(blocks).await.unwrap().database().close().await;
}

/// Returns the ids of the proofs, from block 1 on.
async fn ids(data: &Path) -> Vec<String> {
    let audited = audit_now(data).await;
    let ledger = audited.host.ledger();
    let blocks = (1..=audited.latest).map(|height| ledger.block(height).unwrap());
    blocks.map(|block| block.proofs[0].id.to_string()).collect()
}

#[tokio::test]
async fn a_damaged_proof_is_not_served_and_is_made_again() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 3).await;
    let id = ids(data.path()).await[2].clone();
    let opened = Opened::at(data.path(), Steps::default()).await.unwrap();
    let router = router(opened.host.clone(), None);
    let path = format!("/v1/proofs/{id}");
    let served = ask(&router, &path).await;
    assert_eq!(served.status(), 200);
    let file = data.path().join("proofs").join(&id);
    let mut changed = served.body.clone();
    changed[1000] ^= 1;
    std::fs::write(&file, changed).unwrap();
    let refused = ask(&router, &path).await;
    let code = (refused.status(), refused.problem_code());
    assert_eq!(code, (404, "unknown-proof".into()));
    let refused = ask(&router, "/v1/blocks/3/proofs/consensus").await;
    let code = (refused.status(), refused.problem_code());
    assert_eq!(code, (404, "not-proven-yet".into()));
    assert_eq!(ask(&router, "/v1/head").await.json()["block"]["height"], 2);
    let pipeline = opened.pipeline(Witnesses::Drop);
    let stop = CancellationToken::new();
    pipeline.run(opened.devnet, Some(1), stop).await.unwrap();
    let again = ask(&router, "/v1/blocks/3/proofs/consensus").await;
    assert_eq!(again.status(), 200);
    assert_eq!(ask(&router, "/v1/head").await.json()["block"]["height"], 3);
    opened.host.database().close().await;
    drop((opened.host, router));
    let audited = audit_now(data.path()).await;
    assert_eq!((audited.latest, audited.proven), (3, 3));
}

#[tokio::test]
async fn proofs_that_are_missing_or_cut_are_made_again_at_the_next_start() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 3).await;
    let ids = ids(data.path()).await;
    let file = |id: &str| data.path().join("proofs").join(id);
    std::fs::remove_file(file(&ids[0])).unwrap();
    std::fs::write(file(&ids[1]), b"cut").unwrap();
    let opened = Opened::at(data.path(), Steps::default()).await.unwrap();
    assert_eq!(opened.host.ledger().unproven(), 2);
    opened.run(2).await.unwrap().database().close().await;
    let audited = audit_now(data.path()).await;
    assert_eq!((audited.latest, audited.proven), (3, 3));
}

#[tokio::test]
async fn a_proof_whose_votes_are_not_kept_is_lost_and_the_chain_goes_on() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 2).await;
    let id = ids(data.path()).await[0].clone();
    let mut connection = connect(&data.path().join("chain.db")).await;
    let forget = sqlx::query("DELETE FROM witnesses WHERE height = 1");
    forget.execute(&mut connection).await.unwrap();
    drop(connection);
    std::fs::remove_file(data.path().join("proofs").join(id)).unwrap();
    let opened = Opened::at(data.path(), Steps::default()).await.unwrap();
    let router = router(opened.host.clone(), None);
    let lost = ask(&router, "/v1/blocks/1/proofs/consensus").await;
    let code = (lost.status(), lost.problem_code());
    assert_eq!(code, (410, "proof-lost".into()));
    opened.run(1).await.unwrap();
    assert_eq!(ask(&router, "/v1/head").await.json()["block"]["height"], 3);
}

#[tokio::test]
async fn votes_that_are_damaged_leave_their_block_unproven_and_the_chain_goes_on() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 2).await;
    let id = ids(data.path()).await[0].clone();
    let mut connection = connect(&data.path().join("chain.db")).await;
    let damage = sqlx::query("UPDATE witnesses SET bytes = x'00' WHERE height = 1");
    damage.execute(&mut connection).await.unwrap();
    drop(connection);
    std::fs::remove_file(data.path().join("proofs").join(id)).unwrap();
    let opened = Opened::at(data.path(), Steps::default()).await.unwrap();
    let host = opened.run(2).await.unwrap();
    let ledger = host.ledger();
    assert_eq!((ledger.proven_height(), ledger.unproven()), (Some(3), 0));
    assert!(ledger.block(1).unwrap().proofs.is_empty());
}

#[tokio::test]
async fn rejects_tables_of_a_newer_version() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 1).await;
    let path = data.path().join("chain.db");
    let mut connection = connect(&path).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations SELECT 9, 'later', installed_on, success, checksum, \
         execution_time FROM _sqlx_migrations",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let error = Database::open(&path).await.unwrap_err();
    assert_eq!(error.code(), "data-newer");
    assert!(
        matches!(
            error,
            DatabaseError::Newer {
                version: 9,
                newest: 1,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn rejects_a_file_that_is_no_database() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("chain.db");
    std::fs::write(&path, [7; 8192]).unwrap();
    let error = Database::open(&path).await.unwrap_err();
    assert_eq!(error.code(), "data-damaged", "{error}");
}

#[tokio::test]
async fn rejects_rows_that_were_changed() {
    let changes = [
        "UPDATE blocks SET header = zeroblob(284) WHERE height = 1",
        "UPDATE blocks SET hash = zeroblob(32) WHERE height = 1",
        "UPDATE key_states SET bytes = x'00'",
        "UPDATE key_trees SET bytes = (SELECT bytes FROM key_trees WHERE key = 1) WHERE key = 0",
        "DELETE FROM key_states WHERE key = 0",
        "DELETE FROM proposals",
        "UPDATE proposals SET header = zeroblob(284)",
        "UPDATE proposals SET voters = x'00'",
    ];
    for change in changes {
        let data = tempfile::tempdir().unwrap();
        let mut opened = Opened::at(data.path(), Steps::default()).await.unwrap();
        let block = opened.devnet.next_block().await.unwrap();
        opened
            .pipeline(Witnesses::Drop)
            .record(block)
            .await
            .unwrap();
        opened.host.database().close().await;
        drop(opened);
        let mut connection = connect(&data.path().join("chain.db")).await;
        sqlx::query(change).execute(&mut connection).await.unwrap();
        drop(connection);
        let error = Opened::at(data.path(), Steps::default()).await.err();
        let code = error.as_ref().and_then(DevnetError::code);
        assert_eq!(code, Some("data-damaged"), "{change}: {error:?}");
    }
}

#[tokio::test]
async fn a_leaf_keeps_its_message_whoever_asks() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 1).await;
    let mut connection = connect(&data.path().join("chain.db")).await;
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
    made(data.path(), 1).await;
    let mut connection = connect(&data.path().join("chain.db")).await;
    // Every leaf of every key is taken by something else.
    sqlx::query(
        "WITH RECURSIVE n(leaf) AS (SELECT 2 UNION ALL SELECT leaf + 1 FROM n WHERE leaf < 63) \
         INSERT OR IGNORE INTO leaves SELECT serial, leaf, zeroblob(32) FROM keys, n",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    drop(connection);
    let opened = Opened::at(data.path(), Steps::default()).await.unwrap();
    let error = opened.run(1).await.unwrap_err().to_string();
    assert!(error.contains("has its message already"), "{error}");
}

#[tokio::test]
async fn rejects_a_chain_of_another_configuration() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 1).await;
    let other = DevnetConfig {
        validators: 5,
        ..CONFIG
    };
    let refused = Opened::with(other, data.path(), Steps::default()).await;
    let error = refused.err().unwrap();
    assert_eq!(error.code(), Some("data-other-chain"));
    assert!(matches!(error, DevnetError::OtherChain(other) if other.option == "--validators"));
}
