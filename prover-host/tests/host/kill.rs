//! The real binary, killed at random moments, many times over.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rpp_verifier::{BLOCK_MEDIA_TYPE, Blocks, JsonDocument};

use crate::audit::{Seen, audit};
use crate::binary::{devnet, temporary_files};

/// Reads one answer; the host closes the connection after it.
pub(crate) fn get(address: &str, path: &str) -> io::Result<Vec<u8>> {
    get_as(address, path, "*/*")
}

/// The same, of a document as bytes.
pub(crate) fn get_binary(address: &str, path: &str) -> io::Result<Vec<u8>> {
    get_as(address, path, BLOCK_MEDIA_TYPE)
}

fn get_as(address: &str, path: &str, accept: &str) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let head = format!("Host: {address}\r\nAccept: {accept}\r\n");
    write!(stream, "GET {path} HTTP/1.0\r\n{head}\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let body = head.map(|end| answer.split_off(end + 4));
    let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let length = String::from_utf8_lossy(&answer).to_lowercase();
    let length = length.split_once("content-length: ").ok_or_else(cut)?.1;
    let length: usize = length.split_once('\r').ok_or_else(cut)?.0.parse().unwrap();
    body.filter(|body| body.len() == length).ok_or_else(cut)
}

/// Asks for blocks until the host is gone, and remembers what it was shown.
fn poll(child: &mut Child, seen: Arc<Mutex<Seen>>) -> JoinHandle<()> {
    let log = BufReader::new(child.stderr.take().unwrap());
    std::thread::spawn(move || {
        let mut lines = log.lines().map_while(Result::ok);
        let address = lines.find_map(|line| {
            let (_, rest) = line.split_once("serving http://")?;
            Some(rest.split_once("/v1/chain")?.0.to_owned())
        });
        // Somebody has to read on, or the host waits for room in the pipe.
        let rest = std::thread::spawn(move || lines.for_each(drop));
        if let Some(address) = address {
            while let Ok(body) = {
                let from = seen.lock().unwrap().first_unproven();
                get(&address, &format!("/v1/blocks?from={from}&limit=64"))
            } {
                let page = Blocks::from_json(&body).unwrap();
                let mut seen = seen.lock().unwrap();
                page.blocks.iter().for_each(|block| seen.saw(block));
            }
        }
        rest.join().unwrap();
    })
}

/// Starts the host, kills it at a random moment, and returns whether it had not ended before.
fn live_and_die(data: &Path, moment: Duration, seen: &Arc<Mutex<Seen>>) -> bool {
    let mut command = devnet(data, &[]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let client = poll(&mut child, seen.clone());
    // Not to wait for anything: this is the moment of death.
    std::thread::sleep(moment);
    let alive = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    client.join().unwrap();
    alive
}

#[test]
fn a_host_that_is_killed_again_and_again_loses_nothing_and_signs_nothing_twice() {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut moments = StdRng::seed_from_u64(seed);
    let data = tempfile::tempdir().unwrap();
    let seen = Arc::new(Mutex::new(Seen::default()));
    let start = Instant::now();
    let mut kills = 0;
    while start.elapsed() < KILLING {
        // Some die before they serve, most while they sign and prove.
        let moment = Duration::from_micros(moments.random_range(1_000..1_000_000));
        assert!(live_and_die(data.path(), moment, &seen), "ended by itself");
        kills += 1;
    }
    let mut last = devnet(data.path(), &["--blocks", "6"]);
    let last = last.output().unwrap();
    assert_eq!(last.status.code(), Some(0));
    assert_eq!(temporary_files(data.path()), 0);
    let audited = audit(data.path());
    let mut seen = seen.lock().unwrap().clone();
    println!(
        "{kills} kills; {} blocks, {} proofs and {} leaves; seen {} and {}",
        audited.latest,
        audited.proven,
        audited.leaves,
        seen.blocks(),
        seen.proofs()
    );
    assert!(seen.proofs() > 3 && audited.proven == audited.latest);
    seen.saw_all(&audited.host);
    assert!(usize::try_from(audited.latest).unwrap() + 1 >= seen.blocks());
}

const KILLING: Duration = Duration::from_secs(20);
