//! Circuits that a setup does not list, or not for every height.

use rpp_light_client::{Ledger, StateError};
use rpp_verifier::CircuitError;

use super::*;

/// A setup that lists `consensus` up to block 9 and no further.
pub(super) fn revoking() -> Plan {
    let plan = Plan {
        circuits_version: 2,
        checkpoint_version: 2,
        ..plan()
    };
    plan.listing("consensus", |circuit| circuit.until = Some(10))
}

#[tokio::test]
async fn a_revoked_circuit_sends_a_stored_client_back_to_the_checkpoint() {
    let state = stored(&plan(), TOP).await;
    let (teller, clock) = (host(&revoking()), TestClock::new());
    let mut client = client_with(pinned(), &teller, MemoryStore::with(state), &clock);
    // The stored setup is valid, and knows nothing of it.
    assert_eq!(client.next().await.unwrap().header().height, TOP);
    let error = refusal(&mut client).await;
    let revoked = CircuitError::NotActive {
        circuit: "consensus",
        height: TOP,
    };
    assert!(
        matches!(error, Error::State(StateError::Revoked(e)) if e == revoked),
        "{error}"
    );
    assert_eq!(error.code(), "state-circuit-revoked");
    assert_eq!(client.status().head.unwrap().0, 0);
    let steps: Vec<_> = [client.next().await.unwrap(), client.next().await.unwrap()]
        .iter()
        .map(|verdict| verdict.header().height)
        .collect();
    assert_eq!(steps, [3, 7]);
    let error = refusal(&mut client).await;
    assert_eq!(error.code(), "circuit-not-active");
    // Nor does it come back to what was revoked when it is started again.
    let store = MemoryStore::with(kept(&client).await);
    let mut client = client_with(pinned(), &teller, store, &clock);
    assert_eq!(client.next().await.unwrap().header().height, 7);
}

/// What is stored is gone at the next start, whenever that is.
#[tokio::test]
async fn a_state_that_was_revoked_is_not_stored_any_more() {
    let (teller, clock) = (host(&plan()), TestClock::new());
    let mut client = new_client(&teller, &clock);
    follow_to(&mut client, TOP).await.unwrap();
    teller.serve(revoking().sign());
    clock.sleep(DAY).await;
    assert_eq!(refusal(&mut client).await.code(), "state-circuit-revoked");
    // It saves that before it asks anybody.
    *teller.tell.lock().unwrap() = Box::new(|_, mut answer| {
        answer.status = 503;
        Ok(answer)
    });
    assert_eq!(client.next().await.unwrap_err().code(), "provider-busy");
    let store = MemoryStore::with(kept(&client).await);
    let mut client = client_with(pinned(), &teller, store, &clock);
    assert_eq!(client.next().await.unwrap_err().code(), "provider-busy");
    teller.repent();
    let verdict = client.next().await.unwrap();
    let place = (verdict.step(), verdict.header().height);
    assert_eq!((place, verdict.setup_version()), ((Step::Hop, 3), Some(2)));
}

#[tokio::test]
async fn a_proof_of_a_circuit_that_is_not_active_is_not_even_asked_for() {
    let plan = plan().listing("consensus", |circuit| circuit.from = 5);
    let teller = host(&plan);
    let mut client = new_client(&teller, &TestClock::new());
    let error = client.next().await.unwrap_err();
    let inactive = CircuitError::NotActive {
        circuit: "consensus",
        height: 3,
    };
    assert!(
        matches!(error, Error::Circuit(e) if e == inactive),
        "{error}"
    );
    assert_eq!(
        (error.kind(), error.is_transient()),
        (ErrorKind::Setup, false)
    );
    let asked = teller.take_asked();
    assert!(
        !asked.iter().any(|path| path.contains("proofs")),
        "{asked:?}"
    );
}

/// Returns a plan that lists another version of `consensus` from block 8 on, which this build does not have.
pub(super) fn upgrading(plan: Plan) -> Plan {
    let mut plan = plan.listing("consensus", |circuit| circuit.until = Some(8));
    let mut next = plan.circuits[0].clone();
    assert_eq!(next.name.as_str(), "consensus");
    (next.version, next.from, next.until) = (2, 8, None);
    plan.circuits.insert(1, next);
    plan
}

#[tokio::test]
async fn a_version_that_this_build_does_not_have_needs_an_upgrade() {
    let mut client = new_client(&host(&upgrading(plan())), &TestClock::new());
    follow_to(&mut client, 7).await.unwrap();
    let error = client.next().await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("upgrade-required", false)
    );
    let sentence = error.to_string();
    assert!(sentence.contains("from height 8 on"), "{sentence}");
    assert_eq!(client.status().head.unwrap().0, 7);
}

#[tokio::test]
async fn rejects_a_setup_without_a_circuit_that_it_needs() {
    let mut without = plan();
    without
        .circuits
        .retain(|circuit| circuit.name.as_str() != "state");
    let (teller, clock) = (host(&without), TestClock::new());
    let mut client = new_client(&teller, &clock);
    follow_to(&mut client, TOP).await.unwrap();
    // Under a header, too, its proofs are not even asked for.
    let header = CHAIN.header(TOP);
    teller.take_asked();
    let error = client
        .ledger(header)
        .unwrap()
        .transition()
        .await
        .unwrap_err();
    assert_eq!(error.code(), "circuit-not-listed");
    assert!(teller.take_asked().is_empty());
    let setup = Arc::clone(client.setup().unwrap());
    let told = Told(teller.clone());
    let ledger = Ledger::new(&told, client.trust(header).unwrap()).listed(setup);
    let error = ledger
        .at(TOP)
        .await
        .unwrap()
        .transition()
        .await
        .unwrap_err();
    assert_eq!(error.code(), "circuit-not-listed");
    let config = pinned().transitions(true);
    let mut client = client_with(config, &teller, MemoryStore::default(), &clock);
    let error = client.next().await.unwrap_err();
    assert_eq!(error.code(), "setup-circuit-missing");
    assert_eq!(client.status().setup, None);
}

/// What the head rests on is listed no more, in no version; or was revoked by a setup of which nothing else is any good.
#[tokio::test]
async fn leaves_a_head_whose_circuit_is_listed_in_no_version() {
    for is_broken in [false, true] {
        let (teller, clock) = (host(&plan()), TestClock::new());
        let mut client = new_client(&teller, &clock);
        follow_to(&mut client, TOP).await.unwrap();
        let mut revoked = revoking();
        let listed = &mut revoked.circuits;
        listed.retain(|circuit| circuit.name.as_str() != "consensus");
        let mut signed = revoked.sign();
        if is_broken {
            signed.tamper(|bundle| bundle.checkpoint.signatures.clear());
        }
        teller.serve(signed);
        clock.sleep(DAY).await;
        let code = refusal(&mut client).await.code();
        assert_eq!(code, "state-circuit-revoked", "{is_broken}");
        assert!(client.setup().is_none());
        assert_eq!(client.status().head, None);
        assert!(client.ledger(CHAIN.header(TOP)).is_err());
        // It is not gone back to, by a restart either, once that is saved.
        let refused = refusal(&mut client).await;
        assert!(refused.code().starts_with("setup-"), "{refused}");
        let store = MemoryStore::with(kept(&client).await);
        let mut again = client_with(pinned(), &teller, store, &clock);
        let refused = again.next().await.unwrap_err();
        assert!(refused.code().starts_with("setup-"), "{refused}");
        assert_eq!(again.status().head, None);
    }
}
