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
    for leaf in 0..92 {
        let outgoing = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
        oracle.saw(&outgoing, 100);
        assert_eq!(outgoing.signed().operation.nonce(), 100 + leaf);
        let expected = match leaf + 1 {
            next @ 0..83 => Leaves::Enough { left: 92 - next },
            next @ 83..92 => Leaves::Low { left: 92 - next },
            _ => Leaves::RekeyOnly { left: 4 },
        };
        assert_eq!(outgoing.leaves(), expected, "leaf {leaf}");
        chain.take(&outgoing.to_bytes()).unwrap();
        signer.settle(&chain.see(5)).await.unwrap();
    }
    let refused = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap_err();
    assert_eq!(refused.code(), "signer-rekey-only");
    assert!(refused.to_string().contains("4 of them"), "{refused}");
    // Four tries to change the key; the last quarter of the leaves is for a restored copy.
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
    assert_eq!(outgoing.signed().operation.nonce(), 100 + 95);
    assert_eq!(oracle.count(), 96);
    chain.take(&outgoing.to_bytes()).unwrap();
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Rekeyed(Some(*outgoing.hash()))
    );
    let outgoing = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    assert_eq!(outgoing.leaves(), Leaves::Enough { left: 7 });
    chain.take(&outgoing.to_bytes()).unwrap();
}

/// A nonce that is mistyped would burn every leaf before it.
#[tokio::test]
async fn no_transfer_skips_an_eighth_of_the_leaves() {
    let (oracle, first) = (Oracle::default(), key(1, 7));
    let chain = Chain::new().with(5, first.key_id(), 100_000);
    let store = MemorySignerStore::default();
    let mut signer = create_for_5(store, &Drawn::default(), first).await;
    let transfer = |nonce| Transfer {
        from: 5,
        to: OTHER,
        amount: 1,
        fee: 0,
        nonce,
    };
    for nonce in [116, 200] {
        let refused = signer.transfer_at(&chain.see(5), transfer(nonce)).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), "signer-leaf-ahead");
        assert!(refused.to_string().contains("below 16"), "{refused}");
    }
    let sent = signer.transfer_at(&chain.see(5), transfer(115)).await;
    let sent = sent.unwrap();
    oracle.saw(&sent, 100);
    signer.abandon(sent.hash()).await.unwrap();
    // However many were given up, and however far the chain is behind, the next one is signed.
    for leaf in 16..92 {
        let outgoing = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
        assert_eq!(outgoing.signed().operation.nonce(), 100 + leaf);
        oracle.saw(&outgoing, 100);
        signer.abandon(outgoing.hash()).await.unwrap();
    }
    let refused = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap_err();
    assert_eq!(refused.code(), "signer-rekey-only");
}

/// Somebody is quicker each time: whoever registers for a key without an account has nothing to lose by another one.
#[tokio::test]
async fn registrations_end_before_the_leaves_that_change_a_key() {
    let (oracle, store) = (Oracle::default(), MemorySignerStore::default());
    let mut signer = create(store, &Drawn::default(), key(1, 4)).await.unwrap();
    for _ in 0..8 {
        let outgoing = signer.register().await.unwrap();
        oracle.saw(&outgoing, 0);
        let index = outgoing.signed().operation.signer();
        let taken = Chain::new().with(index, key(2, 4).key_id(), 1);
        let settled = signer.settle(&taken.see(index)).await.unwrap();
        assert_eq!(settled, Settled::Taken(*outgoing.hash()));
    }
    let refused = signer.register().await.unwrap_err();
    assert_eq!(refused.code(), "signer-exhausted");
    assert_eq!(oracle.count(), 8);
}
