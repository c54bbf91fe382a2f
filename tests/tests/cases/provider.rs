//! A provider that answers every request with the same bytes, whatever they are.

use std::sync::{Arc, Mutex};

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A part of what is sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Part {
    /// One byte for each character.
    Text(String),
    /// So many `x`.
    Count(usize),
    Repeat {
        repeat: String,
        times: usize,
    },
    Hex {
        hex: String,
    },
}

impl Part {
    fn bytes(&self) -> Vec<u8> {
        let latin1 = |text: &str| -> Vec<u8> {
            let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap());
            bytes.collect()
        };
        match self {
            Self::Text(text) => latin1(text),
            Self::Count(count) => vec![b'x'; *count],
            Self::Repeat { repeat, times } => latin1(repeat).repeat(*times),
            Self::Hex { hex } => hex::decode(hex).unwrap(),
        }
    }
}

/// What the provider does when it has sent everything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Then {
    HangUp,
    Stay,
}

/// A provider on a port of this machine.
pub(crate) struct Provider {
    pub(crate) url: String,
    /// What it sends.
    pub(crate) wire: Arc<Mutex<Vec<u8>>>,
    /// What it was asked.
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    pub(crate) async fn start(then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            wire: Arc::default(),
            requests: Arc::default(),
        };
        let (wire, requests) = (provider.wire.clone(), provider.requests.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (wire, requests) = (wire.clone(), requests.clone());
                tokio::spawn(async move {
                    let request = request(&mut stream).await?;
                    requests.lock().unwrap().push(request);
                    let bytes = wire.lock().unwrap().clone();
                    stream.write_all(&bytes).await.ok()?;
                    match then {
                        Then::HangUp => stream.shutdown().await.ok()?,
                        // Until the client has gone.
                        Then::Stay => drop(stream.read(&mut [0]).await),
                    }
                    Some(())
                });
            }
        });
        provider
    }

    pub(crate) fn sends(&self, wire: &[Part]) {
        *self.wire.lock().unwrap() = wire.iter().flat_map(Part::bytes).collect();
    }
}

async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(request).ok()
}
