//! `Store`: where a client keeps its state.

use std::sync::{Mutex, PoisonError};

use crate::maybe_send::MaybeSend;

/// Keeps one state: the last bytes saved, complete, or the ones before them.
pub trait Store {
    /// Reads the state; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn load(&self) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + MaybeSend;

    /// Writes the state so that it survives a crash right after.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the previous state is then still there.
    fn save(&self, state: &[u8]) -> impl Future<Output = Result<(), StoreError>> + MaybeSend;
}

/// Why a state cannot be read or written.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("cannot {action} the client's state: {detail}")]
pub struct StoreError {
    /// What went wrong.
    pub fault: StoreFault,
    /// What was tried.
    pub action: &'static str,
    /// The system's own message, for people.
    pub detail: String,
}

/// What went wrong where the state is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StoreFault {
    /// It cannot be read or written, or another client has it.
    Failed,
    /// There is no room for it.
    Full,
    /// What is there is not a client's state.
    Foreign,
}

impl StoreError {
    /// Returns the stable code, the same in every language: why a store failed. That it did, and will
    /// be read again, is `store`, the code of [`Error`](crate::Error).
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.fault {
            StoreFault::Failed => "storage-failed",
            StoreFault::Full => "storage-full",
            StoreFault::Foreign => "storage-foreign",
        }
    }
}

/// Keeps the state for as long as the process lives.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Option<Vec<u8>>>);

impl MemoryStore {
    /// Returns a store that holds `state`.
    #[must_use]
    pub const fn with(state: Vec<u8>) -> Self {
        Self(Mutex::new(Some(state)))
    }
}

impl Store for MemoryStore {
    async fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    async fn save(&self, state: &[u8]) -> Result<(), StoreError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(state.to_vec());
        Ok(())
    }
}
