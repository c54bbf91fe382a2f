//! `prove pruning`: a range of a devnet's headers, from a witness file.

use rpp_verifier::{
    Digest, Header, History, Pruning, PruningStatement, PruningWitness, VerifyingKey, fold_block,
};

use crate::from_file::{Change, FromFile, header};
use crate::support::CONFIG;

const PROVE: FromFile<PruningWitness> = FromFile {
    circuit: "pruning",
    to_bytes: PruningWitness::to_bytes,
};

/// Returns the headers from the genesis to that at `height`.
fn headers(height: u32) -> Vec<Header> {
    (0..=height).map(header).collect()
}

/// Returns the fold over the blocks before a height.
fn fold(height: u32) -> Digest {
    let before = headers(height);
    let (_, before) = before.split_last().unwrap();
    before.iter().fold(Digest::ZERO, |fold, header| {
        fold_block(&fold, header.height, &header.tx_root)
    })
}

/// Returns the witness of the headers from `start` and before `end`.
fn witness(start: u32, end: u32) -> PruningWitness {
    let mut before = headers(end);
    let end = before.pop().unwrap();
    let hashes: Vec<_> = before.iter().map(Header::hash).collect();
    let path = History::new(&hashes).path(start);
    let range = before.split_off(usize::try_from(start).unwrap());
    PruningWitness::new(range, &end, &path, fold(start)).unwrap()
}

#[test]
fn a_range_of_a_chain_is_proven_from_a_file() {
    for (start, end) in [(0, 8), (4, 8), (7, 8)] {
        let proof = PROVE.proof(&witness(start, end));
        // The statement is what a client makes of the two headers.
        let [first, after] = [start, end].map(|height| headers(height).pop().unwrap());
        let folds = [start, end].map(fold);
        let statement = PruningStatement::new(&first, &after, folds).unwrap();
        let key = VerifyingKey::<Pruning>::new(CONFIG.chain_id);
        let verified = key.verify(statement.clone(), &proof).unwrap();
        assert_eq!(verified.statement(), &statement);
    }
}

#[test]
fn the_proof_of_a_range_is_no_proof_of_a_block() {
    PROVE.assert_proves_no_block(&witness(4, 8), 8);
}

#[test]
fn a_false_range_is_refused_and_nothing_is_written() {
    let changes: [(Change<PruningWitness>, &str); 9] = [
        (|w| w.statement.end_height += 1, "pruning-range"),
        (
            |w| w.statement.fold_before = w.statement.fold_after,
            "pruning-fold",
        ),
        (|w| w.headers.truncate(7), "witness-length"),
        (|w| w.siblings.truncate(28), "witness-length"),
        (|w| w.headers.swap(1, 2), "witness-place"),
        (
            |w| w.statement.last_hash = w.statement.start_hash,
            "witness-link",
        ),
        (|w| w.siblings[0] = Digest::ZERO, "witness-before"),
        (
            |w| w.statement.end_history = w.statement.start_history,
            "witness-after",
        ),
        (|w| w.statement.fold_after = Digest::ZERO, "witness-fold"),
    ];
    PROVE.assert_refuses(&witness(0, 8), &changes);
}
