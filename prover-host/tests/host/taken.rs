//! The real binary, killed while it takes operations: what it said it took is never lost.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rand::RngExt;
use rpp_verifier::{JsonDocument, OperationHash, TransactionStatus};

use crate::binary::{Devnet, devnet};
use crate::kill::get;
use crate::wallet::Wallet;

/// Posts an operation, and returns the status; the host closes the connection after it.
fn post(address: &str, body: &[u8]) -> io::Result<u16> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let length = body.len();
    write!(
        stream,
        "POST /v1/transactions HTTP/1.0\r\nHost: {address}\r\n\
         Content-Type: application/vnd.rpp.operation\r\nContent-Length: {length}\r\n\r\n"
    )?;
    stream.write_all(body)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok());
    status.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn status(address: &str, hash: &OperationHash) -> TransactionStatus {
    let body = get(address, &format!("/v1/transactions/{hash}")).unwrap();
    TransactionStatus::from_json(&body)
        .unwrap_or_else(|e| panic!("{hash}: {e}: {}", String::from_utf8_lossy(&body)))
}

fn start(data: &Path) -> (Devnet, String) {
    let devnet = Devnet::spawn(devnet(data, &["--chain-id", "7"]));
    let address = devnet.url().strip_prefix("http://").unwrap().to_owned();
    (devnet, address)
}

/// Registers account after account until the host is gone; returns what it said it took.
fn register(address: &str, seeds: std::ops::Range<u8>) -> Vec<OperationHash> {
    let mut taken = Vec::new();
    for seed in seeds {
        let signed = Wallet::new(seed).register(1_000_000 + u32::from(seed), 0);
        match post(address, &signed.to_bytes()) {
            Ok(202) => taken.push(signed.hash()),
            Ok(status) => panic!("{status}"),
            Err(_) => break,
        }
    }
    taken
}

#[test]
fn what_a_host_said_it_took_is_there_after_each_kill_and_gets_into_a_block() {
    let data = tempfile::tempdir().unwrap();
    let mut taken = Vec::new();
    for round in 0..4_u8 {
        let (devnet, address) = start(data.path());
        for hash in &taken {
            let status = status(&address, hash);
            let is_there = !matches!(status, TransactionStatus::Dropped { .. });
            assert!(is_there, "{status:?}");
        }
        let seeds = 10 + 50 * round..60 + 50 * round;
        let client = std::thread::spawn(move || register(&address, seeds));
        // Not to wait for anything: this is the moment of death.
        let moment = rand::rng().random_range(20_000..500_000);
        std::thread::sleep(Duration::from_micros(moment));
        devnet.kill();
        taken.extend(client.join().unwrap());
    }
    println!("{} operations were taken", taken.len());
    assert!(!taken.is_empty());
    let (devnet, address) = start(data.path());
    let began = Instant::now();
    taken.retain(|hash| {
        while began.elapsed() < Duration::from_secs(60) {
            if let TransactionStatus::Included { .. } = status(&address, hash) {
                return false;
            }
        }
        true
    });
    assert!(taken.is_empty(), "{taken:?}");
    assert!(devnet.terminate().success());
}
