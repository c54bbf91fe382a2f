//! A client that goes over ends of epochs by spans.

mod lies;
mod setup;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rpp_light_client::{
    Answer, Ask, Clock as _, Config, Follow, LightClient, MemoryStore, Need, Session, Step, Store,
    TransportError, Verdict,
};
use rpp_tests::provider::Provider;
use rpp_verifier::{ClaimError, SpanCircuit, VerifyingKey};

use crate::support::*;

/// Height of the newest block: in the seventh epoch.
const FAR: u32 = 25;

/// A chain with spans of its first six epochs, three and three, and of the first two.
static SPANNED: LazyLock<Provider> =
    LazyLock::new(|| Provider::new(4, FAR, EPOCH).with_spans(&[(0, 1), (0, 2), (3, 5)]));

type TestClient = LightClient<Told, MemoryStore, TestClock>;

fn clock() -> TestClock {
    TestClock::at(SPANNED.header(FAR).timestamp_ms + 1000)
}

/// Returns a provider that changes its answers.
fn host(
    head: u32,
    tell: impl Fn(&str, Answer) -> Result<Answer, TransportError> + Send + Sync + 'static,
) -> Arc<Teller> {
    Teller::of(&SPANNED, head, move |request, answer| {
        tell(&request.path, answer)
    })
}

fn honest(head: u32) -> Arc<Teller> {
    host(head, |_, answer| Ok(answer))
}

fn from(checkpoint: u32) -> Config {
    let config = Config::new(SPANNED.checkpoint(checkpoint));
    config.follow(Follow::Every(Duration::from_secs(1)))
}

fn client_from(checkpoint: u32, teller: &Arc<Teller>) -> TestClient {
    client_with(from(checkpoint), teller, MemoryStore::default(), &clock())
}

/// Steps until the verdict on the block at `height`, and returns all of them.
async fn verdicts_to(client: &mut TestClient, height: u32) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    loop {
        verdicts.push(client.next().await.unwrap());
        if verdicts[verdicts.len() - 1].header().height >= height {
            return verdicts;
        }
    }
}

/// Step and height of a verdict, with the first and the last epoch of each span on the way to it.
type Reached = (Step, u32, Vec<(u32, u32)>);

/// Returns how each verdict was reached.
fn way(verdicts: &[Verdict]) -> Vec<Reached> {
    let each = verdicts.iter();
    let way = each.map(|verdict| {
        let spans = verdict.spans().iter();
        let spans = spans.map(|span| (span.first_epoch(), span.last_epoch()));
        (verdict.step(), verdict.header().height, spans.collect())
    });
    way.collect()
}

#[tokio::test]
async fn goes_by_spans_to_the_head_and_says_so() {
    let teller = honest(FAR);
    let mut client = client_from(0, &teller);
    let verdicts = verdicts_to(&mut client, FAR).await;
    assert_eq!(way(&verdicts), [(Step::Head, FAR, vec![(0, 2), (3, 5)])]);
    let expected = [
        "/v1/blocks/0",
        "/v1/head",
        "/v1/spans/0-5",
        "/v1/ancestors/0?in=11",
        "/v1/proofs/span/0-2",
        "/v1/spans/3-5",
        "/v1/ancestors/11?in=23",
        "/v1/proofs/span/3-5",
        "/v1/blocks/25",
        "/v1/ancestors/23?in=25",
        "/v1/blocks/25/proofs/consensus",
    ];
    assert_eq!(teller.take_asked(), expected);
    let verdict = &verdicts[0];
    assert_eq!((verdict.epoch(), verdict.unskipped_since()), (6, FAR));
    let span = &verdict.spans()[1];
    assert_eq!(*span.last_hash(), SPANNED.header(23).hash());
    assert_eq!(
        (span.statement().first_height, span.statement().ends),
        (15, 3)
    );
    let key = VerifyingKey::<SpanCircuit>::new(verdict.header().chain_id);
    assert_eq!(*span.key_digest(), key.digest());
    assert_eq!(span.verified().stark_bits(), key.stark_bits());
    let [first, second] = [(0, 2), (3, 5)].map(|(first, last)| SPANNED.span(first, last).unwrap());
    let bytes = |proof: &rpp_light_client::TakenSpan| u32::try_from(proof.proof_bytes()).unwrap();
    assert_eq!(bytes(&verdict.spans()[0]), first.proof.bytes);
    assert_eq!(bytes(span), second.proof.bytes);
    assert!(client.ledger(verdict.header()).is_ok());
}

#[tokio::test]
async fn takes_what_spans_there_are_and_single_proofs_for_the_rest() {
    let hop = |height| (Step::Hop, height, vec![]);
    // The second span goes too far: its last header is above the head.
    let mut client = client_from(0, &honest(21));
    let verdicts = verdicts_to(&mut client, 21).await;
    let by_span = (Step::Hop, 15, vec![(0, 2)]);
    assert_eq!(way(&verdicts), [by_span, hop(19), (Step::Head, 21, vec![])]);
    // A head that ends an epoch has a proof of its own, so the span that ends there is not taken.
    let teller = honest(11);
    let mut client = client_from(0, &teller);
    let verdicts = verdicts_to(&mut client, 11).await;
    assert_eq!(way(&verdicts), [(Step::Head, 11, vec![(0, 1)])]);
    // No span begins in the middle of the ranges.
    let teller = honest(FAR);
    let mut client = client_from(5, &teller);
    let verdicts = verdicts_to(&mut client, FAR).await;
    let by_span = (Step::Head, FAR, vec![(3, 5)]);
    assert_eq!(way(&verdicts), [hop(7), hop(11), by_span]);
    let asked = teller.take_asked();
    let spans = asked.iter().filter(|path| path.starts_with("/v1/spans"));
    let expected = ["/v1/spans/1-5", "/v1/spans/2-5", "/v1/spans/3-5"];
    assert_eq!(spans.collect::<Vec<_>>(), expected);
    // Of one end alone the single proof is shorter.
    let teller = honest(9);
    let mut client = client_from(5, &teller);
    assert_eq!(way(&verdicts_to(&mut client, 9).await).len(), 2);
    assert!(!teller.take_asked().iter().any(|path| path.contains("span")));
}

#[tokio::test]
async fn skips_no_block_where_every_block_is_wanted() {
    let teller = honest(FAR);
    let config = from(0).follow(Follow::EveryBlock);
    let mut client = client_with(config, &teller, MemoryStore::default(), &clock());
    let verdicts = verdicts_to(&mut client, 9).await;
    assert_eq!(verdicts.len(), 9);
    assert!(!teller.take_asked().iter().any(|path| path.contains("span")));
}

#[tokio::test]
async fn costs_less_than_single_proofs() {
    let mut by_spans = client_from(0, &honest(FAR));
    let last = verdicts_to(&mut by_spans, FAR).await.pop().unwrap();
    let singles = host(FAR, |path, answer| missing(path, answer, "/v1/spans/", 404));
    let mut by_singles = client_from(0, &singles);
    let alone = verdicts_to(&mut by_singles, FAR).await.pop().unwrap();
    assert_eq!(last.header(), alone.header());
    assert!(2 * last.spent().bytes < alone.spent().bytes);
    assert!(last.spent().requests < alone.spent().requests);
}

/// Answers that what begins like this is not there.
fn missing(
    path: &str,
    mut answer: Answer,
    what: &str,
    status: u16,
) -> Result<Answer, TransportError> {
    if path.starts_with(what) {
        answer.status = status;
        answer.body = br#"{"code":"unknown-proof"}"#.to_vec();
    }
    Ok(answer)
}

#[tokio::test]
async fn goes_on_by_single_proofs_where_a_span_is_gone() {
    for (what, status) in [
        ("/v1/spans/", 404),
        ("/v1/spans/", 410),
        ("/v1/spans/", 400),
        ("/v1/proofs/span/", 404),
        ("/v1/proofs/span/", 410),
    ] {
        let teller = host(FAR, move |path, answer| missing(path, answer, what, status));
        let mut client = client_from(0, &teller);
        let verdicts = verdicts_to(&mut client, FAR).await;
        let heights: Vec<_> = verdicts.iter().map(|v| v.header().height).collect();
        assert_eq!(heights, [3, 7, 11, 15, 19, 23, FAR], "{what} {status}");
        assert!(verdicts.iter().all(|verdict| verdict.spans().is_empty()));
    }
    // One of two is gone, and the other one is taken.
    let teller = host(FAR, |path, answer| {
        missing(path, answer, "/v1/proofs/span/3-5", 410)
    });
    let mut client = client_from(0, &teller);
    let verdicts = verdicts_to(&mut client, FAR).await;
    assert_eq!(way(&verdicts)[0], (Step::Hop, 15, vec![(0, 2)]));
    assert_eq!(verdicts.len(), 4);
}

#[tokio::test]
async fn waits_for_a_span_a_few_times_where_the_provider_is_busy() {
    for what in ["/v1/spans/", "/v1/proofs/span/"] {
        for status in [429, 500, 503] {
            let teller = host(FAR, move |path, answer| missing(path, answer, what, status));
            let mut client = client_from(0, &teller);
            for _ in 0..4 {
                let error = client.next().await.unwrap_err();
                assert_eq!(
                    (error.code(), error.is_transient()),
                    ("provider-busy", true)
                );
            }
            teller.repent();
            let verdicts = verdicts_to(&mut client, FAR).await;
            assert_eq!(way(&verdicts).len(), 1, "{what} {status}");
        }
    }
    // Where that does not end, single proofs lead on.
    let teller = host(FAR, |path, answer| missing(path, answer, "/v1/spans/", 503));
    let mut client = client_from(0, &teller);
    let mut troubles = 0;
    while client.status().head.unwrap().0 == 0 {
        match client.next().await {
            Ok(verdict) => assert_eq!(way(&[verdict]), [(Step::Hop, 3, vec![])]),
            Err(error) => troubles += u32::from(error.code() == "provider-busy"),
        }
    }
    assert_eq!(troubles, 5);
}

/// That the epochs before start no span does not count against the provider's patience, nor against its next one.
#[tokio::test]
async fn waits_for_a_span_where_earlier_epochs_start_none() {
    let teller = host(FAR, |path, answer| {
        missing(path, answer, "/v1/spans/3-5", 503)
    });
    let mut client = client_from(5, &teller);
    assert_eq!(client.next().await.unwrap().header().height, 7);
    assert_eq!(client.next().await.unwrap().header().height, 11);
    for _ in 0..4 {
        assert_eq!(client.next().await.unwrap_err().code(), "provider-busy");
    }
    teller.repent();
    let verdicts = verdicts_to(&mut client, FAR).await;
    assert_eq!(way(&verdicts), [(Step::Head, FAR, vec![(3, 5)])]);
}

/// A span was refused, and the end of its first epoch has no proof of its own any more: spans are asked for again.
#[tokio::test]
async fn asks_for_spans_again_where_single_proofs_do_not_lead_on() {
    let teller = host(FAR, |path, mut answer| {
        if path == "/v1/proofs/span/0-2" {
            answer.body.push(0);
        }
        missing(path, answer, "/v1/blocks/3/proofs", 410)
    });
    let mut client = client_from(0, &teller);
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(client.next().await.unwrap_err().code());
    }
    let (refused, gone) = ("trailing-bytes", "provider-refused");
    assert_eq!(codes, [refused, gone, refused, gone]);
    *teller.tell.lock().unwrap() =
        Box::new(|request, answer| missing(&request.path, answer, "/v1/blocks/3/proofs", 410));
    let verdicts = verdicts_to(&mut client, FAR).await;
    assert_eq!(way(&verdicts), [(Step::Head, FAR, vec![(0, 2), (3, 5)])]);
}

/// Trouble on the way does not cost the spans that were taken.
#[tokio::test]
async fn goes_on_from_the_last_span_after_trouble() {
    let teller = host(FAR, |path, answer| {
        missing(path, answer, "/v1/blocks/25", 503)
    });
    let mut client = client_from(0, &teller);
    assert_eq!(client.next().await.unwrap_err().code(), "provider-busy");
    assert_eq!(client.status().head.unwrap().0, 0);
    teller.take_asked();
    teller.repent();
    let verdicts = verdicts_to(&mut client, FAR).await;
    assert_eq!(way(&verdicts), [(Step::Head, FAR, vec![(0, 2), (3, 5)])]);
    assert!(!teller.take_asked().iter().any(|path| path.contains("span")));
}

/// A provider that shows a lower head than before is one of several that lags behind.
#[tokio::test]
async fn goes_back_to_its_head_where_the_provider_is_below_the_last_span() {
    let teller = host(FAR, |path, answer| {
        missing(path, answer, "/v1/blocks/25", 503)
    });
    let mut client = client_from(0, &teller);
    assert_eq!(client.next().await.unwrap_err().code(), "provider-busy");
    teller.repent();
    teller.grow(23);
    // It lags behind, which says nothing against its spans.
    let verdicts = verdicts_to(&mut client, 23).await;
    let by_span = (Step::Hop, 15, vec![(0, 2)]);
    let hop = (Step::Hop, 19, vec![]);
    assert_eq!(way(&verdicts), [by_span, hop, (Step::Head, 23, vec![])]);
    assert_eq!(client.status().head, Some((23, SPANNED.header(23).hash())));
}

/// Nothing is shown or believed of the headers at the ends of spans before a head is proven.
#[tokio::test]
async fn shows_and_stores_no_end_of_a_span() {
    let mut session = Session::new(from(0)).unwrap();
    let now = clock().now();
    assert!(session.loaded(Ok(None), now).unwrap().is_none());
    loop {
        let Need::Fetch(fetches) = session.need(now) else {
            panic!("nothing is verified before the head")
        };
        let fetch = fetches[0];
        if fetch.ask == (Ask::Block { height: FAR }) {
            break;
        }
        let answer = SPANNED.get(&fetch.ask.request().path, FAR);
        session.answer(fetch.ticket, Ok(answer), now).unwrap();
    }
    let status = session.status(now);
    assert_eq!(status.head, Some((0, SPANNED.header(0).hash())));
    assert_eq!((status.epoch, session.state()), (Some(0), None));
    for height in [11, 23] {
        let header = SPANNED.header(height);
        assert_eq!(session.trust(header), Err(ClaimError::NotHead));
    }
    assert!(session.trust(SPANNED.header(0)).is_ok());
}

#[tokio::test]
async fn resumes_from_a_head_that_it_reached_by_spans() {
    let teller = honest(FAR);
    let mut client = client_from(0, &teller);
    verdicts_to(&mut client, FAR).await;
    let stored = client.store().load().await.unwrap().unwrap();
    let store = MemoryStore::with(stored);
    let mut client = client_with(from(0), &teller, store, &clock());
    let verdict = client.next().await.unwrap();
    assert_eq!(way(&[verdict]), [(Step::Stored, FAR, vec![])]);
}
