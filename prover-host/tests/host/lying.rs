//! A follower and a host that lies: nothing of it is believed, and the code says why.

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rpp_prover_host::clock::system_clock;
use rpp_prover_host::follow::{Client, Follower};
use tokio::net::TcpListener;

use crate::support::{PROVEN, STARK, get, stark_or};

/// Changes the body of one path.
type Lie = fn(Vec<u8>) -> Vec<u8>;

/// Serves the chain, with one lie.
async fn serve(path: &'static str, lie: Lie) -> Client {
    let answer = move |request: Request| async move {
        let told = get(&request.uri().to_string()).await;
        let status = StatusCode::from_u16(told.status()).unwrap();
        let body = if request.uri() == path {
            lie(told.body)
        } else {
            told.body
        };
        Response::into_response((status, body).into_response())
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    Client::new(&url).unwrap()
}

/// Follows until something is refused, and returns the height believed and the code.
async fn follow(path: &'static str, lie: Lie) -> (u32, &'static str) {
    let client = serve(path, lie).await;
    let mut follower = match Follower::start(client, None, system_clock).await {
        Ok(follower) => follower,
        Err(e) => return (0, e.code()),
    };
    for _ in 0..PROVEN {
        if let Err(e) = follower.next_block().await {
            return (follower.trusted().head().height, stark_or(e.code()));
        }
    }
    (follower.trusted().head().height, "verified")
}

fn replace(body: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    String::from_utf8(body)
        .unwrap()
        .replace(from, to)
        .into_bytes()
}

#[tokio::test]
async fn accepts_a_host_that_does_not_lie() {
    assert_eq!(follow("/", |body| body).await, (PROVEN, "verified"));
}

#[tokio::test]
async fn rejects_each_lie_with_its_code() {
    let block = "/v1/blocks/3";
    let proof = "/v1/blocks/3/proofs/consensus";
    let lies: [(&str, Lie, (u32, &str)); 9] = [
        (
            "/v1/chain",
            |b| replace(b, "\"epoch_length\":4", "\"epoch_length\":5"),
            (0, "genesis-params"),
        ),
        ("/v1/chain", |_| vec![b' '; 1 << 20], (0, "too-long")),
        (block, |_| b"{}".to_vec(), (2, "bad-json")),
        (
            block,
            |b| replace(b, "\"signers\":\"", "\"signers\":\"0"),
            (2, "bad-json"),
        ),
        (
            block,
            |b| replace(b, "\"signed_power\":", "\"signed_power\":1"),
            (2, STARK),
        ),
        (proof, |_| Vec::new(), (2, "truncated")),
        (
            proof,
            |mut p| {
                p.push(0);
                p
            },
            (2, "trailing-bytes"),
        ),
        (proof, |_| vec![0; (1 << 20) + 1], (2, "too-long")),
        (
            proof,
            |mut p| {
                let end = p.len() - 1;
                p[end] ^= 1;
                p
            },
            (2, STARK),
        ),
    ];
    for (i, (path, lie, expected)) in lies.into_iter().enumerate() {
        assert_eq!(follow(path, lie).await, expected, "lie {i}");
    }
}

#[tokio::test]
async fn rejects_a_host_that_serves_one_block_for_another() {
    let client = serve("/v1/blocks/1", |_| {
        let block = crate::support::CHAIN.host.ledger().block(2).unwrap();
        rpp_verifier::wire::Document::to_json(&block)
    });
    let mut follower = Follower::start(client.await, None, system_clock)
        .await
        .unwrap();
    assert_eq!(
        follower.next_block().await.unwrap_err().code(),
        "other-height"
    );
}
