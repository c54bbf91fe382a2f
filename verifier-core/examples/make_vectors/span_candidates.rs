//! Vectors for the last header of a span: one for each of its rules, and one for each pair of rules that follow each other.

use rpp_verifier::{Certificate, HistoryPath, SetOpening};

use crate::chain::{Chain, NOW_MS, Offer, SMALL};
use crate::format::Case;
use crate::parts::Opening;
use crate::{Result, VectorWriter, digest};

/// Writes all of them.
pub(crate) fn write_span_candidates(writer: &mut VectorWriter) -> Result<()> {
    let chain = Chain::of(SMALL, 16);
    for (name, note, head, height, ends) in [
        ("three", "from within an epoch over three ends", 5, 15, 3),
        ("next", "from the end of an epoch over two", 3, 11, 2),
        ("one", "the end of the trusted epoch", 5, 7, 1),
        ("genesis", "from the genesis", 0, 7, 2),
    ] {
        let name = format!("span-candidate-{name}");
        let case = into_case(chain.offer(head, height), ends);
        writer.write(&name, note, "accept", case)?;
    }
    for (name, note, expect, change) in CHANGES {
        let mut offer = chain.offer(5, 15);
        change(&mut offer);
        let ends = if expect == "accept" { 3 } else { 0 };
        let name = format!("span-candidate-{name}");
        writer.write(&name, note, expect, into_case(offer, ends))?;
    }
    let behind = Offer {
        candidate: chain.offer(3, 7).candidate,
        ..chain.offer(9, 15)
    };
    let note = "the end of an older epoch than the trusted one";
    let code = "header-not-ahead";
    writer.write("span-candidate-behind", note, code, into_case(behind, 0))
}

/// A name, a note, the code, and a change of the offer that gives it.
type Change = (&'static str, &'static str, &'static str, fn(&mut Offer));

const CHANGES: [Change; 21] = [
    (
        "proposer",
        "another proposer, which is not proven",
        "accept",
        |o| {
            o.candidate.header.proposer ^= 1;
        },
    ),
    ("drift", "30 s ahead of the clock", "accept", |o| {
        o.candidate.header.timestamp_ms = NOW_MS + 30_000;
    }),
    (
        "version",
        "another version of another chain",
        "header-version",
        |o| {
            (o.candidate.header.version, o.candidate.header.chain_id) = (2, 8);
        },
    ),
    (
        "chain",
        "another chain, below the head",
        "header-chain-id",
        |o| {
            (o.candidate.header.chain_id, o.candidate.header.height) = (8, 3);
        },
    ),
    ("height", "no end of an epoch", "span-ends", |o| {
        o.candidate.header.height = 14;
    }),
    (
        "next-epoch",
        "the first header after an end",
        "span-ends",
        |o| {
            o.candidate.header.height = 16;
        },
    ),
    (
        "before-first",
        "above the head, below the first end",
        "span-ends",
        |o| {
            o.candidate.header.height = 6;
        },
    ),
    (
        "most",
        "1,024 ends; no more is right about it",
        "header-parent-height",
        |o| {
            o.candidate.header.height = 7 + 1023 * 4;
        },
    ),
    (
        "too-many",
        "an end more than a span has",
        "span-ends",
        |o| {
            o.candidate.header.height = 7 + 1024 * 4;
        },
    ),
    ("far", "the highest end of all", "span-ends", |o| {
        o.candidate.header.height = u32::MAX;
    }),
    (
        "opening",
        "less total power, and another parent",
        "header-set-opening",
        |o| {
            o.candidate.certificate.set.total_power = 8;
            o.candidate.header.parent_hash = digest(9);
        },
    ),
    (
        "set",
        "another set than the opening's",
        "header-set-opening",
        |o| {
            o.candidate.header.validator_set_root = digest(9);
        },
    ),
    (
        "nobody",
        "a set without members, and another parent",
        "header-set-size",
        |o| {
            resize(o, 0);
            o.candidate.header.parent_hash = digest(9);
        },
    ),
    (
        "too-large",
        "a set of 1,025 members",
        "header-set-size",
        |o| resize(o, 1025),
    ),
    (
        "parent",
        "another parent, at another height",
        "header-parent-hash",
        |o| {
            o.candidate.parent.height = 13;
        },
    ),
    (
        "parent-height",
        "a parent two heights below, in its slot",
        "header-parent-height",
        |o| {
            (o.candidate.parent.height, o.candidate.parent.slot) = (13, 30);
            o.link();
        },
    ),
    (
        "parent-slot",
        "two blocks in a slot, at a time",
        "header-parent-slot",
        |o| {
            (o.candidate.parent.slot, o.candidate.parent.timestamp_ms) = (30, 16_000);
            o.link();
        },
    ),
    (
        "parent-time",
        "two blocks at a time, ahead of the clock",
        "header-parent-timestamp",
        |o| {
            let ahead = NOW_MS + 31_000;
            (
                o.candidate.parent.timestamp_ms,
                o.candidate.header.timestamp_ms,
            ) = (ahead, ahead);
            o.link();
        },
    ),
    (
        "future",
        "31 s ahead of the clock, after another history",
        "header-future",
        |o| {
            o.candidate.header.timestamp_ms = NOW_MS + 31_000;
            o.candidate.header.history_root = digest(9);
        },
    ),
    (
        "history",
        "a history without parent and head",
        "header-parent-not-in-history",
        |o| {
            o.candidate.header.history_root = digest(9);
        },
    ),
    (
        "branch",
        "a head on another branch",
        "header-head-not-in-history",
        |o| {
            o.trusted.state_root = digest(9);
            o.trusted_hash = o.trusted.hash().0;
        },
    ),
];

/// Names a set of another size, and opens it.
fn resize(offer: &mut Offer, n: u32) {
    let Certificate { set, .. } = &mut offer.candidate.certificate;
    *set = SetOpening { n, ..*set };
    offer.candidate.header.validator_set_root = set.set_root();
}

fn into_case(offer: Offer, ends: u32) -> Case {
    let candidate = offer.candidate;
    let set = candidate.certificate.set;
    let siblings = |path: HistoryPath| path.0.map(|sibling| sibling.to_hex()).to_vec();
    Case::SpanCandidate {
        params: offer.params,
        trusted: hex::encode(offer.trusted.to_bytes()),
        trusted_hash: offer.trusted_hash.to_hex(),
        now_ms: NOW_MS.to_string(),
        header: hex::encode(candidate.header.to_bytes()),
        parent: hex::encode(candidate.parent.to_bytes()),
        parent_path: siblings(candidate.parent_path),
        head_path: siblings(candidate.head_path),
        set: Opening {
            root: set.root.to_hex(),
            n: set.n,
            total_power: set.total_power,
        },
        ends,
    }
}
