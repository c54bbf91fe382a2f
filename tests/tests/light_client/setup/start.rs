//! A first start: what is asked, what is said, and what is refused.

use rpp_light_client::{
    Anchor, Answer, AnswerError, Freshness, Request, RootFingerprint, Transport, TransportError,
};
use rpp_verifier::{Role, SetupFault};

use super::*;

/// A transport that counts how many answers it owes.
struct Together(Told, std::sync::atomic::AtomicU32);

impl Transport for Together {
    async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
        use std::sync::atomic::Ordering;
        self.1.fetch_add(1, Ordering::Relaxed);
        // Nobody answers before both questions are asked.
        std::future::poll_fn(|_| {
            if self.1.load(Ordering::Relaxed) >= 2 {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        self.0.send(request).await
    }
}

#[tokio::test]
async fn starts_from_each_pin() {
    let teller = host(&plan());
    for pin in pins() {
        let root = if matches!(pin, RootPin::File(_)) {
            2
        } else {
            1
        };
        let config = Config::from_setup(pin);
        let clock = TestClock::new();
        let mut client = client_with(config, &teller, MemoryStore::default(), &clock);
        let status = client.status();
        assert_eq!((status.checkpoint, status.head), (None, None));
        assert_eq!(status.freshness, Freshness::Stale);
        let steps = follow_to(&mut client, TOP).await.unwrap();
        let hops = [3, 7, 11].map(|height| (Step::Hop, height));
        assert_eq!(steps, [&hops[..], &[(Step::Head, TOP)]].concat());
        // What does not depend on it is asked for beside the setup.
        let asked = teller.take_asked();
        assert_eq!(asked[0], format!("/v1/setup?root={root}"));
        assert_eq!(asked[1..3], ["/v1/head", "/v1/blocks/0"]);
    }
}

/// The way from the offline checkpoint leads through the online one.
#[tokio::test]
async fn reaches_the_online_checkpoint_from_the_offline_one() {
    let teller = host(&plan());
    let mut client = new_client(&teller, &TestClock::new());
    let verdict = client.next().await.unwrap();
    assert_eq!(verdict.anchor(), Anchor::Offline);
    assert_eq!(verdict.setup_version(), Some(1));
    assert!(verdict.to_json().contains(r#""anchor":"offline""#));
    assert!(verdict.to_json().contains(r#""setup_version":1"#));
    follow_to(&mut client, TOP).await.unwrap();
    let asked = teller.take_asked();
    for path in [
        // Below it, a header is in its history; its block is asked for once.
        "/v1/blocks/9",
        "/v1/ancestors/3?in=9",
        "/v1/ancestors/7?in=9",
        // The first one above it has it in its own.
        "/v1/ancestors/9?in=11",
    ] {
        let count = asked.iter().filter(|asked| *asked == path).count();
        assert_eq!(count, 1, "{path} of {asked:?}");
    }
    assert!(!asked.contains(&"/v1/ancestors/9?in=13".to_owned()));
}

#[tokio::test]
async fn says_who_signed_what_until_when() {
    let plan = plan();
    let mut client = new_client(&host(&plan), &TestClock::new());
    assert_eq!(client.status().setup, None);
    let _ = client.next().await.unwrap();
    let setup = client.status().setup.unwrap();
    let RootPin::File(root) = pin() else {
        panic!("it is a file");
    };
    assert_eq!(setup.version, 1);
    assert_eq!(setup.root, RootFingerprint::of(1, &root));
    let roles = setup.files.each_ref().map(|file| (file.role, file.version));
    assert_eq!(
        roles,
        [(Role::Root, 1), (Role::Circuits, 1), (Role::Checkpoint, 1)]
    );
    let signers = setup.files.each_ref().map(|file| file.signers.len());
    assert_eq!(signers, [0, 1, 1], "the root was pinned as it is");
    let [_, _, checkpoint] = &setup.files;
    assert_eq!(checkpoint.issued_ms, plan.issued_ms);
    assert_eq!(
        checkpoint.expires_ms,
        plan.issued_ms + 7 * DAY_MS.cast_unsigned()
    );
    assert_eq!(setup.expires_ms, checkpoint.expires_ms);
    let json = client.status().to_json();
    assert!(
        json.contains(&format!(r#""root":"{}""#, setup.root)),
        "{json}"
    );
    assert_eq!(client.setup().unwrap().version(), 1);
}

#[tokio::test]
async fn an_expired_checkpoint_stops_a_new_client_with_a_sentence_that_says_why() {
    let (teller, clock) = (host(&plan()), TestClock::new());
    clock.turn(7 * DAY_MS);
    let mut client = new_client(&teller, &clock);
    let error = client.next().await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("setup-expired", true)
    );
    let sentence = error.to_string();
    assert!(
        sentence.starts_with("setup: checkpoint.json: it expired "),
        "{sentence}"
    );
    assert!(
        sentence.contains("ask its signers for a newer one"),
        "{sentence}"
    );
    assert_eq!(client.status().head, None);
    // Once it is refreshed, the client starts.
    teller.serve(refreshed(&clock).sign());
    follow_to(&mut client, TOP).await.unwrap();
}

#[tokio::test]
async fn a_head_below_the_online_checkpoint_is_behind() {
    let teller = host(&plan());
    teller.grow(8);
    let mut client = new_client(&teller, &TestClock::new());
    let error = client.next().await.unwrap_err();
    let (checkpoint, got) = (ONLINE, 8);
    assert!(
        matches!(error, Error::Answer(AnswerError::BehindCheckpoint { checkpoint: c, got: g })
            if (c, g) == (checkpoint, got)),
        "{error}"
    );
    assert_eq!((error.code(), error.is_transient()), ("head-behind", true));
    teller.grow(TOP);
    follow_to(&mut client, TOP).await.unwrap();
}

#[tokio::test]
async fn a_clock_in_1970_is_noticed() {
    let (teller, clock) = (host(&plan()), TestClock::at(0));
    let mut client = new_client(&teller, &clock);
    let error = client.next().await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("setup-issued-ahead", true)
    );
    assert!(error.to_string().contains("check the clock"), "{error}");
    let right = i64::try_from(CHAIN.header(TOP).timestamp_ms).unwrap();
    clock.turn(right);
    teller.grow(11);
    follow_to(&mut client, 11).await.unwrap();
    // Put back while it follows, it shows what it cannot be: earlier than what was proven.
    clock.turn(-right);
    teller.serve(refreshed(&TestClock::new()).sign());
    teller.grow(TOP);
    clock.sleep(DAY).await;
    let mut codes = Vec::new();
    for _ in 0..2 {
        codes.push(client.next().await.unwrap_err().code());
        clock.sleep(Duration::from_secs(60)).await;
    }
    codes.sort_unstable();
    assert_eq!(codes, ["header-future", "setup-issued-ahead"]);
    let status = client.status();
    assert_eq!(status.freshness, Freshness::Stale);
    assert_eq!(status.setup.unwrap().version, 1);
    // Started again like that, a client knows no time to begin with.
    let store = MemoryStore::with(kept(&client).await);
    let mut client = client_with(pinned(), &teller, store, &clock);
    assert_eq!(
        client.next().await.unwrap_err().code(),
        "setup-issued-ahead"
    );
}

/// What is wrong with a setup is its provider's fault, and the sentence names the file.
#[tokio::test]
async fn rejects_a_file_that_was_changed() {
    let mut signed = plan().sign();
    signed.tamper(|bundle| bundle.chain[10] ^= 1);
    let teller = Teller::honest(TOP);
    teller.serve(signed);
    let mut client = new_client(&teller, &TestClock::new());
    let error = client.next().await.unwrap_err();
    assert!(
        matches!(&error, Error::Setup(e) if e.fault == SetupFault::Digest),
        "{error}"
    );
    let sentence = error.to_string();
    assert!(
        sentence.starts_with("setup: chain.json: its SHA-256 is not the one"),
        "{sentence}"
    );
    teller.serve(plan().sign());
    follow_to(&mut client, TOP).await.unwrap();
}

#[tokio::test]
async fn asks_for_setup_and_head_at_the_same_time() {
    let together = Together(Told(host(&plan())), 0.into());
    let made = LightClient::new(pinned(), together, MemoryStore::default(), TestClock::new());
    let mut client = made.unwrap();
    assert_eq!(client.next().await.unwrap().header().height, 3);
}

#[test]
fn rejects_a_pin_that_is_no_root() {
    let refused = LightClient::new(
        Config::from_setup(RootPin::File(b"{}".to_vec())),
        Told(Teller::honest(0)),
        MemoryStore::default(),
        TestClock::new(),
    );
    assert_eq!(refused.err().unwrap().code(), "setup-missing-field");
}
