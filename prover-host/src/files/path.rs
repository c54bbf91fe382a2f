//! Paths: what they stand for, and whose that is.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::{FileError, io_error};

/// Returns a path that ends in a name, by which something can be put in its place: links, `.` and `..` are what they stand for,
/// and where nothing is, it is as it was given.
pub(crate) fn by_name(path: &Path) -> Result<PathBuf, FileError> {
    // Without a separator at its end, which would lead through a link.
    let path: PathBuf = path.components().collect();
    let is_free = path.file_name().is_some()
        && matches!(path.symlink_metadata(), Err(e) if e.kind() == ErrorKind::NotFound);
    if is_free {
        return Ok(path);
    }
    fs::canonicalize(&path).map_err(io_error("open", &path))
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Checks that what is at `path`, if anything, belongs to the user of this process. Whoever is root could go on, and would leave files
/// that the owner cannot replace; to give them away in folders that the owner can rearrange would be worse.
pub(crate) fn check_owner(path: &Path) -> Result<(), FileError> {
    let own = rustix::process::geteuid().as_raw();
    match path.symlink_metadata().map(|there| there.uid()) {
        Ok(owner) if owner != own => Err(FileError::OtherOwner {
            path: path.to_path_buf(),
            owner,
            own,
        }),
        _ => Ok(()),
    }
}

/// Checks the same of a place where something is to be put. Where nothing is, it is the folder around it that tells: in that of
/// another user, what is made would be in the way of whoever works there. In one of root's, others have their places.
pub(crate) fn check_owner_of_place(path: &Path) -> Result<(), FileError> {
    check_owner(path)?;
    let own = rustix::process::geteuid().as_raw();
    let folder = folder_of(path);
    let is_free = path.symlink_metadata().is_err();
    match fs::metadata(folder).map(|there| there.uid()) {
        Ok(owner) if is_free && owner != own && owner != ROOT => {
            Err(FileError::OtherOwnersFolder {
                path: folder.to_path_buf(),
                owner,
                own,
            })
        }
        _ => Ok(()),
    }
}

const ROOT: u32 = 0;

pub(crate) fn sync_dir(path: &Path) -> Result<(), FileError> {
    let dir = File::open(path).map_err(io_error("open", path))?;
    dir.sync_all().map_err(io_error("sync", path))
}
