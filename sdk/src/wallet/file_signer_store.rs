//! `FileSignerStore`: the key file as a file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::spawn_blocking;

use super::record::FORMAT;
use super::signer_store::{SignerStore, Swap};
use crate::owned_file::{OwnedFile, error};
use crate::state_file::{Content, Kind, Links, StateFile};
use crate::store::{StoreError, StoreFault};

/// Keeps the key file at a path, where it is replaced atomically, synced together with its folder.
///
/// One process owns it at a time: [`FileSignerStore::open`] takes a lock on a file next to it, with `.lock`
/// at the end of its name, which ends with the process. Clones share the lock, as handles to one store. A link
/// at the path is followed once, when it is opened. What is there and is not a key file, is a link by then, or has a
/// hard link, is never replaced; other systems than Unix do not say how many hard links a file has. What a killed
/// process had begun to write is removed when the file is opened again, and so long it lies beside it, encrypted as the
/// file is. Calls need a Tokio runtime.
#[derive(Clone, Debug)]
pub struct FileSignerStore {
    path: PathBuf,
    owned: Arc<Mutex<Owned>>,
}

#[derive(Debug)]
struct Owned {
    file: OwnedFile,
    /// Whether this process knows that what is there is on disk, with its folder: another one may have
    /// been killed before it was.
    is_synced: bool,
    /// How it gets there; tests have one that fails.
    sync: fn(&StateFile) -> io::Result<()>,
}

impl FileSignerStore {
    /// Opens the file at `path`, which need not exist. Its folder is made if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if somebody else has it open, its folder is not writable, or it is a link that leads
    /// nowhere.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let file = OwnedFile::take(&path.into(), KIND)?;
        let path = file.file.path().to_owned();
        let owned = Arc::new(Mutex::new(Owned {
            file,
            is_synced: false,
            sync: StateFile::sync,
        }));
        Ok(Self { path, owned })
    }

    /// Returns where the file is, behind all links.
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
    /// Returns what is in the file, once it is on disk; the outer `None` if that is not a key file.
    fn read(&mut self) -> io::Result<Option<Option<Vec<u8>>>> {
        Ok(match self.file.file.read()? {
            Content::Nothing => Some(None),
            Content::State(bytes) => {
                self.settle()?;
                Some(Some(bytes))
            }
            Content::Foreign => None,
        })
    }

    /// Nobody else holds the lock between comparing and replacing.
    fn swap(&mut self, before: Option<&[u8]>, after: &[u8]) -> io::Result<Option<Swap>> {
        self.file.keep()?;
        let Some(there) = self.read()? else {
            return Ok(None);
        };
        if there.as_deref() != before {
            return Ok(Some(Swap::Changed));
        }
        self.is_synced = false;
        self.file.put(after)?;
        self.settle()?;
        Ok(Some(Swap::Saved))
    }

    /// Makes what is there survive a crash.
    fn settle(&mut self) -> io::Result<()> {
        if !self.is_synced {
            (self.sync)(&self.file.file)?;
            self.is_synced = true;
        }
        Ok(())
    }
}

const KIND: Kind = Kind {
    magic: FORMAT.magic,
    max_bytes: FORMAT.max_bytes as u64,
    links: Links::Refused,
};

#[cfg(test)]
mod tests {
    use super::*;

    fn with(store: &FileSignerStore, sync: fn(&StateFile) -> io::Result<()>) {
        store.owned.lock().unwrap().sync = sync;
    }

    /// A disk that does not take it, after it is written.
    fn fails(_: &StateFile) -> io::Result<()> {
        Err(io::Error::other("the disk is gone"))
    }

    /// Whoever was killed between the rename and the sync of the folder leaves a file that a crash takes back.
    #[tokio::test]
    async fn nothing_is_returned_before_it_is_on_disk() {
        let name = format!("rpp-signer-store-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let path = folder.join("key");
        let store = FileSignerStore::open(&path).unwrap();
        assert_eq!(store.swap(None, b"RPPW1").await, Ok(Swap::Saved));
        drop(store);

        let store = FileSignerStore::open(&path).unwrap();
        with(&store, fails);
        assert_eq!(store.load().await.unwrap_err().code(), "storage-failed");
        let refused = store.swap(Some(b"RPPW1"), b"RPPW2").await;
        assert_eq!(refused.unwrap_err().code(), "storage-failed");
        with(&store, StateFile::sync);
        assert_eq!(store.load().await, Ok(Some(b"RPPW1".to_vec())));
        // Once is enough, until it is written.
        with(&store, fails);
        assert_eq!(store.load().await, Ok(Some(b"RPPW1".to_vec())));
        assert!(store.swap(Some(b"RPPW1"), b"RPPW2").await.is_err());
        assert!(store.load().await.is_err());
        with(&store, StateFile::sync);
        assert_eq!(store.load().await, Ok(Some(b"RPPW2".to_vec())));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
