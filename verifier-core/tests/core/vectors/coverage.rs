//! Every code of `docs/PROTOCOL.md` has a vector, but for those that no vector can have.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::folder;
use super::vectors;
use crate::protocol::listed_codes;

#[test]
fn every_code_has_a_vector() {
    let listed = listed_codes();
    let mut reported: BTreeSet<_> = vectors().into_values().map(|v| v.expect).collect();
    for entry in fs::read_dir(folder().join("client")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            reported.insert(case["expect"].as_str().unwrap().to_owned());
        }
    }
    reported.extend(super::setup::codes());
    let without = WITHOUT.iter().flat_map(|(_, codes)| codes.iter());
    let without: BTreeSet<_> = without.map(|&code| code.to_owned()).collect();
    for code in &listed {
        let has = reported.contains(code);
        assert!(has || without.contains(code), "no vector for {code}");
        assert!(!has || !without.contains(code), "{code} has a vector");
    }
    for code in &without {
        assert!(listed.contains(code), "{code} is not in the document");
    }
    for code in &reported {
        let known = listed.contains(code) || VERDICTS.contains(&code.as_str());
        assert!(known, "{code} is not in the document");
    }
}

/// What a vector expects beside a code.
const VERDICTS: [&str; 2] = ["accept", "mismatch"];

/// Why no vector has a code, and the codes.
const WITHOUT: &[(&str, &[&str])] = &[
    (
        "the caller's mistake: nobody is asked",
        &[
            "above-head",
            "epoch-too-long",
            "history-reversed",
            "history-too-long",
        ],
    ),
    (
        "the caller's mistake: a check and its acceptance with something in between",
        &["header-not-proven", "header-head-moved"],
    ),
    (
        "no witness decodes to one: votes and rows are capped by its encoding, and Plonky3's prover \
         refuses no trace of these circuits",
        &["witness-too-many-votes", "witness-too-large", "prover"],
    ),
    (
        "no file decodes to one: a statement takes the hash of its operation from the operation",
        &["witness-operation"],
    ),
    (
        "what a host answers depends on its chain, its load and its disk",
        &[
            "method-not-allowed",
            "bad-host",
            "not-an-ancestor",
            "unknown-block",
            "unknown-proof",
            "unknown-operation",
            "unknown-validator",
            "votes-unknown",
            "state-gone",
            "unsupported-media-type",
            "operation-conflict",
            "operation-expired",
            "operation-outbid",
            "operation-replaced",
            "pool-full",
            "too-many-proofs",
            "no-setup",
            "no-faucet",
            "faucet-empty",
            "not-proven-yet",
            "proof-lost",
            "proof-retired",
            "pruned",
            "busy",
            "too-many-streams",
            "body-too-large",
            "timeout",
            "not-ready",
            "internal",
        ],
    ),
    (
        "the answer that brings such a signature is refused before",
        &["setup-signature-too-long"],
    ),
    (
        "it is about a client of a setup and what it has stored: the vectors of setups have no chain",
        &[
            "checkpoint-not-reached",
            "checkpoint-too-old",
            "trust-too-old",
            "state-other-pin",
            "state-waived",
            "state-circuit-revoked",
        ],
    ),
    (
        "it is about what a client has stored, or the text of its pin",
        &["setup-remembered", "setup-other-pin", "bad-root-pin"],
    ),
    (
        "it is about what is claimed under a header that a client has verified, which no vector has",
        &[
            "claim-not-head",
            "claim-not-ancestor",
            "claim-not-parent",
            "claim-account",
            "claim-inclusion",
            "claim-other-block",
            "claim-not-proven",
        ],
    ),
    (
        "it is about what a client is told of accounts, operations, votes and spans, which no vector has",
        &[
            "other-account",
            "other-key",
            "other-operation",
            "other-validator",
            "other-epoch",
            "other-span",
            "other-header",
            "list-order",
            "page-length",
        ],
    ),
    (
        "it is about the key file of a signer of the setup, or a folder that somebody prepares",
        &[
            "setup-key-exists",
            "setup-key-name",
            "setup-key-in-use",
            "setup-key-not-held",
            "setup-key-linked",
            "setup-key-permissions",
            "setup-key-restored",
            "setup-key-version-signed",
            "setup-key-version-passed",
            "setup-key-exhausted",
            "setup-not-expected",
            "setup-expected-missing",
            "setup-version-leap",
            "setup-above",
            "setup-restored-on-draft",
            "setup-public-key",
            "setup-nothing-to-change",
            "setup-folder-foreign",
            "setup-folder-missing",
            "setup-place-held",
            "setup-place-left-over",
            "setup-place-lock-lost",
            "setup-lists-more",
            "release-not-pinned",
            "release-differs",
        ],
    ),
    (
        "it is about a wallet's words, its key file or what its signer has signed",
        &[
            "random-failed",
            "words-count",
            "words-unknown",
            "words-checksum",
            "key-file-memory",
            "key-file-passphrase",
            "key-file-damaged",
            "key-file-relocked",
            "signer-no-key",
            "signer-exists",
            "signer-contended",
            "signer-pending",
            "signer-unsettled",
            "signer-overtaken",
            "signer-rekey-pending",
            "signer-registration-pending",
            "signer-nothing-pending",
            "signer-leaf-used",
            "signer-nonce-used",
            "signer-leaf-ahead",
            "signer-rekey-only",
            "signer-exhausted",
            "signer-restored",
            "signer-stale-account",
            "signer-future-account",
            "signer-same-key",
            "signer-chain-id",
            "signer-no-account",
            "signer-registered",
            "signer-account-unnamed",
            "signer-account-unproven",
            "signer-other-account",
            "signer-other-key",
            "signer-balance",
            "signer-nonce-past-end",
        ],
    ),
    (
        "it is about a folder, a file or another program",
        &[
            "data-in-use",
            "data-other-chain",
            "data-older",
            "data-newer",
            "data-damaged",
            "data-foreign",
            "web-holds-data",
            "web-too-large",
            "proof-corrupt",
            "leaf-taken",
            "disk-full",
            "file",
            "database",
            "web-no-index",
            "host-refused",
        ],
    ),
    (
        "it is about the way to a provider",
        &[
            "unreachable",
            "provider-busy",
            "provider-refused",
            "foreign-answer",
            "redirect",
            "bad-url",
        ],
    ),
    (
        "it is about a disk",
        &["store", "storage-failed", "storage-full", "storage-foreign"],
    ),
    (
        "it is about what the owner of a client gives or chooses",
        &["floor", "not-stopped", "against-checkpoint"],
    ),
    (
        "digests as text occur in JSON, where they are a part of bad-json, and in checkpoints",
        &["not-hex"],
    ),
];
