//! The list of URLs and of answers over HTTP.

use std::time::Duration;

use rpp_light_client::{
    Config, Error, HttpTransport, LightClient, MemoryStore, Request, SystemClock, Transport,
    TransportFault,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::provider::{Part, Provider, Then};
use crate::{listed, ours};

#[derive(Deserialize)]
struct Url {
    url: String,
    base: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    name: String,
    wire: Vec<Part>,
    max_bytes: Option<usize>,
    expect: Value,
}

#[derive(Deserialize)]
struct Silence {
    name: String,
    wire: Vec<Part>,
}

#[derive(Deserialize)]
struct Problem {
    name: String,
    wire: Vec<Part>,
    kind: String,
    code: String,
    passes: bool,
    shown: Option<String>,
}

#[derive(Deserialize)]
struct Unreachable {
    name: String,
    url: String,
    says: Vec<String>,
}

#[test]
fn takes_and_refuses_the_urls_of_the_list() {
    for Url { url, base } in ours("http", "urls") {
        let parsed = HttpTransport::new(&url);
        let got = parsed.as_ref().map(HttpTransport::url);
        match base {
            Some(base) => assert_eq!(got.ok(), Some(base.as_str()), "{url:?}"),
            None => assert_eq!(got.unwrap_err().code(), "bad-url", "{url:?}"),
        }
    }
}

#[tokio::test]
async fn makes_of_every_answer_what_the_list_says() {
    let provider = Provider::start(Then::HangUp).await;
    let transport = HttpTransport::new(&provider.url).unwrap();
    let mut others = Vec::new();
    for case in ours::<Answer>("http", "answers") {
        provider.sends(&case.wire);
        let got = match transport
            .send(&request(case.max_bytes.unwrap_or(100)))
            .await
        {
            Ok(answer) => json!({
                "status": answer.status,
                "retry_after_ms": answer.retry_after.map(ms),
                "body_bytes": answer.body.len(),
            }),
            Err(error) => json!({ "fault": error.fault.code() }),
        };
        if got != case.expect {
            others.push(format!("{}: {got}", case.name));
        }
    }
    assert_eq!(others, Vec::<String>::new());
}

/// As JavaScript has it: a whole number as long as it is one.
fn ms(wait: Duration) -> Value {
    let ms = wait.as_millis();
    u64::try_from(ms).map_or_else(
        |_| json!(ms.to_string().parse::<f64>().unwrap()),
        Value::from,
    )
}

#[tokio::test]
async fn waits_for_no_answer_longer_than_it_may() {
    let provider = Provider::start(Then::Stay).await;
    let http = reqwest::Client::builder()
        .timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let transport = HttpTransport::with_client(&provider.url, http).unwrap();
    for Silence { name, wire } in ours("http", "silences") {
        provider.sends(&wire);
        let error = transport.send(&request(100)).await.unwrap_err();
        assert_eq!(error.fault, TransportFault::Timeout, "{name}: {error}");
    }
}

#[tokio::test]
async fn tells_trouble_from_a_refusal_as_the_list_does() {
    let provider = Provider::start(Then::HangUp).await;
    let mut others = Vec::new();
    for case in ours::<Problem>("http", "problems") {
        provider.sends(&case.wire);
        let transport = HttpTransport::new(&provider.url).unwrap();
        let (store, clock) = (MemoryStore::default(), SystemClock::default());
        let mut client = LightClient::new(config(), transport, store, clock).unwrap();
        let error = client.next().await.unwrap_err();
        let shown = match &error {
            Error::Problem(problem) => problem.provider_code.clone(),
            _ => None,
        };
        let got = (
            error.kind().name(),
            error.code(),
            error.is_transient(),
            shown,
        );
        if got != (&*case.kind, &*case.code, case.passes, case.shown) {
            others.push(format!("{}: {got:?}", case.name));
        }
    }
    assert_eq!(others, Vec::<String>::new());
}

#[tokio::test]
async fn names_why_a_provider_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    drop(listener);
    for Unreachable { name, url, says } in ours("http", "unreachable") {
        let transport = HttpTransport::new(&url.replace("PORT", &port)).unwrap();
        let error = transport.send(&request(1)).await.unwrap_err();
        assert_eq!(error.fault, TransportFault::Unreachable, "{name}");
        let detail = error.detail.to_lowercase();
        let is_said = says
            .iter()
            .any(|word| detail.contains(&word.to_lowercase()));
        assert!(is_said, "{name}: {detail}");
    }
}

#[tokio::test]
async fn sends_nothing_of_a_user_even_after_a_cookie() {
    let provider = Provider::start(Then::HangUp).await;
    let cookie = "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}";
    provider.sends(&[Part::Text(cookie.into())]);
    let transport = HttpTransport::new(&provider.url).unwrap();
    for _ in 0..2 {
        transport.send(&request(100)).await.unwrap();
    }
    let never = listed("http")["never_sent"].clone();
    let requests = provider.requests.lock().unwrap().clone();
    assert_eq!(requests.len(), 2);
    for asked in requests {
        let asked = asked.to_lowercase();
        assert!(asked.contains("\r\naccept: a/b\r\n"), "{asked}");
        // Whoever names no encoding takes them all.
        assert!(
            asked.contains("\r\naccept-encoding: identity\r\n"),
            "{asked}"
        );
        for name in never.as_array().unwrap() {
            let header = format!("\r\n{}:", name.as_str().unwrap());
            assert!(!asked.contains(&header), "{asked}");
        }
    }
}

fn request(max_bytes: usize) -> Request {
    Request {
        path: "/".into(),
        accept: "a/b",
        max_bytes,
        body: None,
    }
}

fn config() -> Config {
    let hash = "01".repeat(32);
    let checkpoint = format!("0:{hash}:1700000000000:32");
    Config::new(checkpoint.parse().unwrap())
}
