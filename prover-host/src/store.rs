//! `Store`: the files of a data directory, each there in full or not at all.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rpp_verifier::limits::MAX_PROOF_BYTES;

use crate::proof_id::ProofId;

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The directory holds a chain already.
    #[error(
        "{} already holds a chain, and resuming one is not supported: its keys are gone, and signing \
         with them again would break them; remove it or name another directory with --data",
        path.display()
    )]
    ChainExists {
        /// The directory.
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
}

/// The data directory of one chain: `chain.json`, `blocks/HEIGHT.json`, `proofs/ID`, and
/// `witnesses/HEIGHT` where they are kept.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// Takes `root` for a chain that is about to begin.
    ///
    /// # Errors
    ///
    /// [`StoreError::ChainExists`] if it was taken before; [`StoreError::Io`].
    pub fn create(root: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(root).map_err(io_error("create", root))?;
        // Of two hosts that start at once, one makes this directory and the other one fails.
        match fs::create_dir(root.join("blocks")) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                let path = root.to_path_buf();
                return Err(StoreError::ChainExists { path });
            }
            made => made.map_err(io_error("create", &root.join("blocks")))?,
        }
        let store = Self {
            root: root.to_path_buf(),
        };
        for name in ["proofs", "witnesses"] {
            let path = store.root.join(name);
            fs::create_dir_all(&path).map_err(io_error("create", &path))?;
        }
        sync_dir(root)?;
        Ok(store)
    }

    /// Writes `chain.json`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`].
    pub fn write_chain(&self, json: &[u8]) -> Result<(), StoreError> {
        write_atomic(&self.root.join("chain.json"), json)
    }

    /// Writes the JSON of the block at `height`, over an earlier one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`].
    pub fn write_block(&self, height: u32, json: &[u8]) -> Result<(), StoreError> {
        write_atomic(&self.root.join(format!("blocks/{height}.json")), json)
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

    fn proof_path(&self, id: ProofId) -> PathBuf {
        self.root.join(format!("proofs/{id}"))
    }
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
    move |source| StoreError::Io {
        action,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_a_directory_that_holds_a_chain() {
        let dir = tempfile::tempdir().unwrap();
        Store::create(dir.path()).unwrap();
        let again = Store::create(dir.path());
        assert!(matches!(again, Err(StoreError::ChainExists { path }) if path == dir.path()));
    }

    #[test]
    fn rejects_a_proof_that_changed_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(dir.path()).unwrap();
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
