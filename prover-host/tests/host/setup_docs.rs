//! Each command of `docs/setup.md` runs as it stands.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Returns the blocks of commands of a document.
fn commands(document: &str) -> Vec<&str> {
    let blocks = document.split("```sh\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap())
        .collect()
}

#[test]
fn the_commands_of_the_guide_run_one_after_the_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let document = fs::read_to_string(root.join("docs/setup.md")).unwrap();
    let blocks = commands(&document);
    assert!(blocks.len() >= 12, "{} blocks", blocks.len());
    let program = Path::new(env!("CARGO_BIN_EXE_prover-host"));
    let path = env::var_os("PATH").unwrap();
    let folders = [program.parent().unwrap().to_path_buf()].into_iter();
    let path = env::join_paths(folders.chain(env::split_paths(&path))).unwrap();
    let dir = tempfile::tempdir().unwrap();
    // One shell for all: what is set in one block holds in the next.
    let mut shell = Command::new("sh");
    shell
        .args(["-eu", "-c", &blocks.concat()])
        .env("PATH", path);
    let ran = shell.current_dir(dir.path()).output().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr),
    );
    assert!(ran.status.success(), "{out}{err}");
    // Each of these was published: both root keys that were added, the root that was signed before a list, and the list without the circuit that was revoked.
    let published = dir.path().join("published");
    assert!(published.join("root.5.json").exists(), "{out}");
    let listed = fs::read_to_string(published.join("circuits.json")).unwrap();
    assert!(listed.contains("\"name\":\"state\""), "{listed}");
    assert!(!listed.contains("\"name\":\"consensus\""), "{listed}");
    assert_eq!(out.matches("\npublished ").count(), 9, "{out}");
    assert_eq!(
        err.matches("Signature and comment signature verified")
            .count(),
        0
    );
    assert!(
        out.matches("Signature and comment signature verified")
            .count()
            >= 5,
        "{out}"
    );
}
