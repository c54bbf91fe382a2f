//! The transport over HTTP against servers that misbehave on the wire.

use std::time::Duration;

use rpp_light_client::{Answer, HttpTransport, Request, Transport, TransportError, TransportFault};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Serves `bytes` to everybody who asks, then `more` for as long as it is read.
async fn serve(bytes: &'static [u8], more: &'static [u8]) -> HttpTransport {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 1024];
            let _ = stream.read(&mut asked).await;
            let mut written = stream.write_all(bytes).await;
            while written.is_ok() && !more.is_empty() {
                written = stream.write_all(more).await;
            }
        }
    });
    HttpTransport::new(&url).unwrap()
}

async fn get(transport: &HttpTransport) -> Result<Answer, TransportError> {
    let request = Request {
        path: "/v1/head".into(),
        accept: "application/vnd.rpp.block",
        max_bytes: 1000,
        body: None,
    };
    transport.send(&request).await
}

#[tokio::test]
async fn reads_a_whole_answer_and_its_wait() {
    let transport = serve(
        b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}",
        b"",
    );
    let expected = Answer {
        status: 503,
        content_type: String::new(),
        retry_after: Some(Duration::from_secs(7)),
        body: b"{}".to_vec(),
    };
    assert_eq!(get(&transport.await).await, Ok(expected));
}

#[tokio::test]
async fn rejects_a_body_that_does_not_end() {
    let endless = serve(b"HTTP/1.1 200 OK\r\n\r\n", &[b' '; 4096]).await;
    assert_eq!(
        get(&endless).await.unwrap_err().fault,
        TransportFault::TooLong
    );
}

#[tokio::test]
async fn rejects_half_a_body() {
    let half = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", b"").await;
    assert_eq!(
        get(&half).await.unwrap_err().fault,
        TransportFault::Unreachable
    );
}

#[tokio::test]
async fn follows_no_redirect() {
    let moved = serve(
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
        b"",
    );
    assert_eq!(get(&moved.await).await.unwrap().status, 302);
}

#[tokio::test]
async fn keeps_the_status_of_a_problem_whose_page_is_too_long() {
    let page = b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 1000000\r\n\r\n";
    let answer = get(&serve(page, &[b'x'; 1000]).await).await.unwrap();
    assert_eq!(answer.status, 503);
    assert_eq!(answer.retry_after, Some(std::time::Duration::from_secs(7)));
    assert!(answer.body.is_empty());
}

/// The whole answer takes longer than the provider may be silent.
#[tokio::test]
async fn waits_for_an_answer_that_keeps_coming() {
    let (transport, silence) = dripping(40, Duration::from_millis(150)).await;
    let start = std::time::Instant::now();
    let request = Request {
        path: "/v1/head".into(),
        accept: "application/vnd.rpp.block",
        // At the slowest rate it may take minutes.
        max_bytes: 400_000,
        body: None,
    };
    assert_eq!(transport.send(&request).await.unwrap().body.len(), 40);
    assert!(start.elapsed() > silence);
}

#[tokio::test]
async fn counts_what_came_of_an_answer_that_fell_silent() {
    let (transport, _) = dripping(3, Duration::from_secs(3_600)).await;
    let error = get(&transport).await.unwrap_err();
    assert_eq!((error.fault, error.bytes), (TransportFault::Timeout, 1));
}

/// Serves an answer byte by byte.
async fn dripping(bytes: u32, pause: Duration) -> (HttpTransport, Duration) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 1024]).await;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..bytes {
            let _ = stream.write_all(b"x").await;
            tokio::time::sleep(pause).await;
        }
    });
    let silence = Duration::from_secs(5);
    (HttpTransport::with_timeout(&url, silence).unwrap(), silence)
}

#[tokio::test]
async fn says_that_nobody_is_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = get(&HttpTransport::new(&url).unwrap()).await.unwrap_err();
    assert_eq!(error.fault, TransportFault::Unreachable);
    assert!(!error.detail.is_empty());
}

#[test]
fn rejects_what_is_no_address_of_a_provider() {
    for url in [
        "",
        "ftp://host",
        "http://",
        "http://host/?q",
        "http://host/#f",
        "host:1",
    ] {
        assert_eq!(HttpTransport::new(url).unwrap_err().url, url);
    }
}

#[tokio::test]
async fn posts_what_is_handed_in_and_nothing_else() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let read = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        // The body is the end of it.
        while !asked.ends_with(b"\r\n\r\nsigned") {
            assert_ne!(stream.read_buf(&mut asked).await.unwrap(), 0);
        }
        let answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok";
        stream.write_all(answer).await.unwrap();
        String::from_utf8(asked).unwrap().to_ascii_lowercase()
    });
    let transport = HttpTransport::new(&url).unwrap();
    let request = Request::submit(b"signed".to_vec());
    let answer = transport.send(&request).await.unwrap();
    assert_eq!((answer.status, &*answer.body), (202, &b"ok"[..]));
    let asked = read.await.unwrap();
    assert!(
        asked.starts_with("post /v1/transactions http/1.1\r\n"),
        "{asked}"
    );
    for header in [
        "accept: application/vnd.rpp.block\r\n",
        "content-type: application/vnd.rpp.operation\r\n",
        "content-length: 6\r\n",
    ] {
        assert!(asked.contains(header), "{header} {asked}");
    }
}
