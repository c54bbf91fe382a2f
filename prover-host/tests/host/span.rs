//! `prove span`: the ends of a devnet's epochs, from a witness file.

use std::num::NonZeroU32;

use rpp_verifier::{
    ConsensusWitness, Digest, EpochEnd, History, Span, SpanStatement, SpanWitness, VerifyingKey,
};

use crate::from_file::{Change, FromFile, header};
use crate::support::{CHAIN, CONFIG};

const PROVE: FromFile<SpanWitness> = FromFile {
    circuit: "span",
    to_bytes: SpanWitness::to_bytes,
};

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
    for (first, last) in [(0, 0), (1, 1), (0, 1)] {
        let proof = PROVE.proof(&witness(first, last));
        let statement = statement(first, last);
        let key = VerifyingKey::<Span>::new(CONFIG.chain_id);
        let verified = key.verify(statement.clone(), &proof).unwrap();
        assert_eq!(verified.statement(), &statement);
    }
}

#[test]
fn the_proof_of_ends_of_epochs_is_no_proof_of_a_block() {
    PROVE.assert_proves_no_block(&witness(0, 1), 7);
}

#[test]
fn false_ends_are_refused_and_nothing_is_written() {
    let changes: [(Change<SpanWitness>, &str); 12] = [
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
    PROVE.assert_refuses(&witness(0, 1), &changes);
}
