//! Key files that were set back, and accounts that show that another copy of the key has signed.

use rpp_light_client::{Leaves, MemorySignerStore, Settled, Signer, SignerStore, Standing, Swap};

use rpp_verifier::OperationHash;

use crate::support::{
    Chain, Drawn, NOW_MS, Oracle, SMALL_PAYMENT, code, create_1000, key, open, passphrase, pay,
    reserve_only,
};

#[tokio::test]
async fn a_file_that_was_set_back_is_noticed_by_the_account() {
    let (mut chain, mut signer) = create_1000(1, 6).await;
    let oracle = Oracle::default();
    pay(&mut signer, &mut chain, &oracle).await;
    let backup = signer.store().load().await.unwrap().unwrap();
    for _ in 0..2 {
        pay(&mut signer, &mut chain, &oracle).await;
    }
    // The backup is put in place of the file, and the program started again.
    let mut signer = open(MemorySignerStore::with(backup), &Drawn::default()).await;
    assert_eq!(signer.status().await.unwrap().standing, Standing::Whole);
    let refused = signer.transfer(&chain.see(5), &SMALL_PAYMENT).await;
    assert_eq!(code(refused), "signer-restored");
    // For good.
    let mut signer = open(signer.store().clone(), &Drawn::default()).await;
    assert_eq!(signer.status().await.unwrap().standing, Standing::Restored);
    let rekey = signer
        .rekey(&chain.see(5), key(2, 4), 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&rekey, 100);
    assert!(rekey.signed().operation.nonce() >= 100 + 48);
    chain.take(&rekey.to_bytes()).unwrap();
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Rekeyed(Some(*rekey.hash()))
    );
}

#[tokio::test]
async fn behind_is_said_once() {
    let (mut chain, mut signer) = create_1000(1, 6).await;
    let backup = signer.store().load().await.unwrap().unwrap();
    pay(&mut signer, &mut chain, &Oracle::default()).await;
    let mut signer = open(MemorySignerStore::with(backup), &Drawn::default()).await;
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Behind(None)
    );
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Nothing
    );
}

/// Signs what no block takes, so that no account shows it, and puts an older file back.
async fn sign_and_set_back(
    signer: &mut Signer<MemorySignerStore, Drawn>,
    chain: &Chain,
    oracle: &Oracle,
    backup: &[u8],
) -> OperationHash {
    let lost = signer.transfer(&chain.see(5), &SMALL_PAYMENT).await;
    let lost = lost.unwrap();
    oracle.saw(&lost, 100);
    let store = signer.store();
    let now = store.load().await.unwrap();
    let swapped = store.swap(now.as_deref(), backup).await;
    assert_eq!(swapped.unwrap(), Swap::Saved);
    *lost.hash()
}

#[tokio::test]
async fn a_file_that_is_set_back_under_a_running_signer_is_noticed_at_once() {
    let (mut chain, mut signer) = create_1000(1, 6).await;
    let oracle = Oracle::default();
    pay(&mut signer, &mut chain, &oracle).await;
    let store = signer.store().clone();
    let backup = store.load().await.unwrap().unwrap();
    let lost = sign_and_set_back(&mut signer, &chain, &oracle, &backup).await;
    let refused = signer.transfer(&chain.see(5), &SMALL_PAYMENT).await;
    assert_eq!(code(refused), "signer-restored");
    let status = signer.status().await.unwrap();
    assert_eq!(
        (status.standing, status.pending),
        (Standing::Restored, None)
    );
    // It may still be taken.
    assert_eq!(status.last, Some(lost));
    let rekey = signer
        .rekey(&chain.see(5), key(2, 4), 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&rekey, 100);
    let mut again = open(store, &Drawn::default()).await;
    assert_eq!(again.status().await.unwrap().standing, Standing::Restored);
}

/// With another key offset, the same nonce is another leaf.
#[tokio::test]
async fn an_account_that_has_the_key_since_another_nonce_is_not_taken_for_the_same() {
    let (chain, mut signer) = create_1000(1, 6).await;
    signer.settle(&chain.see(5)).await.unwrap();
    let account = *chain.accounts.get(5).unwrap();
    let account = rpp_verifier::Account {
        nonce: 102,
        key_offset: 102,
        ..account
    };
    let accounts = chain.accounts.with(5, account);
    let again = Chain { accounts };
    let refused = signer.transfer(&again.see(5), &SMALL_PAYMENT).await;
    assert_eq!(code(refused), "signer-account-unproven");
    signer.vouch_for_account(5).await.unwrap();
    let sent = signer
        .transfer(&again.see(5), &SMALL_PAYMENT)
        .await
        .unwrap();
    Oracle::default().saw(&sent, 102);
}

/// The account's nonce is one past what is reserved here and was never signed: somebody else signed there.
#[tokio::test]
async fn a_leaf_that_was_used_where_nothing_was_sent_shows_another_copy() {
    let (chain, mut signer) = reserve_only().await;
    let reserved = signer.status().await.unwrap().pending;
    let seen = chain.used(5, 1).see(5);
    let refused = signer.transfer(&seen, &SMALL_PAYMENT).await;
    assert_eq!(code(refused), "signer-unsettled");
    let settled = signer.settle(&seen).await.unwrap();
    assert_eq!(settled, Settled::Behind(reserved));
    let status = signer.status().await.unwrap();
    assert_eq!(
        (status.standing, status.last),
        (Standing::Restored, reserved)
    );
}

/// The change of key was not taken, and its nonce is used: by another copy's operation.
#[tokio::test]
async fn a_change_of_key_that_was_passed_by_shows_another_copy() {
    for (again, used) in [(0, 1), (2, 3), (2, 1)] {
        let (chain, mut signer) = create_1000(1, 6).await;
        let rekey = signer.rekey(&chain.see(5), key(2, 4), 0, NOW_MS).await;
        let mut last = rekey.unwrap();
        for fee in 0..again {
            last = signer
                .rekey_again(&chain.see(5), u64::from(fee), NOW_MS)
                .await
                .unwrap();
        }
        let seen = chain.used(5, used).see(5);
        let settled = signer.settle(&seen).await.unwrap();
        // One that is not passed by can still be taken.
        let over = (used > again).then_some(*last.hash());
        assert_eq!(settled, Settled::Behind(over), "{again} {used}");
        let status = signer.status().await.unwrap();
        assert_eq!(status.standing, Standing::Restored);
        assert_eq!(status.pending.is_none(), over.is_some());
        if used == again + 1 {
            // There is no next key any more.
            let rekey = signer.rekey(&seen, key(3, 4), 0, NOW_MS).await;
            assert!(rekey.is_ok());
        }
    }
}

/// Set back, and gone on from there until its records have higher numbers than those that were seen.
#[tokio::test]
async fn a_file_that_was_set_back_and_went_on_is_noticed_by_its_leaves() {
    let (mut chain, mut signer) = create_1000(1, 6).await;
    let oracle = Oracle::default();
    let store = signer.store().clone();
    let backup = store.load().await.unwrap();
    for _ in 0..2 {
        pay(&mut signer, &mut chain, &oracle).await;
    }
    sign_and_set_back(&mut signer, &chain, &oracle, &backup.unwrap()).await;
    // Whoever opens it sees nothing wrong, as long as no block shows it. There are more records than it names.
    let mut other = open(store.clone(), &Drawn::default()).await;
    for account in [6, 5].repeat(20) {
        other.vouch_for_account(account).await.unwrap();
    }
    let status = signer.status().await.unwrap();
    assert_eq!(status.standing, Standing::Restored);
    // All leaves are gone that a whole key signs at.
    assert_eq!(status.leaves, Leaves::RekeyOnly { left: 16 });
    // That is said once.
    let status = signer.status().await.unwrap();
    assert_eq!(status.leaves, Leaves::RekeyOnly { left: 16 });
    let again = open(store, &Drawn::default()).await.status().await.unwrap();
    assert_eq!(again, status);
}

/// Set back, and gone on from there past all that was seen: both branches have signed, and the key has to be changed.
#[tokio::test]
async fn a_file_that_was_set_back_and_overtook_is_noticed_by_its_records() {
    let (chain, mut signer) = create_1000(1, 6).await;
    let store = signer.store().clone();
    let backup = store.load().await.unwrap().unwrap();
    let lost = sign_and_set_back(&mut signer, &chain, &Oracle::default(), &backup).await;
    // Whoever opens it sees nothing wrong, since no block shows it.
    let mut other = open(store, &Drawn::default()).await;
    for _ in 0..3 {
        let sent = other.transfer(&chain.see(5), &SMALL_PAYMENT).await;
        other.abandon(sent.unwrap().hash()).await.unwrap();
    }
    let status = signer.status().await.unwrap();
    assert_eq!(
        (status.standing, status.last),
        (Standing::Restored, Some(lost))
    );
    assert_eq!(other.status().await.unwrap(), status);
}

#[tokio::test]
async fn a_key_that_was_changed_does_not_come_back() {
    let (mut chain, mut signer) = create_1000(1, 6).await;
    let store = signer.store().clone();
    let rekey = signer
        .rekey(&chain.see(5), key(2, 4), 0, NOW_MS)
        .await
        .unwrap();
    let backup = store.load().await.unwrap();
    chain.take(&rekey.to_bytes()).unwrap();
    signer.settle(&chain.see(5)).await.unwrap();
    // One that has seen both keys, and one that has seen the new one only.
    let mut late = open(store.clone(), &Drawn::default()).await;
    // The file of the old key, with a higher number than any, and by more than the records that it names.
    let mut older = open(MemorySignerStore::with(backup.unwrap()), &Drawn::default()).await;
    for fee in 0..12 {
        let _ = older
            .rekey_again(
                &Chain::new().with(5, key(1, 6).key_id(), 99).see(5),
                fee,
                NOW_MS,
            )
            .await;
    }
    let (now, newer) = (store.load().await.unwrap(), older.copy().await.unwrap());
    assert_eq!(
        store.swap(now.as_deref(), &newer).await.unwrap(),
        Swap::Saved
    );
    for (who, file) in [(&mut signer, &newer), (&mut late, &newer)] {
        let now = store.load().await.unwrap();
        let swapped = store.swap(now.as_deref(), file).await;
        assert_eq!(swapped.unwrap(), Swap::Saved);
        let status = who.status().await.unwrap();
        assert_eq!(
            (status.key_id, status.standing),
            (key(1, 6).key_id(), Standing::Restored)
        );
    }
}

/// A signer without an account that finds its file set back cannot know which account is its own.
#[tokio::test]
async fn a_restored_key_without_an_account_asks_for_it() {
    let store = MemorySignerStore::default();
    let created = Signer::create(store.clone(), Drawn::default(), key(1, 6), &passphrase()).await;
    let mut signer = created.unwrap();
    let backup = store.load().await.unwrap().unwrap();
    let registered = signer.register().await.unwrap();
    let now = store.load().await.unwrap();
    assert_eq!(
        store.swap(now.as_deref(), &backup).await.unwrap(),
        Swap::Saved
    );
    let mut chain = Chain::new();
    chain.take(&registered.to_bytes()).unwrap();
    let index = registered.signed().operation.signer();
    let refused = signer.settle(&chain.see(index)).await;
    assert_eq!(code(refused), "signer-account-unnamed");
    signer.vouch_for_account(index).await.unwrap();
    assert_eq!(
        signer.settle(&chain.see(index)).await.unwrap(),
        Settled::Nothing
    );
}
