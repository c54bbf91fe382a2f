//! `FileStore`: the state in a file.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::spawn_blocking;

use crate::owned_file::{OwnedFile, error};
use crate::state::State;
use crate::state_file::{ASIDE, Content, Kind, Links};
use crate::store::{Store, StoreError, StoreFault};

/// Keeps the state in one file, which is replaced atomically.
///
/// One client owns it at a time: [`FileStore::open`] takes a lock on a file next to it, which ends
/// with the process; the file, with `.lock` at the end of its name, stays. What a killed process had begun to write
/// is removed when the file is opened again. What is at the path and
/// is not a regular file is neither read nor replaced. A file that does not begin as a state does, or
/// is longer than 8 MiB, is reported as [`StoreFault::Foreign`], and the next save renames it to
/// `rpp-foreign-*`. Calls need a Tokio runtime. A call that is dropped may still be running: later
/// saves are written later, and the lock is held until the last one is done.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    owned: Arc<Mutex<Owned>>,
    saves: AtomicU64,
}

#[derive(Debug)]
struct Owned {
    file: OwnedFile,
    /// Number of the newest save written.
    written: u64,
}

impl FileStore {
    /// Opens the file at `path`, which need not exist. Its folder is made if there is none; where a
    /// relative path leads is settled here.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if another client has it open, or its folder is not writable.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let file = OwnedFile::take(&path.into(), KIND)?;
        let path = file.file.path().to_owned();
        let owned = Owned { file, written: 0 };
        Ok(Self {
            path,
            owned: Arc::new(Mutex::new(owned)),
            saves: AtomicU64::new(0),
        })
    }

    async fn blocking<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut Owned) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let owned = Arc::clone(&self.owned);
        let done = spawn_blocking(move || {
            let mut owned = owned.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut owned)
        });
        let done = done.await.unwrap_or_else(|e| Err(io::Error::other(e)));
        done.map_err(|e| error(action, &self.path, &e))
    }
}

impl Store for FileStore {
    async fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        match self
            .blocking("read", |owned| owned.file.file.read())
            .await?
        {
            Content::Nothing => Ok(None),
            Content::State(bytes) => Ok(Some(bytes)),
            Content::Foreign => Err(StoreError {
                fault: StoreFault::Foreign,
                action: "read",
                detail: format!(
                    "{} is not a state, and will be renamed to {ASIDE}* when one is saved",
                    self.path.display()
                ),
            }),
        }
    }

    async fn save(&self, state: &[u8]) -> Result<(), StoreError> {
        let state = state.to_vec();
        let number = self.saves.fetch_add(1, Ordering::Relaxed) + 1;
        self.blocking("write", move |owned| owned.save(number, &state))
            .await
    }
}

impl Owned {
    /// Writes save `number`, unless a later one was already written: threads run in any order.
    fn save(&mut self, number: u64, state: &[u8]) -> io::Result<()> {
        if number > self.written {
            self.file.keep()?;
            self.file.put(state)?;
            self.file.file.sync_folder()?;
            self.written = number;
        }
        Ok(())
    }
}

const KIND: Kind = Kind {
    magic: State::FORMAT.magic,
    // A state is a proof, a setup with its roots since the pin, and little more, far below this.
    max_bytes: 8 << 20,
    links: Links::Followed,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remembered::Remembered;

    #[test]
    fn has_room_for_every_state() {
        assert!(u64::try_from(State::FORMAT.max_bytes).unwrap() < KIND.max_bytes);
        assert!(u64::try_from(Remembered::FORMAT.max_bytes).unwrap() < KIND.max_bytes);
    }
}
