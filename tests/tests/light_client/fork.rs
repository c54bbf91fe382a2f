//! Two chains that the same validators have signed: the client stops, keeps what shows it, and goes on only as
//! its owner chooses.

use std::sync::{Arc, LazyLock};

use rpp_light_client::{
    Choice, ChoiceError, Config, Error, ErrorKind, Evidence, FileStore, Follow, LightClient,
    MemoryStore, Step, Store,
};
use rpp_tests::provider::Provider;
use rpp_verifier::{ClaimError, DecodeError, Document, EvidenceError, Head};

use crate::support::*;

/// Height of the first block that differs: in the second epoch.
const FORK: u32 = 6;
/// The other branch.
static OTHER: LazyLock<Provider> = LazyLock::new(|| Provider::forked(4, TOP, EPOCH, FORK));

/// Lets the provider show the other branch up to `head`.
fn switch(teller: &Teller, head: u32) {
    *teller.tell.lock().unwrap() = Box::new(move |request, _| Ok(OTHER.get(&request.path, head)));
}

type TestClient<S> = LightClient<Told, S, TestClock>;

/// Returns a client with head `height` on the one branch, whose provider then shows the other up to `head`.
async fn between(height: u32, head: u32) -> (Arc<Teller>, TestClient<MemoryStore>) {
    let teller = Teller::honest(height);
    let mut client = client(&teller);
    follow_to(&mut client, height).await.unwrap();
    switch(&teller, head);
    (teller, client)
}

/// Steps until the client is stopped, and returns its evidence.
async fn stopped<S: Store>(client: &mut TestClient<S>) -> Evidence {
    let head = client.status().head.unwrap();
    let error = client.next().await.unwrap_err();
    assert_eq!(error.code(), "conflicting-headers", "{error}");
    assert_eq!(
        (error.kind(), error.is_transient()),
        (ErrorKind::Conflict, false)
    );
    let Error::Conflict(conflict) = error else {
        panic!("{error}");
    };
    let (status, evidence) = (client.status(), client.evidence().unwrap().clone());
    assert!(status.is_stopped);
    assert_eq!(
        (status.head.unwrap(), (conflict.height, conflict.hash)),
        (head, head)
    );
    assert_eq!(evidence.other_hash(), conflict.other);
    let disputed = client.trust(evidence.head_header());
    assert_eq!(disputed, Err(ClaimError::NotHead));
    assert_eq!(
        conflict.other,
        OTHER.header(head.0).hash(),
        "what the other branch has at the height of the head"
    );
    evidence
}

async fn kept(client: &TestClient<MemoryStore>) -> Vec<u8> {
    client.store().load().await.unwrap().unwrap()
}

#[tokio::test]
async fn stops_at_two_headers_of_one_height() {
    let (teller, mut client) = between(9, 9).await;
    teller.asked.lock().unwrap().clear();
    let evidence = stopped(&mut client).await;
    let asked = teller.asked.lock().unwrap().clone();
    assert_eq!(asked, ["/v1/head", "/v1/blocks/9/proofs/consensus"]);
    assert_eq!(evidence.head_header(), CHAIN.header(9));
    assert_eq!(&evidence.conflicting.header, OTHER.header(9));
    assert_eq!(evidence.conflicting.proof, OTHER.proof(9));
    assert_eq!(evidence.head.as_ref().unwrap().proof, CHAIN.proof(9));
    // It stays stopped, whatever its provider says, and asks nothing.
    teller.repent();
    teller.grow(TOP);
    for _ in 0..3 {
        assert_eq!(
            client.next().await.unwrap_err().code(),
            "conflicting-headers"
        );
    }
    assert_eq!(teller.asked.lock().unwrap().len(), 2);
    assert!(
        kept(&client).await.len() > 2 * 100_000,
        "both proofs are kept"
    );
}

/// The client's head may be at any place of its epoch, and the other branch longer or at its end.
#[tokio::test]
async fn stops_at_a_later_header_on_another_branch() {
    for (height, head) in [(9, 10), (8, 10), (9, TOP), (10, 11), (11, TOP), (7, TOP)] {
        let (_, mut client) = between(height, head).await;
        let evidence = stopped(&mut client).await;
        assert!(evidence.ancestry.is_some(), "{height} {head}");
        assert!(evidence.check().is_ok());
    }
}

#[tokio::test]
async fn stops_while_it_verifies_every_block() {
    let teller = Teller::honest(9);
    let config = config().follow(Follow::EveryBlock);
    let mut client = client_with(config, &teller, MemoryStore::default(), &TestClock::new());
    follow_to(&mut client, 9).await.unwrap();
    switch(&teller, TOP);
    let evidence = stopped(&mut client).await;
    assert_eq!(evidence.conflicting.header.height, 10);
}

/// A client that has verified nothing yet has its checkpoint, which is its owner's word.
#[tokio::test]
async fn stops_where_the_checkpoint_is_on_another_branch() {
    let teller = Teller::honest(9);
    let pinned = Config::new(CHAIN.checkpoint(9));
    let mut client = client_with(
        pinned.clone(),
        &teller,
        MemoryStore::default(),
        &TestClock::new(),
    );
    *teller.tell.lock().unwrap() = Box::new(|request, honest| {
        let is_anchor = request.path == "/v1/blocks/9";
        Ok(if is_anchor {
            honest
        } else {
            OTHER.get(&request.path, 10)
        })
    });
    let evidence = stopped(&mut client).await;
    assert_eq!((&evidence.head, &evidence.anchor), (&None, CHAIN.header(9)));
    let refused = client.choose(Choice::Conflicting).await.unwrap_err();
    assert_eq!(refused, ChoiceError::AgainstCheckpoint);
    let state = kept(&client).await;
    let mut client = client_with(
        pinned.clone(),
        &teller,
        MemoryStore::with(state),
        &TestClock::new(),
    );
    stopped(&mut client).await;
    assert_eq!(client.choose(Choice::Head).await, Ok(None));
    // The same branch is refused from now on, and stops nobody.
    assert_eq!(
        client.next().await.unwrap_err().code(),
        "header-head-not-in-history"
    );
    teller.repent();
    teller.grow(10);
    follow_to(&mut client, 10).await.unwrap();
}

/// What a provider only says stops nobody: the proof of the header is asked for, and does not hold.
#[tokio::test]
async fn nobodys_word_stops_it() {
    type Lie = fn(&mut Vec<u8>);
    let lies: [(u32, &str, Lie, &str); 6] = [
        (
            9,
            "/v1/blocks/9/proofs/consensus",
            |b| b.truncate(99),
            "other-head",
        ),
        (
            9,
            "/v1/blocks/9/proofs/consensus",
            |b| *b = CHAIN.proof(9).to_vec(),
            "other-head",
        ),
        (
            10,
            "/v1/blocks/10/proofs/consensus",
            |b| b[70_000] ^= 1,
            "header-head-not-in-history",
        ),
        (
            TOP,
            "/v1/blocks/11/proofs/consensus",
            |b| b[70_000] ^= 1,
            "other-ancestor",
        ),
        (
            9,
            "/v1/head",
            |b| edit_head(b, |head| head.block.parent = None),
            "other-head",
        ),
        (
            9,
            "/v1/head",
            |b| {
                edit_head(b, |head| {
                    head.block.certificate.as_mut().unwrap().signed_power = 1
                })
            },
            "other-head",
        ),
    ];
    for (head, path, lie, code) in lies {
        let (teller, mut client) = between(9, head).await;
        *teller.tell.lock().unwrap() = Box::new(move |request, _| {
            let mut answer = OTHER.get(&request.path, head);
            if request.path == path {
                lie(&mut answer.body);
            }
            Ok(answer)
        });
        let before = kept(&client).await;
        let error = client.next().await.unwrap_err();
        assert_eq!(
            (error.code(), error.is_transient()),
            (code, false),
            "{path}"
        );
        assert!(!client.status().is_stopped);
        assert!(client.evidence().is_none());
        assert_eq!(kept(&client).await, before, "nothing is kept of it");
        teller.repent();
        teller.grow(TOP);
        follow_to(&mut client, TOP).await.unwrap();
    }
}

fn edit_head(body: &mut Vec<u8>, change: impl FnOnce(&mut Head)) {
    let mut head = Head::from_bytes(body).unwrap();
    change(&mut head);
    *body = head.to_bytes();
}

/// A provider that has no proof of what it shows is refused for that; one that will have it is waited for.
#[tokio::test]
async fn a_branch_without_a_proof_is_refused_or_waited_for() {
    for (retry_after, code, is_trouble) in [
        (None, "other-head", false),
        (Some(2), "provider-busy", true),
    ] {
        let (teller, mut client) = between(9, 9).await;
        *teller.tell.lock().unwrap() = Box::new(move |request, _| {
            let mut answer = OTHER.get(&request.path, 9);
            if request.path.contains("proofs") {
                answer.status = 404;
                answer.retry_after = retry_after.map(std::time::Duration::from_secs);
            }
            Ok(answer)
        });
        let error = client.next().await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), (code, is_trouble));
        switch(&teller, 9);
        stopped(&mut client).await;
    }
}

/// At the end of an epoch each branch names a set of its own: the provider's block at the height of the head
/// shows which it is.
#[tokio::test]
async fn asks_for_the_block_at_its_own_height_where_the_next_set_is_another() {
    let other = Arc::new(Provider::renamed(4, TOP, EPOCH, FORK));
    let teller = Teller::honest(7);
    let mut client = client(&teller);
    follow_to(&mut client, 7).await.unwrap();
    teller.asked.lock().unwrap().clear();
    let shown = other.clone();
    *teller.tell.lock().unwrap() = Box::new(move |request, _| Ok(shown.get(&request.path, 9)));
    assert_eq!(
        client.next().await.unwrap_err().code(),
        "conflicting-headers"
    );
    let asked = teller.asked.lock().unwrap().clone();
    let expected = ["/v1/head", "/v1/blocks/7", "/v1/blocks/7/proofs/consensus"];
    assert_eq!(asked, expected);
    let evidence = client.evidence().unwrap();
    assert_eq!(&evidence.conflicting.header, other.header(7));
}

#[tokio::test]
async fn a_file_keeps_it_stopped_and_then_keeps_the_choice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let (teller, clock) = (Teller::honest(9), TestClock::new());
    let open = || client_with(config(), &teller, FileStore::open(&path).unwrap(), &clock);
    let mut client = open();
    follow_to(&mut client, 9).await.unwrap();
    switch(&teller, 10);
    let evidence = stopped(&mut client).await;
    drop(client);
    // Whatever the provider says by now, and without asking it.
    teller.repent();
    teller.asked.lock().unwrap().clear();
    for _ in 0..2 {
        let mut client = open();
        assert_eq!(stopped_again(&mut client).await, evidence);
    }
    assert!(teller.asked.lock().unwrap().is_empty());
    let mut client = open();
    stopped_again(&mut client).await;
    let verdict = client.choose(Choice::Conflicting).await.unwrap().unwrap();
    assert_eq!(
        (verdict.step(), verdict.header()),
        (Step::Stored, OTHER.header(10))
    );
    drop(client);
    let mut client = open();
    let verdict = client.next().await.unwrap();
    assert_eq!(
        (verdict.step(), verdict.header()),
        (Step::Stored, OTHER.header(10))
    );
    assert_eq!(
        client.evidence(),
        Some(&evidence),
        "it is kept after the choice"
    );
    assert!(!client.status().is_stopped);
    switch(&teller, TOP);
    follow_to(&mut client, TOP).await.unwrap();
    assert_eq!(client.status().head.unwrap().1, OTHER.header(TOP).hash());
    drop(client);
    assert_eq!(open().next().await.unwrap().header(), OTHER.header(TOP));
}

async fn stopped_again<S: Store>(client: &mut TestClient<S>) -> Evidence {
    assert_eq!(
        client.next().await.unwrap_err().code(),
        "conflicting-headers"
    );
    assert!(client.status().is_stopped);
    client.evidence().unwrap().clone()
}

#[tokio::test]
async fn its_own_head_goes_on_and_the_rejected_branch_stops_nobody_again() {
    let (teller, mut client) = between(9, 9).await;
    let evidence = stopped(&mut client).await;
    let verdict = client.choose(Choice::Head).await.unwrap().unwrap();
    assert_eq!(
        (verdict.step(), verdict.header()),
        (Step::Stored, CHAIN.header(9))
    );
    for (head, code) in [
        (9, "other-head"),
        (10, "header-head-not-in-history"),
        (TOP, "other-ancestor"),
    ] {
        switch(&teller, head);
        assert_eq!(client.next().await.unwrap_err().code(), code);
    }
    assert_eq!(
        client.choose(Choice::Head).await,
        Err(ChoiceError::NotStopped)
    );
    teller.repent();
    teller.grow(TOP);
    follow_to(&mut client, TOP).await.unwrap();
    assert_eq!(client.status().head, Some((TOP, CHAIN.header(TOP).hash())));
    let kept = kept(&client).await;
    let mut client = client_with(
        config(),
        &teller,
        MemoryStore::with(kept),
        &TestClock::new(),
    );
    assert_eq!(client.next().await.unwrap().header().height, TOP);
    assert_eq!(client.evidence(), Some(&evidence));
}

/// A client that was led to a chain by a changed state, or whose owner no longer knows, starts again: its
/// owner says so, and nobody else.
#[tokio::test]
async fn its_owner_can_start_again_from_the_checkpoint() {
    for stop in [true, false] {
        let (teller, mut client) = between(9, TOP).await;
        if stop {
            stopped(&mut client).await;
        }
        assert_eq!(client.choose(Choice::Checkpoint).await, Ok(None));
        assert_eq!(client.status().head, Some((0, CHAIN.header(0).hash())));
        let state = kept(&client).await;
        let evidence = client.evidence().cloned();
        assert_eq!(evidence.is_some(), stop);
        let store = MemoryStore::with(state);
        let mut client = client_with(config(), &teller, store, &TestClock::new());
        let steps = follow_to(&mut client, TOP).await.unwrap();
        assert_eq!(steps.first(), Some(&(Step::Hop, 3)));
        assert_eq!(client.status().head.unwrap().1, OTHER.header(TOP).hash());
        assert_eq!(client.evidence().cloned(), evidence);
    }
}

/// Another checkpoint is a choice as well: of whoever gives it.
#[tokio::test]
async fn another_checkpoint_goes_on_and_keeps_the_evidence() {
    let (teller, mut client) = between(9, TOP).await;
    let evidence = stopped(&mut client).await;
    let store = MemoryStore::with(kept(&client).await);
    let elsewhere = Config::new(OTHER.checkpoint(8));
    let mut client = client_with(elsewhere, &teller, store, &TestClock::new());
    assert_eq!(
        client.next().await.unwrap_err().code(),
        "state-other-checkpoint"
    );
    follow_to(&mut client, TOP).await.unwrap();
    assert_eq!(client.evidence(), Some(&evidence));
}

/// Evidence is for others: it is checked by the core alone, and what shows no conflict is refused.
#[tokio::test]
async fn evidence_is_checked_by_itself_and_shows_what_it_says() {
    let (_, mut client) = between(9, TOP).await;
    let above = stopped(&mut client).await;
    let (_, mut client) = between(9, 9).await;
    let level = stopped(&mut client).await;
    for evidence in [&above, &level] {
        let again = Evidence::from_bytes(&evidence.to_bytes()).unwrap();
        assert_eq!(&again, evidence);
        let conflict = again.check().unwrap();
        assert_eq!(conflict.head().unwrap().statement(), &CHAIN.statement(9));
        let height = evidence.conflicting.header.height;
        assert_eq!(conflict.conflicting().statement(), &OTHER.statement(height));
        assert_eq!(
            conflict.at_conflicting().head().hash,
            OTHER.header(height).hash()
        );
    }
    type Forgery = fn(&mut Evidence);
    let forgeries: [(Forgery, &str); 10] = [
        (|e| e.conflicting.proof.clear(), "truncated"),
        (|e| e.conflicting.proof = CHAIN.proof(9).to_vec(), STARK),
        (
            |e| e.head.as_mut().unwrap().proof = OTHER.proof(9).to_vec(),
            STARK,
        ),
        (
            |e| e.conflicting = e.head.clone().unwrap(),
            "header-parent-not-in-history",
        ),
        (|e| e.head = None, "header-epoch"),
        (|e| e.anchor.slot += 1, "header-trusted-hash"),
        (
            |e| e.checkpoint = CHAIN.checkpoint(9),
            "header-trusted-hash",
        ),
        (
            |e| e.conflicting.certificate.signed_power = 1,
            "header-signed-power",
        ),
        (
            |e| e.conflicting.header.validator_set_root = CHAIN.header(1).validator_set_root,
            "header-set",
        ),
        (
            |e| {
                let signed = e.head.as_mut().unwrap();
                signed.certificate.set.n += 1;
            },
            "header-set-opening",
        ),
    ];
    for (i, (forge, code)) in forgeries.into_iter().enumerate() {
        let mut forged = level.clone();
        forge(&mut forged);
        let refused = forged.check().unwrap_err();
        assert_eq!(stark_or(refused.code()), code, "forgery {i}");
    }
    let same = |evidence: &Evidence, change: Forgery| {
        let mut changed = evidence.clone();
        change(&mut changed);
        changed.check().unwrap_err()
    };
    let none = EvidenceError::NoConflict;
    // One and the same header; one that is above and not shown to be on another branch; a wrong path.
    assert_eq!(
        same(&level, |e| {
            e.conflicting = e.head.clone().unwrap();
            e.parent_path = CHAIN.block(9).parent.unwrap().history_path;
        }),
        none
    );
    assert_eq!(same(&above, |e| e.ancestry = None), none);
    assert_eq!(
        same(&above, |e| e.ancestry.as_mut().unwrap().history_path =
            e.parent_path),
        none
    );
    assert_eq!(
        same(&above, |e| e.ancestry.as_mut().unwrap().header_hash =
            CHAIN.header(9).hash()),
        none
    );
    let cut = Evidence::from_bytes(&level.to_bytes()[..500]).unwrap_err();
    assert!(matches!(cut, DecodeError::Truncated { .. }));
}

/// Stored evidence is read with the same care: what does not hold stops nobody, and lets nobody go on.
/// Where the length of the evidence is: behind magic, version, choice and the key of the spans.
const LENGTH: usize = 44;

#[tokio::test]
async fn a_store_with_forged_evidence_is_refused() {
    let (teller, mut client) = between(9, 9).await;
    let evidence = stopped(&mut client).await;
    let state = kept(&client).await;
    teller.repent();
    teller.grow(TOP);
    let resumed = async |state: Vec<u8>| {
        let store = MemoryStore::with(state);
        let mut client = client_with(config(), &teller, store, &TestClock::new());
        let refused = client.next().await.unwrap_err();
        follow_to(&mut client, TOP).await.unwrap();
        (refused.kind(), stark_or(refused.code()))
    };
    let with = |evidence: &Evidence, rest: &[u8]| {
        let bytes = evidence.to_bytes();
        let length = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        [&state[..LENGTH], &length, &bytes, rest].concat()
    };
    assert_eq!(with(&evidence, &[]), state);
    let mut forged = evidence.clone();
    forged.conflicting.proof = CHAIN.proof(9).to_vec();
    assert_eq!(resumed(with(&forged, &[])).await, (ErrorKind::State, STARK));
    let mut forged = evidence.clone();
    forged.head.as_mut().unwrap().proof = OTHER.proof(9).to_vec();
    assert_eq!(resumed(with(&forged, &[])).await, (ErrorKind::State, STARK));
    let refused = |code| (ErrorKind::State, code);
    assert_eq!(
        resumed(with(&evidence, &[0])).await,
        refused("trailing-bytes")
    );
    assert_eq!(
        resumed(state[..100_000].to_vec()).await,
        refused("truncated")
    );
    let mut unknown = state.clone();
    unknown[8] = 4;
    assert_eq!(resumed(unknown).await, refused("out-of-range"));
    // Stopped by nothing.
    let nothing = [&state[..LENGTH], &[0; 4]].concat();
    assert_eq!(resumed(nothing).await, refused("out-of-range"));
    // All bytes before the proofs, and a sample of them.
    for index in (0..1400).chain((1400..state.len()).step_by(40_009)) {
        let mut changed = state.clone();
        changed[index] ^= 1;
        let store = MemoryStore::with(changed);
        let mut client = client_with(config(), &teller, store, &TestClock::new());
        let refused = client.next().await;
        // Another choice is another state.
        if index == 8 {
            continue;
        }
        let refused = refused.expect_err(&format!("byte {index}"));
        assert_eq!(refused.kind(), ErrorKind::State, "byte {index}: {refused}");
    }
}

/// The state itself is refused, and what was seen of the conflict is kept all the same.
#[tokio::test]
async fn evidence_outlives_a_state_that_is_refused() {
    let (teller, mut client) = between(9, 9).await;
    let evidence = stopped(&mut client).await;
    client.choose(Choice::Head).await.unwrap();
    let mut state = kept(&client).await;
    *state.last_mut().unwrap() ^= 1;
    teller.repent();
    let mut client = client_with(
        config(),
        &teller,
        MemoryStore::with(state),
        &TestClock::new(),
    );
    assert_eq!(client.next().await.unwrap_err().kind(), ErrorKind::State);
    follow_to(&mut client, 9).await.unwrap();
    assert_eq!(client.evidence(), Some(&evidence));
}

#[tokio::test]
async fn there_is_nothing_to_choose_before_a_conflict() {
    let teller = Teller::honest(3);
    let mut client = client(&teller);
    for choice in [Choice::Head, Choice::Conflicting, Choice::Checkpoint] {
        assert_eq!(client.choose(choice).await, Err(ChoiceError::NotStopped));
    }
    follow_to(&mut client, 3).await.unwrap();
    assert_eq!(
        client.choose(Choice::Conflicting).await,
        Err(ChoiceError::NotStopped)
    );
}
