//! Proofs about ranges of headers, made for whoever asks.

use rpp_verifier::{Digest, Header, HistoryFrontier, Pruning, PruningStatement, VerifyingKey};
use serde_json::Value;

use crate::audit::connect;
use crate::node::block_of;
use crate::operations::Chain;
use crate::requested::{proof, prove, refused, request};
use crate::support::get_of;
use crate::wallet::CHAIN_ID;

fn path(first: u32, last: u32) -> String {
    format!("/v1/proofs/pruning/{first}-{last}")
}

fn header(chain: &Chain, height: u32) -> Header {
    chain.host.ledger().header(height).unwrap().clone()
}

fn digest(said: &Value, name: &str) -> Digest {
    said[name].as_str().unwrap().parse().unwrap()
}

/// Returns a chain of so many blocks, each of which has those before it in its history.
async fn chain_of(blocks: u32) -> Chain {
    let chain = Chain::new().await;
    for _ in 0..blocks {
        block(&chain).await;
    }
    chain
}

async fn block(chain: &Chain) {
    let parent = chain.host.ledger().latest_header().clone();
    let (_, state) = chain.host.newest_accounts();
    let mut block = block_of(&parent, &state, &[]);
    let mut history = HistoryFrontier::default();
    for height in 0..=parent.height {
        history.append(&header(chain, height).hash());
    }
    block.header.history_root = history.history_root();
    chain.host.publish_block(block).await.unwrap();
}

#[tokio::test]
async fn ranges_are_proven_one_after_the_other_from_the_genesis_on() {
    let mut chain = chain_of(11).await;
    let ranges = [(0, 7), (8, 9), (10, 10)];
    for (first, last) in ranges {
        let unasked = get_of(&chain.host, &path(first, last)).await;
        assert_eq!(unasked.problem_code(), "unknown-proof");
        let asked = request(&chain.host, &path(first, last)).await;
        assert_eq!(asked.status(), 202, "{asked:?}");
        let unmade = get_of(&chain.host, &path(first, last)).await;
        assert_eq!(unmade.problem_code(), "not-proven-yet");
    }
    chain = chain.restarted().await;
    prove(&chain.host).await;
    let mut fold = Digest::ZERO;
    for (first, last) in ranges {
        let said = request(&chain.host, &path(first, last)).await.json();
        let (start, end) = (header(&chain, first), header(&chain, last + 1));
        assert_eq!(
            (&said["first"], &said["last"]),
            (&first.into(), &last.into())
        );
        assert_eq!(said["height"], last + 1);
        assert_eq!(said["header_hash"], end.hash().to_string());
        assert_eq!(digest(&said, "fold_before"), fold);
        let folds = [fold, digest(&said, "fold_after")];
        let statement = PruningStatement::new(&start, &end, folds).unwrap();
        let proof = proof(&chain.host, &path(first, last)).await;
        let key = VerifyingKey::<Pruning>::new(CHAIN_ID);
        assert!(key.verify(statement, &proof).is_ok());
        [_, fold] = folds;
    }
    assert_eq!(chain.host.ledger().requests(), 0);
}

#[tokio::test]
async fn a_range_whose_proof_is_lost_is_proven_again_when_somebody_asks() {
    let mut chain = chain_of(4).await;
    assert_eq!(request(&chain.host, &path(0, 3)).await.status(), 202);
    prove(&chain.host).await;
    assert_eq!(get_of(&chain.host, &path(0, 3)).await.status(), 200);
    let files = std::fs::read_dir(chain.data.path().join("proofs")).unwrap();
    for file in files.map(|file| file.unwrap().path()) {
        // The other one says which folder it is.
        if !file.ends_with("identity") {
            std::fs::remove_file(file).unwrap();
        }
    }
    let mut connection = connect(&chain.data.path().join("chain.db")).await;
    let forgotten = sqlx::query("DELETE FROM witnesses");
    forgotten.execute(&mut connection).await.unwrap();
    chain = chain.restarted().await;
    let lost = get_of(&chain.host, &path(0, 3)).await;
    assert_eq!(lost.problem_code(), "proof-lost");
    let again = request(&chain.host, &path(0, 3)).await;
    assert_eq!(
        (again.status(), &again.json()["height"]),
        (202, &4.into()),
        "{again:?}"
    );
    prove(&chain.host).await;
    let folds = [Digest::ZERO, digest(&again.json(), "fold_after")];
    let (start, end) = (header(&chain, 0), header(&chain, 4));
    let statement = PruningStatement::new(&start, &end, folds).unwrap();
    let proof = proof(&chain.host, &path(0, 3)).await;
    let key = VerifyingKey::<Pruning>::new(CHAIN_ID);
    assert!(key.verify(statement, &proof).is_ok());
}

#[tokio::test]
async fn rejects_what_is_no_range_with_its_code() {
    let chain = chain_of(4).await;
    for (path, status, code) in [
        (path(0, 2), 404, "unknown-proof"),
        (path(0, 2047), 404, "unknown-proof"),
        (path(1, 2), 404, "unknown-proof"),
        (path(0, 1024), 404, "unknown-proof"),
        (path(0, u32::MAX), 404, "unknown-proof"),
        // The newest header is at 4, and has none after it.
        (path(4, 4), 404, "unknown-block"),
        (path(0, 7), 404, "unknown-block"),
        (path(1 << 31, 1 << 31), 404, "unknown-block"),
        // Of no range, whatever the chain has.
        (path(5, 6), 404, "unknown-proof"),
        (path(u32::MAX, u32::MAX), 404, "unknown-proof"),
        ("/v1/proofs/consensus/0-3".into(), 404, "unknown-proof-kind"),
        (
            format!("/v1/proofs/pruning/{}", Digest::ZERO),
            404,
            "unknown-proof-kind",
        ),
        (path(3, 0), 400, "bad-subject"),
    ] {
        let refusal = refused(&chain.host, &path).await;
        assert_eq!(refusal, (status, code.to_owned()), "{path}");
    }
    let by_height = request(&chain.host, "/v1/proofs/pruning/3").await;
    assert_eq!(by_height.status(), 405);
}

#[tokio::test]
async fn a_range_that_had_no_header_after_it_has_one_later() {
    let chain = chain_of(3).await;
    let early = refused(&chain.host, &path(0, 3)).await;
    assert_eq!(early, (404, "unknown-block".to_owned()));
    block(&chain).await;
    let asked = request(&chain.host, &path(0, 3)).await;
    assert_eq!((asked.status(), &asked.json()["height"]), (202, &4.into()));
}
