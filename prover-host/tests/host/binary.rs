//! The real binary: a devnet on port 0, followed over epoch changes, and its exit statuses.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use rpp_prover_host::state::ProofId;
use serde_json::Value;

use crate::audit::audit;
use crate::support::CHAIN;

pub(crate) fn host(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prover-host"));
    command.args(args).env_remove("RUST_LOG");
    command
}

fn run(args: &[&str]) -> Output {
    host(args).output().unwrap()
}

fn stdout(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A small devnet with epochs of four blocks.
pub(crate) fn devnet(data: &Path, more: &[&str]) -> Command {
    let mut command = host(&["devnet", "--validators", "4", "--key-height", "6"]);
    command.args([
        "--epoch-length",
        "4",
        "--block-time-ms",
        "20",
        "--listen",
        "127.0.0.1:0",
    ]);
    command.arg("--data").arg(data).args(more);
    command
}

/// A running devnet; killed when a test fails, so that it outlives none.
pub(crate) struct Devnet {
    child: Child,
    url: String,
    log: std::thread::JoinHandle<()>,
}

impl Devnet {
    pub(crate) fn start(data: &Path) -> Self {
        Self::spawn(devnet(data, &[]))
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let url = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, rest) = line.split_once("serving ")?;
            Some(rest.split_once("/v1/chain")?.0.to_owned())
        });
        // Somebody has to read on, or the devnet waits for room in the pipe.
        let log = std::thread::spawn(move || lines.for_each(drop));
        let url = url.expect("the devnet says where it serves");
        Self { child, url, log }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Ends it as a power failure would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        let _ = wait(&mut self.child);
    }

    pub(crate) fn terminate(mut self) -> ExitStatus {
        terminate(&self.child);
        let status = wait(&mut self.child);
        std::mem::replace(&mut self.log, std::thread::spawn(|| ()))
            .join()
            .unwrap();
        status
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        // It has ended already where the test has not failed.
        let _ = self.child.kill();
    }
}

/// Asks a process to end.
pub(crate) fn terminate(child: &Child) {
    let mut kill = Command::new("kill");
    let kill = kill.arg("-TERM").arg(child.id().to_string());
    assert!(kill.status().unwrap().success());
}

/// Waits for the end of a process, a minute at most.
pub(crate) fn wait(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::yield_now();
    }
    panic!("the process did not end");
}

#[test]
fn a_follower_verifies_over_two_epoch_changes_and_the_devnet_ends_at_sigterm() {
    let data = tempfile::tempdir().unwrap();
    let devnet = Devnet::start(&data.path().join("chain"));
    let followed = run(&["follow", &devnet.url, "--blocks", "9", "--json"]);
    assert_eq!(followed.status.code(), Some(0));
    let lines = stdout(&followed);
    assert_eq!(lines[0]["verdict"], "trusted");
    let mut sets = Vec::new();
    for (height, line) in (1..=9).zip(&lines[1..]) {
        assert_eq!(line["verdict"], "verified");
        assert_eq!(line["statement"]["height"], height);
        assert_eq!(
            (&line["stark_bits"], &line["hash_bits"]),
            (&128.into(), &123.into())
        );
        assert_eq!(line["setup_version"], Value::Null);
        sets.push(line["statement"]["validator_set_root"].clone());
    }
    sets.dedup();
    assert_eq!(sets.len(), 3);
    let hash = lines[4]["statement"]["header_hash"].as_str().unwrap();
    let timestamp = lines[4]["timestamp_ms"].as_str().unwrap();
    let checkpoint = format!("4:{hash}:{timestamp}:4");
    let from = run(&[
        "follow",
        &devnet.url,
        "--checkpoint",
        &checkpoint,
        "--blocks",
        "2",
        "--json",
    ]);
    assert_eq!(stdout(&from)[1]["statement"]["height"], 5);
    for (wrong, code) in [
        (format!("5:{hash}:{timestamp}:4"), "header-trusted-hash"),
        (format!("4:{hash}:0:4"), "checkpoint-label"),
    ] {
        let from = run(&["follow", &devnet.url, "--checkpoint", &wrong, "--json"]);
        assert_eq!(from.status.code(), Some(2));
        assert_eq!(stdout(&from)[1]["code"], code);
    }
    assert_eq!(devnet.terminate().code(), Some(0));
    assert_eq!(temporary_files(data.path()), 0);
}

#[test]
fn a_devnet_ends_after_its_blocks_and_goes_on_with_its_chain() {
    let data = tempfile::tempdir().unwrap();
    let chain = data.path().join("chain");
    let ended = devnet(&chain, &["--blocks", "2"]).output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    // What is left out is as it was; the block time may change.
    let resume = [
        "devnet",
        "--blocks",
        "2",
        "--block-time-ms",
        "10",
        "--listen",
        "127.0.0.1:0",
        "--data",
    ];
    let again = host(&resume).arg(&chain).output().unwrap();
    assert_eq!(again.status.code(), Some(0));
    let log = String::from_utf8(again.stderr).unwrap();
    assert!(
        log.contains("going on") && log.contains("height=4"),
        "{log}"
    );
    assert!(!log.contains("subject=2") && !log.contains("height=5"));
    let audited = audit(&chain);
    assert_eq!((audited.latest, audited.proven), (4, 4));
}

#[test]
fn rejects_another_chain_and_says_which_option_differs() {
    let data = tempfile::tempdir().unwrap();
    let chain = data.path().join("chain");
    let made = devnet(&chain, &["--blocks", "1"]).output().unwrap();
    assert_eq!(made.status.code(), Some(0));
    for (option, value) in [
        ("--chain-id", "2"),
        ("--epoch-length", "8"),
        ("--validators", "5"),
        ("--key-height", "7"),
    ] {
        let mut other = host(&["devnet", "--listen", "127.0.0.1:0", "--data"]);
        let other = other.arg(&chain).args([option, value]).output().unwrap();
        assert_eq!(other.status.code(), Some(1));
        let error = String::from_utf8(other.stderr).unwrap();
        assert!(error.contains("error[data-other-chain]"), "{error}");
        assert!(error.contains(&format!("leave {option} out")), "{error}");
    }
}

#[test]
fn rejects_a_second_host_on_one_folder() {
    let data = tempfile::tempdir().unwrap();
    let chain = data.path().join("chain");
    let first = Devnet::start(&chain);
    let second = devnet(&chain, &[]).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let error = String::from_utf8(second.stderr).unwrap();
    assert!(error.contains("error[data-in-use]"), "{error}");
    assert_eq!(first.terminate().code(), Some(0));
}

#[test]
fn rejects_a_folder_without_a_page_before_anything_is_written() {
    let data = tempfile::tempdir().unwrap();
    let chain = data.path().join("chain");
    let page = data.path().to_str().unwrap();
    let refused = devnet(&chain, &["--web", page]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(error.contains("error[web-no-index]") && error.contains("index.html"));
    assert!(!chain.exists());
}

#[test]
fn a_kept_witness_gives_a_proof_that_verifies() {
    let data = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: Vec<u8>| {
        let path = data.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let (block, chain) = (CHAIN.block_file(2), CHAIN.chain_file());
    let (block, chain) = (write("block", block), write("chain", chain));
    let out = data.path().join("proof");
    let proven = prove(&CHAIN.data.path().join("witnesses/consensus/2"), &out);
    assert_eq!(proven.status.code(), Some(0));
    let verified = verify([&out, &block, &chain]);
    assert_eq!(
        (verified.status.code(), stdout(&verified).len()),
        (Some(0), 1)
    );
    let (sealed, verdict) = (&stdout(&proven)[0], &stdout(&verified)[0]);
    assert_eq!(verdict["verdict"], "verified");
    assert_eq!(sealed["proof_id"], verdict["proof_id"]);
}

#[test]
fn a_proof_on_standard_output_spares_what_else_is_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let script = "echo start; \"$@\" --out /dev/stdout; echo end";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh", env!("CARGO_BIN_EXE_prover-host")]);
    shell.args(["prove", "consensus", "--witness"]);
    shell.arg(CHAIN.data.path().join("witnesses/consensus/2"));
    let out = std::fs::File::create(&path).unwrap();
    assert!(shell.stdout(out).status().unwrap().success());
    let bytes = std::fs::read(&path).unwrap();
    let rest = bytes.strip_prefix(b"start\n").unwrap();
    let rest = rest.strip_suffix(b"end\n").unwrap();
    let is_json = |at: &usize| rest[*at..].starts_with(b"{\"circuit\"");
    let (proof, json) = rest.split_at((0..rest.len()).rfind(is_json).unwrap());
    let sealed: Value = serde_json::from_slice(json).unwrap();
    assert_eq!(sealed["proof_id"], ProofId::of(proof).to_string());
}

#[test]
fn a_broken_witness_is_refused_and_nothing_is_written() {
    let data = tempfile::tempdir().unwrap();
    let kept = std::fs::read(CHAIN.data.path().join("witnesses/consensus/3")).unwrap();
    let (witness, out) = (data.path().join("witness"), data.path().join("proof"));
    let flipped = |i: usize| {
        let mut bytes = kept.clone();
        bytes[i] ^= 1;
        bytes
    };
    let cases = [
        (kept[..kept.len() - 1].to_vec(), "truncated"),
        ([&kept[..], &[0]].concat(), "trailing-bytes"),
        (vec![0; (4 << 20) + 1], "too-long"),
        (flipped(0), "bad-magic"),
        (flipped(4), "unsupported-version"),
    ];
    for (bytes, code) in cases {
        std::fs::write(&witness, bytes).unwrap();
        let proven = prove(&witness, &out);
        assert_eq!(proven.status.code(), Some(2), "{code}");
        assert_eq!(stdout(&proven)[0]["code"], code);
        assert!(!out.exists());
    }
    assert_eq!(temporary_files(data.path()), 0);
}

#[test]
fn exit_statuses_keep_refusals_and_faults_apart() {
    let data = tempfile::tempdir().unwrap();
    let (block, chain) = (data.path().join("block"), data.path().join("chain"));
    std::fs::write(&block, CHAIN.block_file(3)).unwrap();
    std::fs::write(&chain, CHAIN.chain_file()).unwrap();
    let missing = verify([Path::new("/nowhere"), &block, &chain]);
    assert_eq!((missing.status.code(), missing.stdout.len()), (Some(1), 0));
    let refused = verify([&chain, &block, &chain]);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(stdout(&refused)[0]["code"], "bad-magic");
    assert_eq!(run(&["--help"]).status.code(), Some(0));
    assert_eq!(run(&["no-such-command"]).status.code(), Some(1));
    let stranger = ["prove", "no-such-circuit", "--witness", "w", "--out", "p"];
    assert_eq!(run(&stranger).status.code(), Some(1));
    let help = String::from_utf8(run(&["prove", "--help"]).stdout).unwrap();
    assert!(
        help.contains(
            "[possible values: consensus, transaction, identity, state, uptime, pruning, span]"
        ),
        "{help}"
    );
    assert_eq!(run(&["devnet", "--validators", "0"]).status.code(), Some(1));
    assert_eq!(run(&["follow", "ftp://127.0.0.1"]).status.code(), Some(1));
}

#[test]
fn rejects_keys_too_short_for_four_epochs_before_anything_is_written() {
    let data = tempfile::tempdir().unwrap();
    let chain = data.path().join("chain");
    let mut command = host(&[
        "devnet",
        "--key-height",
        "4",
        "--listen",
        "127.0.0.1:0",
        "--data",
    ]);
    let short = command.arg(&chain).output().unwrap();
    assert_eq!(short.status.code(), Some(1));
    assert!(
        String::from_utf8(short.stderr)
            .unwrap()
            .contains("raise --key-height")
    );
    assert!(!chain.exists());
}

fn prove(witness: &Path, out: &Path) -> Output {
    let mut command = host(&["prove", "consensus", "--witness"]);
    command.arg(witness).arg("--out").arg(out).output().unwrap()
}

fn verify([proof, block, chain]: [&Path; 3]) -> Output {
    let mut command = host(&["verify", "--proof"]);
    command
        .arg(proof)
        .arg("--block")
        .arg(block)
        .arg("--chain")
        .arg(chain);
    command.output().unwrap()
}

pub(crate) fn temporary_files(dir: &Path) -> usize {
    let entries = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let count = |path: std::path::PathBuf| {
        if path.is_dir() {
            return temporary_files(&path);
        }
        // `object_store` writes a file under its name and a number.
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        usize::from(name.ends_with(".tmp") || name.contains('#'))
    };
    entries.map(count).sum()
}
