//! `PlaceLock`: who may put another setup in the place of a published one.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::files::{FileError, folder_of, io_error};

/// Held by whoever reads a published setup, changes it and puts it back, so that nothing is lost that another one puts
/// there meanwhile. Readers need no lock.
#[derive(Debug)]
pub struct PlaceLock(
    #[expect(
        dead_code,
        reason = "the system holds the lock as long as this is open"
    )]
    File,
);

impl PlaceLock {
    /// Waits for the lock on the folder at `path`: one on a hidden file beside it.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    pub fn wait(path: &Path) -> Result<Self, FileError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let lock = folder_of(path).join(format!(".{name}.lock"));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&lock).map_err(io_error("open", &lock))?;
        file.lock().map_err(io_error("lock", &lock))?;
        Ok(Self(file))
    }
}
