//! `DataFolder`: where a host keeps its chain, and the lock on it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rpp_verifier::ProofKey;

use crate::files::{FileError, io_error, sync_dir, write_atomic};

/// The folder of one chain: `chain.db`, `proofs/ID`, and `witnesses/CIRCUIT/SUBJECT` where they are
/// kept. Everything in it is served or could be; a source with secrets keeps them elsewhere.
///
/// A folder created here is readable only by its owner; an existing one keeps its mode.
#[derive(Debug)]
pub struct DataFolder {
    root: PathBuf,
    /// Held as long as this lives; the system releases it when the process ends, however it ends.
    _lock: File,
}

impl DataFolder {
    /// Locks the folder, and creates it if it is missing.
    ///
    /// # Errors
    ///
    /// [`FileError::InUse`], [`FileError::Full`] or [`FileError::Io`].
    pub fn open(root: &Path) -> Result<Self, FileError> {
        let mut folder = DirBuilder::new();
        folder.recursive(true).mode(OWNER_ONLY);
        folder.create(root).map_err(io_error("create", root))?;
        let lock = lock(root)?;
        sync_dir(root)?;
        remove_unfinished(&root.join(WITNESSES))?;
        let root = root.to_path_buf();
        Ok(Self { root, _lock: lock })
    }

    /// Returns whether the folder holds a chain, without touching it.
    #[must_use]
    pub fn has_chain(root: &Path) -> bool {
        root.join(DATABASE).exists()
    }

    /// Returns the folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns where the database is.
    #[must_use]
    pub fn database_path(&self) -> PathBuf {
        self.root.join(DATABASE)
    }

    /// Writes a witness, so that a person can prove it again.
    ///
    /// # Errors
    ///
    /// [`FileError::Full`] or [`FileError::Io`].
    pub fn write_witness(&self, key: &ProofKey, bytes: &[u8]) -> Result<(), FileError> {
        let folder = self.root.join(WITNESSES).join(key.circuit.name());
        fs::create_dir_all(&folder).map_err(io_error("create", &folder))?;
        write_atomic(&folder.join(key.subject.to_string()), bytes)
    }
}

/// Removes the half-written witnesses that a killed process left behind.
fn remove_unfinished(witnesses: &Path) -> Result<(), FileError> {
    if !witnesses.exists() {
        return Ok(());
    }
    for folder in list(witnesses)? {
        for file in list(&folder)? {
            if file.extension().is_some_and(|extension| extension == "tmp") {
                fs::remove_file(&file).map_err(io_error("remove", &file))?;
            }
        }
    }
    Ok(())
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let entries = fs::read_dir(folder).map_err(io_error("read", folder))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    paths
        .collect::<Result<_, _>>()
        .map_err(io_error("read", folder))
}

fn lock(root: &Path) -> Result<File, FileError> {
    let path = root.join("lock");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = options.mode(0o600).open(&path);
    let file = file.map_err(io_error("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let path = root.to_path_buf();
            Err(FileError::InUse { path })
        }
        Err(TryLockError::Error(source)) => Err(io_error("lock", &path)(source)),
    }
}

const DATABASE: &str = "chain.db";
const WITNESSES: &str = "witnesses";
const OWNER_ONLY: u32 = 0o700;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_a_second_process_until_the_first_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataFolder::open(dir.path()).unwrap();
        let second = DataFolder::open(dir.path());
        assert!(matches!(second, Err(FileError::InUse { path }) if path == dir.path()));
        drop(first);
        DataFolder::open(dir.path()).unwrap();
    }

    #[test]
    fn removes_what_a_killed_process_left_half_written() {
        let dir = tempfile::tempdir().unwrap();
        let witnesses = dir.path().join("witnesses/circuit");
        fs::create_dir_all(&witnesses).unwrap();
        for name in ["7", "8.17.tmp"] {
            fs::write(witnesses.join(name), b"witness").unwrap();
        }
        DataFolder::open(dir.path()).unwrap();
        assert_eq!(list(&witnesses).unwrap(), [witnesses.join("7")]);
    }

    #[test]
    fn a_new_folder_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("data");
        let _folder = DataFolder::open(&root).unwrap();
        let mode = fs::metadata(&root).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
