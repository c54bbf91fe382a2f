//! Circuits are named in their folders and in the registry, and nowhere else; documents name files
//! that exist.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use rpp_tests::circuit::CIRCUITS;

/// Where no circuit is named.
const ROOMS: [&str; 4] = [
    "verifier-core/src/stark",
    "verifier-core/src/gadget",
    "sdk/src",
    "prover-host/src",
];

#[test]
fn rooms_name_no_circuit() {
    let mut files = Vec::new();
    for room in ROOMS {
        collect(&root().join(room), &mut files);
    }
    assert!(files.len() > 50, "{} files", files.len());
    for file in files {
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

/// A path in backticks, with a slash in it, is a file or a folder of the repository.
#[test]
fn documents_name_files_that_exist() {
    let mut named = 0;
    for document in ["README.md", "ARCHITECTURE.md", "SECURITY.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        let quoted = text.split('`').skip(1).step_by(2);
        for path in quoted.filter(|quoted| is_path(quoted)) {
            assert!(root().join(path).exists(), "{document} names {path}");
            named += 1;
        }
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap();
            let is_file = !target.is_empty() && !target.contains(':');
            assert!(
                !is_file || root().join(target).exists(),
                "{document}: {target}"
            );
        }
        assert!(!text.contains("\n@"), "{document} has a placeholder");
    }
    assert!(named > 20, "{named} paths");
}

fn is_path(quoted: &str) -> bool {
    const ROOTS: [&str; 11] = [
        "verifier-core/",
        "sdk/",
        "prover-host/",
        "devnet/",
        "sqlite/",
        "key-file/",
        "wasm/",
        "pkg/",
        "tests/",
        "xtask/",
        "docs/",
    ];
    let plain = quoted
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    plain && ROOTS.iter().any(|root| quoted.starts_with(root))
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
