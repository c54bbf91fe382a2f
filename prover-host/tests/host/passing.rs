//! Faults that pass: the host waits for them, says so, and goes on by itself.

use std::io::Read;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sqlx::Connection as _;

use crate::audit::{audit, connect};
use crate::binary::{Devnet, devnet, host};

/// A small disk in memory; unmounted when it goes.
struct Disk<'a>(&'a Path);

impl Disk<'_> {
    /// Mounts it, which takes root.
    fn mount(at: &Path, options: &str) -> bool {
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", options, "host-test"])
            .arg(at);
        mount.output().is_ok_and(|mounted| mounted.status.success())
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

/// Asks until the answer has `what` in it, and returns the answer.
fn wait_for(devnet: &Devnet, path: &str, what: &str) -> String {
    let start = Instant::now();
    let mut last = String::new();
    while start.elapsed() < Duration::from_secs(300) {
        last = ask(devnet, path);
        if last.contains(what) {
            return last;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{path} does not answer with {what:?}: {last}");
}

fn ask(devnet: &Devnet, path: &str) -> String {
    use std::io::Write;

    let address = devnet.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let ask = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn latest(devnet: &Devnet) -> u32 {
    let ready = wait_for(devnet, "/health/ready", "\"ready\":true");
    let (_, rest) = ready.split_once("\"latest_height\":").unwrap();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[test]
fn a_full_disk_is_waited_for_and_costs_no_block() {
    let mountpoint = tempfile::tempdir().unwrap();
    if !Disk::mount(mountpoint.path(), "size=2600k") {
        // Without root the database's and the files' unit tests have to do.
        eprintln!("no disk can be mounted here");
        return;
    }
    let disk = Disk(mountpoint.path());
    let data = disk.0.join("chain");
    let devnet = Devnet::spawn(devnet(&data, &["--min-free", "0"]));
    wait_for(&devnet, "/health/ready", "no space left");
    // What it has is served.
    assert!(ask(&devnet, "/v1/blocks/1").starts_with("HTTP/1.1 200 OK"));
    assert!(Disk::mount(disk.0, "remount,size=64m"));
    let goes_on = latest(&devnet);
    while latest(&devnet) < goes_on + 2 {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(devnet.terminate().code(), Some(0));
    assert_eq!(crate::binary::temporary_files(disk.0), 0);
    let audited = audit(&data);
    assert!(audited.latest >= goes_on + 2);
}

/// Somebody else's file takes all the room at once, in the middle of a chain, and for some tries.
fn fill_and_free(devnet: &Devnet, disk: &Path) {
    let grows = latest(devnet) + 3;
    while latest(devnet) < grows {
        std::thread::sleep(Duration::from_millis(20));
    }
    let pad = disk.join("pad");
    let mut file = std::fs::File::create(&pad).unwrap();
    while std::io::Write::write(&mut file, &[0; 4096]).is_ok_and(|written| written > 0) {}
    wait_for(devnet, "/health/ready", "no space left");
    std::thread::sleep(Duration::from_secs(8));
    std::fs::remove_file(pad).unwrap();
}

/// A commit that fails must leave nothing behind that later commits are taken for a part of.
fn goes_on_and_is_kept(devnet: Devnet, data: &Path) {
    let goes_on = latest(&devnet);
    while latest(&devnet) < goes_on + 4 {
        std::thread::sleep(Duration::from_millis(50));
    }
    let served = latest(&devnet);
    devnet.kill();
    let mut command = host(&["devnet", "--listen", "127.0.0.1:0"]);
    command.args(["--min-free", "0", "--data"]).arg(data);
    let again = Devnet::spawn(command);
    assert!(latest(&again) >= served);
    assert_eq!(again.terminate().code(), Some(0));
    assert!(audit(data).latest >= served);
}

#[test]
fn a_disk_that_is_filled_at_once_costs_no_block() {
    let mountpoint = tempfile::tempdir().unwrap();
    if !Disk::mount(mountpoint.path(), "size=100m") {
        eprintln!("no disk can be mounted here");
        return;
    }
    let disk = Disk(mountpoint.path());
    let data = disk.0.join("chain");
    // Slow enough that a block is the first that finds no room, of keys that take some.
    let mut command = host(&["devnet", "--validators", "4", "--key-height", "10"]);
    command.args(["--epoch-length", "8", "--block-time-ms", "200"]);
    command.args(["--listen", "127.0.0.1:0", "--min-free", "0", "--data"]);
    command.arg(&data);
    let devnet = Devnet::spawn(command);
    for _ in 0..2 {
        fill_and_free(&devnet, disk.0);
    }
    goes_on_and_is_kept(devnet, &data);
}

#[test]
fn a_folder_of_proofs_that_is_taken_away_is_waited_for() {
    let data = tempfile::tempdir().unwrap();
    let devnet = Devnet::start(data.path());
    let before = latest(&devnet);
    let (proofs, away) = (data.path().join("proofs"), data.path().join("away"));
    std::fs::rename(&proofs, &away).unwrap();
    wait_for(&devnet, "/health/ready", "put back the disk");
    assert!(!proofs.exists());
    std::fs::rename(&away, &proofs).unwrap();
    while latest(&devnet) < before + 2 {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(devnet.terminate().code(), Some(0));
    assert!(audit(data.path()).latest >= before + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_somebody_locks_is_waited_for() {
    let data = tempfile::tempdir().unwrap();
    let devnet = Devnet::start(data.path());
    let before = latest(&devnet);
    let mut lock = connect(&data.path().join("chain.db")).await;
    let writing = lock.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let said = wait_for(&devnet, "/health/ready", "locked");
    assert!(said.contains("\"code\":\"not-ready\""), "{said}");
    writing.rollback().await.unwrap();
    lock.close().await.unwrap();
    while latest(&devnet) < before + 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(devnet.terminate().code(), Some(0));
    audit_later(data.path().to_path_buf()).await;
}

/// An audit opens databases on a runtime of its own.
async fn audit_later(data: std::path::PathBuf) {
    let audited = tokio::task::spawn_blocking(move || audit(&data)).await;
    assert!(audited.unwrap().latest > 2);
}
