//! Operations that wallets send: which are taken, and what becomes of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rpp_prover_host::source::Candidates;
use rpp_prover_host::state::{Host, PublishError};
use rpp_prover_host::steps::{Step, Steps, Stopped};
use rpp_verifier::{
    CIRCUITS, JsonDocument, Operation, SignedOperation, Submitted, TransactionStatus, Transfer,
};
use tempfile::TempDir;

use crate::node::{Node, block_of};
use crate::support::{get_of, post, post_as, read};
use crate::wallet::Wallet;

const A: u32 = 3;
const B: u32 = u32::MAX;

/// A chain of two wallets: A with 1,000, B with 10.
pub(crate) struct Chain {
    pub(crate) data: TempDir,
    pub(crate) node: Node,
    pub(crate) host: Arc<Host>,
    pub(crate) a: Wallet,
    pub(crate) b: Wallet,
}

impl Chain {
    pub(crate) async fn new() -> Self {
        Self::watched(Steps::default()).await
    }

    pub(crate) async fn watched(steps: Steps) -> Self {
        let (a, b) = (Wallet::new(1), Wallet::new(2));
        let data = tempfile::tempdir().unwrap();
        let node = Node::new(&[(A, a.account(1000)), (B, b.account(10))]);
        let host = Self::host_of(&node, &data, steps).await;
        Self {
            data,
            node,
            host,
            a,
            b,
        }
    }

    async fn host_of(node: &Node, data: &TempDir, steps: Steps) -> Arc<Host> {
        node.open(data.path(), CIRCUITS, steps).await
    }

    pub(crate) async fn block(&mut self) {
        self.node.make_block(&self.host).await;
    }

    /// Ends the host, and starts it again from its folder.
    pub(crate) async fn restarted(self) -> Self {
        let Self {
            data,
            node,
            host,
            a,
            b,
        } = self;
        host.database().close().await;
        // The folder is locked until it is gone.
        drop(host);
        let host = Self::host_of(&node, &data, Steps::default()).await;
        Self {
            data,
            node,
            host,
            a,
            b,
        }
    }

    async fn post(&self, signed: &SignedOperation) -> (u16, String) {
        let answer = post(&self.host, signed.to_bytes()).await;
        match answer.status() {
            202 => {
                let submitted = Submitted::from_json(&answer.body).unwrap();
                assert_eq!(submitted.hash, signed.hash());
                assert_eq!(answer.header("cache-control"), "no-store");
                (202, String::new())
            }
            status => (status, answer.problem_code()),
        }
    }

    /// Posts an operation that is taken.
    pub(crate) async fn take(&self, signed: &SignedOperation) {
        assert_eq!(self.post(signed).await, (202, String::new()));
    }

    pub(crate) async fn state(&self, signed: &SignedOperation) -> TransactionStatus {
        let path = format!("/v1/transactions/{}", signed.hash());
        read(&self.host, &path).await
    }

    async fn drop_code(&self, signed: &SignedOperation) -> String {
        match self.state(signed).await {
            TransactionStatus::Dropped { code, .. } => code.to_string(),
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) fn transfer(amount: u64, fee: u64, nonce: u32) -> Transfer {
    Transfer {
        from: A,
        to: B,
        amount,
        fee,
        nonce,
    }
}

#[tokio::test]
async fn the_same_bytes_get_the_same_answer_before_and_after_their_block() {
    let mut chain = Chain::new().await;
    let signed = chain.a.transfer(transfer(900, 7, 0));
    let bytes = signed.to_bytes();
    let first = post(&chain.host, bytes.clone()).await;
    assert_eq!(first.status(), 202);
    let again = post(&chain.host, bytes.clone()).await;
    assert_eq!((again.status(), &again.body), (202, &first.body));
    assert_eq!(chain.host.pool().len(), 1);
    assert!(matches!(
        chain.state(&signed).await,
        TransactionStatus::Pending { height: 0, .. }
    ));
    chain.block().await;
    assert!(chain.host.pool().is_empty());
    let again = post(&chain.host, bytes).await;
    assert_eq!((again.status(), &again.body), (202, &first.body));
    assert!(chain.host.pool().is_empty());
    assert!(matches!(
        chain.state(&signed).await,
        TransactionStatus::Included { height: 1, .. }
    ));
}

#[tokio::test]
async fn rejects_each_broken_rule_with_its_code() {
    let chain = Chain::new().await;
    let (a, b) = (chain.a, chain.b);
    let new = Wallet::new(3);
    let good = a.transfer(transfer(1, 1, 0));
    let other_chain = SignedOperation {
        chain_id: 8,
        ..good.clone()
    };
    let from = |from| Transfer {
        from,
        ..transfer(1, 1, 0)
    };
    let to = |to| Transfer {
        to,
        ..transfer(1, 1, 0)
    };
    let past_end = Operation::Transfer(transfer(1, 1, u32::MAX));
    let changed = SignedOperation {
        operation: Operation::Transfer(transfer(2, 1, 0)),
        ..good.clone()
    };
    let refused = [
        (other_chain, 422, "operation-chain-id"),
        (a.transfer(from(9)), 422, "operation-unknown-account"),
        (new.register(A, 0), 422, "operation-taken"),
        (b.transfer(transfer(1, 1, 0)), 422, "operation-key"),
        (a.sign(9, past_end), 422, "operation-nonce-past-end"),
        (a.transfer(transfer(1000, 1, 0)), 422, "operation-balance"),
        (
            a.transfer(transfer(u64::MAX, u64::MAX, 0)),
            422,
            "operation-balance",
        ),
        (a.transfer(to(9)), 422, "operation-unknown-receiver"),
        (
            a.sign(0, Operation::Transfer(transfer(1, 1, 16))),
            422,
            "signature-leaf-past-tree",
        ),
        (changed, 422, "signature-"),
    ];
    for (signed, status, code) in refused {
        let (got, refusal) = chain.post(&signed).await;
        assert_eq!(got, status, "{code}");
        assert!(refusal.starts_with(code), "{refusal}, expected {code}");
        let path = format!("/v1/transactions/{}", signed.hash());
        let unknown = get_of(&chain.host, &path).await;
        assert_eq!(unknown.problem_code(), "unknown-operation");
    }
    assert!(chain.host.pool().is_empty());
}

#[tokio::test]
async fn rejects_what_is_not_an_operation() {
    let chain = Chain::new().await;
    let bytes = chain.a.transfer(transfer(1, 1, 0)).to_bytes();
    let with = |at: usize, byte: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = byte;
        bytes
    };
    let bodies = [
        (Vec::new(), 400, "truncated"),
        (bytes[..bytes.len() - 1].to_vec(), 400, "truncated"),
        ([&bytes[..], &[0]].concat(), 400, "trailing-bytes"),
        (with(0, b'X'), 400, "bad-magic"),
        (with(4, 2), 400, "unsupported-version"),
        (with(12, 4), 400, "out-of-range"),
        (with(51, 0xff), 400, "non-canonical-element"),
        (vec![0; 2077], 413, "body-too-large"),
        (vec![0; 1 << 20], 413, "body-too-large"),
    ];
    for (body, status, code) in bodies {
        let answer = post(&chain.host, body).await;
        let got = (answer.status(), answer.problem_code());
        assert_eq!(got, (status, code.to_owned()));
    }
    for media_type in ["application/json", "", "application/vnd.rpp.operations"] {
        let answer = post_as(&chain.host, media_type, bytes.clone()).await;
        let got = (answer.status(), answer.problem_code());
        assert_eq!(got, (415, "unsupported-media-type".to_owned()));
    }
    let named = "Application/vnd.rpp.operation; charset=binary";
    assert_eq!(post_as(&chain.host, named, bytes).await.status(), 202);
}

#[tokio::test]
async fn rejects_what_cannot_wait_beside_what_waits() {
    let chain = Chain::new().await;
    let (a, new, newer) = (chain.a, Wallet::new(3), Wallet::new(4));
    chain.take(&a.transfer(transfer(600, 0, 0))).await;
    let conflict = (409, "operation-conflict".to_owned());
    assert_eq!(chain.post(&a.transfer(transfer(1, 9, 0))).await, conflict);
    // Each alone could be paid.
    let both = chain.post(&a.transfer(transfer(401, 0, 1))).await;
    assert_eq!(both, (422, "operation-balance".to_owned()));
    chain.take(&a.transfer(transfer(400, 0, 3))).await;
    // Nothing waits on both sides of a change of key.
    assert_eq!(chain.post(&a.rekey(A, &new, 2)).await, conflict);
    chain.take(&a.rekey(A, &new, 4)).await;
    assert_eq!(chain.post(&a.transfer(transfer(0, 0, 5))).await, conflict);
    chain.take(&a.transfer(transfer(0, 0, 1))).await;
    chain.take(&new.register(77, 0)).await;
    assert_eq!(chain.post(&new.register(78, 1)).await, conflict);
    assert_eq!(chain.post(&newer.register(77, 0)).await, conflict);
    chain.take(&newer.register(79, 0)).await;
}

/// A wallet whose change of key is not taken signs it again, at another leaf and with a higher fee.
#[tokio::test]
async fn a_change_of_key_that_pays_more_takes_the_place_of_the_first() {
    let mut chain = Chain::new().await;
    let (a, new) = (chain.a, Wallet::new(3));
    let rekey = |fee, nonce| a.rekey_for(fee, A, &new, nonce);
    let (first, second) = (rekey(1, 2), rekey(2, 3));
    chain.take(&first).await;
    let conflict = (409, "operation-conflict".to_owned());
    assert_eq!(chain.post(&rekey(1, 3)).await, conflict);
    chain.take(&second).await;
    assert_eq!(chain.drop_code(&first).await, "operation-replaced");
    assert_eq!(chain.post(&first).await, conflict);
    chain = chain.restarted().await;
    assert_eq!(chain.drop_code(&first).await, "operation-replaced");
    assert_eq!(chain.host.pool().len(), 1);
    chain.block().await;
    let state = chain.state(&second).await;
    assert!(
        matches!(state, TransactionStatus::Included { .. }),
        "{state:?}"
    );
}

#[tokio::test]
async fn says_why_an_operation_is_dropped() {
    let mut chain = Chain::new().await;
    let (a, b, new) = (chain.a, chain.b, Wallet::new(3));
    let late = a.transfer(transfer(1, 0, 2));
    let spent = b.transfer(Transfer {
        from: B,
        to: A,
        amount: 10,
        fee: 0,
        nonce: 5,
    });
    let taken = new.register(77, 0);
    for signed in [&late, &spent, &taken] {
        chain.take(signed).await;
    }
    // A block that another host's wallets filled.
    let parent = chain.host.ledger().latest_header().clone();
    let (_, state) = chain.host.newest_accounts();
    let others = [
        a.transfer(transfer(1, 0, 3)),
        b.transfer(Transfer {
            from: B,
            to: A,
            amount: 5,
            fee: 0,
            nonce: 0,
        }),
        Wallet::new(4).register(77, 3),
    ];
    let block = block_of(&parent, &state, &others);
    chain.host.publish_block(block).await.unwrap();
    for (signed, code) in [
        (&late, "operation-nonce-used"),
        (&spent, "operation-balance"),
        (&taken, "operation-taken"),
    ] {
        assert_eq!(chain.drop_code(signed).await, code);
        assert_eq!(chain.post(signed).await, (422, code.to_owned()));
    }
    chain = chain.restarted().await;
    assert_eq!(chain.drop_code(&late).await, "operation-nonce-used");
    assert!(chain.host.pool().is_empty());
}

#[tokio::test]
async fn what_waits_too_long_is_dropped_and_may_come_again() {
    let mut chain = Chain::new().await;
    let signed = chain.a.transfer(transfer(1, 0, 0));
    chain.take(&signed).await;
    let empty = |chain: &Chain| {
        let parent = chain.host.ledger().latest_header().clone();
        let (_, state) = chain.host.newest_accounts();
        block_of(&parent, &state, &[])
    };
    for _ in 1..256 {
        chain.host.publish_block(empty(&chain)).await.unwrap();
    }
    assert!(matches!(
        chain.state(&signed).await,
        TransactionStatus::Pending { .. }
    ));
    chain.host.publish_block(empty(&chain)).await.unwrap();
    assert_eq!(chain.drop_code(&signed).await, "operation-expired");
    chain.take(&signed).await;
    chain.block().await;
    assert!(matches!(
        chain.state(&signed).await,
        TransactionStatus::Included { height: 257, .. }
    ));
}

#[tokio::test]
async fn what_was_taken_is_there_after_a_restart_in_its_order() {
    let mut chain = Chain::new().await;
    let cheap = chain.a.transfer(transfer(1, 1, 0));
    let dear = chain.b.transfer(Transfer {
        from: B,
        to: A,
        amount: 1,
        fee: 5,
        nonce: 0,
    });
    let new = Wallet::new(3).register(77, 0);
    for signed in [&cheap, &dear, &new] {
        chain.take(signed).await;
    }
    chain = chain.restarted().await;
    let best = chain
        .host
        .best(rpp_prover_host::source::BlockRoom::EMPTY_BLOCK);
    let best: Vec<_> = best.iter().map(|signed| signed.hash()).collect();
    assert_eq!(best, [new.hash(), dear.hash(), cheap.hash()]);
    chain.block().await;
    chain = chain.restarted().await;
    assert!(chain.host.pool().is_empty());
    for signed in [&cheap, &dear, &new] {
        chain.take(signed).await;
        assert!(matches!(
            chain.state(signed).await,
            TransactionStatus::Included { height: 1, .. }
        ));
    }
}

/// The answer is lost with the host, after the operation was saved.
#[tokio::test]
async fn what_was_saved_and_not_said_is_taken_as_well() {
    let steps = Steps::watched(|step| match step {
        Step::OperationSaved => Err(Stopped(step)),
        _ => Ok(()),
    });
    let mut chain = Chain::watched(steps).await;
    let signed = chain.a.transfer(transfer(1, 1, 0));
    assert_eq!(chain.post(&signed).await.0, 500);
    assert!(chain.host.pool().is_empty());
    chain = chain.restarted().await;
    assert_eq!(chain.host.pool().len(), 1);
    chain.take(&signed).await;
    assert_eq!(chain.host.pool().len(), 1);
    chain.block().await;
    assert!(matches!(
        chain.state(&signed).await,
        TransactionStatus::Included { height: 1, .. }
    ));
}

/// The commit is on disk, and whoever saved the block does not know: it saves it again, and meanwhile
/// something was taken that the block does not allow.
#[tokio::test]
async fn a_block_that_is_saved_twice_drops_what_came_in_between() {
    let fails = AtomicBool::new(true);
    let steps = Steps::watched(move |step| match step {
        Step::BlockSaved if fails.swap(false, Ordering::SeqCst) => Err(Stopped(step)),
        _ => Ok(()),
    });
    let mut chain = Chain::watched(steps).await;
    let a = chain.a;
    let (before, between) = (a.transfer(transfer(1, 0, 2)), a.transfer(transfer(1, 0, 1)));
    let kept = a.transfer(transfer(1, 0, 4));
    chain.take(&before).await;
    let parent = chain.host.ledger().latest_header().clone();
    let (_, state) = chain.host.newest_accounts();
    let block = block_of(&parent, &state, &[a.transfer(transfer(1, 0, 3))]);
    let stopped = chain.host.publish_block(block.clone()).await.unwrap_err();
    assert!(matches!(stopped, PublishError::Stopped(_)), "{stopped}");
    chain.take(&between).await;
    chain.take(&kept).await;
    chain.host.publish_block(block).await.unwrap();
    for restarted in [false, true] {
        if restarted {
            chain = chain.restarted().await;
        }
        for signed in [&before, &between] {
            assert_eq!(chain.drop_code(signed).await, "operation-nonce-used");
        }
        assert_eq!(chain.host.pool().len(), 1);
        assert!(chain.host.pool().get(&kept.hash()).is_some());
    }
}

#[tokio::test]
async fn many_at_a_time_are_all_taken_once() {
    let mut chain = Chain::new().await;
    let signed: Vec<_> = (0..12)
        .map(|nonce| chain.a.transfer(transfer(1, u64::from(nonce), nonce)))
        .collect();
    let posts = signed.iter().chain(&signed).map(|signed| {
        let (host, bytes) = (chain.host.clone(), signed.to_bytes());
        tokio::spawn(async move { post(&host, bytes).await.status() })
    });
    let posts: Vec<_> = posts.collect();
    for post in posts {
        assert_eq!(post.await.unwrap(), 202);
    }
    assert_eq!(chain.host.pool().len(), 12);
    chain.block().await;
    let (_, accounts) = chain.host.newest_accounts();
    assert_eq!(accounts.get(A).unwrap().nonce, 12);
    assert_eq!(accounts.get(B).unwrap().balance, 22);
}

#[tokio::test]
async fn rejects_a_block_whose_operations_are_not_those_of_its_header() {
    let chain = Chain::new().await;
    let parent = chain.host.ledger().latest_header().clone();
    let (_, state) = chain.host.newest_accounts();
    let signed = [
        chain.a.transfer(transfer(1, 1, 0)),
        chain.a.transfer(transfer(1, 1, 1)),
    ];
    let good = || block_of(&parent, &state, &signed);
    let refused = async |change: fn(&mut rpp_prover_host::source::SourceBlock)| {
        let mut block = good();
        change(&mut block);
        let refused = chain.host.publish_block(block).await.unwrap_err();
        assert_eq!(chain.host.ledger().latest_height(), 0);
        refused
    };
    let swapped = refused(|block| block.operations.swap(0, 1)).await;
    assert!(
        matches!(swapped, PublishError::Operations { .. }),
        "{swapped}"
    );
    let fewer = refused(|block| drop(block.operations.pop())).await;
    assert!(
        matches!(
            fewer,
            PublishError::OtherRoot {
                what: "tx_root",
                ..
            }
        ),
        "{fewer}"
    );
    let state = refused(|block| block.header.state_root = block.header.tx_root).await;
    assert!(
        matches!(
            state,
            PublishError::OtherRoot {
                what: "state_root",
                ..
            }
        ),
        "{state}"
    );
    let stranger = refused(|block| block.proposer.validator.account = A).await;
    assert!(
        matches!(stranger, PublishError::OtherProposer { .. }),
        "{stranger}"
    );
    let index = refused(|block| block.header.proposer = 1).await;
    assert!(
        matches!(index, PublishError::OtherProposer { .. }),
        "{index}"
    );
    chain.host.publish_block(good()).await.unwrap();
}
