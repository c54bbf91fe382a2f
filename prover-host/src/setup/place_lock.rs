//! `PlaceLock`: who may put another setup in the place of a published one.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::lock_file::LockFile;
use super::place_error::PlaceError;
use crate::files::{by_name, folder_of};

/// Held by whoever reads a published setup, changes it and puts it back, so that nothing is lost that another one puts
/// there meanwhile. Readers need no lock.
#[derive(Debug)]
pub struct PlaceLock(
    #[expect(
        dead_code,
        reason = "the system holds the lock as long as this is open"
    )]
    LockFile,
);

impl PlaceLock {
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
        let path = by_name(path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let lock = folder_of(&path).join(format!(".{name}.lock"));
        let start = Instant::now();
        loop {
            if let Some(file) = LockFile::take(&lock, &path)? {
                return Ok(Self(file));
            }
            if start.elapsed() >= most {
                return Err(PlaceError::Held { path, lock });
            }
            sleep(BETWEEN);
        }
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
