//! Proofs about operations, made for whoever asks.

use std::convert::Infallible;
use std::future::pending;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use axum::body::Body;
use axum::http::Request;
use rpp_prover_host::http::router;
use rpp_prover_host::progress::Progress;
use rpp_prover_host::prove::{Pipeline, Witnesses};
use rpp_prover_host::source::{BlockSource, Candidates, ChainInfo, SourceBlock};
use rpp_prover_host::state::{Host, ProofStatus, Retention, SpanEpochs};
use rpp_prover_host::steps::{Step, Steps};
use rpp_verifier::{
    Accounts, CIRCUITS, Header, Identity, IdentityStatement, IdentityWitness, Proof, ProofKey,
    SignedOperation, Subject, Transaction, TransactionStatement, Transfer, VerifyingKey,
};
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use tokio_util::sync::CancellationToken;

use crate::node::Node;
use crate::operations::{Chain, transfer};
use crate::support::{Answer, PROVERS, ask_of, get_of};
use crate::wallet::{CHAIN_ID, Wallet};

/// A node that has no further block.
pub(crate) struct Idle(pub(crate) Node);

impl BlockSource for Idle {
    type Error = Infallible;

    fn chain(&self) -> ChainInfo {
        self.0.chain()
    }

    fn genesis_accounts(&self) -> Accounts {
        self.0.genesis_accounts()
    }

    async fn child_of(
        &mut self,
        _: &Header,
        _: &Accounts,
        _: &dyn Candidates,
    ) -> Result<SourceBlock, Infallible> {
        pending().await
    }

    fn is_passing(error: &Infallible) -> bool {
        match *error {}
    }
}

fn path(circuit: &str, signed: &SignedOperation) -> String {
    format!("/v1/proofs/{circuit}/{}", signed.hash())
}

pub(crate) async fn request(host: &Arc<Host>, path: &str) -> Answer {
    let request = Request::post(path).body(Body::empty()).unwrap();
    ask_of(router(host.clone(), None), request).await
}

pub(crate) async fn refused(host: &Arc<Host>, path: &str) -> (u16, String) {
    let answer = request(host, path).await;
    (answer.status(), answer.problem_code())
}

/// Proves until nothing that was asked for is left.
pub(crate) async fn prove(host: &Arc<Host>) {
    let pipeline = Pipeline {
        host: host.clone(),
        provers: PROVERS.clone(),
        progress: Progress::default(),
        witnesses: Witnesses::Drop,
        retention: Retention::All,
        pruning: None,
        spans: SpanEpochs::NONE,
    };
    let stop = CancellationToken::new();
    let running = pipeline.run(Idle(Node::new(&[])), None, stop.clone());
    let running = tokio::spawn(running);
    host.wait_for(|ledger| (ledger.requests() == 0).then_some(()))
        .await;
    stop.cancel();
    running.await.unwrap().unwrap();
}

pub(crate) async fn proof(host: &Arc<Host>, path: &str) -> Proof {
    let answer = get_of(host, path).await;
    assert_eq!(answer.status(), 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "public, max-age=4");
    Proof::from_bytes(&answer.body, &CIRCUITS).unwrap()
}

#[tokio::test]
async fn a_transaction_is_proven_on_the_state_that_the_answer_names() {
    let mut chain = Chain::new().await;
    let waiting = chain.a.transfer(transfer(100, 1, 0));
    chain.take(&waiting).await;
    let path_of_waiting = path("transaction", &waiting);
    let unasked = get_of(&chain.host, &path_of_waiting).await;
    assert_eq!(unasked.problem_code(), "unknown-proof");
    let asked = request(&chain.host, &path_of_waiting).await;
    assert_eq!(asked.status(), 202);
    let genesis = chain.host.ledger().latest_header().clone();
    assert_eq!(asked.json()["height"], 0);
    assert_eq!(asked.json()["header_hash"], genesis.hash().to_string());
    let unmade = get_of(&chain.host, &path_of_waiting).await;
    assert_eq!(unmade.problem_code(), "not-proven-yet");
    // One of a block, on the state before it.
    chain.block().await;
    let included = chain.a.transfer(transfer(5, 1, 3));
    chain.take(&included).await;
    chain.block().await;
    let path_of_included = path("transaction", &included);
    let of_included = request(&chain.host, &path_of_included).await;
    assert_eq!(of_included.json()["height"], 1);
    chain = chain.restarted().await;
    prove(&chain.host).await;
    for (signed, height) in [(&waiting, 0), (&included, 1)] {
        let path = path("transaction", signed);
        let header = chain.host.ledger().header(height).unwrap().clone();
        let statement = TransactionStatement {
            chain_id: CHAIN_ID,
            state_root: header.state_root,
            operation: signed.hash(),
        };
        let proof = proof(&chain.host, &path).await;
        let key = VerifyingKey::<Transaction>::new(CHAIN_ID);
        assert!(key.verify(statement, &proof).is_ok());
    }
    let again = request(&chain.host, &path_of_waiting).await;
    assert_eq!((again.status(), &again.body), (202, &asked.body));
    assert_eq!(chain.host.ledger().requests(), 0);
}

/// It waits still, on a state that has it already.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_block_takes_just_now_is_proven_on_the_state_before_it() {
    let host = Arc::new(OnceLock::<(Weak<Host>, ProofKey)>::new());
    let asked = Arc::new(Mutex::new(None));
    let (asks, answer) = (host.clone(), asked.clone());
    let steps = Steps::watched(move |step| {
        if step == Step::BlockServed
            && let Some((host, key)) = asks.get()
        {
            let host = host.upgrade().unwrap();
            let height = block_in_place(|| Handle::current().block_on(host.request_proof(*key)));
            *answer.lock().unwrap() = Some(height);
        }
        Ok(())
    });
    let mut chain = Chain::watched(steps).await;
    let signed = chain.a.transfer(transfer(100, 1, 0));
    chain.take(&signed).await;
    let key = ProofKey {
        circuit: chain.host.circuit("transaction").unwrap(),
        subject: Subject::Operation(signed.hash().0),
    };
    assert!(host.set((Arc::downgrade(&chain.host), key)).is_ok());
    chain.block().await;
    let asked = asked.lock().unwrap().take().expect("it was asked for");
    assert_eq!(asked.unwrap(), 0);
}

#[tokio::test]
async fn a_registration_is_proven_by_the_identity_circuit() {
    let chain = Chain::new().await;
    let signed = Wallet::new(3).register(77, 2);
    chain.take(&signed).await;
    let path = path("identity", &signed);
    assert_eq!(request(&chain.host, &path).await.status(), 202);
    prove(&chain.host).await;
    let (_, accounts) = chain.host.newest_accounts();
    let expected = IdentityWitness::new(&accounts, &signed).statement;
    let statement = IdentityStatement {
        before: chain.host.ledger().latest_header().state_root,
        ..expected
    };
    let proof = proof(&chain.host, &path).await;
    let key = VerifyingKey::<Identity>::new(CHAIN_ID);
    assert!(key.verify(statement, &proof).is_ok());
}

#[tokio::test]
async fn rejects_what_it_cannot_prove_with_its_code() {
    let mut chain = Chain::new().await;
    let (a, b) = (chain.a, chain.b);
    let sent = a.transfer(transfer(900, 0, 0));
    let unsent = a.transfer(transfer(1, 0, 7));
    let registered = Wallet::new(3).register(77, 0);
    // Valid only behind the one before.
    let back = b.transfer(Transfer {
        from: u32::MAX,
        to: 3,
        amount: 905,
        fee: 0,
        nonce: 0,
    });
    chain.take(&sent).await;
    chain.take(&registered).await;
    let host = chain.host.clone();
    for (circuit, signed, status, code) in [
        ("consensus", &sent, 404, "unknown-proof-kind"),
        ("nothing", &sent, 404, "unknown-proof-kind"),
        ("identity", &sent, 404, "unknown-proof"),
        ("transaction", &registered, 404, "unknown-proof"),
        ("transaction", &unsent, 404, "unknown-operation"),
    ] {
        let path = path(circuit, signed);
        assert_eq!(refused(&host, &path).await, (status, code.to_owned()));
    }
    let by_height = request(&host, "/v1/proofs/transaction/1").await;
    let refusal = (by_height.status(), by_height.problem_code());
    assert_eq!(refusal, (405, "method-not-allowed".to_owned()));
    assert_eq!(by_height.header("allow"), "GET,HEAD");
    let bad = refused(&host, "/v1/proofs/transaction/x").await;
    assert_eq!(bad, (400, "bad-subject".to_owned()));
    drop(host);
    let parent = chain.host.ledger().latest_header().clone();
    let (_, state) = chain.host.newest_accounts();
    let block = crate::node::block_of(&parent, &state, &[sent, back.clone()]);
    chain.host.publish_block(block).await.unwrap();
    let early = refused(&chain.host, &path("transaction", &back)).await;
    assert_eq!(early, (422, "operation-balance".to_owned()));
    for _ in 0..257 {
        chain.block().await;
    }
    let old = refused(&chain.host, &path("transaction", &back)).await;
    assert_eq!(old, (410, "state-gone".to_owned()));
}

#[tokio::test]
async fn no_more_are_asked_for_than_are_made_in_a_while() {
    let chain = Chain::new().await;
    let transfers = (0..16).map(|nonce| chain.a.transfer(transfer(1, 0, nonce)));
    let transfers: Vec<_> = transfers.collect();
    for signed in &transfers {
        chain.take(signed).await;
        let asked = request(&chain.host, &path("transaction", signed)).await;
        assert_eq!(asked.status(), 202);
    }
    let last = chain.b.transfer(Transfer {
        from: u32::MAX,
        to: 3,
        amount: 1,
        fee: 0,
        nonce: 0,
    });
    chain.take(&last).await;
    let full = request(&chain.host, &path("transaction", &last)).await;
    assert_eq!((full.status(), full.header("retry-after")), (503, "1"));
    assert_eq!(full.problem_code(), "too-many-proofs");
    // Who asked before asks again.
    let first = request(&chain.host, &path("transaction", &transfers[0])).await;
    assert_eq!(first.status(), 202);
    let key = ProofKey {
        circuit: chain.host.circuit("transaction").unwrap(),
        subject: Subject::Operation(last.hash().0),
    };
    assert_eq!(chain.host.ledger().status(&key), ProofStatus::NotDue);
}
