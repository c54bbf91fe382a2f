//! `Store`: a data folder, its lock, and its files, each there in full or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rpp_verifier::MAX_PROOF_BYTES;

use crate::proof_id::ProofId;

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process works on the folder.
    #[error(
        "another prover-host works on {}: stop it first, or name another folder with --data",
        path.display()
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The disk is full.
    #[error(
        "no space left on the disk to {action} {}: free some and start again, the chain goes on \
         where it stopped",
        path.display()
    )]
    Full {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What it answered.
        source: io::Error,
    },
    /// A file is longer than its kind may be.
    #[error("{} is longer than {max} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Most bytes allowed.
        max: usize,
    },
    /// A stored proof is not the one that was stored.
    #[error("{} does not have its own SHA-256: the disk or somebody changed it", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
}

impl StoreError {
    /// Returns whether the file is longer than its kind may be: the file's fault, not the disk's.
    #[must_use]
    pub const fn is_too_long(&self) -> bool {
        matches!(self, Self::TooLong { .. })
    }

    /// Returns whether a stored proof is not there as it was written, whoever is at fault.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Io { source, .. } => source.kind() == io::ErrorKind::NotFound,
            Self::TooLong { .. } | Self::Corrupt { .. } => true,
            Self::InUse { .. } | Self::Full { .. } => false,
        }
    }

    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "data-in-use",
            Self::Full { .. } => "disk-full",
            Self::Io { .. } => "file",
            Self::TooLong { .. } => "too-long",
            Self::Corrupt { .. } => "proof-corrupt",
        }
    }
}

/// The folder of one chain, and the lock on it: `chain.db`, `proofs/ID`, and `witnesses/HEIGHT`
/// where they are kept.
///
/// The database holds the validators' secret keys. It is readable by its owner only, and so is a
/// folder that this makes; one that was there before keeps its mode.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    /// Held as long as this lives; the system lets go of it when the process ends, however it ends.
    _lock: File,
}

impl Store {
    /// Takes the folder, makes it if it is missing, and removes what a killed process left half
    /// written.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`], [`StoreError::Full`] or [`StoreError::Io`].
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let mut folder = DirBuilder::new();
        folder.recursive(true).mode(OWNER_ONLY_FOLDER);
        folder.create(root).map_err(io_error("create", root))?;
        let lock = lock(root)?;
        for name in ["proofs", "witnesses"] {
            let path = root.join(name);
            fs::create_dir_all(&path).map_err(io_error("create", &path))?;
            remove_temporary(&path)?;
        }
        let store = Self {
            root: root.to_path_buf(),
            _lock: lock,
        };
        // SQLite gives its log the mode of the database, so that it is made here.
        let path = store.database_path();
        let database = owner_only(&path)?;
        let mode = Permissions::from_mode(OWNER_ONLY_FILE);
        database
            .set_permissions(mode)
            .map_err(io_error("protect", &path))?;
        sync_dir(root)?;
        Ok(store)
    }

    /// Returns whether the folder holds a database, without touching it.
    #[must_use]
    pub fn exists(root: &Path) -> bool {
        root.join(DATABASE).exists()
    }

    /// Returns where the database is.
    #[must_use]
    pub fn database_path(&self) -> PathBuf {
        self.root.join(DATABASE)
    }

    /// Writes the witness of the block at `height`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`].
    pub fn write_witness(&self, height: u32, bytes: &[u8]) -> Result<(), StoreError> {
        write_atomic(&self.root.join(format!("witnesses/{height}")), bytes)
    }

    /// Writes a proof under its id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`].
    pub fn write_proof(&self, id: ProofId, bytes: &[u8]) -> Result<(), StoreError> {
        write_atomic(&self.proof_path(id), bytes)
    }

    /// Reads the proof of this id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`], [`StoreError::TooLong`], or [`StoreError::Corrupt`] if it is not what
    /// was written: it is served as immutable, so that a wrong byte would stay in every cache.
    pub fn read_proof(&self, id: ProofId) -> Result<Vec<u8>, StoreError> {
        let path = self.proof_path(id);
        let bytes = read_capped(&path, MAX_PROOF_BYTES)?;
        if ProofId::of(&bytes) == id {
            return Ok(bytes);
        }
        Err(StoreError::Corrupt { path })
    }

    /// Removes a proof that is no good; that there is none to remove is no fault.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`].
    pub fn remove_proof(&self, id: ProofId) -> Result<(), StoreError> {
        let path = self.proof_path(id);
        match fs::remove_file(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(io_error("remove", &path)),
        }
    }

    /// Returns whether there is a proof of this id and length; its bytes are checked when it is
    /// read.
    #[must_use]
    pub fn has_proof(&self, id: ProofId, bytes: u32) -> bool {
        let file = fs::metadata(self.proof_path(id));
        file.is_ok_and(|file| file.len() == u64::from(bytes))
    }

    fn proof_path(&self, id: ProofId) -> PathBuf {
        self.root.join(format!("proofs/{id}"))
    }
}

/// Takes the lock of the folder.
fn lock(root: &Path) -> Result<File, StoreError> {
    let path = root.join("lock");
    let file = owner_only(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let path = root.to_path_buf();
            Err(StoreError::InUse { path })
        }
        Err(TryLockError::Error(source)) => Err(io_error("lock", &path)(source)),
    }
}

/// Opens a file for its owner only, and makes it where it is missing.
fn owner_only(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = options.mode(OWNER_ONLY_FILE).open(path);
    file.map_err(io_error("open", path))
}

fn remove_temporary(dir: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(dir).map_err(io_error("read", dir))? {
        let path = entry.map_err(io_error("read", dir))?.path();
        if path.extension().is_some_and(|extension| extension == "tmp") {
            fs::remove_file(&path).map_err(io_error("remove", &path))?;
        }
    }
    Ok(())
}

/// Reads a file of at most `max` bytes, and no more of it than that.
///
/// # Errors
///
/// [`StoreError::Io`] or [`StoreError::TooLong`].
pub fn read_capped(path: &Path, max: usize) -> Result<Vec<u8>, StoreError> {
    let file = File::open(path).map_err(io_error("open", path))?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(max).map_or(u64::MAX, |max| max.saturating_add(1));
    let read = file.take(limit).read_to_end(&mut bytes);
    read.map_err(io_error("read", path))?;
    if bytes.len() > max {
        let path = path.to_path_buf();
        return Err(StoreError::TooLong { path, max });
    }
    Ok(bytes)
}

/// Writes a file so that after a crash it is there in full or as it was before.
///
/// # Errors
///
/// [`StoreError::Io`].
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = write_synced(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path).map_err(io_error("write", path)));
    if written.is_err() {
        // What is left of it is no use to anybody; that it may stay is not worth another error.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_dir(
        path.parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new(".")),
    )
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = File::create(path).map_err(io_error("create", path))?;
    file.write_all(bytes).map_err(io_error("write", path))?;
    file.sync_all().map_err(io_error("sync", path))
}

fn sync_dir(path: &Path) -> Result<(), StoreError> {
    let dir = File::open(path).map_err(io_error("open", path))?;
    dir.sync_all().map_err(io_error("sync", path))
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_path_buf();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            StoreError::Full { action, path }
        }
        _ => StoreError::Io {
            action,
            path,
            source,
        },
    }
}

const DATABASE: &str = "chain.db";
const OWNER_ONLY_FILE: u32 = 0o600;
const OWNER_ONLY_FOLDER: u32 = 0o700;

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn rejects_a_second_process_until_the_first_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let first = Store::open(dir.path()).unwrap();
        let second = Store::open(dir.path());
        assert!(matches!(second, Err(StoreError::InUse { path }) if path == dir.path()));
        drop(first);
        Store::open(dir.path()).unwrap();
    }

    #[test]
    fn the_keys_are_for_the_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("data");
        let store = Store::open(&root).unwrap();
        assert_eq!((mode(&root), mode(&store.database_path())), (0o700, 0o600));
        fs::set_permissions(store.database_path(), Permissions::from_mode(0o644)).unwrap();
        drop(store);
        let store = Store::open(&root).unwrap();
        assert_eq!(mode(&store.database_path()), 0o600);
    }

    #[test]
    fn removes_what_a_killed_process_left_half_written() {
        let dir = tempfile::tempdir().unwrap();
        drop(Store::open(dir.path()).unwrap());
        let left = dir.path().join("proofs/ab.17.tmp");
        fs::write(&left, b"half").unwrap();
        Store::open(dir.path()).unwrap();
        assert!(!left.exists());
    }

    #[test]
    fn a_full_disk_has_an_error_of_its_own() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = io_error("write", Path::new("proof"))(full);
        assert_eq!(error.code(), "disk-full");
        assert!(error.to_string().contains("start again"));
    }

    #[test]
    fn rejects_a_proof_that_changed_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let id = ProofId::of(b"proof");
        store.write_proof(id, b"proof").unwrap();
        assert_eq!(store.read_proof(id).unwrap(), b"proof");
        fs::write(store.proof_path(id), b"prooF").unwrap();
        assert!(matches!(
            store.read_proof(id),
            Err(StoreError::Corrupt { .. })
        ));
    }

    #[test]
    fn leaves_no_temporary_file() {
        let dir = tempfile::tempdir().unwrap();
        write_atomic(&dir.path().join("a"), b"1").unwrap();
        write_atomic(&dir.path().join("a"), b"2").unwrap();
        assert!(write_atomic(&dir.path().join("missing/a"), b"3").is_err());
        let names: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|f| f.unwrap().file_name())
            .collect();
        assert_eq!(names, ["a"]);
        assert_eq!(fs::read(dir.path().join("a")).unwrap(), b"2");
    }

    #[test]
    fn rejects_an_oversized_file_without_reading_it_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("big");
        fs::write(&path, [0; 11]).unwrap();
        assert!(matches!(
            read_capped(&path, 10),
            Err(StoreError::TooLong { max: 10, .. })
        ));
        assert_eq!(read_capped(&path, 11).unwrap().len(), 11);
    }
}
