//! A chain of accounts, keys that are quick to make, a store that can be cut off, and the oracle of one leaf,
//! one message.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use rpp_light_client::{
    AccountKey, Cost, Entropy, MemorySignerStore, Outgoing, Passphrase, Payment, Random,
    RandomError, RestoredKey, Signer, SignerError, SignerStore, StoreError, StoreFault, Swap,
};
use rpp_verifier::{
    Account, Accounts, ChainParams, Digest, KeyPurpose, Operation, OperationError, SignedOperation,
    TrustedChain, VerifiedAccount, genesis,
};

pub(crate) const CHAIN: u32 = 7;
pub(crate) const NOW_MS: u64 = 1_700_000_000_000;
/// An account that is there from the start.
pub(crate) const OTHER: u32 = 9;
pub(crate) const SMALL_PAYMENT: Payment = Payment {
    to: OTHER,
    amount: 1,
    fee: 0,
};

/// Foreseeable bytes, never the same twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drawn(Arc<AtomicU64>);

impl Random for Drawn {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        for byte in bytes {
            let x = self.0.fetch_add(1, Ordering::Relaxed);
            let x = x.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            *byte = u8::try_from((x ^ (x >> 29)) >> 24 & 0xff).unwrap();
        }
        Ok(())
    }
}

pub(crate) fn passphrase() -> Passphrase {
    Passphrase::new("a passphrase").cost(Cost::new(1024, 1).unwrap())
}

/// A key of 2^`height` leaves.
pub(crate) fn key(seed: u8, height: u32) -> AccountKey {
    let entropy = Entropy::from_fresh_bytes([seed; 32]);
    AccountKey::generate(entropy, CHAIN, height, &|_| ()).unwrap()
}

/// The accounts of a chain, as its blocks leave them.
#[derive(Clone)]
pub(crate) struct Chain {
    pub(crate) accounts: Accounts,
}

impl Chain {
    pub(crate) fn new() -> Self {
        let stranger = Account {
            key_id: key(250, 4).key_id(),
            balance: 5,
            nonce: 0,
            key_offset: 0,
        };
        Self {
            accounts: Accounts::genesis([(OTHER, stranger)]).unwrap(),
        }
    }

    /// Puts an account there.
    pub(crate) fn with(mut self, index: u32, key_id: Digest, balance: u64) -> Self {
        let account = Account {
            key_id,
            balance,
            nonce: 100,
            key_offset: 100,
        };
        self.accounts = self.accounts.with(index, account);
        self
    }

    /// Moves an account's nonce on, as if the key had signed so many operations.
    pub(crate) fn used(mut self, index: u32, operations: u32) -> Self {
        let account = *self.accounts.get(index).unwrap();
        let nonce = account.nonce + operations;
        self.accounts = self.accounts.with(index, Account { nonce, ..account });
        self
    }

    /// Takes what was sent.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<(), OperationError> {
        let signed = SignedOperation::from_bytes(bytes).unwrap();
        self.accounts = self.accounts.apply(CHAIN, &signed)?.accounts;
        Ok(())
    }

    pub(crate) fn see(&self, index: u32) -> VerifiedAccount {
        self.see_at(index, NOW_MS)
    }

    /// Returns what a client verifies under a header of this time.
    pub(crate) fn see_at(&self, index: u32, timestamp_ms: u64) -> VerifiedAccount {
        see(&self.accounts, CHAIN, index, timestamp_ms)
    }
}

pub(crate) fn see(
    accounts: &Accounts,
    chain_id: u32,
    index: u32,
    timestamp_ms: u64,
) -> VerifiedAccount {
    let none = Digest::ZERO;
    let header = genesis(chain_id, 4, timestamp_ms, accounts.root(), none, none);
    let params = ChainParams::new(chain_id, 4).unwrap();
    let chain = TrustedChain::new(params, &header, &header.hash()).unwrap();
    let trusted = chain.trusted(&header).unwrap();
    trusted.account(index, &accounts.open(index)).unwrap()
}

/// One leaf, one message: everything that has left any signer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Oracle(Arc<Mutex<Sent>>);

/// What was signed by each leaf of each key.
type Sent = HashMap<(Digest, u32), Vec<u8>>;

impl Oracle {
    /// Checks that this is the only message at its leaf, and that it verifies there.
    pub(crate) fn saw(&self, outgoing: &Outgoing, key_offset: u32) {
        self.saw_bytes(&outgoing.to_bytes(), key_offset);
    }

    pub(crate) fn saw_bytes(&self, bytes: &[u8], key_offset: u32) {
        let signed = SignedOperation::from_bytes(bytes).unwrap();
        let key = signed.public_key.key_id(KeyPurpose::Account, CHAIN);
        let leaf = match signed.operation {
            Operation::Register(register) => register.leaf,
            operation => operation.nonce() - key_offset,
        };
        let verified = signed
            .public_key
            .verify(leaf, &signed.hash().0, &signed.signature);
        verified.unwrap();
        let mut seen = self.0.lock().unwrap();
        let first = seen.entry((key, leaf)).or_insert_with(|| bytes.to_vec());
        assert!(*first == bytes, "leaf {leaf} has signed two messages");
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// A store that fails at one of its writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct CutStore {
    pub(crate) inner: MemorySignerStore,
    cut: Arc<Mutex<Option<(usize, Cut)>>>,
    writes: Arc<AtomicU64>,
}

/// How a write fails.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cut {
    /// Nothing is written.
    Before,
    /// It is written, and nobody is told.
    After,
}

impl CutStore {
    /// Fails at the write after the next `skip` ones.
    pub(crate) fn cut(&self, skip: usize, cut: Cut) {
        *self.cut.lock().unwrap() = Some((skip, cut));
    }

    /// Returns whether the write has failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.cut.lock().unwrap().is_none()
    }

    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }
}

pub(crate) fn failed() -> StoreError {
    StoreError {
        fault: StoreFault::Failed,
        action: "write",
        detail: "cut off".to_owned(),
    }
}

impl SignerStore for CutStore {
    async fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.load().await
    }

    async fn swap(&self, before: Option<&[u8]>, after: &[u8]) -> Result<Swap, StoreError> {
        let now = {
            let mut planned = self.cut.lock().unwrap();
            match &mut *planned {
                Some((0, cut)) => {
                    let cut = *cut;
                    *planned = None;
                    Some(cut)
                }
                Some((skip, _)) => {
                    *skip -= 1;
                    None
                }
                None => None,
            }
        };
        if now == Some(Cut::Before) {
            return Err(failed());
        }
        let swapped = self.inner.swap(before, after).await?;
        self.writes.fetch_add(1, Ordering::Relaxed);
        match now {
            Some(_) => Err(failed()),
            None => Ok(swapped),
        }
    }
}

/// Puts a key into a store.
pub(crate) async fn create<S: SignerStore>(
    store: S,
    random: &Drawn,
    key: AccountKey,
) -> Result<Signer<S, Drawn>, SignerError> {
    Signer::create(store, random.clone(), key, &passphrase()).await
}

/// Puts the key of account 5, which has it from the start, into a store.
pub(crate) async fn create_for_5<S: SignerStore>(
    store: S,
    random: &Drawn,
    key: AccountKey,
) -> Signer<S, Drawn> {
    let mut signer = create(store, random, key).await.unwrap();
    signer.vouch_for_account(5).await.unwrap();
    signer
}

/// Returns the signer of account 5, with 1,000, which has reserved a leaf for a payment and signed nothing.
pub(crate) async fn reserve_only() -> (Chain, Signer<CutStore, Drawn>) {
    let store = CutStore::default();
    let key = key(1, 6);
    let chain = Chain::new().with(5, key.key_id(), 1000);
    let mut signer = create_for_5(store.clone(), &Drawn::default(), key).await;
    store.cut(1, Cut::Before);
    let cut = signer.transfer(&chain.see(5), &SMALL_PAYMENT).await;
    assert!(cut.is_err());
    (chain, signer)
}

/// Puts the key of account 5 into a store that was made from words.
pub(crate) async fn restore(random: &Drawn, key: RestoredKey) -> Signer<MemorySignerStore, Drawn> {
    let store = MemorySignerStore::default();
    let put = Signer::restore(store, random.clone(), key, 5, &passphrase()).await;
    put.unwrap()
}

/// Opens what is in a store, as a process does that was started again.
pub(crate) async fn open<S: SignerStore>(store: S, random: &Drawn) -> Signer<S, Drawn> {
    let opened = Signer::open(store, random.clone(), &passphrase()).await;
    opened.unwrap()
}

/// Puts a key into a store, of account 5, which holds 1,000.
pub(crate) async fn create_1000(
    seed: u8,
    height: u32,
) -> (Chain, Signer<MemorySignerStore, Drawn>) {
    let key = key(seed, height);
    let chain = Chain::new().with(5, key.key_id(), 1000);
    let store = MemorySignerStore::default();
    let created = create_for_5(store, &Drawn::default(), key).await;
    (chain, created)
}

/// Signs and has it taken.
pub(crate) async fn pay(
    signer: &mut Signer<MemorySignerStore, Drawn>,
    chain: &mut Chain,
    oracle: &Oracle,
) {
    let outgoing = signer
        .transfer(&chain.see(5), &SMALL_PAYMENT)
        .await
        .unwrap();
    oracle.saw(&outgoing, 100);
    chain.take(&outgoing.to_bytes()).unwrap();
    signer.settle(&chain.see(5)).await.unwrap();
}

/// Gives account 6 to the key, as anybody can who has an account and the key's id.
pub(crate) fn give_to_6(chain: &Chain, key_id: Digest) -> Chain {
    chain.clone().with(6, key_id, 1)
}

/// Returns the code of what was refused.
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, SignerError>) -> &'static str {
    result.unwrap_err().code()
}
