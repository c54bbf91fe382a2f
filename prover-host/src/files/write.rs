//! Writing files, each there in full or not at all.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

use super::error::{FileError, io_error};
use super::path::{folder_of, sync_dir};
use super::temporary::create_temporary;

/// Writes a file so that after a crash it is there in full or as it was before; one that is
/// replaced keeps its permissions and, as far as this process may give files away, its owner.
///
/// # Errors
///
/// [`FileError::Full`] or [`FileError::Io`].
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let (temporary, file) = create_temporary(path)?;
    replace(path, &temporary, file, bytes)
}

/// Writes a file as [`write_atomic`] does, by way of `temporary`, which nobody else uses: what a crash leaves there, the
/// caller finds again.
pub(crate) fn write_atomic_by(
    path: &Path,
    temporary: &Path,
    bytes: &[u8],
) -> Result<(), FileError> {
    let file = create_private(temporary).map_err(io_error("create", temporary))?;
    replace(path, temporary, file, bytes)
}

fn replace(path: &Path, temporary: &Path, file: File, bytes: &[u8]) -> Result<(), FileError> {
    // Permissions first: what is secret in the file is so while it is being written.
    let written = keep_permissions(path, &file)
        .and_then(|()| write_synced(file, path, bytes))
        .and_then(|()| fs::rename(temporary, path).map_err(io_error("write", path)));
    if written.is_err() {
        // What is left of it is no use to anybody; that it may stay is not worth another error.
        let _ = fs::remove_file(temporary);
    }
    written?;
    sync_dir(folder_of(path))
}

/// Writes a file that is not there yet, for its owner only, so that after a crash it is there in full or not at all; by
/// way of `temporary`, as [`write_atomic_by`] does.
///
/// # Errors
///
/// [`FileError::Io`], with [`ErrorKind::AlreadyExists`](io::ErrorKind::AlreadyExists) if something is there, which stays; [`FileError::Full`].
pub(crate) fn write_new_by(path: &Path, temporary: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let file = create_private(temporary).map_err(io_error("create", temporary))?;
    // A link is refused where something is; renaming would replace it.
    let written = write_synced(file, path, bytes)
        .and_then(|()| fs::hard_link(temporary, path).map_err(io_error("create", path)));
    let _ = fs::remove_file(temporary);
    written?;
    sync_dir(folder_of(path))
}

/// Creates a file for its owner only, where nothing is.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

/// Writes a file that is not there yet, with these permissions whatever the umask is.
pub(crate) fn write_shared(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    let file = create_private(path).map_err(io_error("create", path))?;
    share(&file, mode).map_err(io_error("write", path))?;
    write_synced(file, path, bytes)
}

/// Gives an open file or folder these permissions.
pub(crate) fn share(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(mode & 0o777))
}

fn write_synced(mut file: File, path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    file.write_all(bytes).map_err(io_error("write", path))?;
    file.sync_all().map_err(io_error("sync", path))
}

fn keep_permissions(of: &Path, on: &File) -> Result<(), FileError> {
    let Ok(old) = fs::metadata(of) else {
        return Ok(());
    };
    // Only root may give a file to another user, and others to their own groups.
    let owned = fchown(on, Some(old.uid()), Some(old.gid()));
    let _ = owned.or_else(|_| fchown(on, None, Some(old.gid())));
    on.set_permissions(old.permissions())
        .map_err(io_error("write", of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_the_file_that_was_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("proof");
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let error = write_synced(full, &path, b"proof").unwrap_err();
        let asked = format!("write {}:", path.display());
        assert!(error.to_string().contains(&asked), "{error}");
    }

    #[test]
    fn a_replaced_file_keeps_its_owner_and_permissions() {
        use std::os::unix::fs::chown;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, b"1").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        // Another user's where this is root, the own one elsewhere.
        let _ = chown(&path, Some(65_534), Some(65_534));
        let before = fs::metadata(&path).unwrap();
        write_atomic(&path, b"2").unwrap();
        let after = fs::metadata(&path).unwrap();
        assert_ne!(after.ino(), before.ino());
        let of = |file: &fs::Metadata| (file.uid(), file.gid(), file.mode());
        assert_eq!(of(&after), of(&before));
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
    fn a_name_may_be_as_long_as_the_system_allows() {
        let dir = tempfile::tempdir().unwrap();
        write_atomic(&dir.path().join("a".repeat(255)), b"1").unwrap();
    }
}
