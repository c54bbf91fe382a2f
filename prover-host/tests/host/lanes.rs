//! The two lanes of a pipeline: how they end.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rpp_prover_host::progress::Progress;
use rpp_prover_host::prove::{Pipeline, PipelineError, Provers, Witnesses};
use rpp_prover_host::source::DueProof;
use rpp_prover_host::state::{
    DataFolder, Database, Host, ProofId, ProofStatus, Retention, SpanEpochs,
};
use rpp_prover_host::steps::{Step, Steps};
use rpp_tests::circuit::CIRCUITS;
use rpp_verifier::{Digest, Subject};
use sqlx::{Connection as _, SqliteConnection};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::audit::connect;
use crate::new_circuit::{CHAIN_ID, RANGE, due, key, node};
use crate::requested::Idle;

fn pipeline(host: &Arc<Host>) -> Pipeline {
    Pipeline {
        host: host.clone(),
        provers: Arc::new(Provers::new(CIRCUITS, CHAIN_ID)),
        progress: Progress::default(),
        witnesses: Witnesses::Drop,
        retention: Retention::All,
        pruning: None,
        spans: SpanEpochs::NONE,
    }
}

fn operation(n: u32) -> Subject {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&n.to_le_bytes());
    Subject::Operation(Digest::from_bytes(&bytes).unwrap())
}

fn asked_for(n: u32) -> DueProof {
    due(operation(n))
}

fn is_made(host: &Host, n: u32) -> bool {
    let status = host.ledger().status(&key(operation(n)));
    matches!(status, ProofStatus::Listed(_))
}

/// Somebody asks for one proof after the other, so that there is always one to make.
#[tokio::test]
async fn a_run_ends_though_proofs_go_on_being_asked_for() {
    // A block with a proof, which is counted, and one without, after which none comes.
    for due in [vec![Subject::Height(1)], Vec::new()] {
        let data = tempfile::tempdir().unwrap();
        let node = node(BTreeMap::from([(1, due)]));
        let host = node.open(data.path(), CIRCUITS, Steps::default()).await;
        for n in 0..4 {
            host.publish_due(0, asked_for(n)).await.unwrap();
        }
        let asks = host.clone();
        let asker = tokio::spawn(async move {
            for n in 4.. {
                let has_room = |requests: usize| (requests < 16).then_some(());
                asks.wait_for(|ledger| has_room(ledger.requests())).await;
                asks.publish_due(0, asked_for(n)).await.unwrap();
            }
        });
        let running = pipeline(&host).run(node, Some(1), CancellationToken::new());
        let ran = timeout(Duration::from_secs(120), running).await;
        ran.expect("it ends").unwrap();
        asker.abort();
        drop(asker.await);
        // What was asked for before is made; the rest is for the next run.
        assert!((0..4).all(|n| is_made(&host, n)));
        assert!(host.ledger().requests() > 0);
        assert_eq!(host.ledger().latest_height(), 1);
    }
}

#[tokio::test]
async fn a_lane_that_dies_ends_the_run() {
    let data = tempfile::tempdir().unwrap();
    let steps = Steps::watched(|step| match step {
        Step::Proven => panic!("as a bug would"),
        _ => Ok(()),
    });
    let node = node(BTreeMap::new());
    let host = node.open(data.path(), CIRCUITS, steps).await;
    host.publish_due(0, due(RANGE)).await.unwrap();
    let running = pipeline(&host).run(Idle(node), None, CancellationToken::new());
    let ran = timeout(Duration::from_secs(60), running).await;
    let error = ran.expect("it ends").unwrap_err();
    assert!(matches!(error, PipelineError::Thread(_)), "{error}");
    assert!(!host.is_proving());
}

/// Lists a proof of each of as many operations as a host keeps, all in one file.
async fn fill(data: &Path, count: u32) {
    let bytes = b"a proof";
    let id = ProofId::of(bytes);
    std::fs::write(data.join("proofs").join(id.to_string()), bytes).unwrap();
    let mut connection = connect(&data.join("chain.db")).await;
    let begin = sqlx::query("BEGIN");
    begin.execute(&mut connection).await.unwrap();
    for n in 0..count {
        let row = sqlx::query(
            "INSERT INTO proofs (circuit, subject, due, id, length) VALUES ('preimage', ?, 0, ?, 7)",
        );
        let row = row
            .bind(operation(n).to_string())
            .bind(id.as_bytes().to_vec());
        row.execute(&mut connection).await.unwrap();
    }
    let commit = sqlx::query("COMMIT");
    commit.execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn retired(data: &Path) -> Vec<String> {
    let mut connection = connect(&data.join("chain.db")).await;
    let retired = sqlx::query_scalar("SELECT subject FROM proofs WHERE retired = 1");
    let retired = retired.fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    retired
}

/// Locks a database for whoever else would write, from a thread that may block.
fn lock(path: &Path) -> SqliteConnection {
    let path = path.to_path_buf();
    let lock = async move {
        let mut connection = connect(&path).await;
        let begin = sqlx::query("BEGIN IMMEDIATE");
        begin.execute(&mut connection).await.unwrap();
        connection
    };
    let runtime = || tokio::runtime::Runtime::new().unwrap().block_on(lock);
    std::thread::spawn(runtime).join().unwrap()
}

async fn until(holds: impl Fn() -> bool) {
    let held = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    let held = timeout(Duration::from_secs(60), held).await;
    held.expect("it comes to that");
}

#[tokio::test]
async fn a_proof_that_makes_room_is_retired_on_disk_when_the_database_answers_again() {
    let data = tempfile::tempdir().unwrap();
    let node = node(BTreeMap::new());
    let host = node.open(data.path(), CIRCUITS, Steps::default()).await;
    host.database().close().await;
    drop(host);
    fill(data.path(), 1024).await;
    let (path, locked) = (data.path().join("chain.db"), Arc::new(Mutex::new(None)));
    let held = locked.clone();
    let steps = Steps::watched(move |step| {
        if step == Step::ProofServed {
            *held.lock().unwrap() = Some(lock(&path));
        }
        Ok(())
    });
    let host = node.open(data.path(), CIRCUITS, steps).await;
    let newest = 1 << 30;
    host.publish_due(0, asked_for(newest)).await.unwrap();
    let stop = CancellationToken::new();
    let running = pipeline(&host).run(Idle(node), None, stop.clone());
    let running = tokio::spawn(running);
    until(|| host.trouble().is_some()).await;
    assert_eq!(
        host.ledger().status(&key(operation(0))),
        ProofStatus::Retired
    );
    assert!(retired(data.path()).await.is_empty());
    let unlocked = locked.lock().unwrap().take();
    drop(unlocked);
    until(|| host.trouble().is_none()).await;
    stop.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(retired(data.path()).await, [operation(0).to_string()]);
    assert!(is_made(&host, newest));
    // It is known to be gone after a restart, and not made again.
    host.database().close().await;
    drop(host);
    let folder = DataFolder::open(data.path()).unwrap();
    let database = Database::open(&folder.database_path()).await.unwrap();
    let node = self::node(BTreeMap::new());
    let (chain, accounts) = (
        rpp_prover_host::source::BlockSource::chain(&node),
        rpp_prover_host::source::BlockSource::genesis_accounts(&node),
    );
    let host = Host::open(folder, database, &chain, &accounts, CIRCUITS).await;
    let status = host.unwrap().ledger().status(&key(operation(0)));
    assert_eq!(status, ProofStatus::Retired);
}
