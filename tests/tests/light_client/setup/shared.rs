//! Two clients at one store, and a store that takes nothing for a while.

use rpp_light_client::{Answer, Need, Now, Session};

use super::circuits::revoking;
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
