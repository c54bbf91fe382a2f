//! What processes have left that were killed: a setup that is put back, and what is removed.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use rpp_verifier::{ChainFile, Role, SetupFileName};

use super::content::envelopes_of;
use super::folder::SetupFolder;
use super::own_keys::{OwnKeys, exists};
use super::own_keys_error::OwnKeysError;
use super::place_error::PlaceError;
use super::prepared::check;
use crate::files::{by_lost_name, by_name, folder_of, io_error, is_temporary, is_temporary_of};

impl OwnKeys {
    /// Puts back a setup that was moved away to be replaced, where the process was killed before another one was there: on a file
    /// system that cannot exchange two folders. Only a setup of this chain, and where all of its keys are here: they say whether it is
    /// the newest.
    pub(super) fn put_back_lost(&self, chain: &ChainFile) -> Result<(), OwnKeysError> {
        let setup = by_lost_name(self.setup())?;
        if exists(&setup) || !Role::ALL.into_iter().all(|role| self.has(role)) {
            return Ok(());
        }
        let chain = chain.encode();
        let left_over = left_over(folder_of(&setup), |name| is_temporary_of(name, &setup));
        let left_over = left_over.into_iter().filter_map(|path| {
            let folder = SetupFolder::read(&path).ok()?;
            check(&folder).ok()?;
            let _ = folder
                .file(&SetupFileName::Chain)
                .filter(|own| *own == chain)?;
            let [root, circuits, checkpoint] = envelopes_of(&folder).ok()?;
            let versions = [root, circuits, checkpoint].map(|(_, envelope)| envelope.version);
            Some((versions, path))
        });
        // The one that was to come is whole as well by then.
        let Some((versions, path)) = left_over.max() else {
            return Ok(());
        };
        if self.has_newer_signatures(versions)? {
            return Ok(());
        }
        fs::rename(&path, &setup).map_err(io_error("replace", &setup))?;
        let (from, to) = (path.display(), setup.display());
        tracing::warn!(
            "{to} was gone, and is put back from {from}, which a process has left that was killed"
        );
        Ok(())
    }

    /// Removes the rest: in the folder of the keys, which nothing else is in, all of it; beside the setup, which may be in a folder of
    /// many where a link leads, what has its name.
    pub(super) fn remove_left_over(&self) -> Result<(), OwnKeysError> {
        remove_unfinished(&left_over(self.keys(), |name| {
            is_temporary(&name.to_string_lossy())
        }));
        for path in [self.setup(), &self.prepared(), &self.kept_root()] {
            let path = by_name(path)?;
            let folder = folder_of(&path);
            remove_unfinished(&left_over(folder, |name| is_temporary_of(name, &path)));
        }
        Ok(())
    }

    /// Returns whether a key has signed later versions than these: what has these is not what was published last.
    fn has_newer_signatures(&self, versions: [u32; 3]) -> Result<bool, OwnKeysError> {
        for (role, version) in Role::ALL.into_iter().zip(versions) {
            if self.has(role) && self.open(role)?.next_version() > version.saturating_add(1) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Checks, where no whole setup is at `path`, that no process was killed while it put one there: the one that was published may lie beside
/// it, and what is put there now would follow nothing.
///
/// # Errors
///
/// [`PlaceError::LeftOver`].
pub fn check_nothing_lost(path: &Path) -> Result<(), PlaceError> {
    let path = by_lost_name(path)?;
    if versions(&path).is_some() {
        return Ok(());
    }
    let left_over = left_over(folder_of(&path), |name| is_temporary_of(name, &path));
    // One that was not written to its end was not published either.
    let whole = left_over
        .into_iter()
        .filter_map(|left| Some((versions(&left)?, left)));
    let newest = whole.max();
    newest.map_or(Ok(()), |(_, left)| Err(PlaceError::LeftOver { path, left }))
}

/// Removes what is left beside a setup that was just put at `path`: it came before that.
pub(super) fn remove_left_beside(path: &Path) {
    remove_unfinished(&left_over(folder_of(path), |name| {
        is_temporary_of(name, path)
    }));
}

/// Returns the versions of a whole setup: of its newest root, its list and its checkpoint.
fn versions(path: &Path) -> Option<[u32; 3]> {
    let folder = SetupFolder::read(path).ok()?;
    let envelopes = envelopes_of(&folder).ok()?;
    Some(envelopes.map(|(_, envelope)| envelope.version))
}

/// Removes what a process that was killed was writing. What belongs to another user stays, and is in nobody's way.
fn remove_unfinished(left_over: &[PathBuf]) {
    for path in left_over {
        let removed = if path.is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        };
        if let Err(e) = removed {
            let path = path.display();
            tracing::warn!(
                "{path}, which a process has left that was killed, cannot be removed: {e}"
            );
        }
    }
}

/// Returns what processes that were killed have left in a folder, by names that are `theirs`.
fn left_over(folder: &Path, theirs: impl Fn(&OsStr) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let entries = entries.filter_map(Result::ok);
    let left_over = entries.filter(|entry| theirs(&entry.file_name()));
    left_over.map(|entry| entry.path()).collect()
}
