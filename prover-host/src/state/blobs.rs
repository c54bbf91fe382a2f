//! `Blobs`: proof files, each under its SHA-256.
//!
//! They go through the crate `object_store`, so that a bucket can replace the folder. In a folder,
//! with `with_fsync`, its release 0.14.2 writes a file `ID#1`, syncs it, links it to its name,
//! which fails where the name is taken, and syncs the folder: after a crash a proof is present in
//! full or not at all, and one whose write returned is present. It does not sync after a removal: a
//! proof that was removed may come back after a loss of power, until [`Blobs::sync_removals`] returns.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use rpp_verifier::MAX_PROOF_BYTES;
use tokio::task::spawn_blocking;

use super::ProofId;
use crate::files::{FileError, io_error, sync_dir};

/// The proof files of one host.
#[derive(Clone, Debug)]
pub struct Blobs(Arc<dyn ObjectStore>, Arc<Path>);

/// Why a proof file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// There is no such file.
    #[error("the file of proof {id} is missing")]
    Missing {
        /// The proof.
        id: ProofId,
    },
    /// The file differs from the one that was written.
    #[error("the file of proof {id} does not match its SHA-256: it was changed on disk")]
    Corrupt {
        /// The proof.
        id: ProofId,
    },
    /// The disk is full.
    #[error("no space left to write proof {id}: free some, and the chain goes on where it stopped")]
    Full {
        /// The proof.
        id: ProofId,
    },
    /// The folder or the bucket reported an error.
    #[error("cannot {action} proofs: {source}")]
    Refused {
        /// What was tried.
        action: &'static str,
        /// Its answer.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl BlobError {
    /// Returns whether the file is missing or altered, whoever is at fault.
    #[must_use]
    pub const fn is_damage(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Corrupt { .. })
    }

    /// Returns whether the same may work later, without anybody mending the file.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Full { .. } | Self::Refused { .. })
    }

    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Corrupt { .. } => "proof-corrupt",
            Self::Full { .. } => "disk-full",
            Self::Missing { .. } | Self::Refused { .. } => "file",
        }
    }
}

impl Blobs {
    /// Takes the folder of proofs, makes it if it is missing, and removes what a killed process left
    /// half written.
    ///
    /// # Errors
    ///
    /// [`BlobError::Refused`].
    pub fn in_folder(folder: &Path) -> Result<Self, BlobError> {
        let fail = refused("open");
        let made = fs::create_dir_all(folder).map_err(io_error("create", folder));
        let ready = made.and_then(|()| remove_unfinished(folder));
        ready.map_err(|e| fail(e.into()))?;
        let store = LocalFileSystem::new_with_prefix(folder);
        let store = store.map_err(|e| fail(e.into()))?;
        Ok(Self(Arc::new(store.with_fsync(true)), folder.into()))
    }

    /// Writes a proof under its id, durably.
    ///
    /// # Errors
    ///
    /// [`BlobError::Full`] or [`BlobError::Refused`].
    pub async fn put(&self, id: ProofId, bytes: Vec<u8>) -> Result<(), BlobError> {
        let (name, payload) = (name(id), PutPayload::from(bytes));
        let created = self
            .0
            .put_opts(&name, payload.clone(), PutMode::Create.into())
            .await;
        let written = match created {
            // An earlier process was killed between name and sync, or the file was damaged since.
            // The name determines the bytes, so nothing is lost by overwriting the file.
            Err(object_store::Error::AlreadyExists { .. }) => {
                self.0
                    .put_opts(&name, payload, PutMode::Overwrite.into())
                    .await
            }
            created => created,
        };
        written.map(|_| ()).map_err(|e| {
            if is_full(&e) {
                return BlobError::Full { id };
            }
            refused("write")(e.into())
        })
    }

    /// Reads the proof of this id.
    ///
    /// # Errors
    ///
    /// [`BlobError::Missing`], or [`BlobError::Corrupt`] if it is not what was written: proofs are
    /// served as immutable, so a wrong byte would stay in every cache.
    pub async fn read(&self, id: ProofId) -> Result<Vec<u8>, BlobError> {
        let fail = |e| match e {
            object_store::Error::NotFound { .. } => BlobError::Missing { id },
            e => refused("read")(e.into()),
        };
        let blob = self.0.get(&name(id)).await.map_err(fail)?;
        // Before a byte of it is read.
        if usize::try_from(blob.meta.size).map_or(true, |size| size > MAX_PROOF_BYTES) {
            return Err(BlobError::Corrupt { id });
        }
        let bytes = blob.bytes().await.map_err(fail)?;
        if ProofId::of(&bytes) == id {
            return Ok(bytes.into());
        }
        Err(BlobError::Corrupt { id })
    }

    /// Removes a damaged proof; it is not an error if there is none.
    ///
    /// # Errors
    ///
    /// [`BlobError::Refused`].
    pub async fn remove(&self, id: ProofId) -> Result<(), BlobError> {
        match self.0.delete(&name(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(refused("remove")(e.into())),
        }
    }

    /// Returns when none of the proofs that were removed can come back after a loss of power.
    ///
    /// # Errors
    ///
    /// [`BlobError::Refused`].
    pub async fn sync_removals(&self) -> Result<(), BlobError> {
        let folder = Arc::clone(&self.1);
        let synced = spawn_blocking(move || sync_dir(&folder)).await;
        let synced = synced.map_err(|e| refused("sync")(e.into()))?;
        synced.map_err(|e| refused("sync")(e.into()))
    }

    /// Returns the lengths of all proofs; their bytes are checked when they are read.
    ///
    /// # Errors
    ///
    /// [`BlobError::Refused`].
    pub async fn lengths(&self) -> Result<HashMap<ProofId, u64>, BlobError> {
        let listed = self.0.list(None).try_filter_map(async |blob| {
            let id = blob.location.as_ref().parse().ok();
            Ok(id.map(|id| (id, blob.size)))
        });
        let lengths = listed.try_collect().await;
        lengths.map_err(|e| refused("list")(e.into()))
    }
}

fn name(id: ProofId) -> Name {
    Name::from(id.to_string())
}

fn refused(action: &'static str) -> impl Fn(Box<dyn Error + Send + Sync>) -> BlobError {
    move |source| BlobError::Refused { action, source }
}

/// `object_store` reveals a full disk only through the error's cause.
fn is_full(error: &object_store::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            let kind = error.kind();
            return matches!(
                kind,
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            );
        }
        cause = error.source();
    }
    false
}

/// Removes `ID#N`, which has not been given its final name.
fn remove_unfinished(folder: &Path) -> Result<(), FileError> {
    for entry in fs::read_dir(folder).map_err(io_error("read", folder))? {
        let path = entry.map_err(io_error("read", folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.contains('#') {
            fs::remove_file(&path).map_err(io_error("remove", &path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &tempfile::TempDir) -> Blobs {
        Blobs::in_folder(&dir.path().join("proofs")).unwrap()
    }

    fn path(dir: &tempfile::TempDir, id: ProofId) -> std::path::PathBuf {
        dir.path().join("proofs").join(id.to_string())
    }

    #[tokio::test]
    async fn rejects_a_proof_that_changed_on_disk_and_writes_it_again() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = open(&dir);
        let id = ProofId::of(b"proof");
        assert!(matches!(
            blobs.read(id).await,
            Err(BlobError::Missing { .. })
        ));
        blobs.put(id, b"proof".to_vec()).await.unwrap();
        assert_eq!(blobs.read(id).await.unwrap(), b"proof");
        for damaged in [&b"prooF"[..], b"proo", &[7; MAX_PROOF_BYTES + 1]] {
            fs::write(path(&dir, id), damaged).unwrap();
            let error = blobs.read(id).await.unwrap_err();
            assert!(matches!(error, BlobError::Corrupt { .. }) && error.is_damage());
        }
        blobs.put(id, b"proof".to_vec()).await.unwrap();
        assert_eq!(blobs.read(id).await.unwrap(), b"proof");
        assert_eq!(blobs.lengths().await.unwrap(), HashMap::from([(id, 5)]));
        blobs.remove(id).await.unwrap();
        blobs.remove(id).await.unwrap();
        assert!(blobs.lengths().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn removes_what_a_killed_process_left_half_written() {
        let dir = tempfile::tempdir().unwrap();
        let (blobs, id) = (open(&dir), ProofId::of(b"proof"));
        blobs.put(id, b"proof".to_vec()).await.unwrap();
        let left = dir.path().join(format!("proofs/{id}#1"));
        fs::write(&left, b"half").unwrap();
        fs::write(dir.path().join("proofs/a-stranger"), b"file").unwrap();
        let lengths = open(&dir).lengths().await.unwrap();
        assert!(!left.exists());
        assert_eq!(lengths, HashMap::from([(id, 5)]));
    }

    /// Checks what the module's documentation says about `object_store`, so that a different release
    /// is reviewed before it is adopted.
    #[tokio::test]
    async fn a_name_is_taken_once_and_nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let (blobs, id) = (open(&dir), ProofId::of(b"proof"));
        let name = name(id);
        let put = |bytes: &'static [u8]| {
            let store = blobs.0.clone();
            let name = name.clone();
            async move {
                store
                    .put_opts(&name, bytes.into(), PutMode::Create.into())
                    .await
            }
        };
        put(b"proof").await.unwrap();
        let again = put(b"other").await.unwrap_err();
        assert!(matches!(again, object_store::Error::AlreadyExists { .. }));
        let files = fs::read_dir(dir.path().join("proofs")).unwrap();
        let files: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        assert_eq!(files, [id.to_string().as_str()]);
        assert_eq!(fs::read(path(&dir, id)).unwrap(), b"proof");
    }

    #[test]
    fn a_full_disk_has_an_error_of_its_own() {
        let full = |kind| object_store::Error::Generic {
            store: "LocalFileSystem",
            source: io::Error::from(kind).into(),
        };
        assert!(is_full(&full(io::ErrorKind::StorageFull)));
        assert!(!is_full(&full(io::ErrorKind::PermissionDenied)));
    }
}
