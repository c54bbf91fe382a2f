//! Two clients at one store, and a store that takes nothing for a while.

use rpp_light_client::{Answer, Choice, Need, Now, Session};

use super::circuits::{revoking, upgrading};
use super::*;

fn now() -> Now {
    at(0)
}

fn at(ms: u64) -> Now {
    Now {
        unix_ms: CHAIN.header(TOP).timestamp_ms + 1000,
        uptime: Duration::from_millis(1000 + ms),
    }
}

/// Returns a session that goes on from what is stored.
fn loaded(state: &[u8]) -> Session {
    let mut session = Session::new(pinned()).unwrap();
    let verdict = session.loaded(Ok(Some(state.to_vec())), now()).unwrap();
    assert_eq!(verdict.unwrap().step(), Step::Stored);
    session
}

/// Returns what a client stores that gets no further under a setup that revokes its circuit.
async fn stored_revoked() -> Vec<u8> {
    let mut client = new_client(&host(&revoking()), &TestClock::new());
    for height in [3, 7] {
        assert_eq!(client.next().await.unwrap().header().height, height);
    }
    kept(&client).await
}

fn saved(session: &mut Session) -> Vec<u8> {
    assert_eq!(session.need(now()), Need::Save);
    let state = session.state().unwrap();
    session.saved(true, now());
    assert_ne!(session.need(now()), Need::Save);
    assert_eq!(session.state(), None);
    state
}

/// The other tab has learned that the circuit is revoked, and has saved that with a lower head.
#[tokio::test]
async fn a_client_takes_what_another_one_has_seen_of_the_setup() {
    let before = stored(&plan(), TOP).await;
    let after = stored_revoked().await;
    let mut session = loaded(&before);
    assert_eq!(session.seen(), Some([1, 1, 1]));
    let error = session.join(&after, now()).unwrap_err();
    assert_eq!(error.code(), "state-circuit-revoked");
    assert_eq!(session.seen(), Some([1, 2, 2]));
    assert_eq!(session.status(now()).head.unwrap().0, 0);
    let state = saved(&mut session);
    let mut again = Session::new(pinned()).unwrap();
    assert!(again.loaded(Ok(Some(state)), now()).unwrap().is_none());
    assert_eq!(again.seen(), Some([1, 2, 2]));

    // What the other one has not seen is not forgotten, and its head is nobody's.
    let mut newer = loaded(&after);
    newer.join(&before, now()).unwrap();
    assert_eq!((newer.seen(), newer.state()), (Some([1, 2, 2]), None));
    assert_eq!(newer.status(now()).head.unwrap().0, 7);
    let error = newer.join(&before[1..], now()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    assert_eq!(newer.seen(), Some([1, 2, 2]));
}

fn refuse_all(session: &mut Session, now: Now) {
    let Need::Fetch(fetches) = session.need(now) else {
        panic!("nothing is asked");
    };
    for fetch in fetches {
        let mut busy: Answer = CHAIN.get("/v1/head", TOP);
        busy.status = 503;
        let _ = session.answer(fetch.ticket, Ok(busy), now);
    }
}

/// Otherwise the process would take it along, and the next one would go back to what is revoked.
#[tokio::test]
async fn what_could_not_be_saved_of_a_setup_is_saved_later() {
    let mut session = loaded(&stored(&plan(), TOP).await);
    let after = stored_revoked().await;
    session.join(&after, now()).unwrap_err();
    assert_eq!(session.need(now()), Need::Save);
    assert!(session.saved(false, now()).is_none());
    // The client goes on meanwhile, and tries once more while it waits.
    refuse_all(&mut session, now());
    assert!(matches!(session.need(at(1)), Need::Wait(_)));
    refuse_all(&mut session, at(300));
    assert_eq!(session.need(at(301)), Need::Save);
    session.saved(false, at(301));
    assert!(matches!(session.need(at(302)), Need::Wait(_)));
    refuse_all(&mut session, at(900));
    assert_eq!(session.need(at(901)), Need::Save);
    assert!(session.state().is_some());
    session.saved(true, at(901));
    assert!(matches!(session.need(at(902)), Need::Wait(_)));
    assert_eq!(session.state(), None);
}

/// Returns a session that has just found two heads, and has yet to save that.
async fn convicted() -> Session {
    let mut session = loaded(&stored(&plan(), TOP).await);
    let setup = plan().sign();
    while let Need::Fetch(fetches) = session.need(now()) {
        for fetch in fetches {
            let path = fetch.ask.request().path;
            let answer = setup.get(&path).unwrap_or_else(|| OTHER.get(&path, TOP));
            session.answer(fetch.ticket, Ok(answer), now()).unwrap();
        }
    }
    assert!(session.status(now()).is_stopped);
    session
}

/// What has stopped a client counts no more where the setup has revoked what it rests on.
#[tokio::test]
async fn a_client_is_not_half_stopped_by_what_is_revoked_while_it_stops() {
    let mut session = convicted().await;
    let error = session.join(&stored_revoked().await, now()).unwrap_err();
    assert_eq!(error.code(), "state-circuit-revoked");
    assert!(!session.status(now()).is_stopped);
    assert_eq!(session.evidence(), None);
    let mut again = Session::new(pinned()).unwrap();
    let state = saved(&mut session);
    assert!(again.loaded(Ok(Some(state)), now()).unwrap().is_none());
    assert!(!again.status(now()).is_stopped);
}

#[tokio::test]
async fn no_choice_leads_to_what_was_revoked_meanwhile() {
    for choice in [Choice::Head, Choice::Conflicting] {
        let mut session = convicted().await;
        assert!(session.saved(true, now()).is_none());
        session.join(&stored_revoked().await, now()).unwrap();
        assert!(session.status(now()).is_stopped);
        session.choose(choice, now()).unwrap();
        assert!(session.saved(true, now()).is_none(), "{choice:?}");
        assert_eq!(session.status(now()).head.unwrap().0, 0, "{choice:?}");
    }
}

/// Returns what a client stores that needs a newer release for what a setup of this version lists.
async fn stored_upgrading(version: u32) -> Vec<u8> {
    let plan = Plan {
        circuits_version: version,
        checkpoint_version: version,
        ..plan()
    };
    let mut client = new_client(&host(&upgrading(plan)), &TestClock::new());
    assert_eq!(refusal(&mut client).await.code(), "upgrade-required");
    kept(&client).await
}

/// A page that a cache has kept the old script of cannot check what has stopped the new one, and does not go on beside it.
#[tokio::test]
async fn an_earlier_release_keeps_what_it_cannot_check() {
    let mut session = convicted().await;
    session.saved(true, now());
    session.join(&stored_upgrading(2).await, now()).unwrap();
    let state = session.state().unwrap();
    let load = |state| {
        let mut old = Session::new(pinned()).unwrap();
        let error = old.loaded(Ok(Some(state)), now()).unwrap_err();
        let refused = (error.kind(), error.code());
        assert_eq!(refused, (ErrorKind::State, "upgrade-required"));
        assert_eq!(old.status(now()).head, None);
        old
    };
    let mut old = load(state);
    assert_eq!(old.state(), None);
    // What it learns of the setup is saved beside it.
    let error = old.join(&stored_upgrading(3).await, now()).unwrap_err();
    assert_eq!(error.code(), "upgrade-required");
    assert_eq!(load(saved(&mut old)).seen(), Some([1, 3, 3]));
    // Its owner can start again without it.
    assert!(old.choose(Choice::Head, now()).is_err());
    old.choose(Choice::Checkpoint, now()).unwrap();
    let state = saved(&mut old);
    let mut again = Session::new(pinned()).unwrap();
    assert!(again.loaded(Ok(Some(state)), now()).unwrap().is_none());
    assert_eq!(again.status(now()).head.unwrap().0, 0);
}

/// Returns a plan that lists another version of `consensus` beside this build's.
fn overlapping(version: u32) -> Plan {
    let mut plan = plan();
    let mut other = plan.circuits[0].clone();
    assert_eq!(other.name.as_str(), "consensus");
    other.version = version;
    plan.circuits.insert(usize::from(version > 1), other);
    (plan.circuits_version, plan.checkpoint_version) = (2, 2);
    plan
}

/// While the setup lists two versions, a proof that does not verify may be one by the other release, which has stopped the client.
#[tokio::test]
async fn what_another_release_was_stopped_by_is_kept_while_both_are_listed() {
    let mut session = convicted().await;
    session.saved(true, now());
    let mut client = new_client(&host(&overlapping(2)), &TestClock::new());
    follow_to(&mut client, TOP).await.unwrap();
    session.join(&kept(&client).await, now()).unwrap();
    // A proof that this build did not make.
    let proof = session.evidence().unwrap().conflicting.proof.clone();
    let mut state = session.state().unwrap();
    let place = state.windows(proof.len()).position(|part| part == proof);
    state[place.unwrap() + proof.len() - 1] ^= 1;
    let mut old = Session::new(pinned()).unwrap();
    let error = old.loaded(Ok(Some(state)), now()).unwrap_err();
    assert_eq!(error.code(), "upgrade-required");
    assert!(error.to_string().contains("version 2"), "{error}");
    assert_eq!((old.state(), old.status(now()).head), (None, None));
    old.choose(Choice::Checkpoint, now()).unwrap();
    assert_eq!(old.status(now()).head.unwrap().0, 0);
}

/// It may know of a conflict, of a revocation or of a higher head, and of all that nothing can be read here.
#[tokio::test]
async fn what_a_later_release_has_kept_in_a_form_of_its_own_is_left_alone() {
    let of_setup = stored(&plan(), TOP).await;
    let given = MemoryStore::default();
    let teller = Teller::honest(TOP);
    let mut client = client_with(config(), &teller, given, &TestClock::new());
    follow_to(&mut client, TOP).await.unwrap();
    let of_checkpoint = kept(&client).await;
    for (form, config, state) in [
        (*b"RPPL", pinned(), &of_setup),
        (*b"RPPT", pinned(), &of_setup),
        (*b"RPPL", config(), &of_checkpoint),
    ] {
        let mut state = state.clone();
        let place = state.windows(4).position(|part| part == form).unwrap();
        state[place + 4] += 4;
        let mut session = Session::new(config).unwrap();
        let error = session.loaded(Ok(Some(state)), now()).unwrap_err();
        let refused = (error.kind(), error.code());
        assert_eq!(refused, (ErrorKind::State, "upgrade-required"), "{form:?}");
        assert!(matches!(session.need(now()), Need::Wait(wait) if !wait.is_zero()));
        assert_eq!((session.state(), session.status(now()).head), (None, None));
        session.choose(Choice::Checkpoint, now()).unwrap();
        let needs = session.need(now());
        assert!(matches!(needs, Need::Save | Need::Fetch(_)), "{needs:?}");
    }
}
