//! Putting a folder in the place of another one.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::error::{FileError, io_error};
use super::temporary::make_temporary_of;

/// Puts a folder in the place of another one, in one step, and returns whether `new` is then the old one; where
/// nothing is at `path`, `new` is moved there.
///
/// Where the file system cannot exchange two folders, the old one is moved away first: for a moment, nothing is there.
///
/// # Errors
///
/// [`FileError`].
pub(crate) fn exchange_folders(new: &Path, path: &Path) -> Result<bool, FileError> {
    let failed = |e: Errno| io_error("replace", path)(e.into());
    match renameat_with(CWD, new, CWD, path, RenameFlags::EXCHANGE) {
        Ok(()) => return Ok(true),
        Err(Errno::NOENT) => {
            let moved = rename_new(new, path).map_err(io_error("replace", path));
            return moved.map(|()| false);
        }
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::XDEV) => {}
        Err(e) => return Err(failed(e)),
    }
    exchange_in_steps(new, path)
}

/// Exchanges two folders by way of a third name, which has the old one if the process is killed in between.
fn exchange_in_steps(new: &Path, path: &Path) -> Result<bool, FileError> {
    let aside = move_aside(path)?;
    if let Err(e) = fs::rename(new, path) {
        // It was there a moment ago; where it cannot go back, it is found under the other name.
        let _ = fs::rename(&aside, path);
        return Err(io_error("replace", path)(e));
    }
    Ok(fs::rename(&aside, new).is_ok())
}

/// Moves what is at `path` to a name beside it that nothing has, which says what it was, and returns that.
pub(crate) fn move_aside(path: &Path) -> Result<PathBuf, FileError> {
    let (aside, ()) = make_temporary_of(path, |aside| rename_new(path, aside))?;
    Ok(aside)
}

/// Renames what is at a path, and replaces nothing: what a process that was killed has left may be the only one that there is.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => rename_looked_at(from, to),
        renamed => Ok(renamed?),
    }
}

/// The same, where the file system has no such renaming.
fn rename_looked_at(from: &Path, to: &Path) -> io::Result<()> {
    if to.symlink_metadata().is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_replaced_is_put_back() {
        let dir = tempfile::tempdir().unwrap();
        let [path, new] = ["place", "new"].map(|name| dir.path().join(name));
        fs::create_dir(&path).unwrap();
        fs::write(path.join("old"), b"1").unwrap();
        let refused = exchange_in_steps(&new, &path).unwrap_err();
        assert_eq!(refused.code(), "file");
        assert_eq!(fs::read(path.join("old")).unwrap(), b"1");
        fs::create_dir(&new).unwrap();
        assert!(exchange_in_steps(&new, &path).unwrap());
        assert!(new.join("old").exists() && !path.join("old").exists());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    /// In a container, a process has the id of the one before it, and counts from the same number.
    #[test]
    fn what_a_process_with_the_same_id_has_left_is_not_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let [path, new] = ["place", "new"].map(|name| dir.path().join(name));
        for folder in [&path, &new] {
            fs::create_dir(folder).unwrap();
        }
        fs::write(path.join("old"), b"1").unwrap();
        let left = |number: u64| {
            let name = format!(".rpp-place-{}-{number}.tmp", std::process::id());
            dir.path().join(name)
        };
        for number in 0..4 {
            fs::create_dir(left(number)).unwrap();
        }
        // One of them is empty, which renaming would replace.
        for number in 1..4 {
            fs::write(left(number).join("left"), b"2").unwrap();
        }
        assert!(exchange_in_steps(&new, &path).unwrap());
        assert!(new.join("old").exists() && !path.join("old").exists());
        assert!((1..4).all(|number| left(number).join("left").exists()));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 6);
    }

    #[test]
    fn nothing_is_replaced_where_the_file_system_does_not_see_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| dir.path().join(name));
        for rename in [rename_new, rename_looked_at] {
            fs::create_dir(&from).unwrap();
            fs::create_dir(&to).unwrap();
            let refused = rename(&from, &to).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
            fs::remove_dir(&to).unwrap();
            rename(&from, &to).unwrap();
            fs::remove_dir(&to).unwrap();
        }
    }
}
