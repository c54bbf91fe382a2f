//! What a client of a setup has stored.

use rpp_light_client::Anchor;
use rpp_tests::setup::{later_pin, other_pin};

use super::*;

#[tokio::test]
async fn goes_on_with_a_stored_setup_where_the_provider_has_none() {
    let state = stored(&plan(), ONLINE).await;
    let (teller, clock) = (Teller::honest(TOP), TestClock::new());
    let store = MemoryStore::with(state);
    let mut client = client_with(pinned(), &teller, store, &clock);
    let verdict = client.next().await.unwrap();
    assert_eq!(
        (verdict.step(), verdict.header().height),
        (Step::Stored, ONLINE)
    );
    assert_eq!(verdict.setup_version(), Some(1));
    assert_eq!(verdict.anchor(), Anchor::Offline);
    assert!(teller.take_asked().is_empty(), "nobody was asked for that");
    let error = client.next().await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("provider-refused", true)
    );
    let steps = follow_to(&mut client, TOP).await.unwrap();
    assert_eq!(steps, [(Step::Hop, 11), (Step::Head, TOP)]);
    let asked = teller.take_asked();
    let setups = asked.iter().filter(|path| path.starts_with("/v1/setup"));
    assert_eq!(setups.count(), 1, "{asked:?}");
}

#[tokio::test]
async fn rejects_an_older_setup_after_a_restart() {
    let newer = Plan {
        circuits_version: 2,
        checkpoint_version: 2,
        ..plan()
    };
    let state = stored(&newer, TOP).await;
    let (teller, clock) = (host(&plan()), TestClock::new());
    let mut client = client_with(pinned(), &teller, MemoryStore::with(state), &clock);
    assert_eq!(client.next().await.unwrap().setup_version(), Some(2));
    let error = client.next().await.unwrap_err();
    assert_eq!(
        (error.code(), error.kind(), error.is_transient()),
        ("setup-rollback", ErrorKind::Setup, true)
    );
    assert_eq!(client.status().setup.unwrap().version, 2);
}

/// What was seen counts from when it was seen, also where nothing was verified under it.
#[tokio::test]
async fn remembers_a_setup_before_anything_is_verified_under_it() {
    let newer = Plan {
        checkpoint_version: 2,
        ..plan()
    };
    let (teller, clock) = (host(&newer), TestClock::new());
    *teller.tell.lock().unwrap() = Box::new(|request, answer| {
        let is_setup = request.path.starts_with("/v1/setup");
        Ok(if is_setup {
            answer
        } else {
            CHAIN.get("/nothing", 0)
        })
    });
    let mut client = new_client(&teller, &clock);
    assert_eq!(refusal(&mut client).await.code(), "provider-refused");
    assert_eq!(refusal(&mut client).await.code(), "provider-refused");
    let store = MemoryStore::with(kept(&client).await);
    let mut client = client_with(pinned(), &host(&plan()), store, &clock);
    assert_eq!(refusal(&mut client).await.code(), "setup-rollback");
}

/// The stored state is good still, but nothing says so any more.
#[tokio::test]
async fn holds_a_stored_state_until_a_setup_is_verified() {
    let state = stored(&plan(), TOP).await;
    let (teller, clock) = (Teller::honest(TOP), TestClock::new());
    clock.turn(7 * DAY_MS);
    let store = MemoryStore::with(state.clone());
    let mut client = client_with(pinned(), &teller, store, &clock);
    let error = client.next().await.unwrap_err();
    assert_eq!(error.code(), "setup-expired", "{error}");
    assert_eq!(teller.take_asked(), ["/v1/setup?root=2"]);
    assert_eq!(kept(&client).await, state);
    teller.serve(refreshed(&clock).sign());
    let verdict = client.next().await.unwrap();
    let place = (verdict.step(), verdict.header().height);
    assert_eq!(place, (Step::Stored, TOP));
    assert_eq!(verdict.setup_version(), Some(2));
    assert_ne!(kept(&client).await, state, "the newer setup is kept");
}

#[tokio::test]
async fn a_state_of_another_pin_starts_anew() {
    let state = stored(&plan(), TOP).await;
    let clock = TestClock::new();
    let other = Config::from_setup(other_pin());
    let given = Config::new(CHAIN.checkpoint(0));
    for (config, code) in [(other, "setup-other-pin"), (given, "state-other-pin")] {
        let store = MemoryStore::with(state.clone());
        let mut client = client_with(config, &host(&plan()), store, &clock);
        let error = client.next().await.unwrap_err();
        assert_eq!((error.code(), error.kind()), (code, ErrorKind::State));
        assert_eq!(client.next().await.unwrap().header().height, 3);
    }
    // And what a client has stored that was given a checkpoint.
    let (teller, store) = (host(&plan()), MemoryStore::default());
    let mut client = client_with(config(), &teller, store, &clock);
    follow_to(&mut client, TOP).await.unwrap();
    let store = MemoryStore::with(kept(&client).await);
    let mut client = client_with(pinned(), &teller, store, &clock);
    assert_eq!(client.next().await.unwrap_err().code(), "state-other-pin");
    assert_eq!(client.next().await.unwrap().header().height, 3);
}

/// A release that pins a later root, or writes its pin in another way, goes on with what is stored.
#[tokio::test]
async fn a_state_of_an_earlier_root_is_good_under_a_later_pin() {
    let rotated = Plan { roots: 2, ..plan() };
    let clock = TestClock::new();
    let [fingerprint, ..] = pins();
    for (state, pin) in [
        (stored(&plan(), TOP).await, fingerprint),
        (stored(&rotated, TOP).await, later_pin()),
    ] {
        let config = Config::from_setup(pin);
        let store = MemoryStore::with(state);
        let mut client = client_with(config, &host(&rotated), store, &clock);
        assert_eq!(client.next().await.unwrap().step(), Step::Stored);
    }
}

#[tokio::test]
async fn rejects_a_stored_state_with_any_changed_byte() {
    let state = stored(&plan(), TOP).await;
    let clock = TestClock::new();
    for index in (0..200).chain((200..state.len()).step_by(997)) {
        let mut changed = state.clone();
        changed[index] ^= 1;
        let teller = host(&plan());
        let mut client = client_with(pinned(), &teller, MemoryStore::with(changed), &clock);
        let error = client.next().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::State, "byte {index}: {error}");
        if index == 100 {
            assert_eq!(error.code(), "setup-remembered");
            follow_to(&mut client, TOP).await.unwrap();
        }
    }
}
