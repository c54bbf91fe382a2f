//! Whole and restored copies of one key that sign at the same time: each has leaves that the other never signs at.

use rpp_light_client::{
    AccountKey, Entropy, MemorySignerStore, RestoredKey, Settled, Signer, Words,
};
use rpp_verifier::Operation;

use crate::support::{
    CHAIN, Chain, Drawn, NOW_MS, Oracle, SMALL_PAYMENT, create_for_5, key, passphrase, pay, restore,
};

type Held = Signer<MemorySignerStore, Drawn>;

/// The signer of account 5, which has paid once, and its words.
async fn paid_once(height: u32, oracle: &Oracle) -> (Chain, Held, Words) {
    let entropy = Entropy::from_fresh_bytes([3; 32]);
    let words = entropy.words();
    let first = AccountKey::generate(entropy, CHAIN, height, &|_| ()).unwrap();
    let mut chain = Chain::new().with(5, first.key_id(), 1_000_000);
    let store = MemorySignerStore::default();
    let mut signer = create_for_5(store, &Drawn::default(), first).await;
    pay(&mut signer, &mut chain, oracle).await;
    (chain, signer, words)
}

fn again(words: &Words, height: u32) -> RestoredKey {
    RestoredKey::from_words(words, CHAIN, height, &|_| ()).unwrap()
}

/// Signs changes of key until none is left; returns how many there were.
async fn change_to_the_end(signer: &mut Held, chain: &Chain, oracle: &Oracle, seed: u8) -> u32 {
    let seen = chain.see(5);
    let mut changed = signer.rekey(&seen, key(seed, 4), 0, NOW_MS).await;
    let mut count = 0;
    loop {
        match changed {
            Ok(outgoing) => oracle.saw(&outgoing, 100),
            Err(error) => {
                assert_eq!(error.code(), "signer-exhausted");
                return count;
            }
        }
        count += 1;
        changed = signer.rekey_again(&seen, count.into(), NOW_MS).await;
    }
}

/// No block takes what the restored copies have signed, and the whole one pays to its last leaf.
#[tokio::test]
async fn a_whole_key_that_is_used_on_comes_to_no_leaf_of_a_restored_one() {
    for height in [4, 6] {
        let oracle = Oracle::default();
        let (mut chain, mut whole, words) = paid_once(height, &oracle).await;
        let mut from_words = restore(&Drawn::default(), again(&words, height)).await;
        assert!(change_to_the_end(&mut from_words, &chain, &oracle, 20).await >= 2);
        loop {
            match whole.transfer(&chain.see(5), &SMALL_PAYMENT).await {
                Ok(outgoing) => {
                    oracle.saw(&outgoing, 100);
                    chain.take(&outgoing.to_bytes()).unwrap();
                    whole.settle(&chain.see(5)).await.unwrap();
                }
                Err(error) => {
                    assert_eq!(error.code(), "signer-rekey-only");
                    break;
                }
            }
        }
        assert_eq!(
            change_to_the_end(&mut whole, &chain, &oracle, 21).await,
            4,
            "{height}"
        );
    }
}

/// The same with a copy of the file, which goes on from where the file stood.
#[tokio::test]
async fn a_whole_key_that_is_used_on_comes_to_no_leaf_of_an_imported_one() {
    let oracle = Oracle::default();
    let (mut chain, mut whole, _) = paid_once(6, &oracle).await;
    let copy = whole.copy().await.unwrap();
    let store = MemorySignerStore::default();
    let imported = Signer::import(store, Drawn::default(), &copy, None, &passphrase()).await;
    let mut imported = imported.unwrap();
    assert!(change_to_the_end(&mut imported, &chain, &oracle, 20).await >= 2);
    while let Ok(outgoing) = whole.transfer(&chain.see(5), &SMALL_PAYMENT).await {
        oracle.saw(&outgoing, 100);
        chain.take(&outgoing.to_bytes()).unwrap();
        whole.settle(&chain.see(5)).await.unwrap();
    }
    change_to_the_end(&mut whole, &chain, &oracle, 21).await;
}

/// A host shows a newer account, and then an older one that is not too old.
#[tokio::test]
async fn a_restored_key_keeps_to_its_leaves_whichever_account_it_is_given() {
    let (random, oracle) = (Drawn::default(), Oracle::default());
    let (old, _, words) = paid_once(6, &oracle).await;
    let new = old.clone().used(5, 20);
    for seed in 10..20 {
        let mut restored = restore(&random, again(&words, 6)).await;
        assert_eq!(
            restored.settle(&new.see(5)).await.unwrap(),
            Settled::Nothing
        );
        let rekey = restored.rekey(&old.see(5), key(seed, 4), 0, NOW_MS).await;
        let Operation::Rekey(rekey) = rekey.unwrap().signed().operation else {
            panic!("a change of key");
        };
        let leaf = rekey.nonce - 100;
        assert!((48..64).contains(&leaf), "{leaf}");
    }
}
