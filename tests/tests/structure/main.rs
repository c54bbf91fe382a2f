//! Circuits are named in their folders and in registries, and nowhere else.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use rpp_tests::circuit::CIRCUITS;

/// Where no circuit is named, but in the files that end in a line of [`REGISTRIES`].
const ROOMS: [&str; 4] = [
    "verifier-core/src/stark",
    "verifier-core/src/gadget",
    "sdk/src",
    "prover-host/src",
];
const REGISTRIES: [&str; 1] = ["prover-host/src/prove/registry.rs"];

#[test]
fn rooms_name_no_circuit() {
    let mut files = Vec::new();
    for room in ROOMS {
        collect(&root().join(room), &mut files);
    }
    assert!(files.len() > 50, "{} files", files.len());
    for file in files {
        if REGISTRIES.iter().any(|registry| file.ends_with(registry)) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for circuit in CIRCUITS.iter() {
            let named = names(&text, circuit.id().name());
            assert_eq!(named, None, "{} names a circuit", file.display());
        }
    }
}

#[test]
fn a_name_is_found_in_each_form() {
    for text in [
        "use rpp_verifier::Consensus;",
        "impl ConsensusAir {}",
        "let name = \"consensus\";",
        "/v1/blocks/{height}/proofs/consensus",
        "// the consensus circuit",
    ] {
        assert!(names(text, "consensus").is_some(), "{text}");
    }
    assert_eq!(names("nothing of the kind", "consensus"), None);
}

/// Returns the first line of `text` that has `name` in it, as a type, a string, a path or a word.
fn names<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find(|line| line.to_lowercase().contains(name))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}
