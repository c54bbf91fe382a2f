//! The faucet of a devnet, as wallets ask it.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use rpp_devnet::{DevnetConfig, FAUCET_ACCOUNT, Faucet};
use rpp_prover_host::http::router;
use rpp_prover_host::state::{FreeSpace, Host, SpaceGuard};
use rpp_prover_host::steps::Steps;
use rpp_verifier::{JsonDocument, Submitted};
use sqlx::Connection as _;

use crate::audit::connect;
use crate::support::{Answer, CONFIG, Opened, ask_of, get_of};

async fn ask(host: &Arc<Host>, path: &str) -> Answer {
    let request = Request::post(path).body(Body::empty()).unwrap();
    ask_of(router(host.clone(), None), request).await
}

async fn give(host: &Arc<Host>) -> Answer {
    ask(host, &format!("/v1/faucet/{FAUCET_ACCOUNT}")).await
}

/// Returns how many leaves of the faucet's key were asked to sign.
async fn leaves(data: &Path) -> i64 {
    let mut connection = connect(&data.join("devnet/keys.db")).await;
    let leaves = sqlx::query_scalar("SELECT count(*) FROM account_leaves");
    let leaves = leaves.fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    leaves
}

/// A wallet that is new registers, and takes from the faucet.
#[tokio::test]
async fn the_faucet_gives_to_an_account_that_exists() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
    let none = ask(&opened.host, "/v1/faucet/01").await;
    assert_eq!(none.problem_code(), "bad-account");
    let nobody = ask(&opened.host, "/v1/faucet/123456").await;
    assert_eq!(nobody.problem_code(), "operation-unknown-receiver");
    let given = give(&opened.host).await;
    assert_eq!(given.status(), 202, "{given:?}");
    let hash = Submitted::from_json(&given.body).unwrap().hash;
    assert!(opened.host.pool().get(&hash).is_some());
    assert_eq!(leaves(data.path()).await, 1);
    opened.host.database().close().await;
    opened.keys.close().await;
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_ask_again() {
    let data = tempfile::tempdir().unwrap();
    let config = DevnetConfig {
        block_time_ms: 4001,
        ..CONFIG
    };
    let opened = Opened::configured(data.path(), config, Steps::default(), Default::default());
    let opened = opened.await.unwrap();
    for _ in 0..Faucet::GIFTS_PER_BLOCK {
        assert_eq!(give(&opened.host).await.status(), 202);
    }
    let busy = give(&opened.host).await;
    assert_eq!((busy.status(), busy.problem_code()), (503, "busy".into()));
    assert_eq!(busy.header("retry-after"), "1");
    // What comes with a block comes later.
    for path in ["/v1/head", "/health/ready"] {
        assert_eq!(get_of(&opened.host, path).await.header("retry-after"), "5");
    }
    opened.host.database().close().await;
    opened.keys.close().await;
}

#[tokio::test]
async fn a_host_without_room_signs_no_gift() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
    let none = FreeSpace {
        bytes: 0,
        files: None,
    };
    let guard = SpaceGuard::new(1).reading(move |_| Ok(none));
    let host = Arc::into_inner(opened.host).unwrap().guarded(guard);
    let host = Arc::new(host);
    let refused = give(&host).await;
    let got = (refused.status(), refused.problem_code());
    assert_eq!(got, (503, "not-ready".to_owned()));
    assert_eq!(leaves(data.path()).await, 0);
    host.database().close().await;
    opened.keys.close().await;
}
