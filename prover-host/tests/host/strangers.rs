//! Strangers who open connections and ask nothing, send half a request, or do not read the answer:
//! those who come for something are served all the same.

use std::net::SocketAddr;
use std::time::Duration;

use rpp_prover_host::clock::system_clock;
use rpp_prover_host::http::{Limits, Site, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::support::CHAIN;

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A server of the chain that all tests read.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let site = Site::new(None, limits, system_clock, stop.clone());
        site.open(CHAIN.host.clone());
        let served = tokio::spawn(async move { serve(&listener, site).await });
        Self {
            address,
            stop,
            served,
        }
    }

    async fn open(&self, bytes: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        stream
    }

    /// Returns the first line of the answer to a request on a connection of its own.
    pub(crate) async fn ask(&self, path: &str) -> String {
        let ask = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let mut stream = self.open(&ask).await;
        let mut answer = Vec::new();
        let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        read.expect("there is an answer").unwrap();
        let answer = String::from_utf8_lossy(&answer);
        answer.lines().next().unwrap_or_default().to_owned()
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        timeout(PATIENCE, self.served).await.unwrap().unwrap();
    }
}

/// Waits until the server has closed the connection.
async fn closed(stream: &mut TcpStream) {
    let read = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await;
    // Whether it is told so or finds it reset.
    let _ = read.expect("the server closes the connection");
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK";
const HALF_A_HEAD: &str = "GET /v1/head HTTP/1.1\r\nX-Pad: ";

#[tokio::test]
async fn a_server_full_of_strangers_serves_who_comes() {
    let limits = Limits {
        connections: 16,
        per_client: 16,
        grace: Duration::ZERO,
        ..Limits::of(16)
    };
    let server = Server::start(limits).await;
    let mut strangers = Vec::new();
    for (i, bytes) in ["", HALF_A_HEAD].into_iter().cycle().take(64).enumerate() {
        strangers.push(server.open(bytes).await);
        if i % 8 == 0 {
            assert_eq!(server.ask("/health/live").await, OK, "{i}");
            assert_eq!(server.ask("/v1/head").await, OK, "{i}");
        }
    }
    // The oldest are the ones who went.
    closed(&mut strangers[0]).await;
    server.stop().await;
}

#[tokio::test]
async fn who_sends_no_request_or_reads_no_answer_is_disconnected() {
    let short = Duration::from_millis(100);
    let limits = Limits {
        idle: short,
        head: short,
        stall: short,
        ..Limits::of(64)
    };
    let server = Server::start(limits).await;
    let mut idle = server.open("").await;
    let mut half = server.open(HALF_A_HEAD).await;
    let mut kept = server
        .open("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    let mut begun = [0; 15];
    kept.read_exact(&mut begun).await.unwrap();
    assert_eq!(begun, OK.as_bytes());
    for stream in [&mut idle, &mut half, &mut kept] {
        closed(stream).await;
    }
    // It asks without end and reads nothing, until the server has gone away.
    let asks = "GET /v1/blocks?from=0&limit=64 HTTP/1.1\r\nHost: x\r\n\r\n".repeat(400);
    let mut deaf = TcpStream::connect(server.address).await.unwrap();
    let asking = async { while deaf.write_all(asks.as_bytes()).await.is_ok() {} };
    let asked = timeout(PATIENCE, asking).await;
    asked.expect("the server closes the connection");
    server.stop().await;
}

#[tokio::test]
async fn a_client_has_its_share_of_connections_and_of_streams() {
    let limits = Limits {
        connections: 16,
        per_client: 4,
        grace: Duration::ZERO,
        streams: 8,
        streams_per_client: 2,
        ..Limits::of(16)
    };
    let server = Server::start(limits).await;
    let ask = "GET /v1/head/events HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut streams = Vec::new();
    for _ in 0..2 {
        let mut stream = server.open(ask).await;
        let mut begun = [0; 15];
        stream.read_exact(&mut begun).await.unwrap();
        assert_eq!(begun, OK.as_bytes());
        streams.push(stream);
    }
    assert!(server.ask("/v1/head/events").await.contains("503"));
    let mut idle = [server.open("").await, server.open("").await];
    // The client is at its limit; of its own, the one that asks nothing goes.
    assert_eq!(server.ask("/health/live").await, OK);
    closed(&mut idle[0]).await;
    server.stop().await;
}

#[tokio::test]
async fn before_there_is_a_host_the_site_lives_and_says_what_it_does() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let site = Site::new(None, Limits::of(64), system_clock, stop.clone());
    site.say("key 3 of 7 is generated");
    let serving = site.clone();
    let served = tokio::spawn(async move { serve(&listener, serving).await });
    let server = Server {
        address,
        stop,
        served,
    };
    assert_eq!(server.ask("/health/live").await, OK);
    for path in ["/health/ready", "/v1/chain", "/v1/head", "/"] {
        assert!(server.ask(path).await.contains("503"), "{path}");
    }
    let ask = "GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    let mut stream = server.open(ask).await;
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("key 3 of 7"), "{answer}");
    assert!(answer.contains("retry-after: 1"), "{answer}");
    site.open(CHAIN.host.clone());
    assert_eq!(server.ask("/v1/chain").await, OK);
    server.stop().await;
}
