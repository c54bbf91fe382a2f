//! `trusted`: what a light client may start from, of a host on this machine.

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
pub(crate) fn genesis(address: SocketAddr) -> Result<String, TaskError> {
    let not_a_chain = "the process listening there did not answer with a chain";
    read(address, "/v1/chain", genesis_in, not_a_chain)
}

/// Returns `VERSION:SHA256` of the first root of the setup served by the host at `address`.
///
/// # Errors
///
/// [`TaskError::NotListening`] if the host does not answer with a setup.
pub(crate) fn root(address: SocketAddr) -> Result<String, TaskError> {
    let no_setup = "the process listening there did not answer with a signed setup";
    read(address, "/v1/setup?root=1", root_in, no_setup)
}

fn read(
    address: SocketAddr,
    path: &str,
    find: impl Fn(&Value) -> Option<String>,
    reason: &'static str,
) -> Result<String, TaskError> {
    let answer = get(address, path).ok();
    let found = answer.and_then(|answer| find(&document(&answer)?));
    found.ok_or(TaskError::NotListening { address, reason })
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

fn document(answer: &str) -> Option<Value> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    if head.split_whitespace().nth(1) != Some("200") {
        return None;
    }
    serde_json::from_str(body).ok()
}

fn root_in(setup: &Value) -> Option<String> {
    setup["first_fingerprint"].as_str().map(str::to_owned)
}

fn genesis_in(chain: &Value) -> Option<String> {
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
    fn reads_genesis_and_root_of_an_answer() {
        let body = r#"{"genesis_hash":"ab","genesis":{"timestamp_ms":"17"},"epoch_length":4,"first_fingerprint":"1:cd"}"#;
        let read = document(&format!("HTTP/1.0 200 OK\r\na: b\r\n\r\n{body}")).unwrap();
        assert_eq!(genesis_in(&read).as_deref(), Some("0:ab:17:4"));
        assert_eq!(root_in(&read).as_deref(), Some("1:cd"));
    }

    #[test]
    fn takes_no_other_answer() {
        assert_eq!(document("HTTP/1.0 404 Not Found\r\n\r\n{}"), None);
        assert_eq!(document("SSH-2.0"), None);
        let empty = document("HTTP/1.0 200 OK\r\n\r\n{}").unwrap();
        assert_eq!((genesis_in(&empty), root_in(&empty)), (None, None));
    }
}
