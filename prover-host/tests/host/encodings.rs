//! Documents in JSON and in bytes: who gets which, and what caches are told.

use axum::http::Method;
use rpp_verifier::{
    Ancestor, BLOCK_MEDIA_TYPE, Block, Blocks, Document, Head, JsonDocument, ServedSpan,
    ServedUptime,
};

use crate::support::{Answer, PROVEN, ask, get, get_with, request};

const BINARY: (&str, &str) = ("accept", BLOCK_MEDIA_TYPE);

async fn both<D>(path: &str)
where
    D: Document + JsonDocument + std::fmt::Debug + PartialEq,
{
    let (json, bytes) = (get(path).await, get_with(path, &[BINARY]).await);
    assert_eq!(json.header("content-type"), "application/json", "{path}");
    assert_eq!(bytes.header("content-type"), BLOCK_MEDIA_TYPE, "{path}");
    let document = D::from_bytes(&bytes.body).unwrap();
    assert_eq!(document, D::from_json(&json.body).unwrap(), "{path}");
    for answer in [&json, &bytes] {
        assert_eq!(answer.header("vary"), "accept", "{path}");
    }
    assert_ne!(json.header("etag"), bytes.header("etag"), "{path}");
    assert_eq!(json.header("cache-control"), bytes.header("cache-control"));
    for (answer, accept) in [(json, ("accept", "*/*")), (bytes, BINARY)] {
        is_not_sent_again(path, &answer, accept).await;
    }
}

async fn is_not_sent_again(path: &str, answer: &Answer, accept: (&str, &str)) {
    let etag = answer.header("etag");
    let again = get_with(path, &[accept, ("if-none-match", etag)]).await;
    assert_eq!((again.status(), again.body.len()), (304, 0), "{path}");
    for header in ["etag", "cache-control", "vary"] {
        assert_eq!(again.header(header), answer.header(header), "{path}");
    }
    // Of the other encoding the reader has nothing yet.
    let other = if accept == BINARY {
        ("accept", "*/*")
    } else {
        BINARY
    };
    let other = get_with(path, &[other, ("if-none-match", etag)]).await;
    assert_eq!(other.status(), 200, "{path}");
}

#[tokio::test]
async fn both_encodings_say_the_same_under_validators_of_their_own() {
    both::<Head>("/v1/head").await;
    both::<Block>("/v1/blocks/0").await;
    both::<Block>(&format!("/v1/blocks/{PROVEN}")).await;
    both::<Blocks>("/v1/blocks").await;
    both::<Blocks>("/v1/blocks?from=2&limit=3").await;
    both::<Ancestor>(&format!("/v1/ancestors/0?in={PROVEN}")).await;
    both::<ServedUptime>("/v1/uptime/3?epoch=1").await;
    both::<ServedSpan>("/v1/spans/0-7").await;
}

#[tokio::test]
async fn what_has_one_encoding_is_sent_in_it_whatever_is_asked_for() {
    let chain = get_with("/v1/chain", &[BINARY]).await;
    assert_eq!(chain.header("content-type"), "application/json");
    assert_eq!(chain.header("vary"), "");
    let proof = get_with("/v1/proofs/consensus/2", &[BINARY]).await;
    assert_eq!(proof.header("content-type"), "application/vnd.rpp.proof");
    let problem = get_with("/v1/blocks/99", &[BINARY]).await;
    assert_eq!(problem.problem_code(), "unknown-block");
}

#[tokio::test]
async fn a_head_request_says_what_would_be_sent() {
    let answer = ask(request(Method::HEAD, "/v1/head", &[BINARY])).await;
    let whole = get_with("/v1/head", &[BINARY]).await;
    assert_eq!((answer.status(), answer.body.len()), (200, 0));
    for header in ["etag", "content-type", "vary"] {
        assert_eq!(answer.header(header), whole.header(header));
    }
}
