//! A light client of the host, which checks what every block did, accounts and operations; and a host that
//! lies to it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request as HttpRequest;
use rpp_devnet::{FAUCET_ACCOUNT, Faucet, SUPPLY};
use rpp_light_client::{
    Answer, Checkpoint, Config, Error, Follow, LightClient, MemoryStore, OperationState, Request,
    SystemClock, Transport, TransportError, Verdict,
};
use rpp_prover_host::http::router;
use rpp_prover_host::prove::Witnesses;
use rpp_prover_host::state::Host;
use rpp_verifier::{
    Account, Ancestor, Block, ClaimError, Digest, Document, Head, KeyAccounts, Operation,
    OperationHash, Proposer, ServedAccount, SignedOperation, TransactionStatus,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::support::{CONFIG, Opened, STARK, ask_of, stark_or};

/// Height of the newest block.
const TOP: u32 = 6;

/// A devnet's chain with gifts of its faucet.
struct Chain {
    host: Arc<Host>,
    gifts: Vec<SignedOperation>,
    _data: TempDir,
}

static CHAIN: LazyLock<Chain> = LazyLock::new(|| {
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
    fn honest() -> Self {
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
    fn tell(&self, tell: impl Fn(&Request, Answer) -> Answer + Send + 'static) {
        *self.0.tell.lock().unwrap() = Box::new(tell);
    }

    fn repent(&self) {
        self.tell(|_, answer| answer);
    }

    /// Changes the document that is served at paths with this beginning.
    fn forge<D: Document>(&self, path: &'static str, change: impl Fn(&mut D) + Send + 'static) {
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
    fn asked(&self) -> Vec<String> {
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

type Client = LightClient<Link, MemoryStore, SystemClock>;

fn client_of(link: &Link, transitions: bool) -> Client {
    let genesis = Checkpoint::of(&CHAIN.host.chain().genesis, CONFIG.epoch_length);
    let config = Config::new(genesis)
        .follow(Follow::EveryBlock)
        .transitions(transitions);
    let store = MemoryStore::default();
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
async fn at_top(link: &Link) -> (Client, Verdict) {
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
    assert_eq!(client.status().head.0, 2);
    link.forge::<Proposer>("/v1/blocks/3/proposer", |proposer| {
        proposer.validator.account += 1;
    });
    let error = client.next().await.unwrap_err();
    assert!(matches!(error, Error::Claim(_)), "{error}");
    assert_eq!(
        (error.code(), client.status().head.0),
        ("state-proposer", 2)
    );
    link.forge::<Proposer>("/v1/blocks/3/proposer", |proposer| proposer.height = 2);
    let error = client.next().await.unwrap_err();
    assert_eq!((error.code(), client.status().head.0), ("other-height", 2));
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
    while client.status().head.0 < TOP {
        let verdict = client.next().await.unwrap();
        since.push((verdict.header().height, verdict.transitions_since()));
    }
    let expected = [1, 3, 4, 5, 6].map(|height| (height, Some(if height == 1 { 1 } else { 3 })));
    assert_eq!(since, expected);
}

#[tokio::test]
async fn shows_balances_and_that_there_is_no_account() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    let faucet = ledger.account(FAUCET_ACCOUNT).await.unwrap();
    let given = 3 * (Faucet::AMOUNT + Faucet::FEE);
    assert_eq!(faucet.balance(), Some(SUPPLY - given));
    assert_eq!((faucet.height(), faucet.index()), (TOP, FAUCET_ACCOUNT));
    assert_eq!(
        link.asked(),
        [format!("/v1/accounts/{FAUCET_ACCOUNT}?height={TOP}")]
    );
    assert_eq!(ledger.account(77_777).await.unwrap().account(), None);
    // The accounts of a key.
    let key_id = faucet.account().unwrap().key_id;
    let of_key = ledger.accounts_of(&key_id, 4).await.unwrap();
    assert_eq!((of_key.accounts, of_key.is_whole), (vec![faucet], true));
    let of_none = ledger.accounts_of(&Digest::ZERO, 4).await.unwrap();
    assert_eq!((of_none.accounts, of_none.is_whole), (Vec::new(), true));
    // As it was before the gifts.
    let before = ledger.at(0).await.unwrap();
    assert_eq!(
        before.account(FAUCET_ACCOUNT).await.unwrap().balance(),
        Some(SUPPLY)
    );
}

#[tokio::test]
async fn believes_no_account_that_the_header_does_not_show() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    type Lie = fn(&mut ServedAccount);
    let lies: [(Lie, &str); 5] = [
        (|served| account_of(served).balance += 1, "claim-account"),
        (|served| account_of(served).nonce += 1, "claim-account"),
        (|served| served.index += 1, "other-account"),
        (|served| served.height -= 1, "other-height"),
        (|served| served.opening.account = None, "claim-account"),
    ];
    for (lie, code) in lies {
        link.forge("/v1/accounts/", lie);
        let error = ledger.account(FAUCET_ACCOUNT).await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), (code, false));
    }
    // An honest answer about an older state is a lie about this one.
    let older = served(&link, "/v1/accounts/0?height=1").await;
    link.tell(move |_, answer| Answer {
        body: older.clone(),
        ..answer
    });
    let error = ledger.account(0).await.unwrap_err();
    assert_eq!(error.code(), "other-height");
}

#[tokio::test]
async fn believes_no_list_of_accounts_that_does_not_end() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    let faucet = ledger.account(FAUCET_ACCOUNT).await.unwrap();
    let key_id = faucet.account().unwrap().key_id;
    type Lie = fn(&mut KeyAccounts);
    let lies: [(Lie, &str); 6] = [
        (|page| page.key_id = Digest::ZERO, "other-key"),
        (|page| page.next = Some(0), "list-order"),
        (|page| page.accounts = vec![5, 5], "list-order"),
        (|page| page.accounts = vec![u32::MAX; 2], "list-order"),
        (
            |page| (page.accounts, page.next) = (vec![u32::MAX], Some(u32::MAX)),
            "list-order",
        ),
        (
            |page| (page.accounts, page.next) = (Vec::new(), Some(0)),
            "list-order",
        ),
    ];
    for (lie, code) in lies {
        link.forge("/v1/keys/", lie);
        let error = ledger.accounts_of(&key_id, 4).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
    // Strangers may give their accounts this key: what was looked at is shown, and that there may be more.
    link.forge("/v1/keys/", |page: &mut KeyAccounts| {
        page.accounts.extend(FAUCET_ACCOUNT + 1..FAUCET_ACCOUNT + 5);
    });
    let some = ledger.accounts_of(&key_id, 4).await.unwrap();
    assert_eq!((some.accounts, some.is_whole), (vec![faucet], false));
    // One that is of another key is left out.
    link.forge("/v1/keys/", |page: &mut KeyAccounts| {
        page.accounts = vec![0, 1];
    });
    let none = ledger.accounts_of(&key_id, 4).await.unwrap();
    assert_eq!((none.accounts, none.is_whole), (Vec::new(), true));
    // Pages on which nothing is left end.
    link.forge("/v1/keys/", |page: &mut KeyAccounts| {
        (page.accounts, page.next) = (Vec::new(), Some(u32::MAX));
    });
    let error = ledger.accounts_of(&key_id, 4).await.unwrap_err();
    assert_eq!(error.code(), "list-order");
}

#[tokio::test]
async fn shows_that_an_operation_is_in_a_block_and_nothing_else() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    let hash = CHAIN.gifts[1].hash();
    let OperationState::Included(included) = ledger.operation(&hash).await.unwrap() else {
        panic!("it is in a block")
    };
    assert_eq!(*included.operation(), hash);
    assert!((1..=TOP).contains(&included.height()));
    let unknown = ledger
        .operation(&OperationHash(Digest::ZERO))
        .await
        .unwrap();
    assert_eq!(unknown, OperationState::Unknown);
    type Lie = fn(&mut TransactionStatus);
    let lies: [(Lie, &str); 3] = [
        (
            |status| {
                if let TransactionStatus::Included { position, .. } = status {
                    *position += 1;
                }
            },
            "claim-inclusion",
        ),
        (
            |status| {
                if let TransactionStatus::Included { height, .. } = status {
                    *height = 5;
                }
            },
            "claim-inclusion",
        ),
        (
            |status| {
                if let TransactionStatus::Included { signed, .. } = status {
                    *signed = CHAIN.gifts[0].clone();
                }
            },
            "other-operation",
        ),
    ];
    for (lie, code) in lies {
        link.forge("/v1/transactions/", lie);
        let error = ledger.operation(&hash).await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), (code, false));
    }
    // What is said to be above the header is nothing yet.
    link.forge("/v1/transactions/", |status: &mut TransactionStatus| {
        if let TransactionStatus::Included { height, .. } = status {
            *height = TOP + 1;
        }
    });
    let ahead = ledger.operation(&hash).await.unwrap();
    assert_eq!(ahead, OperationState::Ahead { height: TOP + 1 });
}

#[tokio::test]
async fn believes_no_header_that_is_not_in_the_history() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    for height in [0, 2, TOP - 1, TOP] {
        let header = ledger.header_at(height).await.unwrap();
        assert_eq!(header.header().height, height);
    }
    let above = ledger.header_at(TOP + 1).await.unwrap_err();
    let expected = ClaimError::NotAncestor { height: TOP + 1 };
    assert!(matches!(above, Error::Claim(claim) if claim == expected));
    link.forge("/v1/blocks/", |block: &mut Block| {
        block.header.timestamp_ms += 1;
    });
    for (height, code) in [(2, "claim-not-ancestor"), (TOP - 1, "claim-not-parent")] {
        let error = ledger.header_at(height).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
    link.forge("/v1/ancestors/", |ancestor: &mut Ancestor| {
        ancestor.within -= 1
    });
    let error = ledger.header_at(2).await.unwrap_err();
    assert_eq!(error.code(), "other-ancestor");
}

#[tokio::test]
async fn shows_what_one_block_did() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    let shown = ledger.transition().await.unwrap();
    assert_eq!(shown.height(), TOP);
    let third = ledger.at(3).await.unwrap().transition().await.unwrap();
    assert_eq!(third.height(), 3);
    link.forge::<Proposer>("/v1/blocks/6/proposer", |proposer| {
        proposer.validator.account += 1;
    });
    let error = ledger.transition().await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("state-proposer", false)
    );
    let other = served(&link, "/v1/blocks/5/proofs/state").await;
    link.tell(move |request, mut answer| {
        if request.path.ends_with("/proofs/state") {
            answer.body = other.clone();
        }
        answer
    });
    let error = ledger.transition().await.unwrap_err();
    assert_eq!(stark_or(error.code()), STARK);
}

#[tokio::test]
async fn hands_in_an_operation_once_or_twice_and_says_why_it_is_refused() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    // A host answers the same to the same bytes, also when they are in a block.
    let gift = &CHAIN.gifts[0];
    for _ in 0..2 {
        assert_eq!(client.submit(gift).await.unwrap(), gift.hash());
    }
    let mut other = gift.clone();
    if let Operation::Transfer(transfer) = &mut other.operation {
        transfer.amount += 1;
    }
    let refused = client.submit(&other).await.unwrap_err();
    let Error::Problem(problem) = &refused else {
        panic!("{refused}")
    };
    assert!(problem.provider_code.is_some(), "{problem}");
    assert_eq!(problem.code(), "provider-refused");
    // Another operation's hash, and what is no answer.
    let hash = CHAIN.gifts[2].hash();
    link.forge(
        "/v1/transactions",
        move |taken: &mut rpp_verifier::Submitted| taken.hash = hash,
    );
    assert_eq!(
        client.submit(gift).await.unwrap_err().code(),
        "other-operation"
    );
    link.tell(|_, answer| Answer {
        status: 200,
        ..answer
    });
    let refused = client.submit(gift).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.is_transient()),
        ("provider-refused", true)
    );
    drop(verdict);
}

fn account_of(served: &mut ServedAccount) -> &mut Account {
    served.opening.account.as_mut().unwrap()
}

/// Returns what the host serves at a path.
async fn served(link: &Link, path: &str) -> Vec<u8> {
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
