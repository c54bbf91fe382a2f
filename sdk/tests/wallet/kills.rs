//! A signer that is killed at each of its writes, before and after it, and started again.

use rpp_light_client::{Outgoing, Payment, Settled, Signer, SignerError, SignerStore};

use crate::support::{
    Chain, Cut, CutStore, Drawn, NOW_MS, OTHER, Oracle, create, create_for_5, key, open, passphrase,
};

const PAYMENT: Payment = Payment {
    to: OTHER,
    amount: 10,
    fee: 2,
};
const OTHER_PAYMENT: Payment = Payment {
    amount: 11,
    ..PAYMENT
};

/// What is under way when the kill comes.
#[derive(Clone, Copy, Debug)]
enum Step {
    Register,
    Transfer,
    Rekey,
}

async fn act(
    step: Step,
    signer: &mut Signer<CutStore, Drawn>,
    chain: &Chain,
) -> Result<Outgoing, SignerError> {
    match step {
        Step::Register => signer.register().await,
        Step::Transfer => signer.transfer(&chain.see(5), &PAYMENT).await,
        Step::Rekey => signer.rekey(&chain.see(5), key(2, 4), 1, NOW_MS).await,
    }
}

#[tokio::test]
async fn nothing_is_lost_and_nothing_signed_twice_wherever_it_is_killed() {
    let mut kills = 0;
    for step in [Step::Register, Step::Transfer, Step::Rekey] {
        for cut in [Cut::Before, Cut::After] {
            for skip in 0.. {
                let (random, store, oracle) =
                    (Drawn::default(), CutStore::default(), Oracle::default());
                let key = key(1, 5);
                let mut chain = Chain::new();
                if !matches!(step, Step::Register) {
                    chain = chain.with(5, key.key_id(), 1000);
                }
                let mut signer = match step {
                    Step::Register => create(store.clone(), &random, key).await.unwrap(),
                    _ => create_for_5(store.clone(), &random, key).await,
                };
                store.cut(skip, cut);
                let acted = act(step, &mut signer, &chain).await;
                if !store.has_failed() {
                    // It was killed at each write that there is.
                    assert!(acted.is_ok() && skip == 2, "{step:?}");
                    break;
                }
                kills += 1;
                assert_eq!(acted.unwrap_err().code(), "storage-failed");
                drop(signer);
                resume(step, &store, &random, &mut chain, &oracle).await;
            }
        }
    }
    assert_eq!(kills, 2 * (2 + 2 + 2));
}

/// Starts again: what is under way is sent as it was, and otherwise another message has the leaf.
async fn resume(step: Step, store: &CutStore, random: &Drawn, chain: &mut Chain, oracle: &Oracle) {
    let offset = if matches!(step, Step::Register) {
        0
    } else {
        100
    };
    let mut signer = open(store.clone(), random).await;
    let reserved = signer.status().await.unwrap().pending;
    let pending = signer.pending().await.unwrap();
    assert_eq!(pending.as_ref().map(|outgoing| *outgoing.hash()), reserved);
    let outgoing = match pending {
        Some(outgoing) => outgoing,
        None => act(step, &mut signer, chain).await.unwrap(),
    };
    oracle.saw(&outgoing, offset);
    // Whatever it is, a second message at its leaf is refused.
    let seen = chain.see(5);
    if let rpp_verifier::Operation::Transfer(transfer) = outgoing.signed().operation {
        let amount = 99;
        let changed = rpp_verifier::Transfer { amount, ..transfer };
        let refused = signer.transfer_at(&seen, changed).await.unwrap_err();
        assert_eq!(refused.code(), "signer-leaf-used");
        let refused = signer.transfer(&seen, &OTHER_PAYMENT).await.unwrap_err();
        assert_eq!(refused.code(), "signer-pending");
    }
    // And once more, as if killed after the bytes were sent.
    let mut signer = open(store.clone(), random).await;
    assert_eq!(signer.pending().await.unwrap(), Some(outgoing.clone()));
    chain.take(&outgoing.to_bytes()).unwrap();
    assert!(chain.take(&outgoing.to_bytes()).is_err(), "not twice");
    let index = outgoing.signed().operation.signer();
    let settled = signer.settle(&chain.see(index)).await.unwrap();
    match step {
        Step::Rekey => assert_eq!(settled, Settled::Rekeyed(Some(*outgoing.hash()))),
        _ => assert_eq!(settled, Settled::Spent(*outgoing.hash())),
    }
    assert_eq!(signer.pending().await.unwrap(), None);
    assert_eq!(
        signer.status().await.unwrap().standing,
        rpp_light_client::Standing::Whole
    );
}

#[tokio::test]
async fn a_key_that_was_being_made_is_there_or_not() {
    for cut in [Cut::Before, Cut::After] {
        let store = CutStore::default();
        store.cut(0, cut);
        let refused = create(store.clone(), &Drawn::default(), key(1, 4)).await;
        assert_eq!(refused.unwrap_err().code(), "storage-failed");
        let opened = Signer::open(store, Drawn::default(), &passphrase()).await;
        match cut {
            Cut::Before => assert_eq!(opened.unwrap_err().code(), "signer-no-key"),
            Cut::After => assert!(opened.is_ok()),
        }
    }
}

#[tokio::test]
async fn the_same_signer_goes_on_after_a_write_that_failed() {
    for cut in [Cut::Before, Cut::After] {
        for skip in 0..2 {
            let (random, store, oracle) =
                (Drawn::default(), CutStore::default(), Oracle::default());
            let key = key(1, 5);
            let mut chain = Chain::new().with(5, key.key_id(), 1000);
            let mut signer = create_for_5(store.clone(), &random, key).await;
            store.cut(skip, cut);
            let refused = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap_err();
            assert_eq!(refused.code(), "storage-failed");
            // Who is told that it may be under way can look whether it is.
            let named = refused.operation().copied();
            let reserved = signer.status().await.unwrap().pending;
            assert!(named.is_some() && (reserved.is_none() || reserved == named));
            let outgoing = match signer.pending().await.unwrap() {
                Some(outgoing) => outgoing,
                None => signer
                    .transfer(&chain.see(5), &OTHER_PAYMENT)
                    .await
                    .unwrap(),
            };
            oracle.saw(&outgoing, 100);
            chain.take(&outgoing.to_bytes()).unwrap();
            signer.settle(&chain.see(5)).await.unwrap();
            let next = signer
                .transfer(&chain.see(5), &OTHER_PAYMENT)
                .await
                .unwrap();
            oracle.saw(&next, 100);
            chain.take(&next.to_bytes()).unwrap();
            assert_eq!(oracle.count(), 2);
        }
    }
}

#[tokio::test]
async fn what_is_reserved_can_be_given_up_and_its_leaf_is_gone() {
    let (random, store) = (Drawn::default(), CutStore::default());
    let key = key(1, 5);
    let chain = Chain::new().with(5, key.key_id(), 1000);
    let mut signer = create_for_5(store.clone(), &random, key).await;
    // The account is noted and the transfer reserved, in one write, and then nothing more.
    store.cut(1, Cut::Before);
    assert!(signer.transfer(&chain.see(5), &PAYMENT).await.is_err());
    let reserved = signer.status().await.unwrap().pending.unwrap();
    // Whoever asks for its bytes and gets none is told which it is.
    store.cut(0, Cut::Before);
    let unsigned = signer.pending().await.unwrap_err();
    assert_eq!(unsigned.operation(), Some(&reserved));
    signer.abandon(&reserved).await.unwrap();
    let refused = signer.abandon(&reserved).await.unwrap_err();
    assert_eq!(refused.code(), "signer-nothing-pending");
    let status = signer.status().await.unwrap();
    assert_eq!((status.pending, status.last), (None, Some(reserved)));
    let next = signer
        .transfer(&chain.see(5), &OTHER_PAYMENT)
        .await
        .unwrap();
    assert_eq!(next.signed().operation.nonce(), 101);
}

#[tokio::test]
async fn what_is_known_is_not_written_again() {
    let store = CutStore::default();
    let key = key(1, 5);
    let chain = Chain::new().with(5, key.key_id(), 1000);
    let mut signer = create_for_5(store.clone(), &Drawn::default(), key).await;
    signer.settle(&chain.see(5)).await.unwrap();
    let writes = store.writes();
    signer.settle(&chain.see(5)).await.unwrap();
    let _ = signer.status().await.unwrap();
    assert_eq!(store.writes(), writes);
    // Two writes for a signature: before it, and with it.
    let _ = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    assert_eq!(store.writes(), writes + 2);
    let _ = signer.pending().await.unwrap();
    assert_eq!(store.writes(), writes + 2);
    assert!(store.load().await.unwrap().is_some());
}

/// The save was done, and the process killed before anybody was told what was settled.
#[tokio::test]
async fn what_was_settled_is_told_after_a_kill() {
    let (random, store) = (Drawn::default(), CutStore::default());
    let key = key(1, 5);
    let mut chain = Chain::new().with(5, key.key_id(), 1000);
    let mut signer = create_for_5(store.clone(), &random, key).await;
    let sent = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    assert_eq!(signer.status().await.unwrap().last, None);
    chain.take(&sent.to_bytes()).unwrap();
    store.cut(0, Cut::After);
    let refused = signer.settle(&chain.see(5)).await.unwrap_err();
    assert_eq!(refused.operation(), Some(sent.hash()));
    let mut signer = open(store, &random).await;
    let settled = signer.settle(&chain.see(5)).await.unwrap();
    assert_eq!(settled, Settled::Nothing);
    let status = signer.status().await.unwrap();
    assert_eq!((status.pending, status.last), (None, Some(*sent.hash())));
}
