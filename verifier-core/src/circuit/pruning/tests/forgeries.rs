//! What is false is rejected, for the reason that it is false.

use super::headers::{Headers, digest};
use crate::chain::{Header, fold_block, history_root};
use crate::circuit::pruning::{Pruning, PruningWitness};
use crate::circuit::trial::assert_forgery;
use crate::hash::{compress, fold_path};

/// A chain, and a range of it.
fn range() -> (Headers, PruningWitness) {
    let chain = Headers::new(16);
    let witness = chain.witness(8, 16);
    (chain, witness)
}

#[track_caller]
fn rejects(witness: &PruningWitness, code: &str, groups: &[&str]) {
    assert_forgery::<Pruning>("pruning", witness, code, groups);
}

/// Returns the history root over the witness's own headers, whatever they are.
fn history_of(witness: &PruningWitness) -> crate::hash::Digest {
    let mut nodes: alloc::vec::Vec<_> = witness.headers.iter().map(|h| h.hash().0).collect();
    while nodes.len() > 1 {
        nodes = nodes
            .chunks(2)
            .map(|pair| compress(&pair[0], &pair[1]))
            .collect();
    }
    let place = witness.statement.start_height / 8;
    let root = fold_path(nodes[0], place, &witness.siblings);
    history_root(witness.statement.end_height, &root)
}

/// Returns the fold over the witness's own headers, at the heights of their places.
fn fold_of(witness: &PruningWitness) -> crate::hash::Digest {
    let statement = &witness.statement;
    let headers = (statement.start_height..).zip(&witness.headers);
    headers.fold(statement.fold_before, |fold, (height, header)| {
        fold_block(&fold, height, &header.tx_root)
    })
}

/// Makes all that is outside agree with the headers.
fn settle(witness: &mut PruningWitness) {
    witness.statement.end_history = history_of(witness);
    witness.statement.fold_after = fold_of(witness);
}

#[test]
fn rejects_headers_in_another_order() {
    let (_, mut witness) = range();
    witness.headers.swap(3, 4);
    settle(&mut witness);
    rejects(
        &witness,
        "witness-place",
        &["assert_header", "assert_previous"],
    );
}

#[test]
fn rejects_a_header_twice() {
    let (_, mut witness) = range();
    witness.headers[4] = witness.headers[3].clone();
    settle(&mut witness);
    rejects(
        &witness,
        "witness-place",
        &["assert_header", "assert_previous"],
    );
}

#[test]
fn rejects_a_header_of_another_chain_version_or_height() {
    let changes: [fn(&mut Header); 3] = [
        |header| header.chain_id += 1,
        |header| header.version += 1,
        |header| header.height += 8,
    ];
    for change in changes {
        let (_, mut witness) = range();
        // All that follows is hashed anew, so that this header alone is false.
        change(&mut witness.headers[2]);
        relink(&mut witness);
        rejects(&witness, "witness-place", &["assert_header"]);
    }
}

/// Links the headers to each other again.
fn relink(witness: &mut PruningWitness) {
    for i in 1..witness.headers.len() {
        witness.headers[i].parent_hash = witness.headers[i - 1].hash().0;
    }
    witness.statement.start_hash = witness.headers[0].hash();
    witness.statement.last_hash = witness.headers[7].hash();
    settle(witness);
}

#[test]
fn rejects_a_header_that_does_not_follow_the_one_before_it() {
    let (_, mut witness) = range();
    witness.headers[5].parent_hash = digest(99);
    for i in 6..8 {
        witness.headers[i].parent_hash = witness.headers[i - 1].hash().0;
    }
    witness.statement.last_hash = witness.headers[7].hash();
    settle(&mut witness);
    rejects(&witness, "witness-link", &["assert_previous"]);
}

#[test]
fn rejects_another_first_or_last_header() {
    let (_, mut witness) = range();
    witness.statement.start_hash = witness.headers[1].hash();
    rejects(&witness, "witness-link", &["assert_header"]);
    let (_, mut witness) = range();
    witness.statement.last_hash = witness.headers[6].hash();
    rejects(&witness, "witness-link", &["assert_previous"]);
}

#[test]
fn rejects_a_history_with_another_leaf_count_or_start() {
    let (_, mut witness) = range();
    let mut other = witness.clone();
    other.headers[2].slot += 1;
    witness.statement.end_history = history_of(&other);
    rejects(&witness, "witness-after", &["assert_roots"]);

    let (_, mut witness) = range();
    let root = crate::hash::Digest(core::array::from_fn(|i| digest(5).0[i]));
    witness.statement.start_history = history_root(9, &root);
    rejects(&witness, "witness-before", &["assert_roots"]);

    // The frontier of another chain: both histories have it.
    let (_, mut witness) = range();
    witness.siblings[0] = digest(12);
    witness.statement.end_history = history_of(&witness);
    rejects(&witness, "witness-before", &["assert_roots"]);
}

#[test]
fn rejects_a_fold_with_another_root_or_start() {
    let (_, mut witness) = range();
    let mut other = witness.clone();
    other.headers[6].tx_root = digest(77);
    witness.statement.fold_after = fold_of(&other);
    rejects(&witness, "witness-fold", &["assert_fold"]);
    let (_, mut witness) = range();
    witness.statement.fold_before = digest(3);
    rejects(&witness, "witness-fold", &["assert_fold"]);
}
