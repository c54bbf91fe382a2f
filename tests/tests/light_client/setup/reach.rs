//! Checkpoints that a chain has to lead through, and how old they may be.

use rpp_light_client::{Anchor, OfflineCheckpoint, TrustError};

use super::*;

/// A clock one second after the newest block of `LATE`.
fn late_clock() -> TestClock {
    TestClock::at(LATE.header(TOP).timestamp_ms + 1000)
}

/// The signers of the online checkpoint name a header of a branch of their own.
#[tokio::test]
async fn rejects_an_online_checkpoint_that_is_not_reached_from_the_offline_one() {
    let elsewhere = Plan {
        online: OTHER.checkpoint(ONLINE),
        ..plan()
    };
    let clock = TestClock::new();
    // The provider has another block there.
    let mut client = new_client(&host(&elsewhere), &clock);
    let error = client.next().await.unwrap_err();
    let checkpoint = elsewhere.online;
    let height = 3;
    let expected = TrustError::NotReached { checkpoint, height };
    assert!(matches!(error, Error::Trust(e) if e == expected), "{error}");
    assert_eq!(
        (error.code(), error.kind(), error.is_transient()),
        ("checkpoint-not-reached", ErrorKind::Setup, false)
    );
    assert_eq!(client.status().head.unwrap().0, 0, "nothing was taken");
    // It shows that block, and all that leads there, but goes on to other ones.
    let teller = host(&elsewhere);
    *teller.tell.lock().unwrap() = Box::new(|request, answer| {
        let is_there = request.path == "/v1/blocks/9" || request.path.ends_with("in=9");
        Ok(if is_there {
            OTHER.get(&request.path, TOP)
        } else {
            answer
        })
    });
    let mut client = new_client(&teller, &clock);
    // Block 3 is on both branches.
    assert_eq!(client.next().await.unwrap().header().height, 3);
    let error = client.next().await.unwrap_err();
    let height = 7;
    let expected = TrustError::NotReached { checkpoint, height };
    assert!(matches!(error, Error::Trust(e) if e == expected), "{error}");
    let stored = kept(&client).await;
    let mut client = client_with(pinned(), &teller, MemoryStore::with(stored), &clock);
    assert_eq!(client.next().await.unwrap().header().height, 3);
}

#[tokio::test]
async fn rejects_a_header_at_and_above_a_checkpoint_of_another_branch() {
    let clock = TestClock::new();
    // The head is block 7 already when the signers name another block 6, or 11.
    let first = Plan::of(&CHAIN, 3);
    for online in [6, 7, 11] {
        let state = stored(&first, 7).await;
        let later = Plan {
            online: OTHER.checkpoint(online),
            issued_ms: OTHER.header(online).timestamp_ms,
            circuits_version: 2,
            checkpoint_version: 2,
            ..first.clone()
        };
        let store = MemoryStore::with(state);
        let mut client = client_with(pinned(), &host(&later), store, &clock);
        assert_eq!(client.next().await.unwrap().header().height, 7);
        let error = refusal(&mut client).await;
        assert_eq!(error.code(), "checkpoint-not-reached", "{online}");
        assert_eq!(client.status().head.unwrap().0, 7);
    }
}

/// A path that does not hold shows nothing.
#[tokio::test]
async fn rejects_a_false_path_to_the_checkpoint() {
    for path in ["/v1/ancestors/3?in=9", "/v1/ancestors/9?in=11"] {
        let teller = host(&plan());
        *teller.tell.lock().unwrap() = Box::new(move |request, mut answer| {
            if request.path == path {
                let last = answer.body.len() - 32;
                answer.body[last] ^= 1;
            }
            Ok(answer)
        });
        let mut client = new_client(&teller, &TestClock::new());
        assert_eq!(refusal(&mut client).await.code(), "checkpoint-not-reached");
        teller.repent();
        follow_to(&mut client, TOP).await.unwrap();
    }
    let teller = host(&plan());
    *teller.tell.lock().unwrap() = Box::new(|request, answer| {
        let is_path = request.path == "/v1/ancestors/3?in=9";
        Ok(if is_path {
            CHAIN.get("/v1/ancestors/2?in=9", TOP)
        } else {
            answer
        })
    });
    let mut client = new_client(&teller, &TestClock::new());
    assert_eq!(refusal(&mut client).await.code(), "other-ancestor");
}

#[tokio::test]
async fn starts_from_the_online_checkpoint_where_its_owner_waives_the_rest() {
    let elsewhere = Plan {
        online: OTHER.checkpoint(ONLINE),
        ..plan()
    };
    let (teller, clock) = (host_of(&OTHER, &elsewhere), TestClock::new());
    let waived = pinned().offline_checkpoint(OfflineCheckpoint::Waived);
    let mut client = client_with(waived.clone(), &teller, MemoryStore::default(), &clock);
    let verdict = client.next().await.unwrap();
    let place = (verdict.header().height, verdict.anchor());
    assert_eq!(place, (11, Anchor::OnlineAlone));
    let asked = teller.take_asked();
    assert!(!asked.contains(&"/v1/blocks/0".to_owned()), "{asked:?}");
    assert_eq!(client.status().checkpoint, Some(elsewhere.online));
    // The store says how it was begun.
    let state = kept(&client).await;
    let store = MemoryStore::with(state.clone());
    let mut client = client_with(waived, &teller, store, &clock);
    let verdict = client.next().await.unwrap();
    assert_eq!(verdict.anchor(), Anchor::OnlineAlone);
    // Whoever does not waive it starts anew.
    let mut client = client_with(pinned(), &teller, MemoryStore::with(state), &clock);
    let error = client.next().await.unwrap_err();
    assert_eq!(
        (error.code(), error.kind()),
        ("state-waived", ErrorKind::State)
    );
    let verdict = client.next().await.unwrap();
    let place = (verdict.header().height, verdict.anchor());
    assert_eq!(place, (3, Anchor::Offline));
}

/// Twenty days after block 8, the keys of its set may be anybody's.
#[tokio::test]
async fn an_old_head_needs_a_newer_checkpoint() {
    let teller = host_of(&LATE, &plan());
    let given = Config::new(LATE.checkpoint(8));
    let mut client = client_with(given, &teller, MemoryStore::default(), &late_clock());
    let error = client.next().await.unwrap_err();
    assert_eq!(
        (error.code(), error.kind(), error.is_transient()),
        ("trust-too-old", ErrorKind::Setup, false)
    );
    assert!(
        error
            .to_string()
            .contains("give the client a newer checkpoint"),
        "{error}"
    );
    // One that is recent enough, or an owner who takes an older one.
    for given in [
        Config::new(LATE.checkpoint(9)),
        Config::new(LATE.checkpoint(8)).max_trust_age(30 * DAY),
    ] {
        let mut client = client_with(given, &teller, MemoryStore::default(), &late_clock());
        follow_to(&mut client, TOP).await.unwrap();
    }
}

#[tokio::test]
async fn an_old_stored_head_needs_a_newer_checkpoint() {
    let given = Config::new(LATE.checkpoint(0));
    let teller = host_of(&LATE, &plan());
    let clock = TestClock::at(LATE.header(8).timestamp_ms + 1000);
    *teller.tell.lock().unwrap() = Box::new(|request, _| Ok(LATE.get(&request.path, 8)));
    let mut client = client_with(given.clone(), &teller, MemoryStore::default(), &clock);
    follow_to(&mut client, 8).await.unwrap();
    let store = MemoryStore::with(kept(&client).await);
    *teller.tell.lock().unwrap() = Box::new(|request, _| Ok(LATE.get(&request.path, TOP)));
    let mut client = client_with(given, &teller, store, &late_clock());
    // What was verified is shown, and is stale.
    assert_eq!(client.next().await.unwrap().header().height, 8);
    assert_eq!(client.next().await.unwrap_err().code(), "trust-too-old");
    assert_eq!(client.status().head.unwrap().0, 8);
}

/// From an old head, stored or signed offline, a client of a setup goes on to where the online checkpoint leads.
#[tokio::test]
async fn a_recent_online_checkpoint_leads_on_from_an_old_head() {
    let at = |online| Plan {
        issued_ms: LATE.header(TOP).timestamp_ms,
        ..Plan::of(&LATE, online)
    };
    let teller = host_of(&LATE, &at(9));
    let mut client = new_client(&teller, &late_clock());
    follow_to(&mut client, TOP).await.unwrap();
    // One that is as old as the head leads nowhere.
    let teller = host_of(&LATE, &at(8));
    let mut client = new_client(&teller, &late_clock());
    let error = client.next().await.unwrap_err();
    assert_eq!(
        (error.code(), error.kind(), error.is_transient()),
        ("checkpoint-too-old", ErrorKind::Setup, true)
    );
    assert_eq!(client.status().setup, None);
    teller.serve(
        Plan {
            checkpoint_version: 2,
            ..at(9)
        }
        .sign(),
    );
    follow_to(&mut client, TOP).await.unwrap();
}

/// A checkpoint that was recent when its setup was verified does not stay so: the provider shows no newer setup, and no head for days.
#[tokio::test]
async fn an_online_checkpoint_that_has_aged_since_leads_nowhere() {
    let issued_ms = LATE.header(8).timestamp_ms + 13 * DAY_MS.cast_unsigned();
    let plan = Plan {
        issued_ms,
        ..Plan::of(&LATE, 8)
    };
    let teller = host_of(&LATE, &plan);
    let clock = TestClock::at(issued_ms + 1000);
    let show = |head: u32, has_setup: bool| {
        *teller.tell.lock().unwrap() = Box::new(move |request, answer| {
            let is_setup = request.path.starts_with("/v1/setup");
            Ok(match is_setup && has_setup {
                true => answer,
                false if is_setup => LATE.get("/nothing", head),
                false => LATE.get(&request.path, head),
            })
        });
    };
    show(7, true);
    let mut client = new_client(&teller, &clock);
    assert_eq!(client.next().await.unwrap_err().code(), "head-behind");
    assert!(client.status().setup.is_some());
    clock.turn(2 * DAY_MS);
    show(8, false);
    let mut codes = Vec::new();
    while codes.last() != Some(&"checkpoint-too-old") {
        assert!(codes.len() < 8, "{codes:?}");
        codes.push(client.next().await.unwrap_err().code());
    }
}
