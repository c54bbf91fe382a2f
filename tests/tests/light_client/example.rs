//! The example of the light client, over HTTP, with its state in a file.

use rpp_light_client::{Step, TransportFault};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::support::{CHAIN, TOP};

#[path = "../../../sdk/examples/follow_chain.rs"]
#[allow(dead_code, reason = "its `main` follows for ever")]
mod follow_chain;

/// Serves [`CHAIN`] over HTTP.
async fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            let answer = CHAIN.get(line.split(' ').nth(1).unwrap(), TOP);
            let head = format!(
                "HTTP/1.1 {} X\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                answer.status,
                answer.body.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&answer.body).await;
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn follows_to_the_head_and_goes_on_from_its_file() {
    let (url, folder) = (serve().await, tempfile::tempdir().unwrap());
    let state = folder.path().join("state");
    let (checkpoint, state) = (CHAIN.checkpoint(0).to_string(), state.to_str().unwrap());
    let mut client = follow_chain::open(&url, &checkpoint, state).unwrap();
    let mut lines = Vec::new();
    while client.status().head.0 < TOP {
        lines.push(follow_chain::describe(&client.next().await.unwrap()));
    }
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[3], "head 13: 418 of 418 signed, 128 bits");
    drop(client);
    // Nobody is there any more.
    let mut client = follow_chain::open("http://127.0.0.1:1", &checkpoint, state).unwrap();
    assert_eq!(client.next().await.unwrap().step(), Step::Stored);
    let away = client.next().await.unwrap_err();
    assert_eq!(away.code(), TransportFault::Unreachable.code());
}
