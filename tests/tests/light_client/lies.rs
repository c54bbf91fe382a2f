//! A provider that lies: nothing of it is believed, and the code says which lie it was.

use rpp_light_client::{Answer, Error, ErrorKind, TransportError, TransportFault};
use rpp_tests::provider::Provider;
use rpp_verifier::{Ancestor, Block, Digest, Document, Head};

use crate::support::*;

/// A change of the answer to one path.
type Lie = fn(&mut Answer);

/// Follows a provider that lies about `path` until it is refused, and returns the height that the
/// client believes by then, and the code; afterwards the provider is honest, and the client
/// reaches the head.
async fn refused(path: &'static str, lie: Lie) -> (u32, &'static str) {
    let teller = Teller::lying(TOP, move |request, mut answer| {
        if request.path == path {
            lie(&mut answer);
        }
        Ok(answer)
    });
    let mut client = client(&teller);
    let error = follow_to(&mut client, TOP).await.unwrap_err();
    let believed = client.status().head.unwrap().0;
    // A header from the future is nobody's lie: one of two clocks is wrong. Neither is half an answer, nor
    // one that a host does not give.
    let trouble = [
        "header-future",
        "truncated",
        "provider-refused",
        "redirect",
        "foreign-answer",
    ];
    let is_trouble = trouble.contains(&error.code());
    assert_eq!(error.is_transient(), is_trouble, "{error}");
    teller.repent();
    follow_to(&mut client, TOP).await.unwrap();
    (believed, stark_or(error.code()))
}

/// Decodes the answer, changes it, and encodes it again.
fn edit<D: Document>(answer: &mut Answer, change: impl FnOnce(&mut D)) {
    let mut document = D::from_bytes(&answer.body).unwrap();
    change(&mut document);
    answer.body = document.to_bytes();
}

fn block(answer: &mut Answer, change: impl FnOnce(&mut Block)) {
    edit(answer, change);
}

fn header(answer: &mut Answer, change: impl FnOnce(&mut rpp_verifier::Header)) {
    block(answer, |block| change(&mut block.header));
}

fn other(digest: Digest) -> Digest {
    rpp_verifier::compress(&digest, &digest)
}

const ANCHOR: &str = "/v1/blocks/0";
const HEAD: &str = "/v1/head";
const HOP: &str = "/v1/blocks/7";
const PATH: &str = "/v1/ancestors/3?in=7";
const PROOF: &str = "/v1/blocks/7/proofs/consensus";

#[tokio::test]
async fn rejects_each_lie_about_the_checkpoint() {
    let lies: [(Lie, &str); 4] = [
        (
            |a| header(a, |h| h.timestamp_ms += 1),
            "header-trusted-hash",
        ),
        (
            |a| *a = CHAIN.get("/v1/blocks/1", TOP),
            "header-trusted-hash",
        ),
        (|a| a.body = b"{}".to_vec(), "answered-json"),
        (|a| a.status = 404, "provider-refused"),
    ];
    for (i, (lie, code)) in lies.into_iter().enumerate() {
        assert_eq!(refused(ANCHOR, lie).await, (0, code), "lie {i}");
    }
}

#[tokio::test]
async fn rejects_each_lie_about_the_head() {
    let lies: [(Lie, &str); 11] = [
        (|a| a.body.clear(), "truncated"),
        (|a| a.body.truncate(a.body.len() - 1), "truncated"),
        (|a| a.body.push(0), "trailing-bytes"),
        (|a| a.body[0] ^= 1, "bad-magic"),
        (|a| a.body[4] ^= 2, "unsupported-version"),
        (|a| *a = CHAIN.get("/v1/blocks/13", TOP), "bad-magic"),
        (|a| *a = CHAIN.get_json(HEAD, TOP), "foreign-answer"),
        (|a| a.body = CHAIN.get_json(HEAD, TOP).body, "answered-json"),
        (|a| a.status = 302, "redirect"),
        (|a| a.status = 403, "provider-refused"),
        (|a| a.body.resize(Head::FORMAT.max_bytes + 1, 0), "too-long"),
    ];
    for (i, (lie, code)) in lies.into_iter().enumerate() {
        assert_eq!(refused(HEAD, lie).await, (0, code), "lie {i}");
    }
}

#[tokio::test]
async fn rejects_each_lie_about_a_block() {
    let lies: [(Lie, &str); 19] = [
        (|a| *a = CHAIN.get("/v1/blocks/6", TOP), "other-height"),
        (|a| block(a, |b| b.parent = None), "block-incomplete"),
        (|a| block(a, |b| b.certificate = None), "block-incomplete"),
        (|a| header(a, |h| h.version = 2), "header-version"),
        (|a| header(a, |h| h.chain_id = 8), "header-chain-id"),
        (
            |a| header(a, |h| h.validator_set_root = other(h.validator_set_root)),
            "header-set",
        ),
        (
            |a| block(a, |b| b.certificate.as_mut().unwrap().set.total_power -= 1),
            "header-set-opening",
        ),
        (|a| header(a, |h| h.proposer ^= 1), "header-proposer"),
        (
            |a| header(a, |h| h.parent_hash = other(h.parent_hash)),
            "header-parent-hash",
        ),
        (
            |a| {
                block(a, |b| {
                    b.parent.as_mut().unwrap().header.randomness = Digest::ZERO
                })
            },
            "header-parent-hash",
        ),
        (|a| header(a, |h| h.slot -= 4), "header-parent-slot"),
        (
            |a| header(a, |h| h.timestamp_ms -= 1),
            "header-parent-timestamp",
        ),
        (
            |a| header(a, |h| h.timestamp_ms += 3_600_000),
            "header-future",
        ),
        (
            |a| header(a, |h| h.history_root = other(h.history_root)),
            "header-parent-not-in-history",
        ),
        (
            |a| {
                block(a, |b| {
                    let path = &mut b.parent.as_mut().unwrap().history_path;
                    path.0[0] = other(path.0[0]);
                });
            },
            "header-parent-not-in-history",
        ),
        (
            |a| block(a, |b| b.certificate.as_mut().unwrap().signed_power = 200),
            "header-signed-power",
        ),
        (
            |a| block(a, |b| b.certificate.as_mut().unwrap().signed_power -= 1),
            STARK,
        ),
        (
            |a| {
                block(a, |b| {
                    let claim = b.certificate.as_mut().unwrap();
                    claim.signers = other(claim.signers);
                });
            },
            STARK,
        ),
        // All that the header says of itself may change only with its hash, which was signed.
        (
            |a| {
                header(a, |h| {
                    h.next_validator_set_root = other(h.next_validator_set_root)
                });
            },
            STARK,
        ),
    ];
    for (i, (lie, code)) in lies.into_iter().enumerate() {
        assert_eq!(refused(HOP, lie).await, (3, code), "lie {i}");
    }
}

#[tokio::test]
async fn rejects_each_lie_about_a_path() {
    let lies: [(Lie, &str); 4] = [
        (|a| edit::<Ancestor>(a, |x| x.height = 2), "other-ancestor"),
        (|a| edit::<Ancestor>(a, |x| x.within = 8), "other-ancestor"),
        (
            |a| edit::<Ancestor>(a, |x| x.header_hash.0 = other(x.header_hash.0)),
            "other-ancestor",
        ),
        (
            |a| {
                edit::<Ancestor>(a, |x| {
                    x.history_path.0[1] = other(x.history_path.0[1]);
                });
            },
            "header-head-not-in-history",
        ),
    ];
    for (i, (lie, code)) in lies.into_iter().enumerate() {
        assert_eq!(refused(PATH, lie).await, (3, code), "lie {i}");
    }
}

#[tokio::test]
async fn rejects_each_lie_about_a_proof() {
    let lies: [(Lie, &str); 6] = [
        (|a| a.body.clear(), "truncated"),
        (|a| a.body.push(0), "trailing-bytes"),
        (|a| a.body.truncate(a.body.len() - 1), "truncated"),
        (
            |a| *a = CHAIN.get("/v1/blocks/6/proofs/consensus", TOP),
            STARK,
        ),
        (|a| *a.body.last_mut().unwrap() ^= 1, STARK),
        (|a| a.body[0] ^= 1, "bad-magic"),
    ];
    for (i, (lie, code)) in lies.into_iter().enumerate() {
        assert_eq!(refused(PROOF, lie).await, (3, code), "lie {i}");
    }
}

#[tokio::test]
async fn rejects_a_head_that_leads_back_or_aside() {
    let teller = Teller::honest(9);
    let mut client = client(&teller);
    follow_to(&mut client, 9).await.unwrap();
    teller.grow(8);
    // Trouble: a provider behind a load balancer may be behind, and so may one that has lost a proof.
    let behind = client.next().await.unwrap_err();
    assert_eq!(
        (behind.code(), behind.is_transient()),
        ("head-behind", true)
    );
    teller.grow(9);
    *teller.tell.lock().unwrap() = Box::new(|request, mut answer| {
        if request.path == HEAD {
            edit::<Head>(&mut answer, |head| head.block.header.slot += 4);
        }
        Ok(answer)
    });
    assert_eq!(client.next().await.unwrap_err().code(), "other-head");
    assert_eq!(client.status().head, Some((9, CHAIN.header(9).hash())));
}

/// Another chain of the same validators forks at the genesis: its headers are signed and proven,
/// and lack what this client has verified. That is no lie of the provider's: its validators have signed both.
#[tokio::test]
async fn stops_at_a_chain_without_the_head_that_it_has_verified() {
    let other = std::sync::Arc::new(Provider::new(4, 6, 5));
    let teller = Teller::honest(3);
    let mut client = client(&teller);
    follow_to(&mut client, 3).await.unwrap();
    *teller.tell.lock().unwrap() = Box::new(move |request, _| Ok(other.get(&request.path, 6)));
    let error = client.next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(client.status().head.unwrap().0, 3);
}

/// Another provider behind the same address has shown a block that this one does not have yet.
fn unknown_block() -> Result<Answer, TransportError> {
    let mut answer = status(404, None)?;
    answer.body = br#"{"code":"unknown-block"}"#.to_vec();
    Ok(answer)
}

/// What comes in place of every answer.
type Silence = fn() -> Result<Answer, TransportError>;

#[tokio::test]
async fn waits_and_asks_again_where_nothing_false_was_said() {
    let lies: [(Silence, &str); 6] = [
        (unknown_block, "provider-busy"),
        (|| status(500, None), "provider-busy"),
        (|| status(503, Some(2)), "provider-busy"),
        (|| status(404, Some(2)), "provider-busy"),
        (|| Err(fault(TransportFault::Unreachable)), "unreachable"),
        (|| Err(fault(TransportFault::Timeout)), "timeout"),
    ];
    for (answer, code) in lies {
        let teller = Teller::lying(TOP, move |_, _| answer());
        let clock = TestClock::new();
        let store = rpp_light_client::MemoryStore::default();
        let mut client = client_with(config(), &teller, store, &clock);
        for _ in 0..10 {
            let error: Error = client.next().await.unwrap_err();
            assert!(error.is_transient());
            assert_eq!(error.code(), code);
        }
        // Without back-off, ten questions would have taken no time at all.
        assert!(clock.slept().as_secs() >= 10, "{:?}", clock.slept());
        teller.repent();
        follow_to(&mut client, TOP).await.unwrap();
    }
}

fn status(status: u16, retry_after_s: Option<u64>) -> Result<Answer, TransportError> {
    Ok(Answer {
        status,
        content_type: "application/problem+json".into(),
        retry_after: retry_after_s.map(std::time::Duration::from_secs),
        body: b"{\"code\":\"not-proven-yet\"}".to_vec(),
    })
}

fn fault(fault: TransportFault) -> TransportError {
    TransportError {
        fault,
        detail: String::new(),
        bytes: 0,
    }
}
