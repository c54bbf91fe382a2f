//! How the signed setup is sent: to pages of every origin, once to those who have it, and byte for byte.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::http::Method;
use rpp_prover_host::clock::system_clock;
use rpp_prover_host::http::router;
use rpp_prover_host::state::Host;
use rpp_verifier::BLOCK_MEDIA_TYPE;

use crate::audit::audit_now;
use crate::binary::devnet;
use crate::support::{Answer, ask_of, request};

const ORIGIN: (&str, &str) = ("origin", "https://wallet.example");
const SETUP: &str = "/v1/setup?root=1";

/// Makes a chain with its setup, and returns its host.
async fn host(data: &Path) -> Arc<Host> {
    let made = devnet(data, &["--blocks", "1"]).output().unwrap();
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let host = audit_now(data).await.host;
    let shelf = host.open_setup(&data.join("setup"), system_clock());
    host.serve_setup(Arc::new(shelf.unwrap()));
    host
}

async fn get(host: &Arc<Host>, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = request(Method::GET, path, headers);
    ask_of(router(host.clone(), None), request).await
}

#[tokio::test]
async fn every_file_is_sent_as_it_was_signed_and_once() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let mut names: Vec<String> = fs::read_dir(data.path().join("setup"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let summary = get(&host, SETUP, &[]).await.json();
    assert_eq!(summary["served"], serde_json::json!(names));
    for name in names {
        let path = format!("/v1/setup/files/{name}");
        let answer = get(&host, &path, &[ORIGIN]).await;
        let signed = fs::read(data.path().join("setup").join(&name)).unwrap();
        assert_eq!((answer.status(), &answer.body), (200, &signed), "{name}");
        let media_type = match name.rsplit_once('.').unwrap().1 {
            "json" => "application/json",
            "minisig" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        };
        assert_eq!(answer.header("content-type"), media_type, "{name}");
        is_open_and_not_sent_again(&host, &path, &answer, &[]).await;
    }
    let none = get(&host, "/v1/setup/files/root.2.json", &[ORIGIN]).await;
    assert_eq!(none.status(), 404);
    assert_eq!(none.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn both_encodings_of_a_setup_have_validators_of_their_own() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let accepts = ["*/*", BLOCK_MEDIA_TYPE].map(|accept| ("accept", accept));
    let mut etags = Vec::new();
    for accept in accepts {
        let answer = get(&host, SETUP, &[ORIGIN, accept]).await;
        assert_eq!((answer.status(), answer.header("vary")), (200, "accept"));
        is_open_and_not_sent_again(&host, SETUP, &answer, &[accept]).await;
        etags.push(answer.header("etag").to_owned());
    }
    let other = [accepts[0], ("if-none-match", &etags[1])];
    assert_eq!(get(&host, SETUP, &other).await.status(), 200);
}

async fn is_open_and_not_sent_again(
    host: &Arc<Host>,
    path: &str,
    answer: &Answer,
    accept: &[(&str, &str)],
) {
    assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
    // A new file is there for every client a few seconds later.
    let cached = answer.header("cache-control");
    assert_eq!(cached, "public, max-age=5", "{path}");
    let has = ("if-none-match", answer.header("etag"));
    let headers: Vec<_> = accept.iter().copied().chain([has]).collect();
    let again = get(host, path, &headers).await;
    assert_eq!((again.status(), again.body.len()), (304, 0), "{path}");
    for header in ["etag", "cache-control", "vary"] {
        assert_eq!(again.header(header), answer.header(header), "{path}");
    }
}
