//! Vectors for headers that break a rule and the next one, so that the order of the rules is fixed.

use rpp_verifier::{Digest, HistoryPath};

use crate::bounds::{Change, write_changes};
use crate::chain::{Chain, NOW_MS, SMALL};
use crate::{Result, VectorWriter, digest};

/// Each rule together with the one after it.
pub(crate) fn write_order(writer: &mut VectorWriter) -> Result<()> {
    write_changes(writer, &PAIRS)?;
    let chain = Chain::of(SMALL, 12);
    let mut offer = chain.offer(6, 7);
    offer.candidate = chain.offer(4, 6).candidate;
    offer.candidate.header.chain_id = 8;
    let note = "another chain at the height of the head";
    writer.write("order-h2-h3", note, "header-chain-id", offer.into_case())?;
    let mut offer = chain.offer(6, 7);
    offer.candidate = chain.offer(1, 2).candidate;
    let note = "below the head in an earlier epoch";
    writer.write("order-h3-h4", note, "header-not-ahead", offer.into_case())?;
    let mut offer = chain.offer(2, 6);
    offer.candidate.header.validator_set_root = digest(9);
    let note = "another epoch with another set";
    writer.write("order-h4-h5", note, "header-epoch", offer.into_case())
}

const PAIRS: [Change; 13] = [
    (
        "order-h1-h2",
        "another version of another chain",
        "header-version",
        |o| {
            (o.candidate.header.version, o.candidate.header.chain_id) = (2, 8);
        },
    ),
    (
        "order-h5-h6",
        "another set, whose opening is not given",
        "header-set",
        |o| {
            o.candidate.header.validator_set_root = digest(9);
            o.candidate.certificate.set.total_power = 8;
        },
    ),
    (
        "order-h6-h7",
        "no members, in a wrong opening",
        "header-set-opening",
        |o| {
            o.candidate.certificate.set.n = 0;
        },
    ),
    (
        "order-h8-h9",
        "a proposer out of turn who changes the next set",
        "header-proposer",
        |o| {
            o.candidate.header.proposer = 1;
            o.candidate.header.next_validator_set_root = digest(9);
        },
    ),
    (
        "order-h9-h10",
        "another next set and parent",
        "header-next-set",
        |o| {
            o.candidate.header.next_validator_set_root = digest(9);
            o.candidate.header.parent_hash = digest(9);
        },
    ),
    (
        "order-h10-h11",
        "a parent of another hash and height",
        "header-parent-hash",
        |o| o.candidate.parent.height = 4,
    ),
    (
        "order-h11-h12",
        "a parent of another height with a later slot",
        "header-parent-height",
        |o| {
            (o.candidate.parent.height, o.candidate.parent.slot) = (4, 12);
            o.link();
        },
    ),
    (
        "order-h12-h13",
        "a parent with the same slot and time",
        "header-parent-slot",
        |o| {
            (o.candidate.parent.slot, o.candidate.parent.timestamp_ms) = (12, 7000);
            o.link();
        },
    ),
    (
        "order-h13-h14",
        "ahead of the clock, like its parent",
        "header-parent-timestamp",
        |o| {
            o.candidate.header.timestamp_ms = NOW_MS + 31_000;
            o.candidate.parent.timestamp_ms = NOW_MS + 31_000;
            o.link();
        },
    ),
    (
        "order-h14-h15",
        "ahead of the clock, with a parent of another history",
        "header-future",
        |o| {
            o.candidate.header.timestamp_ms = NOW_MS + 31_000;
            o.candidate.header.history_root = digest(9);
        },
    ),
    (
        "order-h15-h16",
        "another history",
        "header-parent-not-in-history",
        |o| o.candidate.header.history_root = digest(9),
    ),
    (
        "order-h16-h17",
        "a head on another branch, and too little power",
        "header-head-not-in-history",
        |o| {
            o.candidate.head_path = HistoryPath {
                0: [Digest::ZERO; 32],
            };
            o.candidate.certificate.signed_power = 6;
        },
    ),
    (
        "header-head-at-other-height",
        "the head's path is that of its neighbour",
        "header-head-not-in-history",
        |o| o.candidate.head_path = o.candidate.parent_path,
    ),
];
