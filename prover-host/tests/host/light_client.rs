//! A light client of the host, which checks what every block did; and a host that lies about it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request as HttpRequest;
use rpp_light_client::{
    Answer, Checkpoint, Config, Error, Follow, LightClient, MemoryStore, Request, Step, Store,
    SystemClock, Transport, TransportError, Verdict,
};
use rpp_prover_host::http::router;
use rpp_prover_host::prove::Witnesses;
use rpp_prover_host::state::Host;
use rpp_verifier::{Block, Document, Head, Proposer, SignedOperation};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::support::{CONFIG, Opened, STARK, ask_of, stark_or};

/// Height of the newest block.
pub(crate) const TOP: u32 = 6;

/// A devnet's chain with gifts of its faucet.
pub(crate) struct Chain {
    pub(crate) host: Arc<Host>,
    pub(crate) gifts: Vec<SignedOperation>,
    _data: TempDir,
}

pub(crate) static CHAIN: LazyLock<Chain> = LazyLock::new(|| {
    // Tests have runtimes of their own, in which a `LazyLock` cannot block.
    let made = std::thread::spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(make()));
    made.join().expect("the chain is made")
});

async fn make() -> Chain {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
    let mut gifts = Vec::new();
    for to in 0..3 {
        let gift = opened.devnet.faucet().give(to).await.unwrap();
        let checked = opened.host.check_operation(&gift.to_bytes()).await;
        let taken = opened.host.take_operation(checked.unwrap()).await;
        assert_eq!(taken.unwrap(), gift.hash());
        gifts.push(gift);
    }
    let pipeline = opened.pipeline(Witnesses::Drop);
    let stop = CancellationToken::new();
    let ran = pipeline.run(opened.devnet, Some(TOP), stop);
    ran.await.unwrap();
    Chain {
        host: opened.host,
        gifts,
        _data: data,
    }
}

type Tell = Box<dyn Fn(&Request, Answer) -> Answer + Send>;

/// The host's router, and what becomes of its answers on their way.
struct Told {
    router: Router,
    tell: Mutex<Tell>,
    asked: Mutex<Vec<String>>,
}

/// A transport to a host in this process.
#[derive(Clone)]
pub(crate) struct Link(Arc<Told>);

impl Link {
    pub(crate) fn honest() -> Self {
        Self::of(&CHAIN.host)
    }

    pub(crate) fn of(host: &Arc<Host>) -> Self {
        Self(Arc::new(Told {
            router: router(host.clone(), None),
            tell: Mutex::new(Box::new(|_, answer| answer)),
            asked: Mutex::default(),
        }))
    }

    /// Has answers changed from now on.
    pub(crate) fn tell(&self, tell: impl Fn(&Request, Answer) -> Answer + Send + 'static) {
        *self.0.tell.lock().unwrap() = Box::new(tell);
    }

    pub(crate) fn repent(&self) {
        self.tell(|_, answer| answer);
    }

    /// Changes the document that is served at paths with this beginning.
    pub(crate) fn forge<D: Document>(
        &self,
        path: &'static str,
        change: impl Fn(&mut D) + Send + 'static,
    ) {
        self.tell(move |request, mut answer| {
            if request.path.starts_with(path) {
                let mut document = D::from_bytes(&answer.body).unwrap();
                change(&mut document);
                answer.body = document.to_bytes();
            }
            answer
        });
    }

    /// Returns the paths asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Transport for Link {
    async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
        self.0.asked.lock().unwrap().push(request.path.clone());
        let builder = HttpRequest::builder().uri(&request.path);
        let builder = builder.header("accept", request.accept);
        let http = match &request.body {
            None => builder.body(Body::empty()),
            Some(body) => {
                let builder = builder.method("POST");
                let builder = builder.header("content-type", body.media_type);
                builder.body(Body::from(body.bytes.clone()))
            }
        };
        let answer = ask_of(self.0.router.clone(), http.unwrap()).await;
        let retry_after = answer.header("retry-after").parse().ok();
        let answer = Answer {
            status: answer.status(),
            content_type: answer.header("content-type").to_owned(),
            retry_after: retry_after.map(Duration::from_secs),
            body: answer.body,
        };
        Ok(self.0.tell.lock().unwrap()(request, answer))
    }
}

pub(crate) type Client = LightClient<Link, MemoryStore, SystemClock>;

pub(crate) fn client_of(link: &Link, transitions: bool) -> Client {
    client_over(link, MemoryStore::default(), transitions)
}

fn client_over(link: &Link, store: MemoryStore, transitions: bool) -> Client {
    let genesis = Checkpoint::of(&CHAIN.host.chain().genesis, CONFIG.epoch_length);
    let config = Config::new(genesis)
        .follow(Follow::EveryBlock)
        .transitions(transitions);
    LightClient::new(config, link.clone(), store, SystemClock::default()).unwrap()
}

async fn verdict_at(client: &mut Client, height: u32) -> Verdict {
    loop {
        let verdict = client.next().await.unwrap();
        if verdict.header().height == height {
            return verdict;
        }
    }
}

/// Returns a client at the newest block.
pub(crate) async fn at_top(link: &Link) -> (Client, Verdict) {
    let mut client = client_of(link, false);
    let verdict = verdict_at(&mut client, TOP).await;
    link.asked();
    (client, verdict)
}

#[tokio::test]
async fn takes_every_block_with_a_proof_of_what_it_did() {
    let link = Link::honest();
    let mut client = client_of(&link, true);
    for height in 1..=TOP {
        let verdict = client.next().await.unwrap();
        assert_eq!(verdict.header().height, height);
        assert_eq!(verdict.transitions_since(), Some(1));
    }
    let asked = link.asked();
    for path in ["/v1/blocks/2/proofs/state", "/v1/blocks/2/proposer"] {
        assert!(asked.iter().any(|asked| asked == path), "{path}: {asked:?}");
    }
    // Without that it asks for none, and says of none that it was checked.
    let (_, verdict) = at_top(&Link::honest()).await;
    assert_eq!(verdict.transitions_since(), None);
}

#[tokio::test]
async fn takes_no_block_whose_transition_is_not_proven() {
    let link = Link::honest();
    let other = served(&link, "/v1/blocks/2/proofs/state").await;
    let mut client = client_of(&link, true);
    let _ = verdict_at(&mut client, 2).await;
    link.tell(move |request, mut answer| {
        if request.path == "/v1/blocks/3/proofs/state" {
            answer.body = other.clone();
        }
        answer
    });
    let error = client.next().await.unwrap_err();
    assert_eq!(
        (stark_or(error.code()), error.is_transient()),
        (STARK, false)
    );
    assert_eq!(client.status().head.unwrap().0, 2);
    link.forge::<Proposer>("/v1/blocks/3/proposer", |proposer| {
        proposer.validator.account += 1;
    });
    let error = client.next().await.unwrap_err();
    assert!(matches!(error, Error::Claim(_)), "{error}");
    assert_eq!(
        (error.code(), client.status().head.unwrap().0),
        ("state-proposer", 2)
    );
    link.forge::<Proposer>("/v1/blocks/3/proposer", |proposer| proposer.height = 2);
    let error = client.next().await.unwrap_err();
    assert_eq!(
        (error.code(), client.status().head.unwrap().0),
        ("other-height", 2)
    );
    link.repent();
    let verdict = client.next().await.unwrap();
    assert_eq!(
        (verdict.header().height, verdict.transitions_since()),
        (3, Some(1))
    );
}

/// Answers the question for the state proof of block 3 with a problem.
fn without_third(
    status: u16,
    retry_after: Option<Duration>,
) -> impl Fn(&Request, Answer) -> Answer {
    move |request, answer| match &*request.path {
        "/v1/blocks/3/proofs/state" => Answer {
            status,
            content_type: "application/problem+json".into(),
            retry_after,
            body: br#"{"code":"not-there"}"#.to_vec(),
        },
        _ => answer,
    }
}

fn count(asked: &[String], path: &str) -> usize {
    asked.iter().filter(|asked| *asked == path).count()
}

#[tokio::test]
async fn waits_for_a_state_proof_that_comes_after_its_block() {
    let link = Link::honest();
    let mut client = client_of(&link, true);
    let _ = verdict_at(&mut client, 2).await;
    link.asked();
    let late = without_third(404, Some(Duration::ZERO));
    let (asked, tries) = (link.clone(), AtomicU32::new(0));
    link.tell(move |request, answer| {
        if request.path.ends_with("/3/proofs/state") && tries.fetch_add(1, Ordering::SeqCst) == 2 {
            return answer;
        }
        late(request, answer)
    });
    // That is no error, and what it has it keeps.
    let verdict = client.next().await.unwrap();
    assert_eq!(verdict.header().height, 3);
    assert_eq!(verdict.transitions_since(), Some(1));
    let asked = asked.asked();
    assert_eq!(count(&asked, "/v1/blocks/3/proofs/state"), 3);
    assert_eq!(count(&asked, "/v1/blocks/3/proofs/consensus"), 1);
    assert_eq!(count(&asked, "/v1/blocks/3/proposer"), 1);
}

#[tokio::test]
async fn asks_for_the_head_again_where_a_state_proof_stays_away() {
    for (status, retry_after, asks) in [
        (404, Some(Duration::ZERO), 8),
        // The provider says that it has none, or has none any more.
        (404, None, 1),
        (410, None, 1),
    ] {
        let link = Link::honest();
        let top = served(&link, "/v1/blocks/3").await;
        let mut client = client_of(&link, true);
        // The provider's head is the third block, so that there is nowhere to pass over to.
        let missing = without_third(status, retry_after);
        link.tell(move |request, mut answer| {
            if request.path == "/v1/head" {
                let mut head = Head::from_bytes(&answer.body).unwrap();
                head.block = Block::from_bytes(&top).unwrap();
                head.latest_height = 3;
                answer.body = head.to_bytes();
            }
            missing(request, answer)
        });
        let _ = verdict_at(&mut client, 2).await;
        link.asked();
        let away = client.next().await.unwrap_err();
        assert!(away.is_transient(), "{away}");
        let asked = link.asked();
        assert_eq!(count(&asked, "/v1/blocks/3/proofs/state"), asks, "{status}");
        // It sees what else there is.
        link.repent();
        let verdict = client.next().await.unwrap();
        assert_eq!(verdict.header().height, 3);
        assert_eq!(count(&link.asked(), "/v1/head"), 1);
    }
}

#[tokio::test]
async fn says_from_where_on_what_every_block_did_is_proven() {
    let link = Link::honest();
    let mut client = client_of(&link, true);
    link.tell(|request, mut answer| {
        if request.path == "/v1/blocks/2/proofs/state" {
            answer.status = 410;
            answer.body = br#"{"code":"proof-retired"}"#.to_vec();
        }
        answer
    });
    let mut since = Vec::new();
    while client.status().head.unwrap().0 < TOP {
        let verdict = client.next().await.unwrap();
        since.push((verdict.header().height, verdict.transitions_since()));
    }
    let expected = [1, 3, 4, 5, 6].map(|height| (height, Some(if height == 1 { 1 } else { 3 })));
    assert_eq!(since, expected);
}

#[tokio::test]
async fn goes_on_from_a_stored_head_and_says_of_what_it_saw_itself() {
    let link = Link::honest();
    let mut first = client_of(&link, true);
    let _ = verdict_at(&mut first, 3).await;
    let state = first.store().load().await.unwrap().unwrap();
    let mut again = client_over(&link, MemoryStore::with(state), true);
    let stored = again.next().await.unwrap();
    assert_eq!((stored.step(), stored.header().height), (Step::Stored, 3));
    // Of what was verified earlier there is only the store's word.
    assert_eq!(stored.transitions_since(), None);
    for height in 4..=TOP {
        let verdict = again.next().await.unwrap();
        assert_eq!(verdict.header().height, height);
        assert_eq!(verdict.transitions_since(), Some(4));
    }
}

#[tokio::test]
async fn takes_a_state_proof_that_ends_early_for_trouble() {
    let link = Link::honest();
    let mut client = client_of(&link, true);
    let _ = verdict_at(&mut client, 2).await;
    link.tell(|request, mut answer| {
        if request.path == "/v1/blocks/3/proofs/state" {
            answer.body.truncate(1_000);
        }
        answer
    });
    let cut = client.next().await.unwrap_err();
    assert_eq!((cut.code(), cut.is_transient()), ("truncated", true));
    assert_eq!(client.status().head.unwrap().0, 2);
    link.repent();
    let verdict = client.next().await.unwrap();
    assert_eq!(
        (verdict.header().height, verdict.transitions_since()),
        (3, Some(1))
    );
}

/// Returns what the host serves at a path.
pub(crate) async fn served(link: &Link, path: &str) -> Vec<u8> {
    let accept = if path.contains("/proofs/") {
        rpp_verifier::PROOF_MEDIA_TYPE
    } else {
        rpp_verifier::BLOCK_MEDIA_TYPE
    };
    let request = Request {
        path: path.into(),
        accept,
        max_bytes: rpp_verifier::MAX_PROOF_BYTES,
        body: None,
    };
    link.repent();
    link.send(&request).await.unwrap().body
}
