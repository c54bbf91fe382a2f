//! What strangers make the host do for each request: no line in its log, and no copy of what it serves.

use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::Method;
use http_body_util::BodyExt;
use rpp_prover_host::http::router;
use tower::ServiceExt;
use tracing::Level;

use crate::support::{CHAIN, ask_of, request};

/// What is logged, as text.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn lines(&self) -> usize {
        let text = self.0.lock().unwrap();
        text.iter().filter(|byte| **byte == b'\n').count()
    }
}

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_refusal_is_no_line_of_the_log() {
    let router = router(CHAIN.host.clone(), None);
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::INFO)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let ask = |path| request(Method::GET, path, &[]);
    let mut streams = Vec::new();
    let mut refused = 0;
    for _ in 0..500 {
        let answer = router.clone().oneshot(ask("/v1/head/events")).await;
        let answer = answer.unwrap();
        if answer.status() == 503 {
            refused += 1;
        } else {
            streams.push(answer);
        }
    }
    assert!(refused > 0 && !streams.is_empty());
    for path in ["/nothing", "/v1/blocks/10/proofs/consensus", "/v1/blocks/x"] {
        for _ in 0..100 {
            let answer = ask_of(router.clone(), ask(path)).await;
            assert!(answer.status() >= 400, "{path}");
        }
    }
    assert_eq!(log.lines(), 0);
}

/// Returns the body as the router hands it over.
async fn body(router: &Router, path: &str) -> Bytes {
    let request = request(Method::GET, path, &[]);
    let answer = router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let mut body = answer.into_body();
    let frame = body.frame().await.unwrap().unwrap();
    frame.into_data().unwrap()
}

#[tokio::test]
async fn answers_share_the_bytes_of_a_proof_and_of_the_head() {
    let router = router(CHAIN.host.clone(), None);
    for path in ["/v1/blocks/3/proofs/consensus", "/v1/head"] {
        let (one, other) = (body(&router, path).await, body(&router, path).await);
        assert_eq!(one, other, "{path}");
        assert_eq!(one.as_ptr(), other.as_ptr(), "{path}");
    }
}
