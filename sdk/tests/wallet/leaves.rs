//! A key's leaves to the last one: the warning, and what the last ones are kept for.

use rpp_light_client::{Leaves, MemorySignerStore, Payment, Settled};
use rpp_verifier::Transfer;

use crate::support::{Chain, Drawn, NOW_MS, OTHER, Oracle, create, create_for_5, key};

const PAYMENT: Payment = Payment {
    to: OTHER,
    amount: 1,
    fee: 0,
};

#[tokio::test]
async fn warns_and_keeps_the_last_leaves_for_a_change_of_key() {
    let (oracle, first) = (Oracle::default(), key(1, 7));
    let mut chain = Chain::new().with(5, first.key_id(), 100_000);
    let store = MemorySignerStore::default();
    let mut signer = create_for_5(store, &Drawn::default(), first).await;
    for leaf in 0..116 {
        let outgoing = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
        oracle.saw(&outgoing, 100);
        assert_eq!(outgoing.signed().operation.nonce(), 100 + leaf);
        let expected = match leaf + 1 {
            next @ 0..116 => Leaves::Enough { left: 116 - next },
            _ => Leaves::RekeyOnly { left: 4 },
        };
        assert_eq!(outgoing.leaves(), expected, "leaf {leaf}");
        chain.take(&outgoing.to_bytes()).unwrap();
        signer.settle(&chain.see(5)).await.unwrap();
    }
    let refused = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap_err();
    assert_eq!(refused.code(), "signer-rekey-only");
    assert!(refused.to_string().contains("4 of them"), "{refused}");
    // Four tries to change the key; the last eight leaves are for a restored copy.
    let mut outgoing = signer
        .rekey(&chain.see(5), key(2, 4), 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&outgoing, 100);
    for fee in 2..5 {
        outgoing = signer
            .rekey_again(&chain.see(5), fee, NOW_MS)
            .await
            .unwrap();
        oracle.saw(&outgoing, 100);
    }
    let refused = signer
        .rekey_again(&chain.see(5), 5, NOW_MS)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "signer-exhausted");
    assert_eq!(outgoing.signed().operation.nonce(), 100 + 119);
    assert_eq!(oracle.count(), 120);
    chain.take(&outgoing.to_bytes()).unwrap();
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Rekeyed(Some(*outgoing.hash()))
    );
    let outgoing = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    assert_eq!(outgoing.leaves(), Leaves::Enough { left: 7 });
    chain.take(&outgoing.to_bytes()).unwrap();
}

/// A restored copy jumps over an eighth: nothing that a whole one signs comes there.
#[tokio::test]
async fn no_transfer_is_signed_an_eighth_ahead_of_the_chain() {
    let (oracle, first) = (Oracle::default(), key(1, 7));
    let mut chain = Chain::new().with(5, first.key_id(), 100_000);
    let store = MemorySignerStore::default();
    let mut signer = create_for_5(store, &Drawn::default(), first).await;
    signer.settle(&chain.see(5)).await.unwrap();
    let transfer = |nonce| Transfer {
        from: 5,
        to: OTHER,
        amount: 1,
        fee: 0,
        nonce,
    };
    let refused = signer.transfer_at(&chain.see(5), transfer(116)).await;
    assert_eq!(refused.unwrap_err().code(), "signer-leaf-ahead");
    // Giving up one after the other comes to the same end.
    let mut sent = None;
    for _ in 0..16 {
        let outgoing = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
        oracle.saw(&outgoing, 100);
        signer.abandon(outgoing.hash()).await.unwrap();
        sent = Some(outgoing);
    }
    let refused = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap_err();
    assert_eq!(refused.code(), "signer-leaf-ahead");
    assert!(refused.to_string().contains("below 16"), "{refused}");

    // What was given up is taken all the same, and there is room again.
    let old = chain.clone();
    chain.take(&sent.unwrap().to_bytes()).unwrap();
    let outgoing = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    oracle.saw(&outgoing, 100);
    signer.abandon(outgoing.hash()).await.unwrap();
    // By the account as it was before, there is room for four changes of key, less the leaf that is gone.
    let mut change = signer
        .rekey(&old.see(5), key(2, 4), 0, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&change, 100);
    for fee in 1..3 {
        change = signer.rekey_again(&old.see(5), fee, NOW_MS).await.unwrap();
        oracle.saw(&change, 100);
    }
    let refused = signer.rekey_again(&old.see(5), 3, NOW_MS).await;
    assert_eq!(refused.unwrap_err().code(), "signer-leaf-ahead");
    chain.take(&change.to_bytes()).unwrap();
}

/// Before there is an account, a registration at any of these leaves may be the one that is taken.
#[tokio::test]
async fn no_registration_is_signed_an_eighth_ahead_of_the_chain() {
    let (oracle, store) = (Oracle::default(), MemorySignerStore::default());
    let mut signer = create(store, &Drawn::default(), key(1, 5)).await.unwrap();
    for _ in 0..4 {
        let outgoing = signer.register().await.unwrap();
        oracle.saw(&outgoing, 0);
        signer.abandon(outgoing.hash()).await.unwrap();
    }
    let refused = signer.register().await.unwrap_err();
    assert_eq!(refused.code(), "signer-leaf-ahead");
    assert_eq!(oracle.count(), 4);
}
