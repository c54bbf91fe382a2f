//! The real binary where one folder or file has two paths by a bind mount.
//!
//! Mounts are for root, in a namespace of its own. Where the system allows neither, these tests say so and
//! end.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rpp_prover_host::state::ProofId;

use crate::support::CHAIN;

/// Runs the binary in `dir` behind the commands that mount; `None` where nothing can be mounted.
fn run(dir: &Path, mounts: &str, args: &[&str]) -> Option<Output> {
    let unshare = |options: &[&str], script: &str| {
        let mut command = Command::new("unshare");
        command.args(options).args(["sh", "-c", script, "sh"]);
        command.current_dir(dir);
        command
    };
    let ways: [&[&str]; 2] = [&["--mount"], &["--map-root-user", "--mount"]];
    let may = |options: &&&[&str]| {
        let tried = unshare(options, "mount --bind . .").output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    let Some(options) = ways.iter().find(may) else {
        eprintln!("nothing can be mounted here");
        return None;
    };
    let mut command = unshare(options, &format!("{mounts} && exec \"$@\""));
    let command = command.arg(env!("CARGO_BIN_EXE_prover-host")).args(args);
    Some(command.env_remove("RUST_LOG").output().unwrap())
}

#[test]
fn the_data_is_not_served_by_a_second_path() {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["a/made/devnet", "b", "page/sub"] {
        fs::create_dir_all(dir.path().join(folder)).unwrap();
    }
    for page in ["a", "a/made/devnet", "page"] {
        fs::write(dir.path().join(page).join("index.html"), "page").unwrap();
    }
    let signed = dir.path().join("a/made/devnet/signed");
    fs::write(signed, "how far the keys have signed").unwrap();
    for (mounts, data, web) in [
        // What is above the data, before and after it is made.
        ("mount --bind a b", "a/later", "b"),
        ("mount --bind a b", "b/later", "a"),
        ("mount --bind a b", "a/made", "b"),
        ("mount --bind a page/sub", "a/later", "page"),
        // What is in the data.
        ("mount --bind a/made b", "a/made", "b/devnet"),
        ("mount --bind a/made/devnet b", "a/made", "b"),
        ("mount --bind a/made/devnet page/sub", "a/made", "page"),
    ] {
        let args =
            "devnet --validators 4 --key-height 6 --epoch-length 4 --blocks 1 --listen 127.0.0.1:0";
        let mut args: Vec<_> = args.split(' ').collect();
        args.extend(["--data", data, "--web", web]);
        let Some(refused) = run(dir.path(), mounts, &args) else {
            return;
        };
        let error = String::from_utf8(refused.stderr).unwrap();
        assert!(error.contains("error[web-holds-data]"), "{mounts}: {error}");
    }
}

#[test]
fn a_proof_is_written_into_a_file_that_is_mounted() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::write(path("mounted"), vec![b'x'; 1 << 20]).unwrap();
    fs::write(path("out"), "below the mount").unwrap();
    let witness = CHAIN.data.path().join("witnesses/consensus/2");
    let witness = witness.to_str().unwrap();
    let args = ["prove", "consensus", "--witness", witness, "--out", "out"];
    let Some(proven) = run(dir.path(), "mount --bind mounted out", &args) else {
        return;
    };
    assert_eq!(proven.status.code(), Some(0), "{proven:?}");
    let said: serde_json::Value = serde_json::from_slice(&proven.stdout).unwrap();
    let written = fs::read(path("mounted")).unwrap();
    assert_eq!(said["proof_id"], ProofId::of(&written).to_string());
    assert_eq!(fs::read(path("out")).unwrap(), b"below the mount");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}
