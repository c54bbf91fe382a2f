//! Keys that came as a copy of a key file.

use rpp_light_client::{Leaves, MemorySignerStore, Settled, Signer, Standing};

use crate::support::{
    Chain, Cut, CutStore, Drawn, NOW_MS, Oracle, SMALL_PAYMENT, code, create_1000, create_for_5,
    give_to_6, key, open, passphrase, pay, reserve_only,
};

#[tokio::test]
async fn an_imported_copy_counts_as_restored() {
    let (mut chain, mut signer) = create_1000(1, 6).await;
    let oracle = Oracle::default();
    pay(&mut signer, &mut chain, &oracle).await;
    let copy = signer.copy().await.unwrap();
    for _ in 0..3 {
        pay(&mut signer, &mut chain, &oracle).await;
    }
    let import = |copy: Vec<u8>| async move {
        let store = MemorySignerStore::default();
        Signer::import(store, Drawn::default(), &copy, None, &passphrase()).await
    };
    let mut copied = import(copy.clone()).await.unwrap();
    assert_eq!(copied.status().await.unwrap().standing, Standing::Restored);
    let refused = copied.transfer(&chain.see(5), &SMALL_PAYMENT).await;
    assert_eq!(code(refused), "signer-restored");
    let rekey = copied
        .rekey(&chain.see(5), key(2, 4), 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&rekey, 100);
    assert!(rekey.signed().operation.nonce() >= 100 + 48);
    // The copy stays one after a restart.
    let mut again = open(copied.store().clone(), &Drawn::default()).await;
    assert_eq!(again.status().await.unwrap().standing, Standing::Restored);
    assert_eq!(again.pending().await.unwrap(), Some(rekey));

    // A copy is not put over a key, and needs its passphrase.
    let over = signer.store().clone();
    let refused = Signer::import(over, Drawn::default(), &copy, None, &passphrase()).await;
    assert_eq!(code(refused), "signer-exists");
    assert_eq!(
        code(import(copy[..copy.len() - 1].to_vec()).await),
        "truncated"
    );
}

/// Two copies of one file, each of which may have changes of key under way, use different leaves.
#[tokio::test]
async fn a_copy_with_a_change_of_key_under_way_jumps_as_well() {
    let (chain, mut signer) = create_1000(1, 6).await;
    let oracle = Oracle::default();
    let first = signer
        .rekey(&chain.see(5), key(2, 4), 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&first, 100);
    let copy = signer.copy().await.unwrap();
    let store = MemorySignerStore::default();
    let imported = Signer::import(store, Drawn::default(), &copy, None, &passphrase()).await;
    let mut imported = imported.unwrap();
    let pending = imported.pending().await.unwrap().unwrap();
    assert_eq!(pending.to_bytes(), first.to_bytes());
    let ours = signer.rekey_again(&chain.see(5), 2, NOW_MS).await.unwrap();
    let theirs = imported
        .rekey_again(&chain.see(5), 3, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&ours, 100);
    oracle.saw(&theirs, 100);
    assert_eq!(oracle.count(), 3);
}

/// Two files hold the new key: the one that was copied goes on with it, the copy only changes it.
#[tokio::test]
async fn a_new_key_that_was_copied_is_restored_as_well() {
    let (mut chain, mut signer) = create_1000(1, 6).await;
    let oracle = Oracle::default();
    let rekey = signer
        .rekey(&chain.see(5), key(2, 5), 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&rekey, 100);
    let copy = signer.copy().await.unwrap();
    let store = MemorySignerStore::default();
    let imported = Signer::import(store, Drawn::default(), &copy, None, &passphrase()).await;
    let mut imported = imported.unwrap();
    chain.take(&rekey.to_bytes()).unwrap();
    assert_eq!(
        imported.settle(&chain.see(5)).await.unwrap(),
        Settled::Rekeyed(Some(*rekey.hash()))
    );
    let refused = imported.transfer(&chain.see(5), &SMALL_PAYMENT).await;
    assert_eq!(code(refused), "signer-restored");
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Rekeyed(Some(*rekey.hash()))
    );
    let outgoing = signer
        .transfer(&chain.see(5), &SMALL_PAYMENT)
        .await
        .unwrap();
    oracle.saw(&outgoing, 101);
    let rescue = imported
        .rekey(&chain.see(5), key(3, 4), 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&rescue, 101);
    assert_eq!(oracle.count(), 3);
}

#[tokio::test]
async fn a_copy_that_knows_no_account_is_told_which_it_is() {
    let random = Drawn::default();
    let store = MemorySignerStore::default();
    let created = Signer::create(store, random.clone(), key(1, 6), &passphrase()).await;
    let mut signer = created.unwrap();
    let nowhere = signer.copy().await.unwrap();
    signer.vouch_for_account(5).await.unwrap();
    let at_home = signer.copy().await.unwrap();
    let import = |copy: Vec<u8>, account| {
        let (store, random) = (MemorySignerStore::default(), random.clone());
        async move { Signer::import(store, random, &copy, account, &passphrase()).await }
    };
    let refused = import(nowhere.clone(), None).await;
    assert_eq!(code(refused), "signer-account-unnamed");
    let mut copied = import(at_home, None).await.unwrap();
    assert_eq!(copied.status().await.unwrap().account, Some(5));
    let mut named = import(nowhere, Some(5)).await.unwrap();
    let chain = Chain::new().with(5, key(1, 6).key_id(), 1000);
    let refused = named
        .settle(&give_to_6(&chain, key(1, 6).key_id()).see(6))
        .await;
    assert_eq!(code(refused), "signer-other-account");
    let chain = chain.used(5, 1);
    assert_eq!(named.settle(&chain.see(5)).await.unwrap(), Settled::Nothing);
}

/// The number that the copy was told was wrong, and nothing was signed for it.
#[tokio::test]
async fn a_copy_takes_another_number_until_a_leaf_was_given_out_for_the_first() {
    let (chain, mut signer) = create_1000(1, 6).await;
    let import = |copy: Vec<u8>| async move {
        let store = MemorySignerStore::default();
        Signer::import(store, Drawn::default(), &copy, Some(6), &passphrase()).await
    };
    signer.settle(&chain.see(5)).await.unwrap();
    let copy = signer.copy().await.unwrap();
    let mut other = import(copy).await.unwrap();
    assert_eq!(other.status().await.unwrap().account, Some(6));
    let _ = signer
        .transfer(&chain.see(5), &SMALL_PAYMENT)
        .await
        .unwrap();
    let refused = import(signer.copy().await.unwrap()).await;
    assert_eq!(code(refused), "signer-other-account");
}

/// Wherever the other copy stands, and however far the chain is behind.
#[tokio::test]
async fn a_copy_signs_at_the_last_quarter_of_the_leaves_only() {
    let (chain, mut signer) = create_1000(1, 7).await;
    let oracle = Oracle::default();
    for _ in 0..10 {
        let given_up = signer
            .transfer(&chain.see(5), &SMALL_PAYMENT)
            .await
            .unwrap();
        oracle.saw(&given_up, 100);
        signer.abandon(given_up.hash()).await.unwrap();
    }
    let copy = signer.copy().await.unwrap();
    let store = MemorySignerStore::default();
    let imported = Signer::import(store, Drawn::default(), &copy, None, &passphrase()).await;
    let mut imported = imported.unwrap();
    let left = |left| Leaves::RekeyOnly { left };
    let status = imported.status().await.unwrap();
    assert_eq!(status.leaves, left(32));
    let mut last = 95;
    for fee in 0..3 {
        let seen = chain.see(5);
        let rekey = match fee {
            0 => imported.rekey(&seen, key(2, 4), fee, NOW_MS).await,
            _ => imported.rekey_again(&seen, fee, NOW_MS).await,
        };
        let rekey = rekey.unwrap();
        oracle.saw(&rekey, 100);
        let leaf = rekey.signed().operation.nonce() - 100;
        assert!(leaf > last, "{leaf}");
        assert_eq!(rekey.leaves(), left(128 - leaf - 1));
        last = leaf;
    }
}

/// What a copy has reserved may have been given up by the file that it was copied from, and its leaf have signed
/// something else.
#[tokio::test]
async fn a_copy_signs_nothing_that_it_has_only_reserved() {
    let (_, mut signer) = reserve_only().await;
    let reserved = signer.status().await.unwrap().pending.unwrap();
    let copy = signer.copy().await.unwrap();
    let store = MemorySignerStore::default();
    let imported = Signer::import(store, Drawn::default(), &copy, None, &passphrase()).await;
    let mut imported = imported.unwrap();
    assert_eq!(imported.pending().await.unwrap(), None);
    assert_eq!(imported.status().await.unwrap().last, Some(reserved));
}

/// The change that was reserved last is not signed; one before it was sent, so that its new key stays.
#[tokio::test]
async fn a_copy_keeps_the_new_key_of_a_change_that_was_sent() {
    let store = CutStore::default();
    let first = key(1, 6);
    let mut chain = Chain::new().with(5, first.key_id(), 1000);
    let mut signer = create_for_5(store.clone(), &Drawn::default(), first).await;
    let sent = signer
        .rekey(&chain.see(5), key(2, 5), 0, NOW_MS)
        .await
        .unwrap();
    store.cut(1, Cut::Before);
    assert!(signer.rekey_again(&chain.see(5), 1, NOW_MS).await.is_err());
    let copy = signer.copy().await.unwrap();
    let import = || {
        let store = MemorySignerStore::default();
        let copy = copy.clone();
        async move { Signer::import(store, Drawn::default(), &copy, None, &passphrase()).await }
    };
    let mut imported = import().await.unwrap();
    assert_eq!(imported.pending().await.unwrap(), None);
    // No third key may take its place.
    let refused = imported.rekey(&chain.see(5), key(3, 4), 0, NOW_MS).await;
    assert_eq!(code(refused), "signer-rekey-pending");
    let again = imported
        .rekey_again(&chain.see(5), 1, NOW_MS)
        .await
        .unwrap();
    Oracle::default().saw(&again, 100);
    chain.take(&sent.to_bytes()).unwrap();
    for mut copy in [imported, import().await.unwrap()] {
        let settled = copy.settle(&chain.see(5)).await.unwrap();
        assert!(matches!(settled, Settled::Rekeyed(_)), "{settled:?}");
        let status = copy.status().await.unwrap();
        assert_eq!(status.key_id, key(2, 5).key_id());
        assert_eq!(status.standing, Standing::Restored);
    }
}
