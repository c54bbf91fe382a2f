//! A setup that is replaced, or expires, while a client follows the chain.

use super::*;

#[tokio::test]
async fn a_setup_that_expires_stops_verdicts_until_there_is_a_newer_one() {
    let (teller, clock) = (host(&plan()), TestClock::new());
    teller.grow(ONLINE);
    let mut client = new_client(&teller, &clock);
    follow_to(&mut client, ONLINE).await.unwrap();
    teller.grow(TOP);
    clock.turn(7 * DAY_MS);
    let error = client.next().await.unwrap_err();
    assert_eq!(error.code(), "setup-expired");
    // A provider without a setup is no excuse.
    teller.withhold();
    teller.take_asked();
    for _ in 0..3 {
        let error = client.next().await.unwrap_err();
        assert_eq!(error.code(), "setup-expired", "{error}");
    }
    let asked = teller.take_asked();
    assert!(
        asked.iter().all(|path| path == "/v1/setup?root=2"),
        "{asked:?}"
    );
    assert_eq!(client.status().head.unwrap().0, ONLINE);
    assert_eq!(client.status().setup.unwrap().version, 1, "the expired one");
    teller.serve(refreshed(&clock).sign());
    let verdict = client.next().await.unwrap();
    assert_eq!(
        (verdict.header().height, verdict.setup_version()),
        (11, Some(2))
    );
}

#[tokio::test]
async fn a_client_pinned_to_the_first_root_goes_on_after_a_rotation() {
    let rotated = Plan {
        roots: 2,
        circuits_version: 2,
        checkpoint_version: 2,
        ..plan()
    };
    let state = stored(&plan(), ONLINE).await;
    let (teller, clock) = (host(&rotated), TestClock::new());
    // A new client, and one that has stored something.
    for store in [MemoryStore::default(), MemoryStore::with(state)] {
        teller.grow(11);
        let mut client = client_with(pinned(), &teller, store, &clock);
        follow_to(&mut client, 11).await.unwrap();
        let setup = client.status().setup.unwrap();
        assert_eq!((setup.root.version, setup.version), (2, 2));
        let [root, ..] = setup.files;
        assert_eq!((root.signers.len(), root.threshold), (3, 2));
        // The next start asks for what comes after that.
        teller.take_asked();
        teller.grow(TOP);
        let store = MemoryStore::with(kept(&client).await);
        let mut client = client_with(pinned(), &teller, store, &clock);
        follow_to(&mut client, TOP).await.unwrap();
        assert_eq!(teller.take_asked()[0], "/v1/setup?root=3");
    }
}

#[tokio::test]
async fn asks_for_a_newer_setup_while_it_follows() {
    let (teller, clock) = (host(&plan()), TestClock::new());
    let config = pinned().follow(Follow::Every(Duration::from_secs(7 * 3600)));
    teller.grow(11);
    let mut client = client_with(config, &teller, MemoryStore::default(), &clock);
    follow_to(&mut client, 11).await.unwrap();
    let newer = Plan {
        circuits_version: 2,
        checkpoint_version: 2,
        ..plan()
    };
    teller.serve(newer.sign());
    teller.take_asked();
    // A head that comes after less than a day is verified under what is known.
    teller.grow(12);
    let verdict = client.next().await.unwrap();
    assert_eq!(verdict.setup_version(), Some(1));
    let asked = teller.take_asked();
    assert!(!asked.iter().any(|path| path.starts_with("/v1/setup")));
    clock.sleep(DAY - clock.slept()).await;
    teller.grow(TOP);
    let verdict = client.next().await.unwrap();
    assert_eq!(verdict.setup_version(), Some(2));
    assert_eq!(clock.slept(), DAY);
    assert_eq!(teller.take_asked()[..2], ["/v1/setup?root=2", "/v1/head"]);
}

/// It does not wait for its next head to ask.
#[tokio::test]
async fn asks_for_a_newer_setup_while_it_rests() {
    let (teller, clock) = (host(&plan()), TestClock::new());
    let config = pinned().follow(Follow::Every(100 * DAY));
    teller.grow(11);
    let mut client = client_with(config, &teller, MemoryStore::default(), &clock);
    follow_to(&mut client, 11).await.unwrap();
    teller.take_asked();
    teller.withhold();
    let error = client.next().await.unwrap_err();
    assert_eq!(error.code(), "provider-refused", "{error}");
    assert_eq!(clock.slept(), DAY);
    assert_eq!(teller.take_asked(), ["/v1/setup?root=2"]);
    // It asks again in a while, for the one it has is valid.
    let _ = client.next().await.unwrap_err();
    assert_eq!(clock.slept(), DAY + Duration::from_secs(600));
}
