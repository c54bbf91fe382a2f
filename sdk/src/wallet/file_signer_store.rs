//! `FileSignerStore`: the key file as a file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::spawn_blocking;

use super::key_file::FORMAT;
use super::signer_store::{SignerStore, Swap};
use crate::file_lock::FileLock;
use crate::file_store::error;
use crate::state_file::{Content, Kind, StateFile};
use crate::store::{StoreError, StoreFault};

/// Keeps the key file at a path, where it is replaced atomically, synced together with its folder.
///
/// One process owns it at a time: [`FileSignerStore::open`] takes a lock on a file next to it, with `.lock`
/// at the end of its name, which ends with the process. Clones share the lock, as handles to one store. What is
/// there and is not a key file is never replaced. Calls need a Tokio runtime.
#[derive(Clone, Debug)]
pub struct FileSignerStore {
    path: PathBuf,
    owned: Arc<Mutex<Owned>>,
}

#[derive(Debug)]
struct Owned {
    file: StateFile,
    lock: FileLock,
}

impl FileSignerStore {
    /// Opens the file at `path`, which need not exist. Its folder is made if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if somebody else has it open, or its folder is not writable.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        let file = StateFile::at(&path, KIND).map_err(|e| error("open", &path, &e))?;
        let path = file.path().to_owned();
        file.make_folder().map_err(|e| error("open", &path, &e))?;
        let lock = FileLock::take(file.beside(".lock")).map_err(|e| error("lock", &path, &e))?;
        let owned = Arc::new(Mutex::new(Owned { file, lock }));
        Ok(Self { path, owned })
    }

    /// Returns where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    async fn blocking<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut Owned) -> io::Result<Option<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let owned = Arc::clone(&self.owned);
        let done = spawn_blocking(move || {
            let mut owned = owned.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut owned)
        });
        let done = done.await.unwrap_or_else(|e| Err(io::Error::other(e)));
        let done = done.map_err(|e| error(action, &self.path, &e))?;
        done.ok_or_else(|| StoreError {
            fault: StoreFault::Foreign,
            action,
            detail: format!("{} is not a key file", self.path.display()),
        })
    }
}

impl SignerStore for FileSignerStore {
    async fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.blocking("read", |owned| owned.read()).await
    }

    async fn swap(&self, before: Option<&[u8]>, after: &[u8]) -> Result<Swap, StoreError> {
        let (before, after) = (before.map(<[u8]>::to_vec), after.to_vec());
        self.blocking("write", move |owned| owned.swap(before.as_deref(), &after))
            .await
    }
}

impl Owned {
    /// Returns what is in the file; the outer `None` if that is not a key file.
    fn read(&self) -> io::Result<Option<Option<Vec<u8>>>> {
        Ok(match self.file.read()? {
            Content::Nothing => Some(None),
            Content::State(bytes) => Some(Some(bytes)),
            Content::Foreign => None,
        })
    }

    /// Nobody else holds the lock between comparing and replacing.
    fn swap(&mut self, before: Option<&[u8]>, after: &[u8]) -> io::Result<Option<Swap>> {
        self.file.make_folder()?;
        self.lock.keep()?;
        let Some(there) = self.read()? else {
            return Ok(None);
        };
        if there.as_deref() != before {
            return Ok(Some(Swap::Changed));
        }
        self.file.replace(after)?;
        Ok(Some(Swap::Saved))
    }
}

const KIND: Kind = Kind {
    magic: FORMAT.magic,
    max_bytes: FORMAT.max_bytes as u64,
};
