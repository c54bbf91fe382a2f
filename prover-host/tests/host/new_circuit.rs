//! A circuit that exists in tests only, and a source that is no devnet: proven, stored and served
//! by a host that knows neither.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use rpp_prover_host::http::router;
use rpp_prover_host::progress::Progress;
use rpp_prover_host::prove::{Pipeline, Provers, Witnesses};
use rpp_prover_host::source::{BlockSource, DueProof, NoCandidates};
use rpp_prover_host::state::{DataFolder, Database, Host, PublishError, Retention, SpanEpochs};
use rpp_prover_host::steps::Steps;
use rpp_tests::circuit::CIRCUITS;
use rpp_tests::circuit::preimage::{Preimage, PreimageWitness};
use rpp_verifier::{Accounts, Digest, Proof, ProofKey, Subject, VerifyingKey};
use tokio_util::sync::CancellationToken;

use crate::node::Node;
use crate::support::{Answer, ask_of};

pub(crate) const CHAIN_ID: u32 = 7;

/// A node of whose blocks these proofs are due.
pub(crate) fn node(subjects: BTreeMap<u32, Vec<Subject>>) -> Node {
    let due = subjects.into_iter().map(|(height, subjects)| {
        let due = subjects.into_iter().map(due);
        (height, due.collect())
    });
    Node {
        due: due.collect(),
        ..Node::new(&[])
    }
}

pub(crate) fn key(subject: Subject) -> ProofKey {
    let circuit = CIRCUITS.by_name("preimage").unwrap().id();
    ProofKey { circuit, subject }
}

fn witness() -> PreimageWitness {
    PreimageWitness::new(CHAIN_ID, Digest::ZERO, 6)
}

pub(crate) fn due(subject: Subject) -> DueProof {
    let witness = witness().to_bytes();
    let key = key(subject);
    DueProof { key, witness }
}

const OPERATION: Subject = Subject::Operation(Digest::ZERO);
const TURN: Subject = Subject::ValidatorEpoch {
    validator: 5,
    epoch: 2,
};
pub(crate) const RANGE: Subject = Subject::Range { first: 0, last: 1 };

async fn open(data: &Path, node: &Node) -> Arc<Host> {
    node.open(data, CIRCUITS, Steps::default()).await
}

async fn ask(router: &Router, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty()).unwrap();
    ask_of(router.clone(), request).await
}

fn assert_verifies(served: &Answer) {
    assert_eq!(served.status(), 200, "{served:?}");
    let proof = Proof::from_bytes(&served.body, &CIRCUITS).unwrap();
    let key = VerifyingKey::<Preimage>::new(CHAIN_ID);
    let statement = witness().statement;
    assert_eq!(
        key.verify(statement.clone(), &proof).unwrap().statement(),
        &statement
    );
}

#[tokio::test]
async fn a_new_circuit_is_proven_stored_and_served_about_every_kind_of_subject() {
    let data = tempfile::tempdir().unwrap();
    let due_at = |height: u32| [(height, vec![Subject::Height(height)])];
    let mut due_by_height: BTreeMap<_, _> = due_at(2).into_iter().collect();
    due_by_height.insert(1, vec![Subject::Height(1), RANGE, OPERATION]);
    let node = node(due_by_height);
    let host = open(data.path(), &node).await;
    let pipeline = Pipeline {
        host: host.clone(),
        provers: Arc::new(Provers::new(CIRCUITS, CHAIN_ID)),
        progress: Progress::default(),
        witnesses: Witnesses::Keep,
        retention: Retention::All,
        pruning: None,
        spans: SpanEpochs::NONE,
    };
    // One that nobody's block brings: a proof on request.
    host.publish_due(0, due(TURN)).await.unwrap();
    let twice = host.publish_due(0, due(TURN)).await.unwrap_err();
    assert!(matches!(twice, PublishError::DueBefore { .. }), "{twice}");
    let served = router(host.clone(), None);
    let waiting = ask(&served, "/v1/proofs/preimage/5@2").await;
    assert_eq!(waiting.problem_code(), "not-proven-yet");
    pipeline
        .run(node, Some(2), CancellationToken::new())
        .await
        .unwrap();
    let paths = [
        "/v1/blocks/1/proofs/preimage".to_owned(),
        "/v1/blocks/2/proofs/preimage".to_owned(),
        "/v1/proofs/preimage/2".to_owned(),
        "/v1/proofs/preimage/0-1".to_owned(),
        "/v1/proofs/preimage/5@2".to_owned(),
        format!("/v1/proofs/preimage/{OPERATION}"),
    ];
    for path in &paths {
        assert_verifies(&ask(&served, path).await);
    }
    let head = ask(&served, "/v1/head").await.json();
    assert_eq!(head["block"]["height"], 2);
    assert_eq!(head["block"]["proofs"][0]["circuit"], "preimage");
    let id = head["block"]["proofs"][0]["id"].as_str().unwrap();
    assert_verifies(&ask(&served, &format!("/v1/proofs/{id}")).await);
    let other = ask(&served, "/v1/blocks/1/proofs/consensus").await;
    assert_eq!(other.problem_code(), "unknown-proof");
    for witness in ["1", "2", "0-1", "5@2"] {
        let kept = data.path().join("witnesses/preimage").join(witness);
        assert_eq!(std::fs::read(kept).unwrap(), self::witness().to_bytes());
    }
    host.database().close().await;
    drop((host, served));
    // All of it is there after a restart, and nothing is to be made.
    let node = self::node(BTreeMap::new());
    let host = open(data.path(), &node).await;
    assert_eq!(host.ledger().jobs(), 0);
    let served = router(host, None);
    for path in &paths {
        assert_verifies(&ask(&served, path).await);
    }
}

#[tokio::test]
async fn rejects_a_proof_of_a_circuit_that_the_host_does_not_have() {
    let data = tempfile::tempdir().unwrap();
    let mut node = self::node(BTreeMap::from([(1, vec![Subject::Height(1)])]));
    let host = node.open(data.path(), rpp_verifier::CIRCUITS, Steps::default());
    let host = host.await;
    let (genesis, state) = (node.chain().genesis, node.genesis_accounts());
    let Ok(block) = node.child_of(&genesis, &state, &NoCandidates).await;
    let refused = host.publish_block(block.clone()).await.unwrap_err();
    assert!(
        matches!(refused, PublishError::UnknownCircuit { .. }),
        "{refused}"
    );
    let refused = host.publish_due(0, due(RANGE)).await.unwrap_err();
    assert!(
        matches!(refused, PublishError::UnknownCircuit { .. }),
        "{refused}"
    );
    let mut other = block;
    other.due.clear();
    other.certificate.set.n = 2;
    let refused = host.publish_block(other).await.unwrap_err();
    assert!(
        matches!(refused, PublishError::OtherSet { height: 1 }),
        "{refused}"
    );
    assert_eq!(host.ledger().latest_height(), 0);
}

/// A folder that a host with more circuits wrote: what it cannot name is left alone.
#[tokio::test]
async fn a_host_with_fewer_circuits_serves_the_rest() {
    let data = tempfile::tempdir().unwrap();
    let node = self::node(BTreeMap::from([(1, vec![Subject::Height(1)])]));
    let host = open(data.path(), &node).await;
    let pipeline = Pipeline {
        host,
        provers: Arc::new(Provers::new(CIRCUITS, CHAIN_ID)),
        progress: Progress::default(),
        witnesses: Witnesses::Drop,
        retention: Retention::All,
        pruning: None,
        spans: SpanEpochs::NONE,
    };
    let chain = node.chain();
    let database = pipeline.host.database().clone();
    pipeline
        .run(node, Some(1), CancellationToken::new())
        .await
        .unwrap();
    database.close().await;
    let folder = DataFolder::open(data.path()).unwrap();
    let database = Database::open(&folder.database_path()).await.unwrap();
    let accounts = Accounts::default();
    let circuits = rpp_verifier::CIRCUITS;
    let host = Host::open(folder, database, &chain, &accounts, circuits).await;
    let host = host.unwrap();
    let ledger = host.ledger();
    assert_eq!((ledger.latest_height(), ledger.jobs()), (1, 0));
    assert!(ledger.block(1).unwrap().proofs.is_empty());
}
