//! Clients of a host that prunes: what they follow, and what they can still be shown.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rpp_light_client::{
    Answer, Checkpoint, Config, Error, Follow, LightClient, MemoryStore, OperationState, Step,
    SystemClock, Verdict,
};
use rpp_prover_host::prove::{Pipeline, Witnesses};
use rpp_prover_host::state::{Host, SpanEpochs};
use rpp_prover_host::steps::Steps;
use rpp_verifier::{
    Ancestor, Block, Blocks, Digest, HeaderHash, SignedOperation, TransactionStatus,
    VerifiedInclusion,
};
use tokio_util::sync::CancellationToken;

use crate::light_client::{Client, Link};
use crate::pruned::{behind, give, old_chain, open, run};
use crate::support::{CONFIG, Opened, read};

fn client(link: &Link, host: &Host, follow: Follow) -> Client {
    let genesis = Checkpoint::of(&host.chain().genesis, CONFIG.epoch_length);
    let config = Config::new(genesis).follow(follow);
    let (store, clock) = (MemoryStore::default(), SystemClock::default());
    LightClient::new(config, link.clone(), store, clock).unwrap()
}

/// Follows until the head of the host.
async fn at_head(client: &mut Client) -> Verdict {
    loop {
        let verdict = client.next().await.unwrap();
        if verdict.step() == Step::Head {
            return verdict;
        }
    }
}

async fn height_of(host: &Arc<Host>, operation: &SignedOperation) -> u32 {
    let path = format!("/v1/transactions/{}", operation.hash());
    match read(host, &path).await {
        TransactionStatus::Pruned { height, .. } => height,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_follows_a_chain_that_prunes_and_a_fresh_one_finds_an_operation_of_its_beginning()
{
    let dir = tempfile::tempdir().unwrap();
    let opened = Opened::at(dir.path()).await.unwrap();
    let gift = give(&opened, 1).await;
    let host = opened.host.clone();
    let pipeline = Pipeline {
        pruning: Some(behind(4)),
        spans: SpanEpochs::NONE,
        ..opened.pipeline(Witnesses::Drop)
    };
    let stop = CancellationToken::new();
    let running = tokio::spawn(pipeline.run(opened.devnet, None, stop.clone()));
    let link = Link::of(&host);
    let mut following = client(&link, &host, Follow::EveryBlock);
    // Five epochs; the first ones are pruned meanwhile.
    let (mut seen, mut pruned) = (0, 0);
    while seen < 20 || pruned < 8 {
        match following.next().await {
            Ok(verdict) => seen = verdict.header().height,
            Err(away) => assert!(away.is_transient(), "{away}"),
        }
        pruned = host.ledger().prune_report().before;
    }
    stop.cancel();
    running.await.unwrap().unwrap();
    let height = height_of(&host, &gift).await;
    assert!(host.ledger().pruned_range(height).is_some());
    let hash = host.ledger().header_hash(height);
    for follow in [Follow::EveryBlock, Follow::Every(Duration::from_secs(1))] {
        let mut fresh = client(&link, &host, follow);
        let verdict = at_head(&mut fresh).await;
        let ledger = fresh.ledger(verdict.header()).unwrap();
        let state = ledger.transaction_in_history(&gift, &hash).await.unwrap();
        assert!(matches!(state, OperationState::Included(_)), "{state:?}");
    }
    host.database().close().await;
}

/// A chain whose first blocks are pruned, with the operations of these.
async fn pruned_chain(data: &Path) -> (Arc<Host>, Vec<SignedOperation>) {
    let gifts = old_chain(data).await;
    let host = Arc::new(open(data, Steps::default()).await.unwrap());
    drop(run(host, Some(behind(4)), 8).await.unwrap());
    (Arc::new(open(data, Steps::default()).await.unwrap()), gifts)
}

/// A client at the head, and what it asks about.
struct Asked {
    client: Client,
    verdict: Verdict,
    operation: SignedOperation,
    block: HeaderHash,
}

impl Asked {
    async fn ask(&self) -> Result<OperationState, Error> {
        self.ask_of(&self.block).await
    }

    async fn ask_of(&self, block: &HeaderHash) -> Result<OperationState, Error> {
        let ledger = self.client.ledger(self.verdict.header()).unwrap();
        ledger.transaction_in_history(&self.operation, block).await
    }

    async fn included(&self) -> VerifiedInclusion {
        match self.ask().await.unwrap() {
            OperationState::Included(included) => included,
            other => panic!("{other:?}"),
        }
    }

    async fn refused(&self) -> &'static str {
        let error = self.ask().await.unwrap_err();
        assert!(!error.is_transient(), "{error}");
        error.code()
    }
}

#[tokio::test]
async fn rejects_every_lie_about_the_place_of_an_operation_with_its_code() {
    let dir = tempfile::tempdir().unwrap();
    let (host, gifts) = pruned_chain(dir.path()).await;
    let operation = gifts[1].clone();
    let height = height_of(&host, &operation).await;
    assert_eq!(height, 1);
    let link = Link::of(&host);
    let mut client = client(&link, &host, Follow::Every(Duration::from_secs(1)));
    let verdict = at_head(&mut client).await;
    let block = host.ledger().header_hash(height);
    let asked = Asked {
        client,
        verdict,
        operation,
        block,
    };
    let included = asked.included().await;
    assert_eq!(*included.operation(), asked.operation.hash());
    assert_eq!(
        (included.height(), included.header_hash()),
        (height, &block)
    );
    lies(&link, &asked).await;
    // Another block shows that it is not there, whoever said so.
    link.repent();
    let second = host.ledger().header_hash(2);
    let other = asked.ask_of(&second).await.unwrap_err();
    assert_eq!(
        (other.code(), other.kind().name(), other.is_transient()),
        ("claim-other-block", "config", false)
    );
    host.database().close().await;
}

#[tokio::test]
async fn shows_the_headers_of_pruned_blocks_and_names_each_lie_about_them() {
    let dir = tempfile::tempdir().unwrap();
    let (host, _) = pruned_chain(dir.path()).await;
    let link = Link::of(&host);
    let mut client = client(&link, &host, Follow::Every(Duration::from_secs(1)));
    let verdict = at_head(&mut client).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    let top = verdict.header().height;
    let pruned = (0..=top).filter(|&height| host.ledger().pruned_range(height).is_some());
    assert!(pruned.count() >= 4);
    let headers = ledger.history(0, top).await.unwrap();
    assert_eq!(headers.len(), usize::try_from(top).unwrap() + 1);
    for (height, header) in (0..).zip(&headers) {
        assert_eq!(header.header().height, height);
        assert_eq!(*header.hash(), host.ledger().header_hash(height));
    }
    type Lie = fn(&mut Blocks);
    let lies: [(Lie, &str); 4] = [
        (|page| drop(page.blocks.remove(2)), "other-height"),
        (|page| page.blocks.swap(1, 2), "other-height"),
        (
            |page| page.blocks[2] = page.blocks[1].clone(),
            "other-height",
        ),
        (
            |page| page.blocks[2].header.timestamp_ms += 1,
            "claim-not-parent",
        ),
    ];
    for (lie, code) in lies {
        link.forge("/v1/blocks?", lie);
        let error = ledger.history(0, top).await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), (code, false));
    }
    link.repent();
    assert_eq!(ledger.history(0, top).await.unwrap(), headers);
    host.database().close().await;
}

/// A lie about what a document says, and the code that names it.
async fn lies(link: &Link, asked: &Asked) {
    let transactions = "/v1/transactions/";
    type Place<'a> = (&'a mut u32, &'a mut u32, &'a mut u32, &'a mut Digest);
    let place = |change: fn(Place<'_>)| {
        link.forge::<TransactionStatus>(transactions, move |status| {
            let TransactionStatus::Pruned {
                height,
                position,
                count,
                path,
                ..
            } = status
            else {
                panic!("it is pruned")
            };
            change((height, position, count, &mut path.0[0]));
        });
    };
    // Another block, another place, a place that no operation has, other neighbours.
    place(|(height, ..)| *height = 2);
    assert_eq!(asked.refused().await, "claim-inclusion");
    place(|(_, position, ..)| *position ^= 1);
    assert_eq!(asked.refused().await, "claim-inclusion");
    place(|(_, position, count, _)| *count = *position);
    assert_eq!(asked.refused().await, "claim-inclusion");
    place(|(.., sibling)| *sibling = Digest::ZERO);
    assert_eq!(asked.refused().await, "claim-inclusion");
    link.forge::<TransactionStatus>(transactions, |status| {
        if let TransactionStatus::Pruned { hash, .. } = status {
            hash.0 = Digest::ZERO;
        }
    });
    assert_eq!(asked.refused().await, "other-operation");
    // A header that has the operation, and is not one of the chain; another header of it.
    link.forge::<Block>("/v1/blocks/", |block| block.header.timestamp_ms += 1);
    assert_eq!(asked.refused().await, "claim-not-ancestor");
    link.forge::<Block>("/v1/blocks/", |block| block.header.height += 1);
    assert_eq!(asked.refused().await, "other-height");
    link.forge::<Ancestor>("/v1/ancestors/", |ancestor| {
        ancestor.history_path.0[3] = Digest::ZERO;
    });
    assert_eq!(asked.refused().await, "claim-not-ancestor");
    link.forge::<Ancestor>("/v1/ancestors/", |ancestor| ancestor.height += 1);
    assert_eq!(asked.refused().await, "other-ancestor");
}

#[tokio::test]
async fn takes_trouble_and_the_word_of_a_host_for_neither_a_lie_nor_a_proof() {
    let dir = tempfile::tempdir().unwrap();
    let (host, gifts) = pruned_chain(dir.path()).await;
    let operation = gifts[0].clone();
    let link = Link::of(&host);
    let mut client = client(&link, &host, Follow::Every(Duration::from_secs(1)));
    let verdict = at_head(&mut client).await;
    let block = host.ledger().header_hash(1);
    let asked = Asked {
        client,
        verdict,
        operation,
        block,
    };
    for status in [503, 410] {
        link.tell(
            move |request, answer| match request.path.starts_with("/v1/blocks/") {
                true => Answer {
                    status,
                    content_type: "application/problem+json".into(),
                    retry_after: None,
                    body: br#"{"code":"busy"}"#.to_vec(),
                },
                false => answer,
            },
        );
        let error = asked.ask().await.unwrap_err();
        assert!(error.is_transient(), "{status}: {error}");
    }
    link.tell(|request, mut answer| {
        if request.path.starts_with("/v1/ancestors/") {
            answer.body.truncate(100);
        }
        answer
    });
    let cut = asked.ask().await.unwrap_err();
    assert_eq!((cut.code(), cut.is_transient()), ("truncated", true));
    // It says that no block has it: that shows nothing, and is no proof that it is not there.
    let hash = asked.operation.hash();
    link.forge::<TransactionStatus>("/v1/transactions/", move |status| {
        let (height, code) = (5, "operation-expired".parse().unwrap());
        *status = TransactionStatus::Dropped { hash, height, code };
    });
    let state = asked.ask().await.unwrap();
    assert!(matches!(state, OperationState::Dropped { .. }), "{state:?}");
    // A block that the client does not know yet.
    link.forge::<TransactionStatus>("/v1/transactions/", |status| {
        if let TransactionStatus::Pruned { height, .. } = status {
            *height = u32::MAX;
        }
    });
    let state = asked.ask().await.unwrap();
    assert!(matches!(state, OperationState::Ahead { height: u32::MAX }));
    link.repent();
    let _ = asked.included().await;
    host.database().close().await;
}
