//! Proofs that are kept no longer: what is answered, and a host that ends at each step of retiring them.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use rpp_light_client::{
    Checkpoint, Config, Follow, HttpTransport, LightClient, MemoryStore, Step as Move, SystemClock,
};
use rpp_prover_host::clock::system_clock;
use rpp_prover_host::http::{Limits, Site, listen, router, serve};
use rpp_prover_host::prove::{Pipeline, PipelineError, Witnesses};
use rpp_prover_host::state::{DataFolder, Database, Host, HostError, Lane, ProofStatus, Retention};
use rpp_prover_host::steps::{Step, Steps, Stopped};
use rpp_verifier::{Accounts, Blocks, CIRCUITS, JsonDocument, ProofKey, Subject};
use tokio_util::sync::CancellationToken;

use crate::audit::{audit_now, proof_of};
use crate::binary::host;
use crate::lost::{copy_all, put};
use crate::support::{Answer, CONFIG, Opened, ask_of, block, signed};

fn newest(n: u32) -> Retention {
    Retention::Newest(NonZeroU32::new(n).unwrap())
}

fn key(height: u32) -> ProofKey {
    let (circuit, subject) = (signed(), Subject::Height(height));
    ProofKey { circuit, subject }
}

fn status(host: &Host, height: u32) -> ProofStatus {
    host.ledger().status(&key(height))
}

const fn ends_epoch(height: u32) -> bool {
    height % CONFIG.epoch_length == CONFIG.epoch_length - 1
}

/// Returns the heights of which it is served that they were signed.
fn served(host: &Host) -> Vec<u32> {
    let heights = 1..=host.ledger().latest_height();
    let heights = heights.filter(|&height| proof_of(&block(host, height), "consensus").is_some());
    heights.collect()
}

/// Runs a host with this retention until it has nothing to retire any more, or is stopped.
async fn run(data: &Path, retention: Retention, steps: Steps) -> Result<Arc<Host>, PipelineError> {
    let opened = Opened::watched(data, steps, Default::default()).await;
    let opened = opened.unwrap();
    let pipeline = Pipeline {
        retention,
        ..opened.pipeline(Witnesses::Drop)
    };
    let (host, stop) = (opened.host.clone(), CancellationToken::new());
    let watcher = host.clone();
    let stopping = stop.clone();
    let done = tokio::spawn(async move {
        let settled = |host: &Host| {
            let kept_from = retention.kept_from(host.ledger().proven_height());
            let mut old = (1..kept_from).filter(|&height| !ends_epoch(height));
            old.all(|height| status(host, height) == ProofStatus::Retired)
        };
        let last = watcher.ledger().latest_height();
        watcher
            .wait_for(|ledger| (ledger.proven_height() > Some(last)).then_some(()))
            .await;
        while !settled(&watcher) {
            tokio::task::yield_now().await;
        }
        stopping.cancel();
    });
    let ran = pipeline.run(opened.devnet, None, stop).await;
    // It holds the folder until it has ended.
    done.abort();
    drop(done.await);
    host.database().close().await;
    opened.keys.close().await;
    ran.map(|()| host)
}

fn files(data: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(data.join("proofs")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "identity").collect()
}

/// Returns the proofs of all blocks.
fn listed(host: &Host) -> BTreeSet<String> {
    let heights = 1..=host.ledger().latest_height();
    let proofs = heights.flat_map(|height| block(host, height).proofs);
    proofs.map(|proof| proof.id.to_string()).collect()
}

/// Asserts that a folder holds the proofs that it should and no others, and returns the height of its
/// newest proven block.
async fn assert_retired(data: &Path, retention: Retention) -> u32 {
    let audited = audit_now(data).await;
    let host = &audited.host;
    let (proven, jobs) = {
        let ledger = host.ledger();
        (ledger.proven_height(), ledger.block_jobs(Lane::Head))
    };
    // One more may have been proven when the host was told to end.
    let (kept_from, retained_from) = (retention.kept_from(proven), host.ledger().retained_from());
    assert!(retained_from <= kept_from && retained_from + 6 > kept_from);
    let proven = proven.unwrap();
    let served = served(host);
    let expected = (1..=proven).filter(|&h| h >= retained_from || ends_epoch(h));
    assert_eq!(served, expected.collect::<Vec<_>>());
    assert_eq!(files(data), listed(host));
    // What is retired is neither made again nor lost.
    assert_eq!(u32::try_from(jobs).unwrap(), audited.latest - proven);
    proven
}

async fn ask(router: &Router, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty()).unwrap();
    ask_of(router.clone(), request).await
}

async fn old_chain(data: &Path) {
    let opened = Opened::at(data).await.unwrap();
    opened.run(14).await.unwrap();
}

#[tokio::test]
async fn a_host_that_ends_at_each_step_of_retiring_proofs_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let old = dir.path().join("old");
    old_chain(&old).await;
    let retention = newest(3);
    for (i, (step, nth)) in Step::RETIRING
        .into_iter()
        .flat_map(|step| [(step, 1), (step, 2)])
        .enumerate()
    {
        let data = dir.path().join(i.to_string());
        copy_all(&old, &data);
        let (reached, dead) = (AtomicU32::new(0), AtomicBool::new(false));
        let steps = Steps::watched(move |at| {
            if at == step && reached.fetch_add(1, Ordering::SeqCst) + 1 == nth {
                dead.store(true, Ordering::SeqCst);
            }
            if dead.load(Ordering::SeqCst) {
                return Err(Stopped(at));
            }
            Ok(())
        });
        let stopped = run(&data, retention, steps).await.unwrap_err();
        let by_test = matches!(
            stopped,
            PipelineError::Publish(_) | PipelineError::Stopped(_)
        );
        assert!(by_test, "{step:?}: {stopped}");
        // Without the option nothing more is retired, and what is listed is there in full.
        let opened = Opened::at(&data).await.unwrap();
        let host = opened.host.clone();
        let retired = (1..=14).filter(|&h| status(&host, h) == ProofStatus::Retired);
        let retired = u32::try_from(retired.count()).unwrap();
        assert_eq!(
            retired > 0,
            step != Step::ProofsUnserved || nth > 1,
            "{step:?}"
        );
        assert_eq!(files(&data), listed(&host), "{step:?}");
        host.database().close().await;
        opened.keys.close().await;
        drop((host, opened.host, opened.devnet, opened.keys));
        run(&data, retention, Steps::default()).await.unwrap();
        let latest = assert_retired(&data, retention).await;
        assert!(latest > 14);
    }
}

#[tokio::test]
async fn more_can_be_kept_and_then_fewer() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    old_chain(data).await;
    let some = run(data, newest(9), Steps::default()).await.unwrap();
    let from = some.ledger().retained_from();
    let before = served(&some);
    assert!(from > 1 && before.contains(&3) && !before.contains(&1));
    drop(some);
    let all = run(data, Retention::All, Steps::default()).await.unwrap();
    assert!(served(&all).starts_with(&before));
    assert_eq!(all.ledger().retained_from(), from);
    drop(all);
    drop(run(data, newest(2), Steps::default()).await.unwrap());
    assert_retired(data, newest(2)).await;
}

#[tokio::test]
async fn a_retired_proof_is_answered_as_such_and_its_pages_change() {
    let dir = tempfile::tempdir().unwrap();
    old_chain(dir.path()).await;
    let opened = Opened::at(dir.path()).await.unwrap();
    let routes = router(opened.host.clone(), None);
    let page = "/v1/blocks?from=1&limit=4";
    // Twice, so that it is kept.
    let (before, again) = (ask(&routes, page).await, ask(&routes, page).await);
    assert_eq!(before.body, again.body);
    let id = block(&opened.host, 1).proofs[0].id.to_string();
    let by_id = format!("/v1/proofs/{id}");
    let kept = ask(&routes, &by_id).await;
    assert_eq!(kept.status(), 200);
    assert!(kept.header("cache-control").contains("immutable"));
    let pipeline = Pipeline {
        retention: newest(3),
        ..opened.pipeline(Witnesses::Drop)
    };
    let (host, stop) = (opened.host.clone(), CancellationToken::new());
    let running = tokio::spawn(pipeline.run(opened.devnet, None, stop.clone()));
    let last = key(10);
    host.wait_for(|ledger| (ledger.status(&last) == ProofStatus::Retired).then_some(()))
        .await;
    stop.cancel();
    running.await.unwrap().unwrap();
    for path in [
        "/v1/blocks/1/proofs/consensus",
        "/v1/proofs/consensus/1",
        &by_id,
    ] {
        let gone = ask(&routes, path).await;
        let code = (gone.status(), gone.problem_code());
        assert_eq!(code, (410, "proof-retired".into()), "{path}");
    }
    let explained = ask(&routes, "/problems/proof-retired").await;
    assert_eq!(explained.status(), 200);
    let after = ask(&routes, page).await;
    let counts = |page: &Answer| -> Vec<usize> {
        let page = Blocks::from_json(&page.body).unwrap();
        page.blocks.iter().map(|block| block.proofs.len()).collect()
    };
    assert_eq!(
        (counts(&before), counts(&after)),
        (vec![2; 4], vec![0, 0, 2, 0])
    );
    assert_ne!(before.header("etag"), after.header("etag"));
    // The end of an epoch stays.
    assert_eq!(
        ask(&routes, "/v1/blocks/3/proofs/consensus").await.status(),
        200
    );
}

#[tokio::test]
async fn clients_come_from_the_genesis_whatever_is_retired() {
    let dir = tempfile::tempdir().unwrap();
    old_chain(dir.path()).await;
    let host = run(dir.path(), newest(3), Steps::default()).await.unwrap();
    let head = host.ledger().proven_height().unwrap();
    let stop = CancellationToken::new();
    let limits = Limits::of(Limits::DEFAULT_CONNECTIONS);
    let site = Site::new(None, limits, system_clock, stop.clone());
    site.open(host.clone());
    let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { serve(&listener, site).await });
    let genesis = Checkpoint::of(&host.chain().genesis, CONFIG.epoch_length);
    let hops: Vec<u32> = (1..head).filter(|&height| ends_epoch(height)).collect();
    for follow in [
        Follow::EveryBlock,
        Follow::Every(std::time::Duration::from_secs(1)),
    ] {
        let config = Config::new(genesis).follow(follow);
        let transport = HttpTransport::new(&url).unwrap();
        let (store, clock) = (MemoryStore::default(), SystemClock::default());
        let mut client = LightClient::new(config, transport, store, clock).unwrap();
        let mut heights = Vec::new();
        loop {
            let verdict = client.next().await.unwrap();
            heights.push(verdict.header().height);
            if verdict.step() == Move::Head {
                break;
            }
        }
        assert_eq!(heights.last(), Some(&head));
        assert!(hops.iter().all(|hop| heights.contains(hop)), "{heights:?}");
    }
    stop.cancel();
    server.await.unwrap();
}

/// What is retired does not hide that a database is older than its proofs.
#[tokio::test]
async fn an_older_database_is_found_although_proofs_are_gone() {
    let dir = tempfile::tempdir().unwrap();
    let [data, older] = ["data", "older"].map(|name| dir.path().join(name));
    old_chain(&data).await;
    copy_all(&data, &older);
    drop(run(&data, newest(3), Steps::default()).await.unwrap());
    let before = files(&data);
    put("chain.db", &older, &data);
    for name in ["chain.db-wal", "chain.db-shm"] {
        let _ = fs::remove_file(data.join(name));
    }
    // However often it is started.
    for _ in 0..2 {
        let folder = DataFolder::open(&data).unwrap();
        let database = Database::open(&folder.database_path()).await.unwrap();
        let chain = database.chain().await.unwrap().unwrap();
        let refused = Host::open(
            folder,
            database.clone(),
            &chain,
            &Accounts::default(),
            CIRCUITS,
        )
        .await;
        let error = refused.unwrap_err();
        assert!(matches!(error, HostError::LaterProofs { .. }), "{error}");
        database.close().await;
        assert_eq!(files(&data), before);
    }
}

/// The system may bring a deleted file back after a power failure.
#[tokio::test]
async fn a_file_that_comes_back_is_deleted_again() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    old_chain(data).await;
    let audited = audit_now(data).await;
    let id = block(&audited.host, 1).proofs[0].id;
    let proof = audited.host.read_proof(id.into()).await.unwrap().unwrap();
    drop(audited);
    drop(run(data, newest(3), Steps::default()).await.unwrap());
    fs::write(data.join("proofs").join(id.to_string()), proof).unwrap();
    assert_retired(data, newest(3)).await;
}

#[test]
fn fewer_than_a_client_may_need_cannot_be_kept() {
    for wrong in ["255", "0", "some"] {
        let refused = host(&["devnet", "--retain", wrong]).output().unwrap();
        assert_eq!(refused.status.code(), Some(1));
        let says = String::from_utf8(refused.stderr).unwrap();
        assert!(says.contains("256 or more, or `all`"), "{says}");
    }
}
