//! Whole and restored copies of one key that sign at the same time: each has leaves that the other never signs at.

use std::collections::HashMap;

use rpp_light_client::{
    AccountKey, Entropy, MemorySignerStore, Outgoing, Random, RestoredKey, Settled, Signer,
    SignerError, Standing, Words,
};
use rpp_verifier::Operation;

use crate::support::{
    CHAIN, Chain, Drawn, NOW_MS, Oracle, SMALL_PAYMENT, create_for_5, key, open, passphrase, pay,
    restore,
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

/// What was signed at each leaf of the one key that all copies have.
#[derive(Default)]
struct Signed(HashMap<u32, Vec<Vec<u8>>>);

impl Signed {
    async fn saw(&mut self, who: &mut Held, signed: Result<Outgoing, SignerError>, share: u32) {
        let Ok(outgoing) = signed else { return };
        let leaf = outgoing.signed().operation.nonce() - 100;
        let is_whole = who.status().await.unwrap().standing == Standing::Whole;
        assert_eq!(leaf < share, is_whole, "{leaf}");
        let messages = self.0.entry(leaf).or_default();
        let bytes = outgoing.to_bytes();
        if !messages.contains(&bytes) {
            messages.push(bytes);
        }
    }
}

/// One whole copy, and restored ones that come at any time, from words or as a copy of any of them; each does anything,
/// again after it was started again, with the account as it is or as it was at any time before.
#[tokio::test]
async fn whole_and_restored_copies_that_do_anything_sign_nothing_at_one_leaf() {
    for (height, share) in [(4, 12), (5, 24), (6, 48)] {
        for round in 0..4 {
            let random = Drawn::default();
            for _ in 0..=round {
                random.fill(&mut [0; 997]).unwrap();
            }
            let roll = |sides: u32| {
                let mut bytes = [0; 4];
                random.fill(&mut bytes).unwrap();
                u32::from_le_bytes(bytes) % sides
            };
            let (chain, whole, words) = paid_once(height, &Oracle::default()).await;
            let start = chain.accounts.get(5).unwrap().nonce;
            let (mut copies, mut signed) = (vec![whole], Signed::default());
            for step in 0..150_u8 {
                let next = copies[0].status().await.unwrap().next_leaf;
                // Whatever of the whole copy's operations a block has by then, or had.
                let spent = roll(next) + 1;
                let seen = chain.clone().used(5, 100 + spent - start).see(5);
                let who = usize::try_from(roll(8)).unwrap().saturating_sub(3) % copies.len();
                let copy = &mut copies[who];
                let fee = u64::from(step);
                let new_key = key(step + 100, 4);
                match roll(12) {
                    0 => {
                        let rekey = copy.rekey(&seen, new_key, fee, NOW_MS).await;
                        signed.saw(copy, rekey, share).await;
                    }
                    1 | 7 | 8 => {
                        let rekey = copy.rekey_again(&seen, fee, NOW_MS).await;
                        signed.saw(copy, rekey, share).await;
                    }
                    2 => drop(copy.settle(&seen).await),
                    3 => {
                        if let Some(pending) = copy.status().await.unwrap().pending {
                            let _ = copy.abandon(&pending).await;
                        }
                    }
                    4 => *copy = open(copy.store().clone(), &random).await,
                    5 => {
                        let (file, store) = (copy.copy().await.unwrap(), Default::default());
                        let (random, passphrase) = (random.clone(), passphrase());
                        let put = Signer::import(store, random, &file, None, &passphrase).await;
                        copies.push(put.unwrap());
                    }
                    6 => copies.push(restore(&random, again(&words, height)).await),
                    _ => {
                        let paid = copy.transfer(&seen, &SMALL_PAYMENT).await;
                        signed.saw(copy, paid, share).await;
                    }
                }
            }
            let whole: Vec<_> = signed.0.iter().filter(|(leaf, _)| **leaf < share).collect();
            assert!(whole.iter().all(|(_, messages)| messages.len() == 1));
            // Those who restore a key so often do draw one leaf twice.
            assert!(!whole.is_empty() && whole.len() < signed.0.len());
        }
    }
}
