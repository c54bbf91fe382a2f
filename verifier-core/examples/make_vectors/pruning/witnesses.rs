//! Witnesses of ranges of headers.

use rpp_verifier::{Digest, PruningWitness};

use super::chain::Chain;
use crate::circuits::{whole, write_changed};
use crate::{Result, VectorWriter, digest};

/// A name, the code, and a change of the witness that gives it.
type Change = (&'static str, &'static str, fn(&mut PruningWitness));

const CHANGES: [Change; 37] = [
    ("stored", "accept", |_| {}),
    ("range", "pruning-range", |w| w.statement.end_height += 1),
    ("fold-before-genesis", "pruning-fold", |w| {
        w.statement.start_height = 0;
        w.statement.end_height = 8;
    }),
    ("header-less", "witness-length", |w| w.headers.truncate(7)),
    ("header-more", "witness-length", |w| {
        w.headers.push(w.headers[7].clone())
    }),
    ("no-headers", "witness-length", |w| w.headers.clear()),
    ("sibling-less", "witness-length", |w| {
        w.siblings.truncate(28)
    }),
    ("sibling-more", "witness-length", |w| {
        w.siblings.push(Digest::ZERO)
    }),
    ("no-siblings", "witness-length", |w| w.siblings.clear()),
    ("first-version", "witness-place", |w| {
        w.headers[0].version = 2
    }),
    ("last-version", "witness-place", |w| {
        w.headers[7].version = 0
    }),
    ("chain-id", "witness-place", |w| w.statement.chain_id += 1),
    ("header-chain-id", "witness-place", |w| {
        w.headers[3].chain_id += 1
    }),
    ("height", "witness-place", |w| w.headers[3].height += 1),
    ("swapped", "witness-place", |w| w.headers.swap(3, 4)),
    ("other-range", "witness-place", |w| {
        w.statement.start_height = 16;
        w.statement.end_height = 24;
    }),
    ("start-hash", "witness-link", |w| {
        w.statement.start_hash.0 = digest(9)
    }),
    ("first", "witness-link", |w| w.headers[0].slot += 1),
    ("parent", "witness-link", |w| {
        w.headers[4].parent_hash = digest(9)
    }),
    ("middle", "witness-link", |w| {
        w.headers[4].randomness = digest(9)
    }),
    ("last", "witness-link", |w| w.headers[7].timestamp_ms += 1),
    ("last-hash", "witness-link", |w| {
        w.statement.last_hash.0 = digest(9)
    }),
    ("start-history", "witness-before", |w| {
        w.statement.start_history = digest(9)
    }),
    ("first-sibling", "witness-before", |w| {
        w.siblings[0] = digest(9)
    }),
    ("last-sibling", "witness-before", |w| {
        w.siblings[28] = digest(9)
    }),
    ("end-history", "witness-after", |w| {
        w.statement.end_history = digest(9)
    }),
    ("end-history-is-start-history", "witness-after", |w| {
        w.statement.end_history = w.statement.start_history
    }),
    ("fold-before", "witness-fold", |w| {
        w.statement.fold_before = digest(9)
    }),
    ("fold-after", "witness-fold", |w| {
        w.statement.fold_after = digest(9)
    }),
    ("fold-stays", "witness-fold", |w| {
        w.statement.fold_after = w.statement.fold_before
    }),
    ("order-range-length", "pruning-range", |w| {
        w.statement.end_height -= 1;
        w.siblings.clear();
    }),
    ("order-length-place", "witness-length", |w| {
        w.siblings.clear();
        w.headers[0].version = 2;
    }),
    ("order-link-place", "witness-link", |w| {
        w.headers[1].parent_hash = digest(9);
        w.headers[2].version = 2;
    }),
    ("order-place-link", "witness-place", |w| {
        w.headers[2].version = 2;
        w.headers[2].parent_hash = digest(9);
    }),
    ("order-link-before", "witness-link", |w| {
        w.statement.last_hash.0 = digest(9);
        w.siblings[0] = digest(9);
    }),
    ("order-before-after", "witness-before", |w| {
        w.statement.start_history = digest(9);
        w.statement.end_history = digest(9);
    }),
    ("order-after-fold", "witness-after", |w| {
        w.statement.end_history = digest(9);
        w.statement.fold_after = digest(9);
    }),
];

pub(super) fn write_witnesses(writer: &mut VectorWriter, chain: &Chain) -> Result<()> {
    let honest = chain.witness(8, 16)?;
    let bytes = honest.to_bytes();
    for (name, expect, change) in CHANGES {
        let mut witness = honest.clone();
        change(&mut witness);
        write_changed(writer, "pruning", name, expect, &bytes, &witness.to_bytes())?;
    }
    for (name, note, start, end) in [
        ("genesis", "the first header", 0, 1),
        ("genesis-16", "the first 16 headers", 0, 16),
        ("one", "one header at an odd height", 1, 2),
        ("two", "two headers", 6, 8),
    ] {
        let case = whole("pruning", &chain.witness(start, end)?.to_bytes());
        writer.write(&format!("pruning-witness-{name}"), note, "accept", case)?;
    }
    Ok(())
}
