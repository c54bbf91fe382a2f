//! `checkpoint`: the genesis of a host on this machine, as a checkpoint for a light client.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::error::TaskError;

/// Returns `HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH` of the genesis served by the host at `address`.
///
/// # Errors
///
/// [`TaskError::NotListening`] if the host does not answer with a chain.
pub(crate) fn of_genesis(address: SocketAddr) -> Result<String, TaskError> {
    let not_a_chain = |_| TaskError::NotListening {
        address,
        reason: "the process listening there did not answer with a chain",
    };
    let answer = get(address, "/v1/chain").map_err(not_a_chain)?;
    parse(&answer).ok_or_else(|| not_a_chain(io::ErrorKind::InvalidData.into()))
}

/// Sends one request on one connection, which the host closes; this needs no HTTP client library.
pub(crate) fn get(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(MAX_BYTES).read_to_string(&mut answer)?;
    Ok(answer)
}

fn parse(answer: &str) -> Option<String> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    if head.split_whitespace().nth(1) != Some("200") {
        return None;
    }
    let chain: Value = serde_json::from_str(body).ok()?;
    let hash = chain["genesis_hash"].as_str()?;
    let timestamp = chain["genesis"]["timestamp_ms"].as_str()?;
    let epoch_length = chain["epoch_length"].as_u64()?;
    Some(format!("0:{hash}:{timestamp}:{epoch_length}"))
}

const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_BYTES: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_genesis_of_an_answer() {
        let body = r#"{"genesis_hash":"ab","genesis":{"timestamp_ms":"17"},"epoch_length":4}"#;
        let answer = format!("HTTP/1.0 200 OK\r\na: b\r\n\r\n{body}");
        assert_eq!(parse(&answer).as_deref(), Some("0:ab:17:4"));
    }

    #[test]
    fn takes_no_other_answer() {
        assert_eq!(parse("HTTP/1.0 404 Not Found\r\n\r\n{}"), None);
        assert_eq!(parse("HTTP/1.0 200 OK\r\n\r\n{}"), None);
        assert_eq!(parse("SSH-2.0"), None);
    }
}
