//! A data folder that is not as it was left.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use rpp_prover_host::http::router;
use rpp_prover_host::prove::Witnesses;
use rpp_prover_host::state::{DataFolder, Database, DatabaseError, Host, HostError};
use rpp_verifier::{Accounts, CIRCUITS, Digest, genesis};
use sqlx::Connection as _;
use tokio_util::sync::CancellationToken;

use crate::audit::{audit_now, connect, proof_of};
use crate::support::{Answer, Opened, ask_of, block};

async fn ask(router: &Router, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty()).unwrap();
    ask_of(router.clone(), request).await
}

async fn made(data: &Path, blocks: u32) {
    let opened = Opened::at(data).await.unwrap();
    opened.run(blocks).await.unwrap();
}

/// Returns the ids of the proofs, from block 1 on.
async fn ids(data: &Path) -> Vec<String> {
    let audited = audit_now(data).await;
    let blocks = (1..=audited.latest).map(|height| block(&audited.host, height));
    blocks.map(|block| block.proofs[0].id.to_string()).collect()
}

#[tokio::test]
async fn a_damaged_proof_is_not_served_and_is_made_again() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 3).await;
    let id = ids(data.path()).await[2].clone();
    let opened = Opened::at(data.path()).await.unwrap();
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
    // No request changes what is served: that is for the pipeline, which looks itself.
    assert_eq!(ask(&router, "/v1/head").await.json()["block"]["height"], 3);
    assert_eq!(opened.host.ledger().jobs(), 0);
    let pipeline = opened.pipeline(Witnesses::Drop);
    let stop = CancellationToken::new();
    pipeline.run(opened.devnet, Some(1), stop).await.unwrap();
    let again = ask(&router, "/v1/proofs/consensus/3").await;
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
    let opened = Opened::at(data.path()).await.unwrap();
    assert_eq!(opened.host.ledger().unproven(), 2);
    opened.run(2).await.unwrap();
    let audited = audit_now(data.path()).await;
    assert_eq!((audited.latest, audited.proven), (3, 3));
}

#[tokio::test]
async fn a_proof_whose_votes_are_not_kept_is_lost_and_the_chain_goes_on() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 2).await;
    let id = ids(data.path()).await[0].clone();
    let mut connection = connect(&data.path().join("chain.db")).await;
    let forget = sqlx::query("DELETE FROM witnesses WHERE subject = '1'");
    forget.execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    std::fs::remove_file(data.path().join("proofs").join(id)).unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
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
    let damage = sqlx::query("UPDATE witnesses SET bytes = x'00' WHERE subject = '1'");
    damage.execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    std::fs::remove_file(data.path().join("proofs").join(id)).unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
    let host = opened.run(2).await.unwrap();
    let (proven, unproven) = {
        let ledger = host.ledger();
        (ledger.proven_height(), ledger.unproven())
    };
    assert_eq!((proven, unproven), (Some(3), 0));
    assert_eq!(proof_of(&block(&host, 1), "consensus"), None);
}

#[tokio::test]
async fn rejects_tables_of_a_newer_version() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 1).await;
    let path = data.path().join("chain.db");
    let mut connection = connect(&path).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations SELECT 9, 'later', installed_on, success, checksum, \
         execution_time FROM _sqlx_migrations WHERE version = 2",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    let error = Database::open(&path).await.unwrap_err();
    assert_eq!(error.code(), "data-newer");
    assert!(
        matches!(
            error,
            DatabaseError::Newer {
                version: 9,
                newest: 8,
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
        "UPDATE blocks SET certificate = NULL WHERE height = 1",
        "UPDATE blocks SET certificate = zeroblob(75) WHERE height = 1",
        "UPDATE proofs SET subject = '01'",
        "UPDATE proofs SET id = x'00'",
        "UPDATE proofs SET length = -1",
        "UPDATE accounts SET nonce = nonce + 1",
        "UPDATE accounts SET balance = x'00'",
        "DELETE FROM accounts WHERE number = (SELECT MIN(number) FROM accounts)",
        "INSERT INTO pool VALUES (zeroblob(32), 1, 0, x'00')",
    ];
    for change in changes {
        let data = tempfile::tempdir().unwrap();
        made(data.path(), 1).await;
        let path = data.path().join("chain.db");
        let mut connection = connect(&path).await;
        let detach = sqlx::query("PRAGMA foreign_keys = OFF");
        detach.execute(&mut connection).await.unwrap();
        sqlx::query(change).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let folder = DataFolder::open(data.path()).unwrap();
        let database = Database::open(&path).await.unwrap();
        let chain = database.chain().await.unwrap().unwrap();
        let error = Host::open(folder, database, &chain, &Accounts::default(), CIRCUITS).await;
        let error = error.unwrap_err();
        assert_eq!(error.code(), "data-damaged", "{change}: {error}");
    }
}

#[tokio::test]
async fn rejects_the_blocks_of_another_chain() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 1).await;
    let folder = DataFolder::open(data.path()).unwrap();
    let database = Database::open(&folder.database_path()).await.unwrap();
    let mut chain = database.chain().await.unwrap().unwrap();
    chain.genesis = genesis(7, 4, 0, Digest::ZERO, Digest::ZERO, Digest::ZERO);
    let error = Host::open(folder, database, &chain, &Accounts::default(), CIRCUITS).await;
    let error = error.unwrap_err();
    assert_eq!(error.code(), "data-other-chain");
    assert!(matches!(error, HostError::OtherChain { .. }));
}

/// The tables of the release that kept blocks and keys in one file.
#[tokio::test]
async fn rejects_a_folder_of_an_earlier_release_and_says_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 1).await;
    let path = data.path().join("chain.db");
    let mut connection = connect(&path).await;
    let older = sqlx::query("UPDATE _sqlx_migrations SET version = 1 WHERE version = 2");
    older.execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let error = Database::open(&path).await.unwrap_err();
    assert_eq!(error.code(), "data-older");
    let text = error.to_string();
    assert!(
        text.contains("continue with the earlier release") && text.contains("--data"),
        "{text}"
    );
}

#[tokio::test]
async fn what_is_served_from_holds_no_secret() {
    let data = tempfile::tempdir().unwrap();
    made(data.path(), 1).await;
    let mut keys = connect(&data.path().join("devnet/keys.db")).await;
    let states = sqlx::query_scalar("SELECT bytes FROM key_states");
    let states: Vec<Vec<u8>> = states.fetch_all(&mut keys).await.unwrap();
    assert!(!states.is_empty());
    keys.close().await.unwrap();
    let proofs = std::fs::read_dir(data.path().join("proofs")).unwrap();
    let mut files: Vec<_> = proofs.map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty());
    files.extend(["chain.db", "chain.db-wal"].map(|name| data.path().join(name)));
    let files = files.into_iter().filter(|path| path.is_file());
    for bytes in files.map(|path| std::fs::read(path).unwrap()) {
        for state in &states {
            // The ratchet state, behind version and next leaf.
            let secret = &state[8..40];
            assert!(!bytes.windows(32).any(|window| window == secret));
        }
    }
    let mut served = connect(&data.path().join("chain.db")).await;
    let tables = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'");
    let mut tables: Vec<String> = tables.fetch_all(&mut served).await.unwrap();
    served.close().await.unwrap();
    tables.sort();
    assert_eq!(
        tables,
        [
            "_sqlx_migrations",
            "accounts",
            "blocks",
            "chain",
            "dropped",
            "folder",
            "members",
            "operations",
            "pool",
            "proofs",
            "pruned",
            "spans",
            "transactions",
            "witnesses"
        ]
    );
}
