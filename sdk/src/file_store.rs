//! `FileStore`: the state in a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::spawn_blocking;

use crate::state::State;
use crate::store::{Store, StoreError};

/// Keeps the state in one file, which is replaced atomically.
///
/// One client owns it at a time: [`FileStore::open`] takes a lock next to the file. Calls need a
/// Tokio runtime. A call that is dropped may still be running: later saves are written later, and
/// the lock is held until the last one is done.
#[derive(Debug)]
pub struct FileStore {
    file: Arc<StateFile>,
    saves: AtomicU64,
}

#[derive(Debug)]
struct StateFile {
    path: PathBuf,
    /// Number of the newest save written.
    written: Mutex<u64>,
    /// Held for as long as the store lives or is still writing.
    _lock: File,
}

impl FileStore {
    /// Opens the file at `path`, which need not exist; its folder must.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if another client has it open, or its folder is not writable.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        let lock = File::create(beside(&path, ".lock")).map_err(error("open"))?;
        lock.try_lock().map_err(|e| StoreError {
            action: "lock",
            detail: format!("{}: {e}; another client may have it", path.display()),
        })?;
        let file = StateFile {
            path,
            written: Mutex::default(),
            _lock: lock,
        };
        Ok(Self {
            file: Arc::new(file),
            saves: AtomicU64::new(0),
        })
    }
}

impl Store for FileStore {
    async fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let file = Arc::clone(&self.file);
        blocking("read", move || read(&file.path)).await
    }

    async fn save(&self, state: &[u8]) -> Result<(), StoreError> {
        let (file, state) = (Arc::clone(&self.file), state.to_vec());
        let number = self.saves.fetch_add(1, Ordering::Relaxed) + 1;
        blocking("write", move || file.save(number, &state)).await
    }
}

impl StateFile {
    /// Writes save `number`, unless a later one was already written: threads run in any order.
    fn save(&self, number: u64, state: &[u8]) -> io::Result<()> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if number > *written {
            replace(&self.path, state)?;
            *written = number;
        }
        Ok(())
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

/// Reads one byte more than a state may have, to tell a file that is too long from a valid one.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(State::FORMAT.max_bytes).map_or(u64::MAX, |max| max + 1);
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = beside(path, ".tmp");
    let written = write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // A leftover file is useless but harmless: failing to remove it is not worth another error.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_folder_of(path)
}

/// Writes a file that only its owner may read; any file of the same name is left over from an
/// earlier save.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A rename lasts once the folder is on disk.
#[cfg(unix)]
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Other platforms have no such call for folders.
#[cfg(not(unix))]
fn sync_folder_of(_: &Path) -> io::Result<()> {
    Ok(())
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
