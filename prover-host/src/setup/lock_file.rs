//! `LockFile`: an empty file that a process keeps locked while it works on what lies beside it.

use std::fs::{File, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::files::{FileError, check_owner, io_error, open_lock};

/// A locked file. The system releases the lock when the process ends, however it ends.
///
/// The lock is on the file and not on its name: whoever removes the name lets another process lock a file of its own there. So
/// whoever relies on it asks [`LockFile::is_in_place`] before and after what must not be done twice.
#[derive(Debug)]
pub(super) struct LockFile {
    path: PathBuf,
    file: File,
}

impl LockFile {
    /// Locks the file at `path`, which is made where there is none; `None` if another process has locked it.
    ///
    /// What it keeps others from, `of`, has to belong to the user of this process.
    pub(super) fn take(path: &Path, of: &Path) -> Result<Option<Self>, FileError> {
        check_owner(of)?;
        let file = open_lock(path)?;
        match file.try_lock() {
            Ok(()) => {
                let path = path.to_path_buf();
                Ok(Some(Self { path, file }))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(io_error("lock", path)(source)),
        }
    }

    /// Returns whether a process has locked the file at `path`. Nothing is made there.
    pub(super) fn is_taken(path: &Path) -> bool {
        let is_there = path.symlink_metadata().is_ok_and(|there| there.is_file());
        let file = is_there.then(|| File::open(path).ok()).flatten();
        let locked = file.map(|file| file.try_lock());
        matches!(locked, Some(Err(TryLockError::WouldBlock)))
    }

    /// Returns where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether the file that is locked is still the one at its path.
    pub(super) fn is_in_place(&self) -> bool {
        let of = |found: std::io::Result<std::fs::Metadata>| {
            found.ok().map(|found| (found.dev(), found.ino()))
        };
        let (held, there) = (of(self.file.metadata()), of(self.path.symlink_metadata()));
        held.is_some() && held == there
    }
}
