//! Spans of a client that starts from a signed setup.

use rpp_light_client::Choice;
use rpp_tests::setup::{Plan, pins};
use rpp_verifier::RootPin;

use super::lies::FORKED;
use super::*;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn plan(online: u32) -> Plan {
    Plan::of(&SPANNED, online)
}

fn without_spans(online: u32) -> Plan {
    let mut plan = plan(online);
    plan.circuits
        .retain(|circuit| circuit.name.as_str() != "span");
    plan
}

fn served(plan: &Plan) -> Arc<Teller> {
    let teller = honest(FAR);
    teller.serve(plan.sign());
    teller
}

fn pinned() -> Config {
    let [_, _, pin]: [RootPin; 3] = pins();
    Config::from_setup(pin).follow(Follow::Every(Duration::from_secs(1)))
}

fn pinned_client(teller: &Arc<Teller>, stored: Option<Vec<u8>>) -> (TestClient, TestClock) {
    let store = stored.map_or_else(MemoryStore::default, MemoryStore::with);
    let clock = clock();
    (client_with(pinned(), teller, store, &clock), clock)
}

/// A span leads no further than to a checkpoint above it, which has its last header in its history.
#[tokio::test]
async fn leads_to_the_checkpoint_of_a_setup_and_on_from_its_epoch() {
    let hop = |height, spans| (Step::Hop, height, spans);
    let head = |spans| (Step::Head, FAR, spans);
    let (first, short, second) = (vec![(0, 2)], vec![(0, 1)], vec![(3, 5)]);
    let ways = [
        (2, vec![head(vec![(0, 2), (3, 5)])]),
        (
            3,
            vec![
                hop(3, vec![]),
                hop(7, vec![]),
                hop(11, vec![]),
                head(second.clone()),
            ],
        ),
        (9, vec![hop(11, short), head(second)]),
        (11, vec![head(vec![(0, 2), (3, 5)])]),
        (12, vec![head(vec![(0, 2), (3, 5)])]),
        (
            22,
            vec![
                hop(15, first),
                hop(19, vec![]),
                hop(23, vec![]),
                head(vec![]),
            ],
        ),
        (23, vec![head(vec![(0, 2), (3, 5)])]),
        (FAR, vec![head(vec![(0, 2), (3, 5)])]),
    ];
    for (online, expected) in ways {
        let teller = served(&plan(online));
        let (mut client, _) = pinned_client(&teller, None);
        let verdicts = verdicts_to(&mut client, FAR).await;
        assert_eq!(way(&verdicts), expected, "{online}");
        let taken = verdicts.iter().flat_map(|verdict| verdict.spans());
        for span in taken {
            assert_eq!(span.verified().setup_version(), Some(1));
        }
    }
}

/// Two thirds of an old set sign a branch of their own, long after; its headers say that the setup's checkpoint is on it. A span over the checkpoint
/// would verify, and lead to whatever set they name.
#[tokio::test]
async fn rejects_a_branch_that_says_it_has_the_checkpoint() {
    static CLAIMING: LazyLock<Provider> = LazyLock::new(|| {
        let chain = Provider::claiming(4, FAR, EPOCH, 2, SPANNED.header(9));
        chain.with_spans(&[(0, 1), (0, 2)])
    });
    let end = CLAIMING.span(0, 2).unwrap();
    assert!(CLAIMING.ancestor(9, end.header.height).header_hash == SPANNED.header(9).hash());
    let teller = served(&plan(9));
    *teller.tell.lock().unwrap() = Box::new(|request, answer| {
        let path = &request.path;
        let is_theirs = !path.starts_with("/v1/setup") && path != "/v1/blocks/9";
        Ok(if is_theirs {
            CLAIMING.get(path, FAR)
        } else {
            answer
        })
    });
    let (mut client, _) = pinned_client(&teller, None);
    // Now by a span, now by a single proof: neither leads past.
    for _ in 0..6 {
        let error = client.next().await.unwrap_err();
        assert_eq!(error.code(), "checkpoint-not-reached");
    }
    let asked = teller.take_asked();
    assert!(asked.contains(&"/v1/spans/0-1".to_owned()), "{asked:?}");
    assert!(!asked.contains(&"/v1/proofs/span/0-2".to_owned()));
    assert_eq!(client.status().head.unwrap().0, 0);
}

/// The setup's signers name a header of another branch: no span leads there.
#[tokio::test]
async fn rejects_a_span_that_does_not_lead_to_the_checkpoint() {
    static FORKED: LazyLock<Provider> = LazyLock::new(|| Provider::forked(4, 20, EPOCH, 6));
    for online in [9, 18] {
        let elsewhere = Plan {
            online: FORKED.checkpoint(online),
            ..plan(online)
        };
        let teller = served(&elsewhere);
        *teller.tell.lock().unwrap() = Box::new(move |request, answer| {
            let is_there = request.path == format!("/v1/blocks/{online}");
            Ok(if is_there {
                FORKED.get(&request.path, 20)
            } else {
                answer
            })
        });
        let (mut client, _) = pinned_client(&teller, None);
        let error = client.next().await.unwrap_err();
        assert_eq!(error.code(), "checkpoint-not-reached", "{online}");
        assert_eq!(client.status().head.unwrap().0, 0);
    }
}

#[tokio::test]
async fn asks_for_no_span_that_the_setup_does_not_list() {
    let later = plan(FAR).listing("span", |circuit| circuit.from = 24);
    for plan in [without_spans(FAR), later] {
        let teller = served(&plan);
        let (mut client, _) = pinned_client(&teller, None);
        let verdicts = verdicts_to(&mut client, FAR).await;
        assert_eq!(verdicts.len(), 7);
        assert!(!teller.take_asked().iter().any(|path| path.contains("span")));
    }
    // It is active where the last end is, and not where the first span ends.
    let plan = plan(FAR).listing("span", |circuit| circuit.from = 12);
    let teller = served(&plan);
    let (mut client, _) = pinned_client(&teller, None);
    let verdicts = verdicts_to(&mut client, FAR).await;
    assert_eq!(way(&verdicts)[3], (Step::Head, FAR, vec![(3, 5)]));
    assert!(
        !teller
            .take_asked()
            .iter()
            .any(|path| path.contains("proofs/span/0"))
    );
}

/// What a head rests on may be revoked: the client goes back, at once or when it is started again.
#[tokio::test]
async fn leaves_a_head_that_rests_on_spans_which_are_revoked() {
    let revoked = Plan {
        circuits_version: 2,
        checkpoint_version: 2,
        ..without_spans(FAR)
    };
    let teller = served(&plan(FAR));
    let (mut client, clock) = pinned_client(&teller, None);
    verdicts_to(&mut client, FAR).await;
    let stored = client.store().load().await.unwrap().unwrap();
    teller.serve(revoked.sign());
    clock.sleep(DAY).await;
    let error = loop {
        if let Err(error) = client.next().await {
            break error;
        }
    };
    assert_eq!(error.code(), "state-circuit-revoked");
    assert_eq!(client.status().head.unwrap().0, 0);
    assert_eq!(verdicts_to(&mut client, FAR).await.len(), 7);

    let (mut again, _) = pinned_client(&teller, Some(stored));
    let first = again.next().await.unwrap();
    assert_eq!(way(&[first]), [(Step::Stored, FAR, vec![])]);
    assert_eq!(
        again.next().await.unwrap_err().code(),
        "state-circuit-revoked"
    );
    assert_eq!(verdicts_to(&mut again, FAR).await.len(), 7);
}

/// Follows the provider of a setup to the block at height 10, by these spans, until it shows another branch; returns what the client has stored, which is
/// stopped. The provider is honest again.
async fn stopped(plan: &Plan, spans: &[(u32, u32)]) -> (Arc<Teller>, Vec<u8>) {
    let teller = served(plan);
    teller.grow(10);
    let (mut client, _) = pinned_client(&teller, None);
    let last = verdicts_to(&mut client, 10).await.pop().unwrap();
    assert_eq!(way(&[last]), [(Step::Head, 10, spans.to_vec())]);
    teller.grow(FAR);
    forks(&teller);
    while !client.status().is_stopped {
        drop(client.next().await.unwrap_err());
    }
    let stored = client.store().load().await.unwrap().unwrap();
    teller.repent();
    teller.grow(10);
    (teller, stored)
}

/// Has a provider show the other branch.
fn forks(teller: &Teller) {
    *teller.tell.lock().unwrap() = Box::new(|request, answer| {
        let is_setup = request.path.starts_with("/v1/setup");
        Ok(if is_setup {
            answer
        } else {
            FORKED.get(&request.path, FAR)
        })
    });
}

/// A client that is stopped remembers that spans led to its head, and leaves that when they are revoked.
#[tokio::test]
async fn leaves_a_head_that_rests_on_spans_after_a_choice() {
    let (teller, stored) = stopped(&plan(2), &[(0, 1)]).await;
    let (mut again, clock) = pinned_client(&teller, Some(stored));
    assert_eq!(
        again.next().await.unwrap_err().code(),
        "conflicting-headers"
    );
    assert!(again.choose(Choice::Head).await.unwrap().is_some());
    let revoked = Plan {
        circuits_version: 2,
        checkpoint_version: 2,
        ..without_spans(2)
    };
    teller.serve(revoked.sign());
    clock.sleep(DAY).await;
    let error = again.next().await.unwrap_err();
    assert_eq!(error.code(), "state-circuit-revoked");
    assert_eq!(again.status().head.unwrap().0, 0);
}

/// Where no span led to the head, it rests on none: a setup that has never listed them takes no choice back.
#[tokio::test]
async fn keeps_to_a_choice_where_no_span_led_to_the_head() {
    for (choice, left) in [(Choice::Head, FAR), (Choice::Conflicting, 10)] {
        let (teller, stored) = stopped(&without_spans(2), &[]).await;
        let (mut again, _) = pinned_client(&teller, Some(stored));
        assert_eq!(
            again.next().await.unwrap_err().code(),
            "conflicting-headers"
        );
        let chosen = again.choose(choice).await.unwrap().unwrap();
        let height = chosen.header().height;
        assert!(height >= 10, "{choice:?}");
        assert_eq!(again.status().head.unwrap().0, height);
        // The branch that was not chosen is refused, and stops nobody.
        teller.grow(left);
        if choice == Choice::Head {
            forks(&teller);
        }
        assert!(again.next().await.is_err());
        let status = again.status();
        assert_eq!((status.head.unwrap().0, status.is_stopped), (height, false));
    }
}

/// To list a circuit for other heights revokes nothing that it has proven.
#[tokio::test]
async fn keeps_a_head_that_rests_on_spans_which_are_retired() {
    let retired = Plan {
        circuits_version: 2,
        checkpoint_version: 2,
        ..plan(FAR).listing("span", |circuit| circuit.until = Some(24))
    };
    let teller = served(&plan(FAR));
    let (mut client, clock) = pinned_client(&teller, None);
    verdicts_to(&mut client, FAR).await;
    let stored = client.store().load().await.unwrap().unwrap();
    teller.serve(retired.sign());
    let (mut again, _) = pinned_client(&teller, Some(stored));
    clock.sleep(DAY).await;
    assert_eq!(way(&[again.next().await.unwrap()])[0].1, FAR);
    assert_eq!(again.status().head.unwrap().0, FAR);
}

/// A new setup comes while the client is on its way: what it had by spans is gone back on, and taken again under that setup.
#[tokio::test]
async fn goes_back_to_its_head_where_a_setup_changes_on_the_way() {
    let teller = served(&plan(FAR));
    *teller.tell.lock().unwrap() =
        Box::new(|request, answer| missing(&request.path, answer, "/v1/blocks/25", 503));
    let (mut client, clock) = pinned_client(&teller, None);
    assert_eq!(client.next().await.unwrap_err().code(), "provider-busy");
    let revoked = Plan {
        circuits_version: 2,
        checkpoint_version: 2,
        ..without_spans(FAR)
    };
    teller.serve(revoked.sign());
    teller.repent();
    clock.sleep(DAY).await;
    teller.take_asked();
    let verdicts = verdicts_to(&mut client, FAR).await;
    assert_eq!(verdicts.len(), 7);
    assert!(verdicts.iter().all(|verdict| verdict.spans().is_empty()));
}
