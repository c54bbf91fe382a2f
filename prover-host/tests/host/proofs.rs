//! Proof files over HTTP: validators, digests, caches, and a disk that lies.

use axum::http::Method;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rpp_prover_host::state::ProofId;
use sha2::{Digest, Sha256};

use crate::support::{ask, get, get_with, request};

async fn proof_path(height: u32) -> String {
    let block = get(&format!("/v1/blocks/{height}")).await.json();
    format!("/v1/proofs/{}", block["proofs"][0]["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_proof_is_served_under_its_sha_256() {
    let path = proof_path(1).await;
    let answer = get(&path).await;
    let id = ProofId::of(&answer.body).to_string();
    assert_eq!(path, format!("/v1/proofs/{id}"));
    assert_eq!(answer.header("content-type"), "application/vnd.rpp.proof");
    assert_eq!(answer.header("etag"), format!("\"{id}\""));
    assert_eq!(
        answer.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    let digest = BASE64_STANDARD.encode(Sha256::digest(&answer.body));
    assert_eq!(answer.header("repr-digest"), format!("sha-256=:{digest}:"));
    let length = get("/v1/blocks/1").await.json()["proofs"][0]["bytes"].as_u64();
    assert_eq!(length, u64::try_from(answer.body.len()).ok());
}

#[tokio::test]
async fn the_proof_of_a_block_is_the_one_it_lists() {
    let listed = get(&proof_path(2).await).await;
    let answer = get("/v1/blocks/2/proofs/consensus").await;
    assert_eq!(answer.body, listed.body);
    assert_eq!(answer.header("etag"), listed.header("etag"));
    assert_eq!(answer.header("cache-control"), "public, max-age=4");
    // The same proof by what it is about, whatever that is.
    let about = get("/v1/proofs/consensus/2").await;
    assert_eq!(about.body, listed.body);
    assert_eq!(about.header("cache-control"), "public, max-age=4");
}

#[tokio::test]
async fn a_client_that_has_it_gets_304() {
    let path = proof_path(1).await;
    let etag = get(&path).await.header("etag").to_owned();
    let fresh = [
        etag.clone(),
        format!("W/{etag}"),
        format!("\"a\", {etag}"),
        "*".to_owned(),
    ];
    for value in fresh {
        let answer = get_with(&path, &[("if-none-match", &value)]).await;
        assert_eq!((answer.status(), answer.body.len()), (304, 0), "{value}");
        assert_eq!(answer.header("etag"), etag);
    }
    let stale = get_with(&path, &[("if-none-match", "\"a\"")]).await;
    assert_eq!(stale.status(), 200);
}

#[tokio::test]
async fn head_requests_name_the_proof_without_sending_it() {
    let path = proof_path(1).await;
    let answer = ask(request(Method::HEAD, &path, &[])).await;
    assert_eq!((answer.status(), answer.body.len()), (200, 0));
    assert!(!answer.header("etag").is_empty());
}
