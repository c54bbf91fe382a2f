//! `FileLock`: who may write a file, by a lock on another one next to it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
#[cfg(unix)]
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;

/// A lock that ends with its process, however that ends. Its file stays, and nothing in it is
/// read or changed: whether one is there says nothing.
#[derive(Debug)]
pub(crate) struct FileLock {
    path: PathBuf,
    file: File,
}

impl FileLock {
    /// Takes the lock on the file at `path`, which is made if there is none.
    pub(crate) fn take(path: PathBuf) -> io::Result<Self> {
        for _ in 0..TRIES {
            let file = open(&path)?;
            file.try_lock().map_err(refusal)?;
            let path = path.clone();
            let lock = Self { path, file };
            // Whoever removed the file since it was opened may have made another, and locked that.
            if lock.is_in_place()? {
                return Ok(lock);
            }
        }
        Err(io::Error::other("its lock is removed again and again"))
    }

    /// Takes the lock again where its file was removed or replaced, as by whoever tidies up.
    pub(crate) fn keep(&mut self) -> io::Result<()> {
        if !self.is_in_place()? {
            *self = Self::take(self.path.clone())?;
        }
        Ok(())
    }

    /// Checks that whoever else wants the lock finds it taken.
    pub(crate) fn check(&self) -> io::Result<()> {
        let is_in_place = self.is_in_place()?;
        let removed = || io::Error::other("its lock was removed");
        is_in_place.then_some(()).ok_or_else(removed)
    }

    /// Returns whether the locked file is the one that others find.
    #[cfg(unix)]
    fn is_in_place(&self) -> io::Result<bool> {
        let there = match fs::symlink_metadata(&self.path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
            there => there?,
        };
        let ours = self.file.metadata()?;
        Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino()))
    }

    /// Elsewhere a file that is open stays where it is.
    #[cfg(not(unix))]
    fn is_in_place(&self) -> io::Result<bool> {
        fs::symlink_metadata(&self.path).map(|_| true)
    }
}

/// Opens the file as it is: it may be anybody's, or a link to it.
fn open(path: &PathBuf) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    options
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY);
    let no_file = || {
        let refused = format!("{} is not a regular file", path.display());
        io::Error::other(refused)
    };
    let file = match options.open(path) {
        Err(_) if path.is_symlink() => return Err(no_file()),
        file => file?,
    };
    if !file.metadata()?.is_file() {
        return Err(no_file());
    }
    Ok(file)
}

fn refusal(refused: TryLockError) -> io::Error {
    match refused {
        TryLockError::WouldBlock => io::Error::other("another client has it"),
        // Without a lock two clients would write over each other.
        TryLockError::Error(e) => {
            let refused = format!("its file system gives no lock: {e}");
            io::Error::new(e.kind(), refused)
        }
    }
}

const TRIES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_without_locks_is_named() {
        let none = io::Error::from(io::ErrorKind::Unsupported);
        let refused = refusal(TryLockError::Error(none));
        assert_eq!(refused.kind(), io::ErrorKind::Unsupported);
        assert!(refused.to_string().contains("file system"));
    }
}
