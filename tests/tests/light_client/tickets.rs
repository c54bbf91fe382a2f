//! Questions and their tickets: what is asked at once, in which order answers may come, and which are
//! ignored.

use std::sync::Mutex;
use std::time::Duration;

use rpp_light_client::{
    Answer, Ask, Config, Fetch, LightClient, MemoryStore, Need, Now, Request, Session, Step,
    Ticket, Transport, TransportError, Verdict,
};
use tokio::sync::Barrier;

use crate::support::*;

fn now() -> Now {
    Now {
        unix_ms: CHAIN.header(TOP).timestamp_ms + 1000,
        uptime: Duration::from_secs(1),
    }
}

fn later(seconds: u64) -> Now {
    Now {
        uptime: Duration::from_secs(1 + seconds),
        ..now()
    }
}

/// Returns a session that has no stored state.
fn session() -> Session {
    let mut session = Session::new(config()).unwrap();
    assert!(session.loaded(Ok(None), now()).unwrap().is_none());
    session
}

fn fetches(session: &Session) -> Vec<Fetch> {
    match session.need(now()) {
        Need::Fetch(fetches) => fetches,
        need => panic!("{need:?}"),
    }
}

fn paths(fetches: &[Fetch]) -> Vec<String> {
    let paths = fetches.iter();
    paths.map(|fetch| fetch.ask.request().path).collect()
}

/// Answers honestly while the newest block is at `head`.
fn honest(fetch: &Fetch, head: u32) -> Answer {
    CHAIN.get(&fetch.ask.request().path, head)
}

/// Answers the `at`th question honestly.
fn tell(session: &mut Session, at: usize, head: u32) {
    let fetch = fetches(session)[at];
    let answer = honest(&fetch, head);
    session.answer(fetch.ticket, Ok(answer), now()).unwrap();
}

fn save(session: &mut Session) -> Verdict {
    assert_eq!(session.need(now()), Need::Save);
    assert!(session.state().is_some());
    let verdict = session.saved(true, now()).unwrap();
    assert_eq!(session.state(), None);
    verdict
}

#[test]
fn asks_at_once_for_what_does_not_depend_on_each_other() {
    let mut session = session();
    let first = fetches(&session);
    assert_eq!(paths(&first), ["/v1/blocks/0", "/v1/head"]);
    assert_ne!(first[0].ticket, first[1].ticket);
    assert!(first.iter().all(|fetch| fetch.provider.index() == 0));
    tell(&mut session, 0, 2);
    assert_eq!(paths(&fetches(&session)), ["/v1/head"]);
    tell(&mut session, 0, 2);
    let second = fetches(&session);
    let proof = CHAIN.proof_path(2);
    assert_eq!(paths(&second), ["/v1/ancestors/0?in=2", &proof]);
}

#[test]
fn takes_answers_in_any_order() {
    for order in 0..4 {
        let mut session = session();
        let (first, second) = (order % 2, order / 2);
        tell(&mut session, first, 2);
        tell(&mut session, 0, 2);
        tell(&mut session, second, 2);
        tell(&mut session, 0, 2);
        let verdict = save(&mut session);
        assert_eq!((verdict.step(), verdict.header().height), (Step::Head, 2));
        assert_eq!(verdict.spent().requests, 4, "order {order}");
    }
}

#[test]
fn says_the_same_need_until_it_is_met() {
    let mut session = session();
    for _ in 0..2 {
        assert_eq!(fetches(&session), fetches(&session));
        let open = fetches(&session)[1].ticket;
        tell(&mut session, 0, 2);
        assert_eq!(fetches(&session)[0].ticket, open, "what was open stays so");
        tell(&mut session, 0, 2);
    }
}

#[test]
fn ignores_answers_to_questions_that_it_never_asked_or_has_had_answered() {
    let mut session = session();
    let [anchor, head] = fetches(&session)[..] else {
        panic!("two questions");
    };
    let lie = || Answer {
        status: 200,
        content_type: "application/vnd.rpp.block".into(),
        retry_after: None,
        body: b"?".to_vec(),
    };
    let never = Ticket::from_number(head.ticket.number() + 1);
    tell(&mut session, 0, 2);
    let before = (session.status(now()), session.need(now()));
    for ticket in [never, anchor.ticket, Ticket::from_number(0)] {
        session.answer(ticket, Ok(lie()), now()).unwrap();
        let silence = TransportError {
            fault: rpp_light_client::TransportFault::Timeout,
            detail: String::new(),
            bytes: 7,
        };
        session.answer(ticket, Err(silence), now()).unwrap();
    }
    assert_eq!((session.status(now()), session.need(now())), before);
    assert_eq!(
        session.status(now()).spent.requests,
        1,
        "what is ignored is not counted"
    );
    let before = session.status(now()).spent.bytes;
    let cut = TransportError {
        fault: rpp_light_client::TransportFault::Timeout,
        detail: String::new(),
        bytes: 7,
    };
    session.answer(head.ticket, Err(cut), now()).unwrap_err();
    let spent = session.status(now()).spent;
    assert_eq!(
        (spent.bytes - before, spent.requests),
        (7, 1),
        "half an answer costs, too"
    );
}

#[test]
fn ignores_answers_to_questions_that_were_dropped_with_a_lie() {
    let mut session = session();
    let [anchor, head] = fetches(&session)[..] else {
        panic!("two questions");
    };
    let wrong = CHAIN.get("/v1/blocks/1", TOP);
    let refused = session.answer(anchor.ticket, Ok(wrong), now()).unwrap_err();
    assert_eq!(refused.code(), "header-trusted-hash");
    // The other answer is late: it neither ends the wait nor counts.
    session
        .answer(head.ticket, Ok(honest(&head, 2)), now())
        .unwrap();
    assert!(matches!(session.need(now()), Need::Wait(_)));
    let Need::Fetch(again) = session.need(later(1)) else {
        panic!("the wait is over");
    };
    assert_eq!(paths(&again), ["/v1/blocks/0", "/v1/head"]);
    let old = [anchor.ticket, head.ticket];
    assert!(again.iter().all(|fetch| !old.contains(&fetch.ticket)));
}

#[test]
fn keeps_the_checkpoints_header_when_the_head_is_a_lie() {
    let mut session = session();
    tell(&mut session, 0, 2);
    let head = fetches(&session)[0];
    let wrong = CHAIN.get("/v1/blocks/2", TOP);
    let refused = session.answer(head.ticket, Ok(wrong), now()).unwrap_err();
    assert_eq!(refused.code(), "bad-magic");
    session.wake();
    assert_eq!(paths(&fetches(&session)), ["/v1/head"]);
    tell(&mut session, 0, 2);
    assert_eq!(fetches(&session).len(), 2);
}

/// Bytes are spent on a header's proof only once the header itself keeps the rules.
#[test]
fn asks_for_no_proof_of_a_header_that_breaks_a_rule() {
    let mut session = session();
    tell(&mut session, 0, 2);
    let head = fetches(&session)[0];
    let slow = Now {
        unix_ms: CHAIN.header(0).timestamp_ms - 60_000,
        ..now()
    };
    let answer = Ok(honest(&head, 2));
    let refused = session.answer(head.ticket, answer, slow).unwrap_err();
    assert_eq!(refused.code(), "header-future");
    session.wake();
    assert!(matches!(
        fetches(&session)[..],
        [Fetch { ask: Ask::Head, .. }]
    ));
}

/// A provider that answers nobody before it was asked twice.
struct Together(Barrier, Mutex<u32>);

impl Transport for Together {
    async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
        *self.1.lock().unwrap() += 1;
        self.0.wait().await;
        Ok(CHAIN.get(&request.path, 2))
    }
}

#[tokio::test]
async fn a_client_asks_two_questions_at_the_same_time() {
    let provider = Together(Barrier::new(2), Mutex::default());
    let config = Config::new(CHAIN.checkpoint(0));
    let made = LightClient::new(config, provider, MemoryStore::default(), TestClock::new());
    let verdict = made.unwrap().next().await.unwrap();
    assert_eq!(verdict.header().height, 2);
    assert_eq!(verdict.spent().requests, 4, "in two round trips");
}
