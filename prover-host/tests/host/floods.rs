//! Strangers who ask for much and read a trickle of it, from one address and from several: they lose
//! their places, and who comes for something is served.

use std::net::SocketAddr;
use std::time::Duration;

use rpp_prover_host::http::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::strangers::{OK, PATIENCE, Server};

/// Connects from an address of this machine, `127.0.0.last`, as a client with little room.
async fn connect(server: &Server, last: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let from = SocketAddr::from(([127, 0, 0, last], 0));
    socket.bind(from).unwrap();
    socket.connect(server.address).await.unwrap()
}

/// Asks for more answers than the buffers of a socket hold, and reads nothing.
async fn ask_for_much(server: &Server, last: u8) -> TcpStream {
    let mut stream = connect(server, last).await;
    // As much as the server reads of what comes before the first is answered.
    let asks = "GET /v1/blocks?from=0&limit=64 HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
    stream.write_all(asks.as_bytes()).await.unwrap();
    stream
}

/// Returns the answer to one request from this address; empty if there is none.
async fn ask(server: &Server, last: u8, ask: &str) -> String {
    let mut stream = connect(server, last).await;
    let mut answer = Vec::new();
    // It may be turned away before it has asked, or while it does.
    let _ = stream.write_all(ask.as_bytes()).await;
    let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    let _ = read.expect("there is an answer, or none");
    String::from_utf8_lossy(&answer).into_owned()
}

async fn ask_for(server: &Server, last: u8, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ask(server, last, &request).await
}

#[tokio::test]
async fn who_reads_a_trickle_is_disconnected() {
    let limits = Limits {
        min_rate: 1 << 40,
        slack: Duration::from_millis(100),
        ..Limits::of(64)
    };
    let server = Server::start(limits).await;
    let mut stream = ask_for_much(&server, 1).await;
    let trickle = async {
        let mut some = [0; 512];
        while stream.read(&mut some).await.is_ok_and(|read| read > 0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let ended = timeout(PATIENCE, trickle).await;
    ended.expect("the server closes the connection");
    server.stop().await;
}

#[tokio::test]
async fn a_newcomer_takes_the_place_of_who_does_not_read() {
    let limits = Limits {
        per_client: 4,
        grace: Duration::ZERO,
        ..Limits::of(8)
    };
    let server = Server::start(limits).await;
    let mut slow = Vec::new();
    for last in [2, 3] {
        for _ in 0..4 {
            slow.push(ask_for_much(&server, last).await);
        }
    }
    let served = async {
        while !ask_for(&server, 4, "/v1/head").await.starts_with(OK) {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, served).await.expect("it is served");
    drop(slow);
    server.stop().await;
}

#[tokio::test]
async fn who_finds_no_room_learns_that_the_host_lives_and_is_busy() {
    let limits = Limits {
        connections: 4,
        per_client: 4,
        spare: 8,
        grace: Duration::from_secs(3600),
        ..Limits::of(4)
    };
    let server = Server::start(limits).await;
    let mut slow = Vec::new();
    for _ in 0..4 {
        slow.push(ask_for_much(&server, 1).await);
    }
    // Again and again: nobody keeps a spare place.
    for _ in 0..16 {
        let live = ask_for(&server, 1, "/health/live").await;
        assert!(live.starts_with(OK), "{live}");
        assert!(live.contains("connection: close"), "{live}");
        let busy = ask_for(&server, 1, "/v1/head").await;
        assert!(busy.starts_with("HTTP/1.1 503"), "{busy}");
        assert!(busy.contains(r#""code":"busy""#), "{busy}");
        assert!(busy.contains("retry-after: 1"), "{busy}");
    }
    let idle: Vec<_> = {
        let mut idle = Vec::new();
        for _ in 0..32 {
            idle.push(connect(&server, 1).await);
        }
        idle
    };
    let live = ask_for(&server, 5, "/health/live").await;
    assert!(live.starts_with(OK), "{live}");
    drop((idle, slow));
    server.stop().await;
}

#[tokio::test]
async fn who_shuts_down_their_half_gets_the_whole_answer() {
    let server = Server::start(Limits::of(64)).await;
    for path in [
        "/health/live",
        "/v1/head",
        "/v1/blocks?from=0&limit=64",
        "/v1/blocks/3/proofs/consensus",
    ] {
        let whole = ask_for(&server, 1, path).await;
        assert!(whole.starts_with(OK), "{whole}");
        let body = whole.split_once("\r\n\r\n").unwrap().1;
        for asks in [1, 3] {
            for _ in 0..8 {
                let mut stream = connect(&server, 1).await;
                let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").repeat(asks);
                stream.write_all(request.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
                let mut answer = Vec::new();
                let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
                read.expect("the server hangs up in the end").unwrap();
                let answer = String::from_utf8_lossy(&answer);
                assert_eq!(answer.matches(OK).count(), asks, "{path}");
                assert!(answer.ends_with(body), "{path}");
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_its_stream() {
    let limits = Limits {
        streams: 1,
        streams_per_client: 1,
        ..Limits::of(64)
    };
    let server = Server::start(limits).await;
    let request = "GET /v1/head/events HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut first = connect(&server, 1).await;
    first.write_all(request.as_bytes()).await.unwrap();
    first.read_exact(&mut [0; 15]).await.unwrap();
    drop(first);
    // Long before the next event or the next sign of life.
    let reopened = async {
        loop {
            let mut next = connect(&server, 1).await;
            next.write_all(request.as_bytes()).await.unwrap();
            let mut begun = [0; 15];
            next.read_exact(&mut begun).await.unwrap();
            if begun == *OK.as_bytes() {
                break;
            }
        }
    };
    let reopened = timeout(Duration::from_secs(10), reopened).await;
    reopened.expect("the stream's place is free");
    server.stop().await;
}

#[tokio::test]
async fn rejects_a_request_that_names_no_host_or_two() {
    let server = Server::start(Limits::of(64)).await;
    for hosts in ["", "Host: x\r\nHost: y\r\n"] {
        let request = format!("GET /v1/head HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        let answer = ask(&server, 1, &request).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains(r#""code":"bad-host""#), "{answer}");
    }
    let old = ask(&server, 1, "GET /v1/head HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200"), "{old}");
    server.stop().await;
}
