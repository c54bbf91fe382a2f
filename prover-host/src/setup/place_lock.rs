//! `PlaceLock`: who may put another setup in the place of a published one.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::folder::SetupFolder;
use super::left_over::remove_left_beside;
use super::lock_file::LockFile;
use super::place_error::PlaceError;
use crate::files::{FileError, by_lost_name, by_name, check_owner_of_place, folder_of};

/// Held by whoever reads a published setup, changes it and puts it back, so that nothing is lost that another one puts
/// there meanwhile. Readers need no lock.
#[derive(Debug)]
pub struct PlaceLock {
    path: PathBuf,
    lock: LockFile,
}

impl PlaceLock {
    /// Checks, before the lock or anything else is made, that a setup at `path` is one of the user of this process, or comes into a
    /// folder of theirs.
    ///
    /// # Errors
    ///
    /// [`FileError::OtherOwner`].
    pub fn check_owner(path: &Path) -> Result<(), FileError> {
        check_owner_of_place(&by_name(path)?)
    }

    /// Waits for the lock on the folder at `path`, one on a hidden file beside it, for ten seconds at most: whoever holds it
    /// signs a few files and writes them.
    ///
    /// # Errors
    ///
    /// [`PlaceError::Held`] if another process holds it for longer.
    pub fn wait(path: &Path) -> Result<Self, PlaceError> {
        Self::wait_for(path, MOST)
    }

    pub(super) fn wait_for(path: &Path, most: Duration) -> Result<Self, PlaceError> {
        // The setup may be gone that a link leads to: its lock is where it was.
        let path = by_lost_name(path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let lock = folder_of(&path).join(format!(".{name}.lock"));
        let start = Instant::now();
        loop {
            // Whoever removed the file since it was opened may have made another one, and locked that.
            let taken = LockFile::take(&lock, &path)?;
            if let Some(lock) = taken.filter(LockFile::is_in_place) {
                return Ok(Self { path, lock });
            }
            if start.elapsed() >= most {
                return Err(PlaceError::Held { path, lock });
            }
            sleep(BETWEEN);
        }
    }

    /// Puts a setup there.
    ///
    /// # Errors
    ///
    /// [`PlaceError`]; the folder is then as it was.
    pub fn place(&self, folder: &SetupFolder) -> Result<(), PlaceError> {
        self.check()?;
        folder.place(&self.path)?;
        remove_left_beside(&self.path);
        Ok(())
    }

    /// Checks, before something is put there, that whoever else wants the lock finds it taken.
    ///
    /// # Errors
    ///
    /// [`PlaceError::LockLost`] if the file that is locked was removed, or another one is in its place.
    fn check(&self) -> Result<(), PlaceError> {
        let (path, lock) = (self.path.clone(), self.lock.path().to_path_buf());
        let lost = PlaceError::LockLost { path, lock };
        self.lock.is_in_place().then_some(()).ok_or(lost)
    }
}

const MOST: Duration = Duration::from_secs(10);
const BETWEEN: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    const SHORT: Duration = Duration::from_millis(100);

    #[test]
    fn a_lock_that_another_one_holds_is_not_waited_for_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("setup");
        let held = PlaceLock::wait(&path).unwrap();
        let refused = PlaceLock::wait_for(&path, SHORT).unwrap_err();
        assert_eq!(refused.code(), "setup-place-held");
        assert!(refused.to_string().contains(".setup.lock"), "{refused}");
        drop(held);
        PlaceLock::wait_for(&path, SHORT).unwrap();
    }

    /// Somebody tidies up: the next one makes another file, and locks that.
    #[test]
    fn a_lock_whose_file_was_removed_or_replaced_holds_nobody_off_and_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("setup");
        let lock = dir.path().join(".setup.lock");
        let held = PlaceLock::wait(&path).unwrap();
        held.place(&SetupFolder::default()).unwrap();
        std::fs::remove_dir(&path).unwrap();
        std::fs::remove_file(&lock).unwrap();
        let none = SetupFolder::default();
        let refused = held.place(&none).unwrap_err();
        assert_eq!(refused.code(), "setup-place-lock-lost");
        assert!(refused.to_string().contains(".setup.lock"), "{refused}");
        let other = PlaceLock::wait_for(&path, SHORT).unwrap();
        let refused = held.place(&none).unwrap_err();
        assert_eq!(refused.code(), "setup-place-lock-lost");
        assert!(!path.exists());
        other.place(&none).unwrap();
        assert!(path.exists());
    }

    #[test]
    fn links_pipes_and_devices_are_neither_locked_nor_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let lock = |name: &str| dir.path().join(format!(".{name}.lock"));
        let made = Command::new("mkfifo").arg(lock("pipe")).status();
        assert!(made.unwrap().success());
        symlink(dir.path().join("elsewhere"), lock("link")).unwrap();
        std::fs::create_dir(lock("folder")).unwrap();
        for name in ["pipe", "link", "folder"] {
            let refused = PlaceLock::wait(&dir.path().join(name)).unwrap_err();
            assert_eq!(refused.code(), "file", "{name}");
        }
        assert!(!dir.path().join("elsewhere").exists());
    }

    #[test]
    fn a_path_without_a_name_is_locked_beside_the_folder_that_it_stands_for() {
        let dir = tempfile::tempdir().unwrap();
        let setup = dir.path().join("setup");
        std::fs::create_dir(&setup).unwrap();
        let _held = PlaceLock::wait(&setup.join("..").join("setup").join(".")).unwrap();
        assert!(dir.path().join(".setup.lock").exists());
        std::fs::create_dir(setup.join("in")).unwrap();
        let refused = PlaceLock::wait_for(&setup.join("in").join(".."), SHORT).unwrap_err();
        assert_eq!(refused.code(), "setup-place-held");
        assert_eq!(std::fs::read_dir(&setup).unwrap().count(), 1);
    }
}
