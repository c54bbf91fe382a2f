//! Keys that come from words, from copies, or whose other copy has signed.

use rpp_light_client::{
    AccountKey, Entropy, MemorySignerStore, Payment, RestoredKey, Settled, Signer, SignerError,
    SignerStore, Standing, Swap,
};
use rpp_verifier::Operation;

use crate::support::{CHAIN, Chain, Drawn, NOW_MS, OTHER, Oracle, key, open, passphrase, restore};

const PAYMENT: Payment = Payment {
    to: OTHER,
    amount: 1,
    fee: 0,
};

fn code<T: std::fmt::Debug>(result: Result<T, SignerError>) -> &'static str {
    result.unwrap_err().code()
}

async fn create(seed: u8, height: u32) -> (Chain, Signer<MemorySignerStore, Drawn>) {
    let key = key(seed, height);
    let chain = Chain::new().with(5, key.key_id(), 1000);
    let store = MemorySignerStore::default();
    let created = Signer::create(store, Drawn::default(), key, &passphrase()).await;
    (chain, created.unwrap())
}

/// Signs and has it taken.
async fn pay(signer: &mut Signer<MemorySignerStore, Drawn>, chain: &mut Chain, oracle: &Oracle) {
    let outgoing = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    oracle.saw(&outgoing, 100);
    chain.take(&outgoing.to_bytes()).unwrap();
    signer.settle(&chain.see(5)).await.unwrap();
}

#[tokio::test]
async fn a_key_from_words_can_only_be_changed() {
    let oracle = Oracle::default();
    let entropy = Entropy::from_fresh_bytes([3; 32]);
    let words = entropy.words();
    let key_id = AccountKey::generate(entropy, CHAIN, 6, &|_| ())
        .unwrap()
        .key_id();
    let mut chain = Chain::new().with(5, key_id, 1000);
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
        code(signer.transfer(&chain.see(5), &PAYMENT).await),
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
    assert!(
        (8..16).contains(&leaf),
        "an eighth, and less than another: {leaf}"
    );
    let again = signer.rekey_again(&chain.see(5), 2, NOW_MS).await.unwrap();
    oracle.saw(&again, 100);
    assert_eq!(oracle.count(), 2);
    chain.take(&again.to_bytes()).unwrap();
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Rekeyed
    );
    // The new key is its own.
    assert_eq!(signer.status().await.unwrap().standing, Standing::Whole);
    let outgoing = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
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
async fn an_imported_copy_counts_as_restored() {
    let (mut chain, mut signer) = create(1, 6).await;
    let oracle = Oracle::default();
    pay(&mut signer, &mut chain, &oracle).await;
    let copy = signer.copy().await.unwrap();
    for _ in 0..3 {
        pay(&mut signer, &mut chain, &oracle).await;
    }
    let import = |copy: Vec<u8>| async move {
        let store = MemorySignerStore::default();
        Signer::import(store, Drawn::default(), &copy, &passphrase()).await
    };
    let mut copied = import(copy.clone()).await.unwrap();
    assert_eq!(copied.status().await.unwrap().standing, Standing::Restored);
    let refused = copied.transfer(&chain.see(5), &PAYMENT).await;
    assert_eq!(code(refused), "signer-restored");
    let rekey = copied
        .rekey(&chain.see(5), key(2, 4), 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&rekey, 100);
    assert!(rekey.signed().operation.nonce() >= 100 + 4 + 8);
    // The copy stays one after a restart.
    let mut again = open(copied.store().clone(), &Drawn::default()).await;
    assert_eq!(again.status().await.unwrap().standing, Standing::Restored);
    assert_eq!(again.pending().await.unwrap(), Some(rekey));

    // A copy is not put over a key, and needs its passphrase.
    let over = signer.store().clone();
    let refused = Signer::import(over, Drawn::default(), &copy, &passphrase()).await;
    assert_eq!(code(refused), "signer-exists");
    assert_eq!(
        code(import(copy[..copy.len() - 1].to_vec()).await),
        "truncated"
    );
}

/// Two copies of one file, each of which may have changes of key under way, use different leaves.
#[tokio::test]
async fn a_copy_with_a_change_of_key_under_way_jumps_as_well() {
    let (chain, mut signer) = create(1, 6).await;
    let oracle = Oracle::default();
    let first = signer
        .rekey(&chain.see(5), key(2, 4), 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&first, 100);
    let copy = signer.copy().await.unwrap();
    let store = MemorySignerStore::default();
    let imported = Signer::import(store, Drawn::default(), &copy, &passphrase()).await;
    let mut imported = imported.unwrap();
    assert_eq!(imported.pending().await.unwrap(), Some(first));
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
    let (mut chain, mut signer) = create(1, 6).await;
    let oracle = Oracle::default();
    let rekey = signer
        .rekey(&chain.see(5), key(2, 5), 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&rekey, 100);
    let copy = signer.copy().await.unwrap();
    let store = MemorySignerStore::default();
    let imported = Signer::import(store, Drawn::default(), &copy, &passphrase()).await;
    let mut imported = imported.unwrap();
    chain.take(&rekey.to_bytes()).unwrap();
    assert_eq!(
        imported.settle(&chain.see(5)).await.unwrap(),
        Settled::Rekeyed
    );
    let refused = imported.transfer(&chain.see(5), &PAYMENT).await;
    assert_eq!(code(refused), "signer-restored");
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Rekeyed
    );
    let outgoing = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    oracle.saw(&outgoing, 101);
    let rescue = imported
        .rekey(&chain.see(5), key(3, 4), 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&rescue, 101);
    assert_eq!(oracle.count(), 3);
}

#[tokio::test]
async fn a_file_that_was_set_back_is_noticed_by_the_account() {
    let (mut chain, mut signer) = create(1, 6).await;
    let oracle = Oracle::default();
    pay(&mut signer, &mut chain, &oracle).await;
    let backup = signer.store().load().await.unwrap().unwrap();
    for _ in 0..2 {
        pay(&mut signer, &mut chain, &oracle).await;
    }
    // The backup is put in place of the file, and the program started again.
    let mut signer = open(MemorySignerStore::with(backup), &Drawn::default()).await;
    assert_eq!(signer.status().await.unwrap().standing, Standing::Whole);
    let refused = signer.transfer(&chain.see(5), &PAYMENT).await;
    assert_eq!(code(refused), "signer-restored");
    // For good.
    let mut signer = open(signer.store().clone(), &Drawn::default()).await;
    assert_eq!(signer.status().await.unwrap().standing, Standing::Restored);
    let rekey = signer
        .rekey(&chain.see(5), key(2, 4), 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&rekey, 100);
    assert!(rekey.signed().operation.nonce() >= 100 + 3 + 8);
    chain.take(&rekey.to_bytes()).unwrap();
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Rekeyed
    );
}

#[tokio::test]
async fn behind_is_said_once() {
    let (mut chain, mut signer) = create(1, 6).await;
    let backup = signer.store().load().await.unwrap().unwrap();
    pay(&mut signer, &mut chain, &Oracle::default()).await;
    let mut signer = open(MemorySignerStore::with(backup), &Drawn::default()).await;
    assert_eq!(signer.settle(&chain.see(5)).await.unwrap(), Settled::Behind);
    assert_eq!(
        signer.settle(&chain.see(5)).await.unwrap(),
        Settled::Nothing
    );
}

#[tokio::test]
async fn a_file_that_is_set_back_under_a_running_signer_is_noticed_at_once() {
    let (mut chain, mut signer) = create(1, 6).await;
    let oracle = Oracle::default();
    pay(&mut signer, &mut chain, &oracle).await;
    let store = signer.store().clone();
    let backup = store.load().await.unwrap().unwrap();
    // Signed, and not taken by any block yet: no account shows it.
    let lost = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    oracle.saw(&lost, 100);
    let now = store.load().await.unwrap();
    assert_eq!(
        store.swap(now.as_deref(), &backup).await.unwrap(),
        Swap::Saved
    );
    let refused = signer.transfer(&chain.see(5), &PAYMENT).await;
    assert_eq!(code(refused), "signer-restored");
    let status = signer.status().await.unwrap();
    assert_eq!(
        (status.standing, status.pending),
        (Standing::Restored, None)
    );
    let rekey = signer
        .rekey(&chain.see(5), key(2, 4), 1, NOW_MS)
        .await
        .unwrap();
    oracle.saw(&rekey, 100);
    let mut again = open(store, &Drawn::default()).await;
    assert_eq!(again.status().await.unwrap().standing, Standing::Restored);
}

#[tokio::test]
async fn two_restorations_of_the_same_words_draw_their_leaves() {
    let words = Entropy::from_fresh_bytes([3; 32]).words();
    let key_id = RestoredKey::from_words(&words, CHAIN, 10, &|_| ())
        .unwrap()
        .key_id();
    let chain = Chain::new().with(5, key_id, 1000);
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
        assert!((128..256).contains(&leaf));
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
    assert!((12..16).contains(&leaf), "{leaf}");
    chain.take(&rekey.to_bytes()).unwrap();
}
