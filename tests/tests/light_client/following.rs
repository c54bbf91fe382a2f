//! An honest provider: hops, heads, waits, ages.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rpp_light_client::{
    Answer, Clock, ConfigError, Floor, Follow, Freshness, LightClient, MemoryStore, Request, Step,
    Store, Transport, TransportError,
};
use rpp_verifier::{ClaimError, HeadCircuit, Header, History, VerifyingKey};

use crate::support::*;

#[tokio::test]
async fn hops_from_epoch_to_epoch_and_then_to_the_head() {
    let teller = Teller::honest(TOP);
    let mut client = client(&teller);
    let steps = follow_to(&mut client, TOP).await.unwrap();
    let (hop, head) = (Step::Hop, Step::Head);
    assert_eq!(steps, [(hop, 3), (hop, 7), (hop, 11), (head, TOP)]);
    let asked = teller.asked.lock().unwrap().clone();
    assert_eq!(
        asked,
        [
            "/v1/blocks/0",
            "/v1/head",
            "/v1/spans/0-2",
            "/v1/blocks/3",
            "/v1/ancestors/0?in=3",
            "/v1/blocks/3/proofs/consensus",
            "/v1/blocks/7",
            "/v1/ancestors/3?in=7",
            "/v1/blocks/7/proofs/consensus",
            "/v1/blocks/11",
            "/v1/ancestors/7?in=11",
            "/v1/blocks/11/proofs/consensus",
            "/v1/blocks/13",
            "/v1/ancestors/11?in=13",
            "/v1/blocks/13/proofs/consensus",
        ]
    );
}

#[tokio::test]
async fn trusts_its_head_and_no_other_header() {
    let (config, teller) = (config(), Teller::honest(TOP));
    let (store, clock) = (MemoryStore::default(), TestClock::new());
    let mut client = client_with(config, &teller, store, &clock);
    let (header, untrusted) = (CHAIN.header(3), Err(ClaimError::NotHead));
    assert_eq!(client.trust(header), untrusted);
    let verdict = client.next().await.unwrap();
    assert_eq!(verdict.header(), header);
    let trusted = client.trust(verdict.header()).unwrap();
    assert_eq!(trusted.header(), header);
    let lie = Header {
        timestamp_ms: header.timestamp_ms + 1,
        ..header.clone()
    };
    for other in [&lie, CHAIN.header(2), CHAIN.header(4)] {
        assert_eq!(client.trust(other), untrusted);
    }
    // What comes before the head is trusted by its path.
    let hashes: Vec<_> = (0..3).map(|h| CHAIN.header(h).hash()).collect();
    let history = History::new(&hashes);
    let before = trusted.ancestor(CHAIN.header(1), &history.path(1));
    assert_eq!(before.unwrap().header(), CHAIN.header(1));
    assert_eq!(
        trusted.parent(CHAIN.header(2)).unwrap().header(),
        CHAIN.header(2)
    );
    let _ = client.next().await.unwrap();
    assert_eq!(client.trust(header), untrusted);
}

#[tokio::test]
async fn verifies_every_block_if_asked_to() {
    let config = config().follow(Follow::EveryBlock);
    let (teller, clock) = (Teller::honest(TOP), TestClock::new());
    let mut client = client_with(config, &teller, MemoryStore::default(), &clock);
    let steps = follow_to(&mut client, TOP).await.unwrap();
    let heights: Vec<_> = steps.iter().map(|step| step.1).collect();
    assert_eq!(heights, (1..=TOP).collect::<Vec<_>>());
    assert_eq!(client.status().head, Some((TOP, CHAIN.header(TOP).hash())));
}

/// A provider that keeps the proofs of epoch ends and of its newest three blocks.
#[tokio::test]
async fn passes_over_blocks_whose_proofs_are_kept_no_longer() {
    let gone = |path: &str| {
        let proof = path.strip_prefix("/v1/blocks/");
        let height = proof.and_then(|path| path.strip_suffix("/proofs/consensus"));
        let height: u32 = height.map_or(TOP, |height| height.parse().unwrap());
        height % EPOCH != EPOCH - 1 && height + 3 <= TOP
    };
    let teller = Teller::lying(TOP, move |request, mut answer| {
        if gone(&request.path) {
            answer.status = 410;
            answer.body = br#"{"code":"proof-retired"}"#.to_vec();
        }
        Ok(answer)
    });
    let (hop, head) = (Step::Hop, Step::Head);
    // A client that skips blocks never asks for one of them.
    let mut hops = client(&teller);
    let steps = follow_to(&mut hops, TOP).await.unwrap();
    assert_eq!(steps, [(hop, 3), (hop, 7), (hop, 11), (head, TOP)]);
    let asked = teller.asked.lock().unwrap().clone();
    assert!(!asked.iter().any(|path| gone(path)));
    // One that does not learns from the verdicts which it has skipped, and does not wait.
    let config = config().follow(Follow::EveryBlock);
    let clock = TestClock::new();
    let mut every = client_with(config, &teller, MemoryStore::default(), &clock);
    let mut verdicts = Vec::new();
    while every.status().head.unwrap().0 < TOP {
        let verdict = every.next().await.unwrap();
        verdicts.push((verdict.header().height, verdict.unskipped_since()));
    }
    assert_eq!(verdicts, [(3, 3), (7, 7), (11, 11), (12, 11), (TOP, 11)]);
    assert_eq!(clock.slept(), Duration::ZERO);
}

/// Nothing takes the place of the end of an epoch.
#[tokio::test]
async fn a_proof_that_cannot_be_passed_over_is_an_error() {
    for follow in [Follow::EveryBlock, Follow::Every(Duration::from_secs(1))] {
        let teller = Teller::lying(TOP, |request, mut answer| {
            if request.path.ends_with("/proofs/consensus") {
                answer.status = 410;
            }
            Ok(answer)
        });
        let config = config().follow(follow);
        let clock = TestClock::new();
        let mut client = client_with(config, &teller, MemoryStore::default(), &clock);
        let error = client.next().await.unwrap_err();
        assert_eq!(error.code(), "provider-refused");
        assert_eq!(client.status().head.unwrap().0, 0);
        teller.repent();
        follow_to(&mut client, TOP).await.unwrap();
    }
}

#[tokio::test]
async fn says_what_was_verified_and_what_it_cost() {
    let teller = Teller::honest(2);
    let mut client = client(&teller);
    let verdict = client.next().await.unwrap();
    let key = VerifyingKey::<HeadCircuit>::new(7);
    let skipped = (verdict.header(), verdict.unskipped_since(), verdict.epoch());
    assert_eq!(skipped, (CHAIN.header(2), 2, 0));
    let bits = (
        verdict.verified().stark_bits(),
        verdict.verified().hash_bits(),
    );
    assert_eq!(bits, (128, 123));
    assert_eq!(*verdict.key_digest(), key.digest());
    assert_eq!(verdict.proof_bytes(), CHAIN.proof(2).len());
    let made_ms = verdict.header().timestamp_ms;
    assert_eq!(verdict.stale_at_ms(), made_ms + 300_000);
    assert_eq!(verdict.freshness(made_ms + 300_000), Freshness::Fresh);
    assert_eq!(verdict.freshness(made_ms + 300_001), Freshness::Stale);
    let spent = verdict.spent();
    assert_eq!(spent.requests, 4);
    let proof = u64::try_from(CHAIN.proof(2).len()).unwrap();
    assert!(spent.bytes > proof && spent.bytes < proof + 20_000);
    teller.grow(3);
    let verdict = client.next().await.unwrap();
    assert_eq!((verdict.header().height, verdict.unskipped_since()), (3, 2));
    let json = verdict.to_json();
    assert!(json.contains(r#""verdict":"verified""#));
    // What is kept would say that it is fresh for ever.
    assert!(!json.contains("fresh") && json.contains("stale_at_ms"));
    assert!(!client.status().to_json().contains("fresh"));
}

#[tokio::test]
async fn asks_as_often_as_its_policy_says() {
    let config = config().follow(Follow::Every(Duration::from_secs(60)));
    let (teller, clock) = (Teller::honest(1), TestClock::new());
    let mut client = client_with(config, &teller, MemoryStore::default(), &clock);
    follow_to(&mut client, 1).await.unwrap();
    teller.grow(3);
    follow_to(&mut client, 3).await.unwrap();
    assert_eq!(clock.slept(), Duration::from_secs(60));
}

#[tokio::test]
async fn a_frozen_provider_is_stale_within_the_bound() {
    let (teller, clock) = (Teller::honest(TOP), TestClock::new());
    let bound = Duration::from_secs(30);
    let config = config().max_head_age(bound);
    let mut client = client_with(config, &teller, MemoryStore::default(), &clock);
    follow_to(&mut client, TOP).await.unwrap();
    let status = client.status();
    assert_eq!(status.freshness, Freshness::Fresh);
    assert_eq!(status.stale_at_ms, CHAIN.header(TOP).timestamp_ms + 30_000);
    clock.turn(29_001);
    assert_eq!(client.status().freshness, Freshness::Stale);
}

#[tokio::test]
async fn a_clock_an_hour_off_is_noticed() {
    let (teller, clock) = (Teller::honest(TOP), TestClock::new());
    clock.turn(-3_600_000);
    let mut client = client_with(config(), &teller, MemoryStore::default(), &clock);
    let refused = client.next().await.unwrap_err();
    assert_eq!(refused.code(), "header-future");
    clock.turn(7_200_000);
    let verdict = client.next().await.unwrap();
    assert_eq!(verdict.freshness(clock.now().unix_ms), Freshness::Stale);
}

/// Freshness is the only defence against a provider that shows nothing new, and a clock that is behind
/// a verified header says nothing of any age.
#[tokio::test]
async fn a_clock_that_goes_back_makes_no_head_fresh() {
    let (teller, clock) = (Teller::honest(TOP), TestClock::new());
    let mut client = client_with(config(), &teller, MemoryStore::default(), &clock);
    follow_to(&mut client, TOP).await.unwrap();
    assert_eq!(client.status().freshness, Freshness::Fresh);
    clock.turn(-30_000);
    assert_eq!(client.status().freshness, Freshness::Fresh);
    clock.turn(-3_600_000);
    assert_eq!(client.status().freshness, Freshness::Stale);
    let state = client.store().load().await.unwrap().unwrap();
    let mut client = client_with(config(), &teller, MemoryStore::with(state), &clock);
    let verdict = client.next().await.unwrap();
    assert_eq!(
        (verdict.step(), verdict.freshness(clock.now().unix_ms)),
        (Step::Stored, Freshness::Stale)
    );
}

#[test]
fn rejects_a_floor_that_no_circuit_reaches() {
    let refused = |floor| {
        let made = LightClient::new(
            config().floor(floor),
            Told(Teller::honest(0)),
            MemoryStore::default(),
            TestClock::new(),
        );
        made.err()
    };
    let floor = |stark_bits, hash_bits| Floor {
        stark_bits,
        hash_bits,
    };
    assert_eq!(refused(floor(128, 123)), None);
    let below = |what, floor, got| Some(ConfigError::Floor { what, floor, got });
    assert_eq!(refused(floor(129, 0)), below("proven bits", 129, 128));
    assert_eq!(refused(floor(0, 124)), below("hash bits", 124, 123));
}

/// A transport whose answers stay away for one poll each.
struct Slow(Told);

impl Transport for Slow {
    async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
        let mut yielded = false;
        std::future::poll_fn(|_| {
            if std::mem::replace(&mut yielded, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        self.0.send(request).await
    }
}

/// Polls the next step at most `polls` times, and then drops it.
fn take(client: &mut LightClient<Slow, MemoryStore, TestClock>, polls: u32) -> Option<(Step, u32)> {
    let mut context = Context::from_waker(Waker::noop());
    let mut next = pin!(client.next());
    (0..polls).find_map(|_| match next.as_mut().poll(&mut context) {
        Poll::Ready(verdict) => {
            let verdict = verdict.unwrap();
            Some((verdict.step(), verdict.header().height))
        }
        Poll::Pending => None,
    })
}

#[test]
fn a_step_that_is_cancelled_anywhere_is_taken_again() {
    let expected = [(Step::Hop, 3), (Step::Hop, 7), (Step::Head, 8)];
    for polls in 0..12 {
        let slow = Slow(Told(Teller::honest(8)));
        let made = LightClient::new(config(), slow, MemoryStore::default(), TestClock::new());
        let mut client = made.unwrap();
        let mut steps: Vec<_> = take(&mut client, polls).into_iter().collect();
        while steps.len() < expected.len() {
            steps.extend(take(&mut client, u32::MAX));
        }
        assert_eq!(steps, expected, "cancelled after {polls} polls");
    }
}

#[test]
fn its_futures_can_move_between_threads() {
    const fn is_send<T: Send>(_: &T) {}
    let mut client = client(&Teller::honest(1));
    is_send(&client.next());
}
