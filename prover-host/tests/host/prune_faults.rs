//! Pruning where something is in its way: a full disk, strangers, a proof of something else, damage.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use rpp_prover_host::state::{FreeSpace, Host, ProofStatus, PrunedRange, RequestError, SpaceGuard};
use rpp_prover_host::steps::{Step, Steps};
use rpp_verifier::{ProofKey, Subject};
use sqlx::Connection as _;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::audit::connect;
use crate::pruned::{
    PRUNED, PruningHost, assert_pruned, behind, is_pruned_before, old_chain, open, proven, run,
};
use crate::requested::{prove, request};
use crate::support::get_of;

const FIRST: PrunedRange = PrunedRange { first: 0, last: 3 };

/// What makes room goes on with half of what is kept back, and no further.
#[tokio::test]
async fn a_host_whose_disk_is_full_prunes_until_half_of_what_is_kept_back_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    let gifts = old_chain(data).await;
    let free = Arc::new(AtomicU64::new(300 << 10));
    let reads = free.clone();
    let full = SpaceGuard::new(1).reading(move |_| {
        let (bytes, files) = (reads.load(Ordering::SeqCst), None);
        Ok(FreeSpace { bytes, files })
    });
    let host = Arc::new(open(data, Steps::default()).await.unwrap().guarded(full));
    let pruning = PruningHost::start(&host);
    // Longer than a range takes.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(is_pruned_before(&host, 0));
    let unasked = get_of(&host, "/v1/proofs/pruning/0-3").await;
    assert_eq!(unasked.problem_code(), "unknown-proof");
    free.store(700 << 10, Ordering::SeqCst);
    pruning.end(&host).await;
    host.database().close().await;
    drop(host);
    assert_pruned(data, &gifts).await;
}

/// What a proof of a range was made from is there until the proof is verified, and not for the next 256 blocks.
#[tokio::test]
async fn what_a_range_was_proven_from_is_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    old_chain(data).await;
    let host = Arc::new(open(data, Steps::default()).await.unwrap());
    drop(run(host, Some(behind(4)), PRUNED).await.unwrap());
    let mut connection = connect(&data.join("chain.db")).await;
    let left = sqlx::query("SELECT subject FROM witnesses WHERE circuit = 'pruning'");
    assert_eq!(left.fetch_all(&mut connection).await.unwrap().len(), 0);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_stored_proof_of_something_else_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    let gifts = old_chain(data).await;
    let host = Arc::new(open(data, Steps::default()).await.unwrap());
    for range in ["0-3", "8-11"] {
        let path = format!("/v1/proofs/pruning/{range}");
        assert_eq!(request(&host, &path).await.status(), 202);
    }
    prove(&host).await;
    host.database().close().await;
    let mut connection = connect(&data.join("chain.db")).await;
    // The file that no row lists any more would be of a later time.
    let ProofStatus::Listed(swapped) = host.ledger().status(&FIRST.key()) else {
        panic!("it is made")
    };
    std::fs::remove_file(data.join("proofs").join(swapped.id.to_string())).unwrap();
    let swap = "UPDATE proofs SET id = other.id, length = other.length \
         FROM (SELECT id, length FROM proofs WHERE circuit = 'pruning' AND subject = '8-11') AS other \
         WHERE circuit = 'pruning' AND subject = '0-3'";
    let swapped = sqlx::query(swap).execute(&mut connection).await.unwrap();
    assert_eq!(swapped.rows_affected(), 1);
    connection.close().await.unwrap();
    drop(host);
    let host = Arc::new(open(data, Steps::default()).await.unwrap());
    let host = run(host, Some(behind(4)), PRUNED).await.unwrap();
    assert_eq!(host.trouble(), None);
    drop(host);
    let host = Arc::new(open(data, Steps::default()).await.unwrap());
    for first in [0, 8] {
        let last = first + 3;
        proven(&host, PrunedRange { first, last }).await;
    }
    let gift = format!("/v1/transactions/{}", gifts[0].hash());
    assert_eq!(get_of(&host, &gift).await.json()["state"], "pruned");
    host.database().close().await;
}

/// Otherwise strangers could keep old blocks for as long as they like.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_proof_while_a_range_waits_for_another_is_too_late() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    let gifts = old_chain(data).await;
    let asks = Arc::new(OnceLock::<(Weak<Host>, ProofKey)>::new());
    let refused = Arc::new(OnceLock::new());
    let (asked, answer) = (asks.clone(), refused.clone());
    let steps = Steps::watched(move |step| {
        if step == Step::Proven
            && answer.get().is_none()
            && let Some((host, key)) = asked.get()
        {
            // What the range waits for is not stored before that.
            let host = host.upgrade().unwrap();
            block_in_place(|| {
                let runtime = Handle::current();
                runtime.block_on(host.wait_for(|ledger| ledger.closing()));
                let _ = answer.set(runtime.block_on(host.request_proof(*key)));
            });
        }
        Ok(())
    });
    let host = Arc::new(open(data, steps).await.unwrap());
    let transaction = host.circuit("transaction").unwrap();
    let [key, second] = [&gifts[1], &gifts[2]].map(|gift| ProofKey {
        circuit: transaction,
        subject: Subject::Operation(gift.hash().0),
    });
    host.request_proof(FIRST.key()).await.unwrap();
    prove(&host).await;
    host.request_proof(key).await.unwrap();
    assert!(asks.set((Arc::downgrade(&host), second)).is_ok());
    let host = run(host, Some(behind(4)), PRUNED).await.unwrap();
    let refused = refused.get().expect("it was asked for");
    assert!(
        matches!(refused, Err(RequestError::Pruned { range, .. }) if *range == FIRST),
        "{refused:?}"
    );
    drop(host);
    assert_pruned(data, &gifts).await;
}

#[tokio::test]
async fn an_operation_that_is_lost_in_another_way_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    let gifts = old_chain(data).await;
    let mut connection = connect(&data.join("chain.db")).await;
    let lost = sqlx::query("UPDATE operations SET signed = zeroblob(0)");
    lost.execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let host = Arc::new(open(data, Steps::default()).await.unwrap());
    let path = format!("/v1/transactions/{}", gifts[0].hash());
    let answer = get_of(&host, &path).await;
    assert_eq!(
        (answer.status(), answer.problem_code()),
        (500, "internal".into())
    );
    host.database().close().await;
}
