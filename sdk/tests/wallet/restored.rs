//! Keys that come from words.

use rpp_light_client::{
    AccountKey, Entropy, MemorySignerStore, RestoredKey, Settled, Signer, Standing,
};
use rpp_verifier::Operation;

use crate::support::{
    CHAIN, Chain, Drawn, NOW_MS, Oracle, SMALL_PAYMENT, code, give_to_6, key, open, passphrase,
    restore,
};

#[tokio::test]
async fn a_key_from_words_can_only_be_changed() {
    let oracle = Oracle::default();
    let entropy = Entropy::from_fresh_bytes([3; 32]);
    let words = entropy.words();
    let key_id = AccountKey::generate(entropy, CHAIN, 6, &|_| ())
        .unwrap()
        .key_id();
    let mut chain = Chain::new().with(5, key_id, 1000).used(5, 1);
    let restored = RestoredKey::from_words(&words, CHAIN, 6, &|_| ()).unwrap();
    assert_eq!(restored.key_id(), key_id);
    let mut signer = restore(&Drawn::default(), restored).await;
    assert_eq!(signer.status().await.unwrap().standing, Standing::Restored);
    assert_eq!(code(signer.register().await), "signer-restored");
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Nothing
    );
    assert_eq!(
        code(signer.transfer(&chain.see(5), &SMALL_PAYMENT).await),
        "signer-restored"
    );

    // Not by what an account was ten minutes ago.
    let old = chain.see_at(5, NOW_MS - 600_000);
    let refused = signer.rekey(&old, key(4, 4), 1, NOW_MS).await;
    assert_eq!(code(refused), "signer-stale-account");
    assert_eq!(signer.status().await.unwrap().pending, None);

    let outgoing = signer
        .rekey(&chain.see(5), key(4, 4), 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&outgoing, 100);
    let leaf = outgoing.signed().operation.nonce() - 100;
    assert!((48..64).contains(&leaf), "one of its own: {leaf}");
    let again = signer.rekey_again(&chain.see(5), 2, NOW_MS).await.unwrap();
    oracle.saw(&again, 100);
    assert_eq!(oracle.count(), 2);
    chain.take(&again.to_bytes()).unwrap();
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Rekeyed(Some(*again.hash()))
    );
    // The new key is its own.
    assert_eq!(signer.status().await.unwrap().standing, Standing::Whole);
    let outgoing = signer
        .transfer(&chain.see(5), &SMALL_PAYMENT)
        .await
        .unwrap();
    chain.take(&outgoing.to_bytes()).unwrap();
}

#[tokio::test]
async fn words_give_another_key_at_another_height_or_chain() {
    let words = Entropy::from_fresh_bytes([3; 32]).words();
    let id = |chain, height| {
        let key = RestoredKey::from_words(&words, chain, height, &|_| ());
        key.unwrap().key_id()
    };
    assert_ne!(id(CHAIN, 4), id(CHAIN, 5));
    assert_ne!(id(CHAIN, 4), id(CHAIN + 1, 4));
    for height in [3, 17, u32::MAX] {
        let refused = RestoredKey::from_words(&words, CHAIN, height, &|_| ()).unwrap_err();
        assert_eq!(refused.code(), "sign-tree-height");
    }
}

#[tokio::test]
async fn two_restorations_of_the_same_words_draw_their_leaves() {
    let words = Entropy::from_fresh_bytes([3; 32]).words();
    let key_id = RestoredKey::from_words(&words, CHAIN, 10, &|_| ())
        .unwrap()
        .key_id();
    let chain = Chain::new().with(5, key_id, 1000).used(5, 1);
    let mut leaves = Vec::new();
    let random = Drawn::default();
    for seed in 10..14 {
        let restored = RestoredKey::from_words(&words, CHAIN, 10, &|_| ()).unwrap();
        let mut signer = restore(&random, restored).await;
        let rekey = signer.rekey(&chain.see(5), key(seed, 4), 1, NOW_MS).await;
        let Operation::Rekey(rekey) = rekey.unwrap().signed().operation else {
            panic!("a change of key");
        };
        let leaf = rekey.nonce - 100;
        assert!((768..960).contains(&leaf));
        assert!(!leaves.contains(&leaf), "{leaf} again");
        leaves.push(leaf);
    }
}

#[tokio::test]
async fn a_restored_key_near_its_end_uses_the_leaves_that_no_other_copy_does() {
    let words = Entropy::from_fresh_bytes([3; 32]).words();
    let restored = RestoredKey::from_words(&words, CHAIN, 4, &|_| ()).unwrap();
    let mut chain = Chain::new().with(5, restored.key_id(), 1000);
    let account = *chain.accounts.get(5).unwrap();
    let nonce = 100 + 11;
    chain.accounts = chain
        .accounts
        .with(5, rpp_verifier::Account { nonce, ..account });
    let mut signer = restore(&Drawn::default(), restored).await;
    let rekey = signer
        .rekey(&chain.see(5), key(2, 4), 1, NOW_MS)
        .await
        .unwrap();
    let leaf = rekey.signed().operation.nonce() - 100;
    assert!((12..15).contains(&leaf), "{leaf}");
    // Wherever that was, another fee can be tried.
    let rekey = signer.rekey_again(&chain.see(5), 2, NOW_MS).await.unwrap();
    chain.take(&rekey.to_bytes()).unwrap();
}

/// A restored key that changed a stranger's account would have the next key for that one.
#[tokio::test]
async fn a_restored_key_signs_for_no_account_that_somebody_gave_it() {
    let words = Entropy::from_fresh_bytes([3; 32]).words();
    let restored = || RestoredKey::from_words(&words, CHAIN, 6, &|_| ()).unwrap();
    let chain = Chain::new().with(5, restored().key_id(), 1000).used(5, 30);
    let chain = give_to_6(&chain, restored().key_id());
    let mut signer = restore(&Drawn::default(), restored()).await;
    assert_eq!(signer.status().await.unwrap().account, Some(5));
    let refused = signer.rekey(&chain.see(6), key(2, 4), 0, NOW_MS).await;
    assert_eq!(code(refused), "signer-other-account");
    let rekey = signer.rekey(&chain.see(5), key(2, 4), 0, NOW_MS).await;
    assert!(rekey.unwrap().signed().operation.nonce() >= 100 + 48);

    // Also where its number was looked up rather than written down.
    let (store, random) = (MemorySignerStore::default(), Drawn::default());
    let put = Signer::restore(store, random, restored(), 6, &passphrase()).await;
    let mut signer = put.unwrap();
    let refused = signer.rekey(&chain.see(6), key(2, 4), 0, NOW_MS).await;
    assert_eq!(code(refused), "signer-account-unproven");
    assert_eq!(signer.status().await.unwrap().pending, None);
}

/// The device was lost after a change of key and before the new one has signed: that is no reason to lose the
/// account.
#[tokio::test]
async fn an_account_whose_key_has_signed_nothing_is_the_keys_if_its_owner_says_so() {
    let words = Entropy::from_fresh_bytes([3; 32]).words();
    let restored = RestoredKey::from_words(&words, CHAIN, 6, &|_| ()).unwrap();
    let mut chain = Chain::new().with(5, restored.key_id(), 1000);
    let mut signer = restore(&Drawn::default(), restored).await;
    let refused = signer.settle(&chain.see(5)).await;
    assert_eq!(code(refused), "signer-account-unproven");
    signer.vouch_for_account(5).await.unwrap();
    let mut signer = open(signer.store().clone(), &Drawn::default()).await;
    let rekey = signer.rekey(&chain.see(5), key(2, 4), 0, NOW_MS).await;
    chain.take(&rekey.unwrap().to_bytes()).unwrap();
    assert_eq!(
        code(signer.vouch_for_account(5).await),
        "signer-rekey-pending"
    );
}

/// A header from a clock that is wrong says nothing about what was signed since.
#[tokio::test]
async fn a_restored_key_takes_no_account_from_the_future() {
    let words = Entropy::from_fresh_bytes([3; 32]).words();
    let restored = RestoredKey::from_words(&words, CHAIN, 6, &|_| ()).unwrap();
    let chain = Chain::new().with(5, restored.key_id(), 1000).used(5, 1);
    let mut signer = restore(&Drawn::default(), restored).await;
    for (ahead, expected) in [
        (30_001, "signer-future-account"),
        (u64::MAX - NOW_MS, "signer-future-account"),
    ] {
        let seen = chain.see_at(5, NOW_MS + ahead);
        let refused = signer.rekey(&seen, key(2, 4), 0, NOW_MS).await;
        assert_eq!(code(refused), expected);
    }
    let seen = chain.see_at(5, NOW_MS + 30_000);
    assert!(signer.rekey(&seen, key(2, 4), 0, NOW_MS).await.is_ok());
}
