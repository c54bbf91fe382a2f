//! The stream of heads.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{Method, Response};
use futures_util::StreamExt;
use rpp_prover_host::clock::system_clock;
use rpp_prover_host::http::{Limits, Site, router, serve};
use rpp_prover_host::prove::Witnesses;
use rpp_verifier::{Head, JsonDocument};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::support::{CHAIN, Opened, PROVEN, get, get_with, request};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

async fn open(router: &Router, headers: &[(&str, &str)]) -> Response<Body> {
    let request = request(Method::GET, "/v1/head/events", headers);
    router.clone().oneshot(request).await.unwrap()
}

/// Reads the next event: its id and its head.
async fn next(events: &mut BodyDataStream) -> (String, Head) {
    let mut text = String::new();
    while !text.ends_with("\n\n") || text.starts_with(':') {
        let chunk = timeout(PATIENCE, events.next()).await.unwrap().unwrap();
        text += std::str::from_utf8(&chunk.unwrap()).unwrap();
    }
    let field = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name));
        value.unwrap().trim_start().to_owned()
    };
    assert_eq!(field("event:"), "head");
    let head = Head::from_json(field("data:").as_bytes()).unwrap();
    (field("id:"), head)
}

#[tokio::test]
async fn a_stream_begins_with_the_newest_proven_block() {
    let router = router(CHAIN.host.clone(), None);
    for headers in [&[][..], &[("last-event-id", "8")]] {
        let answer = open(&router, headers).await;
        assert_eq!(answer.status(), 200);
        let header = |name| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "text/event-stream");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-accel-buffering"), "no");
        let mut events = answer.into_body().into_data_stream();
        let (id, head) = next(&mut events).await;
        assert_eq!((id, head.block.header.height), (PROVEN.to_string(), PROVEN));
        let served = get("/v1/head").await;
        assert_eq!(head, Head::from_json(&served.body).unwrap());
    }
}

#[tokio::test]
async fn each_new_head_is_told_once_and_no_head_twice() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
    let router = router(opened.host.clone(), None);
    // Before the first proof there is nothing to tell.
    let mut events = open(&router, &[]).await.into_body().into_data_stream();
    let from_two = open(&router, &[("last-event-id", "2")]).await;
    let pipeline = opened.pipeline(Witnesses::Drop);
    let run = pipeline.run(opened.devnet, Some(4), CancellationToken::new());
    let run = tokio::spawn(run);
    let mut heights = Vec::new();
    while heights.last() != Some(&4) {
        heights.push(next(&mut events).await.1.block.header.height);
    }
    assert!(heights.is_sorted_by(|a, b| a < b), "{heights:?}");
    let mut from_two = from_two.into_body().into_data_stream();
    assert!(next(&mut from_two).await.1.block.header.height > 2);
    run.await.unwrap().unwrap();
}

#[tokio::test]
async fn rejects_an_event_id_that_is_no_height() {
    for id in ["x", "-1", "07", "4294967296", ""] {
        let answer = get_with("/v1/head/events", &[("last-event-id", id)]).await;
        assert_eq!(
            (answer.status(), answer.problem_code()),
            (400, "bad-height".into())
        );
    }
}

#[tokio::test]
async fn rejects_more_streams_than_the_host_keeps_for_a_client() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
    let router = router(opened.host.clone(), None);
    let mut streams = Vec::new();
    for _ in 0..64 {
        let stream = open(&router, &[("origin", "https://wallet.example")]).await;
        assert_eq!(stream.status(), 200);
        assert_eq!(stream.headers()["access-control-allow-origin"], "*");
        streams.push(stream);
    }
    let refused = open(&router, &[("origin", "https://wallet.example")]).await;
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(refused.headers()["access-control-allow-origin"], "*");
    streams.pop();
    assert_eq!(open(&router, &[]).await.status(), 200);
}

#[tokio::test]
async fn streams_end_when_the_host_does() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let site = Site::new(None, Limits::of(8), system_clock, stop.clone());
    site.open(opened.host.clone());
    let served = tokio::spawn(async move { serve(&listener, site).await });
    let mut stream = TcpStream::connect(address).await.unwrap();
    let ask = format!("GET /v1/head/events HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut begun = [0; 15];
    stream.read_exact(&mut begun).await.unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200 OK");
    stop.cancel();
    let mut rest = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    read.unwrap().unwrap();
    timeout(PATIENCE, served).await.unwrap().unwrap();
}
