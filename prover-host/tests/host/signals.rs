//! The real binary, and what whoever starts it decides: signals, and how many descriptors there are.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use crate::binary::{Devnet, devnet, terminate, wait};
use crate::kill::get;
use crate::wallet::Wallet;

type Log = Lines<BufReader<ChildStderr>>;

/// Starts a devnet in a shell that does `before` at first; returns its log.
fn start(data: &Path, before: &str) -> (Child, Log) {
    let command = devnet(data, &[]);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{before}; exec \"$@\""));
    shell.arg("sh").arg(command.get_program());
    shell.args(command.get_args()).env_remove("RUST_LOG");
    let mut child = shell.stderr(Stdio::piped()).spawn().unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    (child, log.lines())
}

/// Reads the log up to the line that says where it serves; returns what came before, and the address.
fn served(log: &mut Log) -> (Vec<String>, String) {
    let mut before = Vec::new();
    for line in log {
        let line = line.unwrap();
        if let Some((_, rest)) = line.split_once("serving http://") {
            let address = rest.split_once("/v1/chain").unwrap().0.to_owned();
            return (before, address);
        }
        before.push(line);
    }
    panic!("it ended: {before:?}");
}

fn hang_up(child: &Child) {
    let mut kill = Command::new("kill");
    let kill = kill.arg("-HUP").arg(child.id().to_string());
    assert!(kill.status().unwrap().success());
}

#[test]
fn a_devnet_stops_in_order_when_its_terminal_is_closed() {
    let data = tempfile::tempdir().unwrap();
    let (mut child, mut log) = start(&data.path().join("chain"), "trap - HUP");
    served(&mut log);
    hang_up(&child);
    // Twice, as a terminal does it for a session and its leader.
    hang_up(&child);
    let rest = std::thread::spawn(move || log.map_while(Result::ok).collect::<Vec<_>>());
    assert_eq!(wait(&mut child).code(), Some(0));
    let rest = rest.join().unwrap();
    assert!(
        rest.iter().any(|line| line.contains("stopping")),
        "{rest:?}"
    );
}

#[test]
fn a_devnet_under_nohup_outlives_its_terminal() {
    let data = tempfile::tempdir().unwrap();
    let (mut child, mut log) = start(&data.path().join("chain"), "trap '' HUP");
    let (_, address) = served(&mut log);
    let rest = std::thread::spawn(move || log.map_while(Result::ok).count());
    hang_up(&child);
    for _ in 0..8 {
        get(&address, "/health/live").unwrap();
    }
    terminate(&child);
    assert_eq!(wait(&mut child).code(), Some(0));
    rest.join().unwrap();
}

/// The operation is not valid, but a block may have it: that is looked up.
#[test]
fn a_request_in_flight_at_the_end_is_answered_from_the_database() {
    let data = tempfile::tempdir().unwrap();
    let chain = data.path().join("chain");
    let running = Devnet::spawn(devnet(&chain, &["--chain-id", "7"]));
    let body = Wallet::new(3).register(0, 0).to_bytes();
    let address = running.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /v1/transactions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n\
         Content-Type: application/vnd.rpp.operation\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // It is being read from now on.
    let mut reads = [0; 25];
    stream.read_exact(&mut reads).unwrap();
    assert_eq!(&reads, b"HTTP/1.1 100 Continue\r\n\r\n");
    let ended = std::thread::spawn(move || running.terminate());
    // A database that is closed has no log any more.
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(2) && chain.join("chain.db-wal").exists() {
        std::thread::yield_now();
    }
    stream.write_all(&body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\"code\":\"operation-taken\""), "{answer}");
    assert_eq!(ended.join().unwrap().code(), Some(0));
    assert!(!chain.join("chain.db-wal").exists());
}

#[test]
fn a_devnet_says_how_many_connections_it_takes_and_why_not_more() {
    let data = tempfile::tempdir().unwrap();
    for (descriptors, said) in [
        ("200", "rather than 2048"),
        ("4096", "at most 2048 connections"),
    ] {
        let folder = data.path().join(descriptors);
        let (mut child, mut log) = start(&folder, &format!("ulimit -n {descriptors}"));
        let (before, _) = served(&mut log);
        let rest = std::thread::spawn(move || log.map_while(Result::ok).count());
        let says = before.iter().filter(|line| line.contains(said)).count();
        assert_eq!(says, 1, "{before:?}");
        terminate(&child);
        assert_eq!(wait(&mut child).code(), Some(0));
        rest.join().unwrap();
    }
}
