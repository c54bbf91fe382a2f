//! A key's leaves to the last one: the warning, and what the last ones are kept for.

use rpp_light_client::{Leaves, MemorySignerStore, Payment, Settled};

use crate::support::{Chain, Drawn, NOW_MS, OTHER, Oracle, create, key};

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
    let mut signer = create(store, &Drawn::default(), first).await.unwrap();
    for leaf in 0..120 {
        let outgoing = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
        oracle.saw(&outgoing, 100);
        assert_eq!(outgoing.signed().operation.nonce(), 100 + leaf);
        let expected = match leaf + 1 {
            next @ 0..116 => Leaves::Enough { left: 120 - next },
            next @ 116..120 => Leaves::Low { left: 120 - next },
            _ => Leaves::RekeyOnly { left: 4 },
        };
        assert_eq!(outgoing.leaves(), expected, "leaf {leaf}");
        chain.take(&outgoing.to_bytes()).unwrap();
    }
    let refused = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap_err();
    assert_eq!(refused.code(), "signer-rekey-only");
    // Four tries to change the key; the last four leaves are for a restored copy.
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
    assert_eq!(outgoing.signed().operation.nonce(), 100 + 123);
    assert_eq!(oracle.count(), 124);
    chain.take(&outgoing.to_bytes()).unwrap();
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Rekeyed
    );
    let outgoing = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    assert_eq!(outgoing.leaves(), Leaves::Enough { left: 7 });
    chain.take(&outgoing.to_bytes()).unwrap();
}
