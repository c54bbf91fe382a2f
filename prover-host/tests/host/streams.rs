//! The real binary, where nobody takes what it writes: the log's reader stalls or goes away, a disk
//! is full, standard output has no reader any more.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::binary::{devnet, host, terminate, wait};
use crate::kill::get;
use crate::support::CHAIN;

/// A running devnet whose log the test reads, or does not.
struct Running {
    child: Child,
    address: String,
}

impl Running {
    /// Starts one and reads its log until it serves.
    fn start(data: &Path, log: &str) -> (Self, BufReader<ChildStderr>) {
        let mut command = devnet(data, &[]);
        command.env("RUST_LOG", log).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("serving http://") {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "it ended");
        }
        let (_, rest) = line.split_once("serving http://").unwrap();
        let address = rest.split_once("/v1/chain").unwrap().0.to_owned();
        (Self { child, address }, log)
    }

    /// Returns the height of the newest proven block, 0 while nothing answers.
    fn proven(&self) -> u64 {
        let head = get(&self.address, "/v1/head").unwrap_or_default();
        let head: Value = serde_json::from_slice(&head).unwrap_or_default();
        head["block"]["height"].as_u64().unwrap_or_default()
    }

    /// Waits until this many more blocks are proven.
    fn goes_on(&mut self, blocks: u64) {
        let (start, from) = (Instant::now(), self.proven());
        while self.proven() < from + blocks {
            assert_eq!(self.child.try_wait().unwrap(), None, "it ended");
            assert!(start.elapsed() < Duration::from_secs(120), "it stands");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks for the head so often that whoever logs each request has more to say than anybody holds.
    fn is_asked(&self, times: u32) {
        for _ in 0..times {
            get(&self.address, "/v1/head").unwrap();
        }
    }

    fn ends_at_sigterm(mut self) {
        terminate(&self.child);
        assert_eq!(wait(&mut self.child).code(), Some(0));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already where the test has not failed.
        let _ = self.child.kill();
    }
}

#[test]
fn a_devnet_goes_on_and_ends_when_told_while_nobody_reads_its_log() {
    let data = tempfile::tempdir().unwrap();
    let (mut stalled, mut log) = Running::start(data.path(), "trace");
    stalled.is_asked(200);
    stalled.goes_on(8);
    stalled.ends_at_sigterm();
    let mut rest = Vec::new();
    log.read_to_end(&mut rest).unwrap();
    assert!(
        rest.len() + BUFFER_BYTES >= PIPE_BYTES,
        "only {} bytes",
        rest.len()
    );
}

#[test]
fn a_reader_that_comes_back_is_told_how_much_it_missed() {
    let data = tempfile::tempdir().unwrap();
    let (mut stalled, log) = Running::start(data.path(), "trace");
    stalled.is_asked(3000);
    stalled.goes_on(2);
    let mut lines = log.lines().map(Result::unwrap);
    let mut held = lines.by_ref().take(20_000);
    assert!(held.any(|line| line.ends_with("log lines were lost: nothing took them")));
    // Somebody reads on, so that its last words are written.
    let rest = std::thread::spawn(move || lines.for_each(drop));
    stalled.ends_at_sigterm();
    rest.join().unwrap();
}

#[test]
fn a_devnet_goes_on_when_the_reader_of_its_log_has_gone() {
    let data = tempfile::tempdir().unwrap();
    let (mut left, log) = Running::start(data.path(), "info");
    drop(log);
    left.goes_on(8);
    left.ends_at_sigterm();
}

#[test]
fn a_devnet_goes_on_while_the_disk_of_its_log_is_full_or_its_streams_are_closed() {
    let data = tempfile::tempdir().unwrap();
    for (name, streams) in [("full", ">/dev/full 2>&1"), ("closed", "<&- >&- 2>&-")] {
        // Nobody can be told its port.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let mut command = devnet(&data.path().join(name), &[]);
        let mut shell = in_shell(&mut command, streams);
        shell.env("LISTEN", &address);
        let child = shell.spawn().unwrap();
        let mut running = Running { child, address };
        running.goes_on(8);
        running.ends_at_sigterm();
    }
}

/// The three files of a block, and its proof's file among them.
struct Files {
    dir: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let block = CHAIN.block_file(3);
        let json: Value = serde_json::from_slice(&block).unwrap();
        let id = json["proofs"][0]["id"].as_str().unwrap();
        let proof = CHAIN.data.path().join("proofs").join(id);
        std::fs::copy(proof, dir.path().join("proof")).unwrap();
        std::fs::write(dir.path().join("block"), block).unwrap();
        std::fs::write(dir.path().join("chain"), CHAIN.chain_file()).unwrap();
        Self { dir }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Returns the command that verifies the file `proof` as the proof.
    fn verify(&self, proof: &str) -> Command {
        let mut command = host(&["verify", "--proof"]);
        command.arg(self.at(proof)).arg("--block");
        command.arg(self.at("block")).arg("--chain");
        command.arg(self.at("chain"));
        command
    }
}

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

/// The writing end of a pipe that nobody reads.
fn broken() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn the_status_of_verify_holds_whatever_becomes_of_its_output() {
    let files = Files::new();
    for (proof, status) in [("proof", 0), ("chain", 2), ("missing", 1)] {
        let piped = files.verify(proof).stdout(broken()).output().unwrap();
        let unsaid = String::from_utf8(piped.stderr).unwrap();
        assert_eq!(piped.status.code(), Some(status), "{unsaid}");
        assert_eq!(unsaid.is_empty(), status != 1, "{unsaid}");
        let to_disk = files.verify(proof).stdout(full()).output().unwrap();
        let said = String::from_utf8(to_disk.stderr).unwrap();
        assert_eq!(to_disk.status.code(), Some(status), "{said}");
        let expected = if status == 1 {
            "cannot open"
        } else {
            "standard output"
        };
        assert!(
            said.starts_with("error") && said.contains(expected),
            "{said}"
        );
        for streams in ["2>/dev/full", ">/dev/full 2>&1", ">&- 2>&-", "<&- >&- 2>&-"] {
            let closed = in_shell(&mut files.verify(proof), streams)
                .status()
                .unwrap();
            assert_eq!(closed.code(), Some(status), "{streams}");
        }
        let mut gone = files.verify(proof);
        let gone = gone.stdout(broken()).stderr(broken()).status().unwrap();
        assert_eq!(gone.code(), Some(status));
    }
}

#[test]
fn usage_and_help_have_their_status_without_a_reader() {
    for (option, status) in [("--help", 0), ("--version", 0), ("--nonsense", 1)] {
        let mut command = host(&[option]);
        command.stdout(broken()).stderr(broken());
        assert_eq!(command.status().unwrap().code(), Some(status), "{option}");
    }
}

#[test]
fn follow_ends_quietly_when_its_reader_has_seen_enough() {
    let data = tempfile::tempdir().unwrap();
    let (mut running, log) = Running::start(data.path(), "info");
    let rest = std::thread::spawn(move || log.lines().map(Result::unwrap).for_each(drop));
    running.goes_on(1);
    let url = format!("http://{}", running.address);
    for json in [&[][..], &["--json"]] {
        let mut follow = host(&["follow", &url]);
        follow
            .args(json)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut follow = follow.spawn().unwrap();
        let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().contains("trust"));
        drop(lines);
        let mut said = String::new();
        assert_eq!(wait(&mut follow).code(), Some(0));
        follow.stderr.unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(said, "");
    }
    // A disk that is full is another matter: somebody wanted all of it.
    let mut follow = host(&["follow", &url]);
    let follow = follow.stdout(full()).output().unwrap();
    assert_eq!(follow.status.code(), Some(1));
    let said = String::from_utf8(follow.stderr).unwrap();
    assert!(said.contains("cannot write to standard output"), "{said}");
    running.ends_at_sigterm();
    rest.join().unwrap();
}

/// The same command with its streams redirected as a shell does; `LISTEN`, where it is set, is the
/// address to listen on.
fn in_shell(command: &mut Command, streams: &str) -> Command {
    let mut shell = Command::new("sh");
    let listen = "${LISTEN:+--listen $LISTEN}";
    shell
        .arg("-c")
        .arg(format!("exec \"$@\" {listen} {streams}"));
    shell.arg("sh").arg(command.get_program());
    let mut arguments = command.get_args().peekable();
    while let Some(argument) = arguments.next() {
        if argument == "--listen" {
            arguments.next();
            continue;
        }
        shell.arg(argument);
    }
    shell.env_remove("RUST_LOG");
    shell
}

/// What the test has read before it stopped reading, at most.
const BUFFER_BYTES: usize = 8 << 10;
/// What a pipe holds on Linux before its writer waits.
const PIPE_BYTES: usize = 64 << 10;
