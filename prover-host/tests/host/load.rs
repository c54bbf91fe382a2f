//! A devnet with a load: its accounts register, take from the faucet and pay each other.

use axum::body::Body;
use axum::http::Request;
use rpp_devnet::{FAUCET_ACCOUNT, Load, SUPPLY};
use rpp_prover_host::http::router;
use rpp_prover_host::load::send;
use rpp_prover_host::prove::Witnesses;
use rpp_verifier::{Accounts, JsonDocument, Submitted};
use tokio_util::sync::CancellationToken;

use crate::support::{Opened, ask_of};

/// Returns how many accounts of the load have paid.
fn paid(accounts: &Accounts) -> usize {
    let pays = |&(number, account): &(u32, &rpp_verifier::Account)| {
        // The nonce after a registration is 1.
        number > FAUCET_ACCOUNT && account.nonce > 1
    };
    accounts.iter().filter(pays).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_account_of_a_load_pays() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
    let stop = CancellationToken::new();
    let load = Load::new(opened.devnet.faucet().clone(), 200).with_key_height(5);
    let load = tokio::spawn(send(load, opened.host.clone(), stop.clone()));
    let pipeline = opened.pipeline(Witnesses::Drop);
    let running = tokio::spawn(pipeline.run(opened.devnet, None, stop.clone()));
    let host = opened.host.clone();
    let all_paid = |_: &_| (paid(&host.newest_accounts().1) == Load::ACCOUNTS).then_some(());
    host.wait_for(all_paid).await;
    stop.cancel();
    load.await.unwrap();
    running.await.unwrap().unwrap();
    let (_, accounts) = host.newest_accounts();
    let supply: u64 = accounts.iter().map(|(_, account)| account.balance).sum();
    assert_eq!(supply, SUPPLY);
    host.database().close().await;
    opened.keys.close().await;
}

/// A wallet that is new registers, and takes from the faucet.
#[tokio::test]
async fn the_faucet_gives_to_an_account_that_exists() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
    let ask = async |path: &str| {
        let request = Request::post(path).body(Body::empty()).unwrap();
        ask_of(router(opened.host.clone(), None), request).await
    };
    let none = ask("/v1/faucet/01").await;
    assert_eq!(none.problem_code(), "bad-account");
    let nobody = ask("/v1/faucet/123456").await;
    assert_eq!(nobody.problem_code(), "operation-unknown-receiver");
    let given = ask(&format!("/v1/faucet/{FAUCET_ACCOUNT}")).await;
    assert_eq!(given.status(), 202, "{given:?}");
    let hash = Submitted::from_json(&given.body).unwrap().hash;
    assert!(opened.host.pool().get(&hash).is_some());
    opened.host.database().close().await;
    opened.keys.close().await;
}
