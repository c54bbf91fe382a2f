//! A disk that fills up: the host stops before it is full, says so, and goes on by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::Request;
use rpp_prover_host::http::router;
use rpp_prover_host::prove::Witnesses;
use rpp_prover_host::state::{FreeSpace, SpaceGuard};
use tokio_util::sync::CancellationToken;

use crate::audit::audit_now;
use crate::support::{Opened, ask_of};

#[tokio::test]
async fn nothing_is_made_while_less_is_free_than_is_kept_back() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
    let (free, reads) = (
        Arc::new(AtomicU64::new(10_000)),
        Arc::new(AtomicU64::new(0)),
    );
    let (shown, read) = (free.clone(), reads.clone());
    let guard = SpaceGuard::new(256).reading(move |_| {
        read.fetch_add(1, Ordering::SeqCst);
        let bytes = shown.load(Ordering::SeqCst) << 20;
        Ok(FreeSpace { bytes, files: None })
    });
    let Opened { host, devnet, keys } = opened;
    let host = Arc::new(Arc::into_inner(host).unwrap().guarded(guard));
    let opened = Opened { host, devnet, keys };
    let (host, stop) = (opened.host.clone(), CancellationToken::new());
    let pipeline = opened.pipeline(Witnesses::Drop);
    let running = tokio::spawn(pipeline.run(opened.devnet, None, stop.clone()));
    host.wait_for(|ledger| (ledger.proven_height() >= Some(2)).then_some(()))
        .await;
    let routes = router(host.clone(), None);
    let ready = async || {
        let request = Request::get("/health/ready").body(Body::empty()).unwrap();
        ask_of(routes.clone(), request).await
    };
    let body = ready().await.json();
    assert_eq!(
        (&body["free_mib"], &body["ready"]),
        (&10_000.into(), &true.into())
    );
    assert!(body["warning"].is_null());
    // Little is worth a warning, and too little stops blocks and proofs.
    free.store(1000, Ordering::SeqCst);
    let warned = async || loop {
        let body = ready().await.json();
        if body["warning"].is_string() || body["code"].is_string() {
            return body;
        }
        tokio::task::yield_now().await;
    };
    let body = warned().await;
    assert_eq!(body["ready"], true);
    let warning = body["warning"].as_str().unwrap();
    assert!(
        warning.starts_with("1000 MiB are free on the disk of"),
        "{warning}"
    );
    free.store(200, Ordering::SeqCst);
    while host.trouble().is_none() {
        tokio::task::yield_now().await;
    }
    // What was begun is finished; each of the two who wait then looks again and again.
    let settled = reads.load(Ordering::SeqCst) + 6 * 3;
    while reads.load(Ordering::SeqCst) < settled {
        tokio::task::yield_now().await;
    }
    let (stopped_at, jobs) = (host.ledger().latest_height(), host.ledger().jobs());
    while reads.load(Ordering::SeqCst) < settled + 6 {
        tokio::task::yield_now().await;
    }
    let now = (host.ledger().latest_height(), host.ledger().jobs());
    assert_eq!(now, (stopped_at, jobs));
    let refused = ready().await;
    assert_eq!(
        (refused.status(), refused.problem_code()),
        (503, "not-ready".into())
    );
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("256 MiB are kept back (--min-free)"),
        "{detail}"
    );
    free.store(10_000, Ordering::SeqCst);
    host.wait_for(|ledger| (ledger.proven_height() > Some(stopped_at)).then_some(()))
        .await;
    assert_eq!(host.trouble(), None);
    assert_eq!(ready().await.json()["ready"], true);
    stop.cancel();
    running.await.unwrap().unwrap();
    host.database().close().await;
    opened.keys.close().await;
    drop((host, opened.host, routes));
    let audited = audit_now(data.path()).await;
    assert!(audited.latest > stopped_at);
}

/// The rule that nothing is made is no rule that nothing ends.
#[tokio::test]
async fn a_host_without_room_ends_when_it_is_told() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
    let Opened { host, devnet, keys } = opened;
    let none = FreeSpace {
        bytes: 0,
        files: Some(0),
    };
    let guard = SpaceGuard::new(1).reading(move |_| Ok(none));
    let host = Arc::new(Arc::into_inner(host).unwrap().guarded(guard));
    let opened = Opened { host, devnet, keys };
    let (host, stop) = (opened.host.clone(), CancellationToken::new());
    let pipeline = opened.pipeline(Witnesses::Drop);
    let running = tokio::spawn(pipeline.run(opened.devnet, Some(1), stop.clone()));
    while host.trouble().is_none() {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(host.ledger().latest_height(), 0);
}
