//! `prove pruning`: a range of a devnet's headers, from a witness file.

use rpp_verifier::{
    Digest, Header, History, Pruning, PruningStatement, PruningWitness, VerifyingKey, fold_block,
};

use crate::binary::{host, temporary_files};
use crate::from_file::{assert_refused, prove, said, written};
use crate::support::{CHAIN, CONFIG};

/// Makes a witness false.
type Change = fn(&mut PruningWitness);

/// Returns the headers from the genesis to that at `height`.
fn headers(height: u32) -> Vec<Header> {
    let ledger = CHAIN.host.ledger();
    let heights = 0..=height;
    heights
        .map(|height| ledger.header(height).unwrap().clone())
        .collect()
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
    let data = tempfile::tempdir().unwrap();
    let (file, out) = (data.path().join("witness"), data.path().join("proof"));
    for (start, end) in [(0, 8), (4, 8), (7, 8)] {
        std::fs::write(&file, witness(start, end).to_bytes()).unwrap();
        let proof = written("pruning", &prove("pruning", &file, &out), &out);
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
    let data = tempfile::tempdir().unwrap();
    let at = |name: &str| data.path().join(name);
    std::fs::write(at("witness"), witness(4, 8).to_bytes()).unwrap();
    let proven = prove("pruning", &at("witness"), &at("proof"));
    assert!(proven.status.success());
    std::fs::write(at("block"), CHAIN.block_file(8)).unwrap();
    std::fs::write(at("chain"), CHAIN.chain_file()).unwrap();
    let mut verify = host(&["verify", "--proof", "proof"]);
    verify.args(["--block", "block", "--chain", "chain"]);
    let refused = verify.current_dir(data.path()).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(said(&refused)["code"], "wrong-circuit");
}

#[test]
fn a_false_range_is_refused_and_nothing_is_written() {
    let data = tempfile::tempdir().unwrap();
    let (file, out) = (data.path().join("witness"), data.path().join("proof"));
    let changes: [(Change, &str); 9] = [
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
    for (change, code) in changes {
        let mut witness = witness(0, 8);
        change(&mut witness);
        std::fs::write(&file, witness.to_bytes()).unwrap();
        assert_refused(&prove("pruning", &file, &out), code);
    }
    let bytes = witness(0, 8).to_bytes();
    std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    assert_refused(&prove("pruning", &file, &out), "truncated");
    let of_another_circuit = CHAIN.data.path().join("witnesses/consensus/3");
    assert_refused(&prove("pruning", &of_another_circuit, &out), "bad-magic");
    assert!(!out.exists());
    assert_eq!(temporary_files(data.path()), 0);
}
