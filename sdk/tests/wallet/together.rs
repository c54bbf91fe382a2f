//! Several handles to one store at once, which interleave anywhere, fail, and are dropped in the middle.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use rpp_light_client::{
    MemorySignerStore, Payment, Signer, SignerError, SignerStore, StoreError, Swap,
};

use tokio::sync::Semaphore;

use crate::support::{Chain, Drawn, OTHER, Oracle, create_for_5, failed, key, open, passphrase};

/// Pauses before and after everything, so that others come between, and fails now and then.
#[derive(Clone, Debug)]
struct Restless {
    inner: MemorySignerStore,
    random: Drawn,
    is_quiet: Arc<AtomicBool>,
}

impl Restless {
    fn roll(&self, sides: u8) -> u8 {
        let mut byte = [0];
        rpp_light_client::Random::fill(&self.random, &mut byte).unwrap();
        byte[0] % sides
    }

    async fn pause(&self) {
        for _ in 0..self.roll(4) {
            tokio::task::yield_now().await;
        }
    }

    fn fails(&self) -> bool {
        !self.is_quiet.load(Ordering::Relaxed) && self.roll(12) == 0
    }
}

impl SignerStore for Restless {
    async fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.pause().await;
        let loaded = self.inner.load().await;
        self.pause().await;
        loaded
    }

    async fn swap(&self, before: Option<&[u8]>, after: &[u8]) -> Result<Swap, StoreError> {
        self.pause().await;
        if self.fails() {
            return Err(failed());
        }
        let swapped = self.inner.swap(before, after).await;
        self.pause().await;
        if self.fails() {
            return Err(failed());
        }
        swapped
    }
}

/// One step of one handle: whatever leaves is shown to the oracle, whatever is refused is refused by name.
async fn step(
    signer: &mut Signer<Restless, Drawn>,
    roll: u8,
    chain: &tokio::sync::Mutex<Chain>,
    oracle: &Oracle,
) {
    let seen = chain.lock().await.see(5);
    let outgoing = match roll {
        0..4 => {
            let amount = u64::from(roll) + 1;
            let (to, fee) = (OTHER, 0);
            signer
                .transfer(&seen, &Payment { to, amount, fee })
                .await
                .map(Some)
        }
        4 => match signer.status().await.map(|status| status.pending) {
            Ok(Some(pending)) => signer.abandon(&pending).await.map(|()| None),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        },
        5 | 6 => signer.settle(&seen).await.map(|_| None),
        _ => signer.pending().await,
    };
    match outgoing {
        Ok(Some(outgoing)) => {
            oracle.saw(&outgoing, 100);
            if roll.is_multiple_of(2) {
                let _ = chain.lock().await.take(&outgoing.to_bytes());
            }
        }
        Ok(None) => {}
        Err(
            SignerError::Pending { .. }
            | SignerError::NothingPending
            | SignerError::Unsettled { .. }
            | SignerError::Overtaken { .. }
            | SignerError::Contended
            | SignerError::Interrupted { .. }
            | SignerError::Store(_),
        ) => {}
        Err(error) => panic!("{}: {error}", error.code()),
    }
}

/// Polls a future so often, and drops it.
async fn dropped(mut polls: u8, future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    poll_fn(|context| {
        polls = polls.saturating_sub(1);
        match future.as_mut().poll(context) {
            Poll::Pending if polls > 0 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}

#[tokio::test]
async fn one_leaf_signs_one_message_whoever_comes_between() {
    let mut signed = 0;
    for round in 0..12 {
        let random = Drawn::default();
        for _ in 0..=round {
            rpp_light_client::Random::fill(&random, &mut [0; 1013]).unwrap();
        }
        let key = key(round, 9);
        let chain = Chain::new().with(5, key.key_id(), 1_000_000);
        let store = Restless {
            inner: MemorySignerStore::default(),
            random: random.clone(),
            is_quiet: Arc::new(AtomicBool::new(true)),
        };
        drop(create_for_5(store.clone(), &random, key).await);
        let (chain, oracle) = (Arc::new(tokio::sync::Mutex::new(chain)), Oracle::default());
        let handle = || async {
            let mut opened = open(store.clone(), &random).await;
            for _ in 0..180 {
                let roll = store.roll(9);
                if store.roll(10) == 0 {
                    // Dropped in the middle, at any of its pauses.
                    let polls = store.roll(30);
                    dropped(polls, step(&mut opened, roll, &chain, &oracle)).await;
                    if store.roll(2) == 0 {
                        opened = open(store.clone(), &random).await;
                    }
                } else {
                    step(&mut opened, roll, &chain, &oracle).await;
                }
            }
        };
        let handles = async { tokio::join!(handle(), handle(), handle()) };
        store.is_quiet.store(false, Ordering::Relaxed);
        handles.await;
        signed += oracle.count();
    }
    assert!(signed > 350, "{signed} operations were signed");
}

#[tokio::test]
async fn of_two_handles_that_sign_at_once_one_is_refused() {
    let (random, key) = (Drawn::default(), key(1, 5));
    let chain = Chain::new().with(5, key.key_id(), 1000);
    let store = MemorySignerStore::default();
    let (mut one, oracle) = (
        create_for_5(store.clone(), &random, key).await,
        Oracle::default(),
    );
    let mut two = Signer::open(store, random, &passphrase()).await.unwrap();
    let payment = |amount| Payment {
        to: OTHER,
        amount,
        fee: 0,
    };
    let first = one.transfer(&chain.see(5), &payment(1)).await.unwrap();
    let refused = two.transfer(&chain.see(5), &payment(2)).await.unwrap_err();
    assert_eq!(refused.code(), "signer-pending");
    assert_eq!(two.pending().await.unwrap(), Some(first.clone()));
    oracle.saw(&first, 100);
    two.abandon(first.hash()).await.unwrap();
    let second = two.transfer(&chain.see(5), &payment(2)).await.unwrap();
    oracle.saw(&second, 100);
    assert_eq!(one.pending().await.unwrap(), Some(second.clone()));
    // Who wants to give up the first does not give up the second.
    let refused = one.abandon(first.hash()).await.unwrap_err();
    assert_eq!(refused.code(), "signer-pending");
    assert_eq!(one.pending().await.unwrap(), Some(second));
}

/// Lets so many reads through.
#[derive(Clone, Debug)]
struct Gated {
    inner: MemorySignerStore,
    reads: Arc<Semaphore>,
}

impl SignerStore for Gated {
    async fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.reads.acquire().await.unwrap().forget();
        self.inner.load().await
    }

    async fn swap(&self, before: Option<&[u8]>, after: &[u8]) -> Result<Swap, StoreError> {
        self.inner.swap(before, after).await
    }
}

/// Between the reservation of one handle and its signature, another signs, sends, and sees it taken.
#[tokio::test]
async fn who_is_overtaken_is_told_the_hash_and_not_to_try_again() {
    let (random, key) = (Drawn::default(), key(1, 5));
    let mut chain = Chain::new().with(5, key.key_id(), 1000);
    let inner = MemorySignerStore::default();
    let mut two = create_for_5(inner.clone(), &random, key).await;
    let reads = Arc::new(Semaphore::new(2));
    let gated = Gated {
        inner,
        reads: Arc::clone(&reads),
    };
    let mut one = open(gated, &random).await;
    let payment = Payment {
        to: OTHER,
        amount: 1,
        fee: 0,
    };
    let seen = chain.see(5);
    let paying = one.transfer(&seen, &payment);
    let overtaking = async {
        // The first handle has reserved, and waits to read.
        let sent = two.pending().await.unwrap().unwrap();
        chain.take(&sent.to_bytes()).unwrap();
        two.settle(&chain.see(5)).await.unwrap();
        reads.add_permits(100);
        *sent.hash()
    };
    let (paid, hash) = tokio::join!(paying, overtaking);
    match paid {
        Err(SignerError::Overtaken { operation }) => assert_eq!(operation, hash),
        other => panic!("{other:?}"),
    }
    assert_eq!(one.status().await.unwrap().last, Some(hash));
}
