//! `HeldFile`: the file of a key, as long as one process has it.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rpp_verifier::{FileDigest, sha256};

use super::key_record::FORMAT;
use super::lock_file::LockFile;
use super::signer_error::SignerError;
use crate::files::{FileError, io_error, read_regular, write_atomic_by, write_new_by};

/// The file of a key, which this process has locked by `KEYFILE.lock`.
///
/// A lock can be removed, and a file copied over another one, by whoever does not know what they are for. So before the file is
/// written, it is compared with what was read or written last, and the lock is looked at before and after: of two
/// processes that hold one key, at most one reserves anything.
#[derive(Debug)]
pub(super) struct HeldFile {
    path: PathBuf,
    lock: LockFile,
    /// SHA-256 of what was last read or written.
    seen: Option<FileDigest>,
}

impl HeldFile {
    /// Takes the lock of a key that is made at `path`.
    pub(super) fn take(path: &Path) -> Result<Self, SignerError> {
        let lock = LockFile::take(&beside(path, ".lock"), path)?;
        let path = path.to_path_buf();
        let lock = lock.ok_or_else(|| SignerError::InUse { path: path.clone() })?;
        let held = Self {
            path,
            lock,
            seen: None,
        };
        held.remove_unfinished()?;
        Ok(held)
    }

    /// Takes the lock of a key that is there, and reads its file.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<u8>), SignerError> {
        // No lock for a key that is not there.
        path.symlink_metadata().map_err(io_error("open", path))?;
        let mut held = Self::take(path)?;
        let bytes = held.read()?;
        held.seen = Some(sha256(&bytes));
        Ok((held, bytes))
    }

    /// Returns where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the file of a new key, where nothing may be.
    pub(super) fn create(&mut self, bytes: &[u8]) -> Result<(), SignerError> {
        let created = write_new_by(&self.path, &self.unfinished(), bytes);
        created.map_err(|error| exists(error, &self.path))?;
        self.seen = Some(sha256(bytes));
        Ok(())
    }

    /// Writes the file, if nobody else has.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), SignerError> {
        self.check()?;
        write_atomic_by(&self.path, &self.unfinished(), bytes)?;
        self.seen = Some(sha256(bytes));
        // Whoever has opened the key since it was compared has another lock there.
        self.check_lock()
    }

    /// Checks that the file is what was last read or written, and that it is locked.
    pub(super) fn check(&self) -> Result<(), SignerError> {
        self.check_lock()?;
        match self.seen == Some(sha256(&self.read()?)) {
            true => Ok(()),
            false => Err(self.lost("the key file is another one than it was")),
        }
    }

    /// Returns the error that the key is not this process's any more.
    pub(super) fn lost(&self, why: &'static str) -> SignerError {
        let path = self.path.clone();
        SignerError::NotHeld { path, why }
    }

    fn check_lock(&self) -> Result<(), SignerError> {
        match self.lock.is_in_place() {
            true => Ok(()),
            false => Err(self.lost("its lock, with .lock at the end of the name, was removed")),
        }
    }

    fn read(&self) -> Result<Vec<u8>, SignerError> {
        read_single(&self.path)
    }

    /// Removes what a process that was killed was writing: secrets are in it.
    fn remove_unfinished(&self) -> Result<(), FileError> {
        let path = self.unfinished();
        match fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(io_error("remove", &path)(e)),
            _ => Ok(()),
        }
    }

    /// Where the file is written before it gets its name: under one that nobody gives to a key, for what is there is removed.
    fn unfinished(&self) -> PathBuf {
        unfinished(&self.path)
    }
}

/// Reads the file of a key without taking it.
pub(super) fn look(path: &Path) -> Result<Vec<u8>, SignerError> {
    if LockFile::is_taken(&beside(path, ".lock")) {
        let path = path.to_path_buf();
        return Err(SignerError::InUse { path });
    }
    read_single(path)
}

/// Checks that others can neither read nor write the file of a key.
pub(super) fn check_private(path: &Path) -> Result<(), SignerError> {
    let there = path.symlink_metadata().map_err(io_error("open", path))?;
    let mode = there.permissions().mode() & 0o777;
    if there.is_file() && mode & 0o077 != 0 {
        let path = path.to_path_buf();
        return Err(SignerError::Permissions { path, mode });
    }
    Ok(())
}

/// Reads a key file that has one name: each other one would have a lock and a log of its own.
fn read_single(path: &Path) -> Result<Vec<u8>, SignerError> {
    let bytes = read_regular(path, FORMAT.max_bytes)?;
    let there = path.symlink_metadata().map_err(io_error("open", path))?;
    // One name is that under which it was made, by a process that was killed before it had removed that.
    let of = |there: &Metadata| (there.dev(), there.ino());
    let begun = unfinished(path).symlink_metadata().ok();
    let begun = begun.filter(|begun| of(begun) == of(&there));
    if there.nlink() > 1 + u64::from(begun.is_some()) {
        let path = path.to_path_buf();
        return Err(SignerError::Linked { path });
    }
    Ok(bytes)
}

/// Returns where the file of a key is written before it gets its name.
pub(super) fn unfinished(path: &Path) -> PathBuf {
    // Byte for byte, and no longer than the name of the lock: whatever has a lock of its own has this as well.
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(UNFINISHED);
    path.with_file_name(name)
}

/// Checks that a name is one that a key may have: not that of a file beside another key, nor one that people take for a
/// replacement.
pub(super) fn check_name(path: &Path) -> Result<(), SignerError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut others = [".new", ".log", ".lock", ".pub"].into_iter();
    match others.find(|ending| name.ends_with(ending)) {
        None => Ok(()),
        Some(ending) => {
            let path = path.to_path_buf();
            Err(SignerError::Name { path, ending })
        }
    }
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(extension);
    name.into()
}

fn exists(error: FileError, path: &Path) -> SignerError {
    match error {
        FileError::Io { source, .. } if source.kind() == ErrorKind::AlreadyExists => {
            let path = path.to_path_buf();
            SignerError::Exists { path }
        }
        error => error.into(),
    }
}

const UNFINISHED: &str = ".new";
