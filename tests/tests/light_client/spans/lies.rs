//! A provider that lies about spans: nothing of it is believed, and the code says which lie it was.

use rpp_verifier::{Ancestor, Digest, Document, Header, ServedSpan};

use super::*;

/// A change of the answer to one path.
type Lie = fn(&mut Answer);

/// Follows a provider that lies about `path` until it is refused, and returns the code. Nothing is believed by then; afterwards the provider is
/// honest, and the client reaches the head.
async fn refused(path: &'static str, lie: Lie) -> &'static str {
    let teller = host(FAR, move |asked, mut answer| {
        if asked == path {
            lie(&mut answer);
        }
        Ok(answer)
    });
    let mut client = client_from(0, &teller);
    let error = client.next().await.unwrap_err();
    assert_eq!(client.status().head.unwrap().0, 0);
    let is_trouble = ["header-future", "truncated"].contains(&error.code());
    assert_eq!(error.is_transient(), is_trouble, "{error}");
    teller.repent();
    verdicts_to(&mut client, FAR).await;
    stark_or(error.code())
}

fn edit<D: Document>(answer: &mut Answer, change: impl FnOnce(&mut D)) {
    let mut document = D::from_bytes(&answer.body).unwrap();
    change(&mut document);
    answer.body = document.to_bytes();
}

fn span(answer: &mut Answer, change: impl FnOnce(&mut ServedSpan)) {
    edit(answer, change);
}

fn header(answer: &mut Answer, change: impl FnOnce(&mut Header)) {
    span(answer, |span| change(&mut span.header));
}

/// Changes the parent, and what the header says of it.
fn parent(answer: &mut Answer, change: impl FnOnce(&mut Header)) {
    span(answer, |span| {
        change(&mut span.parent.header);
        span.header.parent_hash = span.parent.header.hash().0;
    });
}

fn other(digest: Digest) -> Digest {
    rpp_verifier::compress(&digest, &digest)
}

const SPAN: &str = "/v1/spans/0-5";
const PATH: &str = "/v1/ancestors/0?in=11";
const PROOF: &str = "/v1/proofs/span/0-2";

#[tokio::test]
async fn rejects_each_lie_about_a_span() {
    let lies: [(Lie, &str); 22] = [
        // Another span than was asked for: of an older or a later epoch, too far, or of one end.
        (|a| *a = SPANNED.get("/v1/spans/3-5", FAR), "other-span"),
        (|a| span(a, |s| s.first = 1), "other-span"),
        (|a| span(a, |s| s.last = 6), "other-span"),
        (|a| span(a, |s| s.last = 0), "other-span"),
        // An end at another height than the last epoch's.
        (|a| span(a, |s| s.last = 1), "other-span"),
        (|a| header(a, |h| h.height = 10), "other-span"),
        (|a| *a = SPANNED.get(PATH, FAR), "bad-magic"),
        (|a| header(a, |h| h.version = 2), "header-version"),
        (|a| header(a, |h| h.chain_id = 8), "header-chain-id"),
        // A set that does not sign there, and an opening that is not the set's.
        (
            |a| header(a, |h| h.validator_set_root = other(h.validator_set_root)),
            "header-set-opening",
        ),
        (
            |a| span(a, |s| s.set.total_power -= 1),
            "header-set-opening",
        ),
        (
            |a| {
                span(a, |s| {
                    s.set.n = 1025;
                    s.header.validator_set_root = s.set.set_root();
                });
            },
            "header-set-size",
        ),
        (
            |a| header(a, |h| h.parent_hash = other(h.parent_hash)),
            "header-parent-hash",
        ),
        (|a| parent(a, |p| p.height = 9), "header-parent-height"),
        (|a| parent(a, |p| p.slot = 11), "header-parent-slot"),
        (
            |a| parent(a, |p| p.timestamp_ms += 1),
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
                span(a, |s| {
                    s.parent.history_path.0[0] = other(s.parent.history_path.0[0]);
                });
            },
            "header-parent-not-in-history",
        ),
        // All that the header says of itself may change only with its hash, which was signed: above all which set comes next.
        (
            |a| {
                header(a, |h| {
                    h.next_validator_set_root = other(h.next_validator_set_root)
                });
            },
            STARK,
        ),
        (|a| header(a, |h| h.slot += 4), STARK),
        (|a| header(a, |h| h.proposer ^= 1), STARK),
    ];
    for (i, (lie, code)) in lies.into_iter().enumerate() {
        assert_eq!(refused(SPAN, lie).await, code, "lie {i}");
    }
}

#[tokio::test]
async fn rejects_each_lie_about_the_place_of_the_head() {
    let lies: [(Lie, &str); 4] = [
        (|a| edit::<Ancestor>(a, |x| x.height = 2), "other-ancestor"),
        (|a| edit::<Ancestor>(a, |x| x.within = 8), "other-ancestor"),
        (
            |a| {
                edit::<Ancestor>(a, |x| {
                    x.history_path.0[1] = other(x.history_path.0[1]);
                });
            },
            "header-head-not-in-history",
        ),
        (
            |a| edit::<Ancestor>(a, |x| x.header_hash.0 = other(x.header_hash.0)),
            "other-ancestor",
        ),
    ];
    for (i, (lie, code)) in lies.into_iter().enumerate() {
        assert_eq!(refused(PATH, lie).await, code, "lie {i}");
    }
}

#[tokio::test]
async fn rejects_each_lie_about_the_proof_of_a_span() {
    let lies: [(Lie, &str); 8] = [
        (|a| a.body.clear(), "truncated"),
        (|a| a.body.push(0), "trailing-bytes"),
        (|a| a.body.truncate(a.body.len() - 1), "truncated"),
        (|a| a.body[0] ^= 1, "bad-magic"),
        (|a| *a.body.last_mut().unwrap() ^= 1, STARK),
        // An epoch less, and other epochs: the proofs are good, of other statements.
        (|a| *a = SPANNED.get("/v1/proofs/span/0-1", FAR), STARK),
        (|a| *a = SPANNED.get("/v1/proofs/span/3-5", FAR), STARK),
        (
            |a| *a = SPANNED.get("/v1/blocks/11/proofs/consensus", FAR),
            "wrong-circuit",
        ),
    ];
    for (i, (lie, code)) in lies.into_iter().enumerate() {
        assert_eq!(refused(PROOF, lie).await, code, "lie {i}");
    }
}

/// The same validators have signed another chain, which leaves this one below the end of a span.
pub(super) static FORKED: LazyLock<Provider> =
    LazyLock::new(|| Provider::forked(4, FAR, EPOCH, 9).with_spans(&[(2, 5)]));

/// The spans of one branch lead nowhere on the other: the client goes back to its head, and on from there by single proofs, so that it finds two
/// branches where there are two.
#[tokio::test]
async fn goes_back_to_its_head_where_spans_have_led_astray() {
    let of_span =
        |path: &str| path.contains("span") || path.ends_with("in=11") || path.ends_with("in=23");
    let teller = host(FAR, move |path, answer| {
        Ok(if of_span(path) {
            answer
        } else {
            FORKED.get(path, FAR)
        })
    });
    let mut client = client_from(0, &teller);
    let error = client.next().await.unwrap_err();
    assert_eq!(error.code(), "other-ancestor");
    assert_eq!(client.status().head.unwrap().0, 0);
    teller.take_asked();
    // The other branch alone.
    *teller.tell.lock().unwrap() = Box::new(move |request, _| Ok(FORKED.get(&request.path, FAR)));
    let verdicts = verdicts_to(&mut client, FAR).await;
    let heights: Vec<_> = verdicts.iter().map(|v| v.header().height).collect();
    assert_eq!(heights, [3, 7, 11, 15, 19, 23, FAR]);
    assert!(!teller.take_asked().iter().any(|path| path.contains("span")));
}

/// A client that has a head on one branch stops where the other one is shown to it, whatever spans there are on either.
#[tokio::test]
async fn stops_at_two_branches_as_without_spans() {
    let teller = honest(10);
    let mut client = client_from(0, &teller);
    verdicts_to(&mut client, 10).await;
    teller.grow(FAR);
    *teller.tell.lock().unwrap() = Box::new(move |request, _| Ok(FORKED.get(&request.path, FAR)));
    let mut codes = Vec::new();
    while !client.status().is_stopped {
        match client.next().await {
            Ok(verdict) => panic!("{:?}", verdict.header().height),
            Err(error) => codes.push(error.code()),
        }
    }
    assert_eq!(codes, ["other-ancestor", "conflicting-headers"]);
    assert_eq!(client.status().head, Some((10, SPANNED.header(10).hash())));
}

/// More than any head is trusted for.
const LONG_MS: i64 = 15 * 24 * 60 * 60 * 1000;

/// What was offered in time is not taken by a proof that comes when the head is too old to say who signs: the keys may be in other hands by then.
#[tokio::test]
async fn takes_no_proof_that_comes_when_the_head_is_too_old() {
    for (checkpoint, proof) in [
        (0, "/v1/proofs/span/0-2"),
        (23, "/v1/blocks/25/proofs/consensus"),
        (24, "/v1/blocks/25/proofs/consensus"),
    ] {
        let clock = clock();
        let later = clock.clone();
        let teller = host(FAR, move |path, answer| {
            if path == proof {
                later.turn(LONG_MS);
            }
            Ok(answer)
        });
        let store = MemoryStore::default();
        let mut client = client_with(from(checkpoint), &teller, store, &clock);
        let error = client.next().await.unwrap_err();
        assert_eq!(error.code(), "trust-too-old", "{proof}");
        let status = client.status();
        assert_eq!(status.head.unwrap().0, checkpoint);
        assert_eq!(status.epoch, Some((checkpoint + 1) / EPOCH));
    }
}

/// Nor does another branch stop a client then: whoever has the keys by now may sign one.
#[tokio::test]
async fn no_branch_stops_a_client_whose_head_is_too_old() {
    for late in [false, true] {
        let clock = clock();
        let teller = honest(10);
        let mut client = client_with(from(0), &teller, MemoryStore::default(), &clock);
        verdicts_to(&mut client, 10).await;
        let later = clock.clone();
        *teller.tell.lock().unwrap() = Box::new(move |request, _| {
            if late && request.path.ends_with("/proofs/consensus") {
                later.turn(LONG_MS);
            }
            Ok(FORKED.get(&request.path, 10))
        });
        if !late {
            clock.turn(LONG_MS);
        }
        let mut codes = Vec::new();
        for _ in 0..3 {
            codes.push(client.next().await.unwrap_err().code());
        }
        assert!(codes.contains(&"trust-too-old"), "{late} {codes:?}");
        assert!(!client.status().is_stopped);
    }
}
