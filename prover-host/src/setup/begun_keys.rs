//! Keys that a process was making for a setup when it was killed: told from those that have signed one.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rpp_verifier::Role;

use super::held_file::unfinished;
use super::log::SigningLog;
use super::own_keys::{OwnKeys, exists};
use super::own_keys_error::OwnKeysError;
use super::public_key::PublicKeyFile;
use crate::files::{FileError, io_error, is_temporary};

impl OwnKeys {
    /// Returns whether a key may have signed something: one that is there, or one that was taken away and has left its log or its
    /// public key.
    pub(super) fn have_signed(&self) -> Result<bool, OwnKeysError> {
        for name in names(self.keys())? {
            if let Some(key) = name.strip_suffix(".log") {
                let log = SigningLog::read(&self.keys().join(key))?;
                if log.is_some_and(|log| log.last().is_some()) {
                    return Ok(true);
                }
            }
        }
        for role in Role::ALL {
            let has_signed = match self.has(role) {
                true => {
                    let key = self.open(role)?;
                    key.next_version() > 1 || key.is_restored()
                }
                // The public key is written last.
                false => exists(&PublicKeyFile::path_of(&self.path_of(role))),
            };
            if has_signed {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes what is prepared or kept of a setup that is gone with its keys: nothing here could sign it.
    pub(super) fn remove_useless(&self) -> Result<(), OwnKeysError> {
        if exists(self.setup()) || !names(self.keys())?.is_empty() {
            return Ok(());
        }
        let useless = [self.prepared(), self.kept_root()].into_iter();
        useless
            .filter(|path| exists(path))
            .try_for_each(|path| self.remove(&path))
    }

    /// Removes keys that have signed nothing, one for each role, and nothing else.
    pub(super) fn remove_begun(&self) -> Result<(), OwnKeysError> {
        let own = Role::ALL.map(|role| files_of(&self.path_of(role)));
        for found in names(self.keys())? {
            let path = self.keys().join(&found);
            if !own.as_flattened().contains(&path) && !is_temporary(&found) {
                let keys = self.keys().to_path_buf();
                return Err(OwnKeysError::Foreign { keys, found });
            }
        }
        for path in own.as_flattened() {
            match fs::remove_file(path) {
                Err(e) if e.kind() != ErrorKind::NotFound => Err(io_error("remove", path)(e))?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// Returns the files of a key, in the order in which they are removed: a public key without its key is what is left of one that was
/// taken away.
fn files_of(key: &Path) -> [PathBuf; 5] {
    let mut lock = key.as_os_str().to_owned();
    lock.push(".lock");
    [
        PublicKeyFile::path_of(key),
        key.to_path_buf(),
        SigningLog::path_of(key),
        unfinished(key),
        lock.into(),
    ]
}

fn names(folder: &Path) -> Result<Vec<String>, FileError> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(io_error("read", folder))?,
    };
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let names: Result<_, std::io::Error> = names.collect();
    names.map_err(io_error("read", folder))
}
