//! Putting a folder in the place of another one.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::error::{FileError, io_error};
use super::temporary::make_temporary_of;

/// Renames as the system does, or as one does that a test makes up.
type Rename = fn(&Path, &Path, RenameFlags) -> Result<(), Errno>;

/// Puts a folder in the place of another one, in one step, and returns whether `new` is then the old one; where
/// nothing is at `path`, `new` is moved there.
///
/// Where the file system cannot exchange two folders, the old one is moved away first: for a moment, nothing is there.
///
/// # Errors
///
/// [`FileError`].
pub(crate) fn exchange_folders(new: &Path, path: &Path) -> Result<bool, FileError> {
    exchange_by(rename_with, new, path)
}

fn exchange_by(rename: Rename, new: &Path, path: &Path) -> Result<bool, FileError> {
    match rename(new, path, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::NOENT) => {
            let moved = rename_new(rename, new, path).map_err(rename_error("replace", path));
            moved.map(|()| false)
        }
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::XDEV) => {
            exchange_in_steps(rename, new, path)
        }
        Err(e) => Err(rename_error("replace", path)(e.into())),
    }
}

fn rename_with(from: &Path, to: &Path, flags: RenameFlags) -> Result<(), Errno> {
    renameat_with(CWD, from, CWD, to, flags)
}

/// Exchanges two folders by way of a third name, which has the old one if the process is killed in between.
fn exchange_in_steps(rename: Rename, new: &Path, path: &Path) -> Result<bool, FileError> {
    let aside = move_aside_by(rename, path, "replace")?;
    if let Err(e) = fs::rename(new, path) {
        // It was there a moment ago; where it cannot go back, it is found under the other name.
        let _ = fs::rename(&aside, path);
        return Err(rename_error("replace", path)(e));
    }
    Ok(fs::rename(&aside, new).is_ok())
}

/// Moves what is at `path` to a name beside it that nothing has, which says what it was, and returns that; `action` is what it is
/// moved for.
pub(crate) fn move_aside(path: &Path, action: &'static str) -> Result<PathBuf, FileError> {
    move_aside_by(rename_with, path, action)
}

fn move_aside_by(rename: Rename, path: &Path, action: &'static str) -> Result<PathBuf, FileError> {
    let moved = make_temporary_of(path, |aside| rename_new(rename, path, aside));
    let (aside, ()) = moved.map_err(rename_error(action, path))?;
    Ok(aside)
}

/// Renames what is at a path, and replaces nothing: what a process that was killed has left may be the only one that there is.
fn rename_new(rename: Rename, from: &Path, to: &Path) -> io::Result<()> {
    match rename(from, to, RenameFlags::NOREPLACE) {
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

/// Returns what makes an error of what the system answers to a renaming.
fn rename_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_path_buf();
    move |source| match source.kind() {
        ErrorKind::CrossesDevices | ErrorKind::ResourceBusy => FileError::Fixed { action, path },
        _ => io_error(action, &path)(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file system that only knows the renaming which replaces, and looks first whether there is anything to exchange.
    fn without_flags(_: &Path, to: &Path, flags: RenameFlags) -> Result<(), Errno> {
        let is_missing = flags.contains(RenameFlags::EXCHANGE) && !to.exists();
        Err(if is_missing {
            Errno::NOENT
        } else {
            Errno::INVAL
        })
    }

    /// The lower layer of an overlay.
    fn in_a_lower_layer(_: &Path, _: &Path, _: RenameFlags) -> Result<(), Errno> {
        Err(Errno::XDEV)
    }

    #[test]
    fn a_folder_that_cannot_be_replaced_is_put_back() {
        let dir = tempfile::tempdir().unwrap();
        let [path, new] = ["place", "new"].map(|name| dir.path().join(name));
        fs::create_dir(&path).unwrap();
        fs::write(path.join("old"), b"1").unwrap();
        let refused = exchange_in_steps(rename_with, &new, &path).unwrap_err();
        assert_eq!(refused.code(), "file");
        assert_eq!(fs::read(path.join("old")).unwrap(), b"1");
        fs::create_dir(&new).unwrap();
        assert!(exchange_in_steps(rename_with, &new, &path).unwrap());
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
        let (first, ()) = make_temporary_of(&path, |first| fs::create_dir(first)).unwrap();
        let (_, number) = first.to_str().unwrap().rsplit_once('-').unwrap();
        let first: u64 = number.strip_suffix(".tmp").unwrap().parse().unwrap();
        let left = |number: u64| {
            let name = format!(".rpp-place-{}-{number}.tmp", std::process::id());
            dir.path().join(name)
        };
        // One of them is empty, which renaming would replace.
        for number in first + 1..first + 4 {
            fs::create_dir(left(number)).unwrap();
            fs::write(left(number).join("left"), b"2").unwrap();
        }
        assert!(exchange_in_steps(rename_with, &new, &path).unwrap());
        assert!(new.join("old").exists() && !path.join("old").exists());
        assert!(left(first).exists());
        assert!((first + 1..first + 4).all(|number| left(number).join("left").exists()));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 6);
    }

    #[test]
    fn a_file_system_without_flags_takes_a_first_folder_and_a_second_one() {
        let dir = tempfile::tempdir().unwrap();
        let [path, new] = ["place", "new"].map(|name| dir.path().join(name));
        for number in ["1", "2"] {
            fs::create_dir(&new).unwrap();
            fs::write(new.join("number"), number).unwrap();
            let is_old = exchange_by(without_flags, &new, &path).unwrap();
            assert_eq!(is_old, number == "2");
            assert_eq!(fs::read_to_string(path.join("number")).unwrap(), number);
        }
        assert_eq!(fs::read_to_string(new.join("number")).unwrap(), "1");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_folder_that_the_system_does_not_rename_is_left_and_its_owner_told_what_helps() {
        let dir = tempfile::tempdir().unwrap();
        let [path, new] = ["place", "new"].map(|name| dir.path().join(name));
        fs::create_dir(&path).unwrap();
        fs::create_dir(&new).unwrap();
        let replaced = exchange_by(in_a_lower_layer, &new, &path).map(drop);
        let removed = move_aside_by(in_a_lower_layer, &path, "remove").map(drop);
        for (refused, action) in [(replaced, "replace"), (removed, "remove")] {
            let refused = refused.unwrap_err();
            assert_eq!(refused.code(), "file");
            let says = format!("cannot {action} {}", path.display());
            assert!(refused.to_string().starts_with(&says), "{refused}");
            assert!(refused.to_string().contains("copy its name"), "{refused}");
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn nothing_is_replaced_where_the_file_system_does_not_see_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| dir.path().join(name));
        let rename_new = |from: &Path, to: &Path| rename_new(rename_with, from, to);
        for rename in [&rename_new as &dyn Fn(&Path, &Path) -> _, &rename_looked_at] {
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
