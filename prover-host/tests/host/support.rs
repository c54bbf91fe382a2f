//! A proven chain, and questions to its router.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response};
use http_body_util::BodyExt;
use rpp_devnet::{Devnet, DevnetConfig, DevnetError, Home};
use rpp_prover_host::clock::system_clock;
use rpp_prover_host::http::{block_document, chain_document, router};
use rpp_prover_host::progress::Progress;
use rpp_prover_host::prove::{Pipeline, PipelineError, Provers, Witnesses};
use rpp_prover_host::source::{BlockSource, DueProof, ProposerSeat, SourceBlock};
use rpp_prover_host::state::{DataFolder, Database, EpochSpan, Host, Retention, SpanEpochs};
use rpp_prover_host::steps::Steps;
use rpp_verifier::{Bitmap, Block, CIRCUITS, CircuitId, JsonDocument, ProofKey, Subject};
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::requested::prove;

/// How many blocks of the chain are proven; one more is not.
pub(crate) const PROVEN: u32 = 9;

/// What a proof of another statement is refused with.
pub(crate) const STARK: &str = "proof-of-work or opening";

/// Returns `code`, or [`STARK`] for the two codes of a proof that is of another statement: its
/// challenges are others, and which check they fail first differs from chain to chain.
pub(crate) fn stark_or(code: &'static str) -> &'static str {
    match code {
        "proof-of-work" | "opening" => STARK,
        code => code,
    }
}

/// A devnet of four validators and epochs of four blocks: two epoch changes are proven.
pub(crate) struct TestChain {
    pub(crate) host: Arc<Host>,
    pub(crate) data: TempDir,
}

/// The chain that all tests of this binary read.
pub(crate) static CHAIN: LazyLock<TestChain> = LazyLock::new(|| {
    // Tests have runtimes of their own, in which a `LazyLock` cannot block.
    let made = std::thread::spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(make()));
    made.join().expect("the chain is made")
});

impl TestChain {
    /// Returns what `/v1/chain` serves.
    pub(crate) fn chain_file(&self) -> Vec<u8> {
        chain_document(self.host.chain()).to_json()
    }

    /// Returns what `/v1/blocks/{height}` serves.
    pub(crate) fn block_file(&self, height: u32) -> Vec<u8> {
        block(&self.host, height).to_json()
    }
}

pub(crate) const CONFIG: DevnetConfig = DevnetConfig {
    chain_id: 7,
    epoch_length: 4,
    validators: 4,
    key_height: 6,
    block_time_ms: 1,
    clock: system_clock,
};

/// The circuit of the proofs that every block of a devnet gets.
pub(crate) fn signed() -> CircuitId {
    CIRCUITS.iter().next().unwrap().id()
}

/// Returns what is served of the block at `height`.
pub(crate) fn block(host: &Host, height: u32) -> Block {
    block_document(host.ledger().block(height).unwrap())
}

/// A devnet over a folder, as `prover-host devnet` puts it together.
pub(crate) struct Opened {
    pub(crate) host: Arc<Host>,
    pub(crate) devnet: Devnet,
    pub(crate) keys: rpp_devnet::Database,
}

impl Opened {
    pub(crate) async fn at(data: &Path) -> Result<Self, DevnetError> {
        Self::watched(data, Steps::default(), rpp_devnet::Steps::default()).await
    }

    pub(crate) async fn watched(
        data: &Path,
        steps: Steps,
        signing: rpp_devnet::Steps,
    ) -> Result<Self, DevnetError> {
        Self::configured(data, CONFIG, steps, signing).await
    }

    /// The same, of another devnet.
    pub(crate) async fn configured(
        data: &Path,
        config: DevnetConfig,
        steps: Steps,
        signing: rpp_devnet::Steps,
    ) -> Result<Self, DevnetError> {
        let folder = DataFolder::open(data).unwrap();
        let database = Database::open(&folder.database_path()).await.unwrap();
        folder.claim(&database).await.unwrap();
        let home = Home::from(&folder);
        let keys = rpp_devnet::Database::open(&data.join("devnet"), home).await?;
        let progress = Arc::new(Progress::default());
        let devnet = Devnet::start(config, keys.clone(), progress, signing).await?;
        let (chain, accounts) = (devnet.chain(), devnet.genesis_accounts().clone());
        let host = Host::open(folder, database, &chain, &accounts, CIRCUITS).await;
        let faucet = BlockSource::faucet(&devnet);
        Ok(Self {
            host: Arc::new(host.unwrap().watched(steps).giving(faucet)),
            devnet,
            keys,
        })
    }

    pub(crate) fn pipeline(&self, witnesses: Witnesses) -> Pipeline {
        Pipeline {
            host: self.host.clone(),
            provers: PROVERS.clone(),
            progress: Progress::default(),
            witnesses,
            retention: Retention::All,
            pruning: None,
            spans: SpanEpochs::NONE,
        }
    }

    /// Runs until this many more blocks are proven, and lets go of both databases.
    pub(crate) async fn run(self, blocks: u32) -> Result<Arc<Host>, PipelineError> {
        let pipeline = self.pipeline(Witnesses::Drop);
        let stop = CancellationToken::new();
        let ran = pipeline.run(self.devnet, Some(blocks), stop).await;
        self.host.database().close().await;
        self.keys.close().await;
        ran.map(|()| self.host)
    }
}

/// They cache the transforms' twiddles.
pub(crate) static PROVERS: LazyLock<Arc<Provers>> =
    LazyLock::new(|| Arc::new(Provers::new(CIRCUITS, CONFIG.chain_id)));

async fn make() -> TestChain {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
    let pipeline = opened.pipeline(Witnesses::Keep);
    let stop = CancellationToken::new();
    pipeline
        .run(opened.devnet, Some(PROVEN), stop)
        .await
        .unwrap();
    // What a client that was away takes.
    let (first, last) = (0, 1);
    let span = EpochSpan { first, last }.key();
    opened.host.request_proof(span).await.unwrap();
    prove(&opened.host).await;
    append_unproven(&opened.host).await;
    let host = opened.host;
    TestChain { host, data }
}

async fn append_unproven(host: &Host) {
    let latest = host.ledger().block(PROVEN).unwrap();
    let proposer = host.database().proposer(PROVEN).await;
    let proposer = proposer.unwrap().unwrap();
    let mut header = latest.header;
    header.parent_hash = header.hash().0;
    header.participation_root = Bitmap::default().participation_root();
    header.height += 1;
    header.validator_set_root = latest.certificate.unwrap().set.set_root();
    let members = host.database().set(&header.validator_set_root).await;
    let key = ProofKey {
        circuit: signed(),
        subject: Subject::Height(header.height),
    };
    let witness = Vec::new();
    let block = SourceBlock {
        header,
        certificate: latest.certificate.unwrap(),
        set: members.unwrap().unwrap().into(),
        parent_votes: Bitmap::default(),
        operations: Vec::new(),
        proposer: ProposerSeat {
            validator: proposer.validator,
            path: proposer.path,
        },
        due: vec![DueProof { key, witness }],
    };
    host.publish_block(block).await.unwrap();
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response<()>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Returns a header, empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.response.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Asserts that this is a problem document in every respect, and returns its code.
    pub(crate) fn problem_code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("cache-control"), "no-store");
        let problem = self.json();
        let code = problem["code"].as_str().unwrap().to_owned();
        assert_eq!(problem["type"], format!("/problems/{code}"));
        assert_eq!(problem["status"], self.status());
        assert!(!problem["title"].as_str().unwrap().is_empty());
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        code
    }
}

pub(crate) async fn ask(request: Request<Body>) -> Answer {
    ask_of(router(CHAIN.host.clone(), None), request).await
}

pub(crate) async fn ask_of(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    let response = Response::from_parts(parts, ());
    Answer { response, body }
}

pub(crate) async fn get(path: &str) -> Answer {
    ask(Request::get(path).body(Body::empty()).unwrap()).await
}

pub(crate) async fn get_with(path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(request(Method::GET, path, headers)).await
}

/// Posts bytes as an operation.
pub(crate) async fn post(host: &Arc<Host>, bytes: Vec<u8>) -> Answer {
    post_as(host, "application/vnd.rpp.operation", bytes).await
}

pub(crate) async fn post_as(host: &Arc<Host>, media_type: &str, bytes: Vec<u8>) -> Answer {
    let request = Request::post("/v1/transactions").header("content-type", media_type);
    let request = request.body(Body::from(bytes)).unwrap();
    ask_of(router(host.clone(), None), request).await
}

/// Asks a host for a document.
pub(crate) async fn read<D: JsonDocument>(host: &Arc<Host>, path: &str) -> D {
    let answer = get_of(host, path).await;
    assert_eq!(answer.status(), 200, "{path}: {answer:?}");
    D::from_json(&answer.body).unwrap()
}

pub(crate) async fn get_of(host: &Arc<Host>, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty()).unwrap();
    ask_of(router(host.clone(), None), request).await
}

pub(crate) fn request(method: Method, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let builder = Request::builder().method(method).uri(path);
    let builder = headers
        .iter()
        .fold(builder, |b, (name, value)| b.header(*name, *value));
    builder.body(Body::empty()).unwrap()
}
