//! Paths: what they stand for, and whose that is.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
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

/// Returns the same, where links that lead nowhere are what they stand for as well: the name of what is gone.
pub(crate) fn by_lost_name(path: &Path) -> Result<PathBuf, FileError> {
    let path: PathBuf = path.components().collect();
    let end = match path.exists() {
        true => Ok(path.clone()),
        false => behind_links(&path),
    };
    by_name(&end.map_err(io_error("open", &path))?)
}

/// Returns where links lead that end at nothing.
pub(crate) fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        let Ok(target) = fs::read_link(&path) else {
            return Ok(path);
        };
        // An absolute target replaces the whole path.
        path = path.with_file_name("").join(target);
    }
    Err(io::Error::other("too many links"))
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

/// Checks the same of a place where something is to be put. Where nothing is, and this is root, it is the folder around it that tells:
/// in that of another user, what is made would be in the way of whoever works there. Others write where they are let.
pub(crate) fn check_owner_of_place(path: &Path) -> Result<(), FileError> {
    check_owner(path)?;
    let own = rustix::process::geteuid().as_raw();
    let folder = folder_of(path);
    let is_roots = own == ROOT && path.symlink_metadata().is_err();
    match fs::metadata(folder).map(|there| there.uid()) {
        Ok(owner) if is_roots && owner != ROOT => Err(FileError::OtherOwnersFolder {
            path: folder.to_path_buf(),
            owner,
            own,
        }),
        _ => Ok(()),
    }
}

const ROOT: u32 = 0;
/// As many as Linux follows.
const MOST_LINKS: usize = 40;

pub(crate) fn sync_dir(path: &Path) -> Result<(), FileError> {
    let dir = File::open(path).map_err(io_error("open", path))?;
    dir.sync_all().map_err(io_error("sync", path))
}
