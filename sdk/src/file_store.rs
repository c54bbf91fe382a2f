//! `FileStore`: the state in a file.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use crate::state::State;
use crate::store::{Store, StoreError};

/// Keeps the state in one file, which is replaced as a whole.
///
/// One client owns it at a time: [`FileStore::open`] takes a lock beside the file. Calls need a
/// Tokio runtime.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    /// Held for as long as the store lives.
    _lock: File,
}

impl FileStore {
    /// Takes the file at `path`, which need not exist; its folder must.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if another client has it, or its folder cannot be written to.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        let lock = File::create(beside(&path, ".lock")).map_err(error("open"))?;
        lock.try_lock().map_err(|e| StoreError {
            action: "lock",
            detail: format!("{}: {e}; another client may have it", path.display()),
        })?;
        Ok(Self { path, _lock: lock })
    }
}

impl Store for FileStore {
    async fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path.clone();
        blocking("read", move || read(&path)).await
    }

    async fn save(&self, state: &[u8]) -> Result<(), StoreError> {
        let (path, state) = (self.path.clone(), state.to_vec());
        blocking("write", move || replace(&path, &state)).await
    }
}

async fn blocking<T: Send + 'static>(
    action: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    let done = spawn_blocking(work).await;
    let done = done.map_err(|e| StoreError {
        action,
        detail: e.to_string(),
    })?;
    done.map_err(error(action))
}

/// Reads one byte more than a state may have, so that a longer one is told from a whole one.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(State::MAX_BYTES).map_or(u64::MAX, |max| max + 1);
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = beside(path, ".tmp");
    let written = write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // What is left of it is no use to anybody; that it may stay is not worth another error.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    // A rename lasts once the folder is on disk.
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(suffix);
    path.with_file_name(name)
}

fn error(action: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    move |e| StoreError {
        action,
        detail: e.to_string(),
    }
}
