//! `Host`: what the HTTP handlers and the pipeline share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::ledger::Ledger;
use crate::store::Store;
use rpp_verifier::wire::ChainJson;

/// A chain, its ledger and its files.
#[derive(Debug)]
pub struct Host {
    chain: ChainJson,
    ledger: RwLock<Ledger>,
    store: Store,
    proving: AtomicBool,
}

impl Host {
    /// Returns the host of a chain that has only its genesis.
    #[must_use]
    pub fn new(chain: ChainJson, store: Store) -> Self {
        let ledger = RwLock::new(Ledger::new(chain.genesis.clone()));
        Self {
            chain,
            ledger,
            store,
            proving: AtomicBool::new(true),
        }
    }

    /// Returns the chain's numbers and its genesis.
    #[must_use]
    pub const fn chain(&self) -> &ChainJson {
        &self.chain
    }

    /// Returns the data directory.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Locks the ledger for reading; never held while something is proven, signed or written.
    pub fn ledger(&self) -> RwLockReadGuard<'_, Ledger> {
        self.ledger.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the ledger for one change.
    pub fn ledger_mut(&self) -> RwLockWriteGuard<'_, Ledger> {
        self.ledger.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether blocks are still being proven.
    #[must_use]
    pub fn is_proving(&self) -> bool {
        self.proving.load(Ordering::Relaxed)
    }

    /// Says that no block will be proven any more.
    pub fn stop_proving(&self) {
        self.proving.store(false, Ordering::Relaxed);
    }

    /// Returns how many seconds a client waits before it asks for a missing proof again.
    #[must_use]
    pub fn retry_after_s(&self) -> u32 {
        self.chain.block_time_ms.div_ceil(1000).max(1)
    }
}
