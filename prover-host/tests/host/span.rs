//! `prove span`: the ends of a devnet's epochs, from a witness file.

use std::num::NonZeroU32;

use rpp_verifier::{
    ConsensusWitness, Digest, EpochEnd, Header, History, Span, SpanStatement, SpanWitness,
    VerifyingKey,
};

use crate::binary::{host, temporary_files};
use crate::from_file::{assert_refused, prove, said, written};
use crate::support::{CHAIN, CONFIG};

/// Makes a witness false.
type Change = fn(&mut SpanWitness);

fn header(height: u32) -> Header {
    CHAIN.host.ledger().header(height).unwrap().clone()
}

/// Returns a block at the end of its epoch, with the end before in its history.
fn end(height: u32, before: Option<u32>) -> EpochEnd {
    let kept = CHAIN.data.path().join("witnesses/consensus");
    let kept = std::fs::read(kept.join(height.to_string())).unwrap();
    let signed = ConsensusWitness::from_bytes(&kept).unwrap();
    let hashes: Vec<_> = (0..height).map(|below| header(below).hash()).collect();
    EpochEnd {
        header: header(height),
        set: signed.statement.set,
        path: before.map(|before| History::new(&hashes).path(before)),
        votes: signed.votes,
    }
}

fn length() -> NonZeroU32 {
    NonZeroU32::new(CONFIG.epoch_length).unwrap()
}

/// Returns the statement that a client makes about the ends of the epochs from one to another, which it trusts the first set of.
fn statement(first: u32, last: u32) -> SpanStatement {
    let [first, last] = [first, last].map(|epoch| header((epoch + 1) * CONFIG.epoch_length - 1));
    SpanStatement::new(first.height, length(), first.validator_set_root, &last).unwrap()
}

/// Returns the witness about the ends of the epochs from one to another.
fn witness(first: u32, last: u32) -> SpanWitness {
    let heights = (first..=last).map(|epoch| (epoch + 1) * CONFIG.epoch_length - 1);
    let ends = heights.map(|height| {
        let before = height.checked_sub(CONFIG.epoch_length);
        end(
            height,
            before.filter(|_| height > (first + 1) * CONFIG.epoch_length),
        )
    });
    SpanWitness {
        ends: ends.collect(),
        statement: statement(first, last),
    }
}

#[test]
fn ends_of_epochs_of_a_chain_are_proven_from_a_file() {
    let data = tempfile::tempdir().unwrap();
    let (file, out) = (data.path().join("witness"), data.path().join("proof"));
    for (first, last) in [(0, 0), (1, 1), (0, 1)] {
        std::fs::write(&file, witness(first, last).to_bytes()).unwrap();
        let proof = written("span", &prove("span", &file, &out), &out);
        let statement = statement(first, last);
        let key = VerifyingKey::<Span>::new(CONFIG.chain_id);
        let verified = key.verify(statement.clone(), &proof).unwrap();
        assert_eq!(verified.statement(), &statement);
    }
}

#[test]
fn the_proof_of_ends_of_epochs_is_no_proof_of_a_block() {
    let data = tempfile::tempdir().unwrap();
    let at = |name: &str| data.path().join(name);
    std::fs::write(at("witness"), witness(0, 1).to_bytes()).unwrap();
    let proven = prove("span", &at("witness"), &at("proof"));
    assert!(proven.status.success());
    std::fs::write(at("block"), CHAIN.block_file(7)).unwrap();
    std::fs::write(at("chain"), CHAIN.chain_file()).unwrap();
    let mut verify = host(&["verify", "--proof", "proof"]);
    verify.args(["--block", "block", "--chain", "chain"]);
    let refused = verify.current_dir(data.path()).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(said(&refused)["code"], "wrong-circuit");
}

#[test]
fn false_ends_are_refused_and_nothing_is_written() {
    let data = tempfile::tempdir().unwrap();
    let (file, out) = (data.path().join("witness"), data.path().join("proof"));
    let changes: [(Change, &str); 12] = [
        (|w| w.statement.ends = 0, "span-ends"),
        (|w| w.statement.first_height += 1, "span-not-an-end"),
        (|w| w.ends.truncate(1), "witness-length"),
        (|w| w.ends[1].path = None, "witness-length"),
        (|w| w.ends.swap(0, 1), "witness-length"),
        (|w| w.statement.first_height += 4, "witness-place"),
        (
            |w| w.statement.validator_set_root = Digest::ZERO,
            "witness-set",
        ),
        (|w| w.ends[1].set.n += 1, "witness-set"),
        (
            |w| w.ends[1].header.history_root = w.ends[0].header.history_root,
            "witness-history",
        ),
        (|w| w.ends[0].votes.reverse(), "witness-order"),
        (|w| w.ends[1].votes.clear(), "witness-below-threshold"),
        (
            |w| w.statement.last_hash = w.ends[0].header.hash(),
            "witness-link",
        ),
    ];
    for (change, code) in changes {
        let mut witness = witness(0, 1);
        change(&mut witness);
        std::fs::write(&file, witness.to_bytes()).unwrap();
        assert_refused(&prove("span", &file, &out), code);
    }
    let bytes = witness(0, 1).to_bytes();
    std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    assert_refused(&prove("span", &file, &out), "truncated");
    for of_another_circuit in ["witnesses/consensus/3", "witnesses/state/3"] {
        let kept = CHAIN.data.path().join(of_another_circuit);
        assert_refused(&prove("span", &kept, &out), "bad-magic");
    }
    assert!(!out.exists());
    assert_eq!(temporary_files(data.path()), 0);
}
