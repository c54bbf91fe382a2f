//! `SignerStore`: where a signer keeps its key file.

use std::sync::{Arc, Mutex, PoisonError};

use crate::maybe_send::MaybeSend;
use crate::store::StoreError;

/// Keeps one key file, which changes in one step or not at all.
///
/// Several handles may share a store: two tabs, a worker and a service worker. What keeps them apart is
/// [`SignerStore::swap`], which changes nothing where another one was quicker. A lock around a signer's
/// calls spares them from trying again, but nothing depends on it.
pub trait SignerStore {
    /// Reads the key file; `None` if there is none.
    ///
    /// What it returns survives a crash right after, whoever wrote it: a signature that is found in it is sent,
    /// and a reservation signed. With a file, one that another process has written is synced first, with its
    /// folder.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn load(&self) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + MaybeSend;

    /// Replaces the key file by `after` if it is still `before`, byte for byte; `None` is that there is
    /// none. Comparison and replacement are one step, whoever else calls this.
    ///
    /// When this returns [`Swap::Saved`], `after` survives a crash right after: with a file, the file
    /// and its folder are synced; with IndexedDB, the transaction is strictly durable and complete. What
    /// was signed is shown to nobody before.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; then either of the two is there, whole.
    fn swap(
        &self,
        before: Option<&[u8]>,
        after: &[u8],
    ) -> impl Future<Output = Result<Swap, StoreError>> + MaybeSend;
}

/// Whether a key file was replaced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum Swap {
    /// It was, and is on disk.
    Saved,
    /// It was not: something else than expected is there.
    Changed,
}

/// Keeps the key file for as long as the process lives. Clones share it, as handles to one store.
#[derive(Clone, Debug, Default)]
pub struct MemorySignerStore(Arc<Mutex<Option<Vec<u8>>>>);

impl MemorySignerStore {
    /// Returns a store that holds `file`.
    #[must_use]
    pub fn with(file: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(Some(file))))
    }
}

impl SignerStore for MemorySignerStore {
    async fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(held.clone())
    }

    async fn swap(&self, before: Option<&[u8]>, after: &[u8]) -> Result<Swap, StoreError> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.as_deref() != before {
            return Ok(Swap::Changed);
        }
        *held = Some(after.to_vec());
        Ok(Swap::Saved)
    }
}
