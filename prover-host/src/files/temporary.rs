//! Names for what is being made, and for what a process that was killed has left of it.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::{FileError, io_error};
use super::path::folder_of;

/// Creates a file that nobody has yet, in the folder of `path`, under a name that ends in `.tmp`.
///
/// Whoever may write to that folder may have foreseen the name: what is there is not opened.
pub(crate) fn create_temporary(path: &Path) -> Result<(PathBuf, File), FileError> {
    make_temporary(path, |temporary| {
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(temporary)
    })
}

/// Makes what `make` makes, under a name as [`create_temporary`] gives it.
pub(crate) fn make_temporary<T>(
    path: &Path,
    make: impl Fn(&Path) -> io::Result<T>,
) -> Result<(PathBuf, T), FileError> {
    // Of its own length, so that a name as long as the system allows can be written.
    make_named(path, OsStr::new(START), make).map_err(io_error("create", path))
}

/// The same, under a name that has that of `path` in it: what is left there can be told from what belongs to its neighbours.
pub(crate) fn make_temporary_of<T>(
    path: &Path,
    make: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(PathBuf, T)> {
    make_named(path, &start_of(path), make)
}

fn make_named<T>(
    path: &Path,
    start: &OsStr,
    make: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(PathBuf, T)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut taken = 0;
    loop {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut name = start.to_owned();
        name.push(format!("{}-{next}{END}", std::process::id()));
        let temporary = folder_of(path).join(name);
        match make(&temporary) {
            Ok(made) => return Ok((temporary, made)),
            Err(e) if is_taken(&e) && taken < MAX_TAKEN => taken += 1,
            Err(e) => return Err(e),
        }
    }
}

/// A folder that is not empty is not replaced, and there is another name for that.
fn is_taken(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty
    )
}

/// Returns whether a name is one of those that are given here.
pub(crate) fn is_temporary(name: &str) -> bool {
    name.starts_with(START) && name.ends_with(END)
}

/// Returns whether a name is one of [`make_temporary_of`] for what is at `path`.
pub(crate) fn is_temporary_of(name: &OsStr, path: &Path) -> bool {
    let rest = name
        .as_encoded_bytes()
        .strip_prefix(start_of(path).as_encoded_bytes())
        .and_then(|rest| rest.strip_suffix(END.as_bytes()));
    let mut numbers = rest.unwrap_or_default().split(|byte| *byte == b'-');
    // Just two: what comes after a hyphen may belong to a neighbour with a longer name.
    let is_number = |part: Option<&[u8]>| {
        part.is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
    };
    is_number(numbers.next()) && is_number(numbers.next()) && numbers.next().is_none()
}

fn start_of(path: &Path) -> OsString {
    let mut start = OsString::from(START);
    start.push(path.file_name().unwrap_or_default());
    start.push("-");
    start
}

const START: &str = ".rpp-";
const END: &str = ".tmp";
/// Names that may be taken, by processes that were killed and had this one's id.
const MAX_TAKEN: u64 = 1 << 10;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::write_atomic;
    use super::*;

    #[test]
    fn a_file_that_lies_where_the_temporary_one_would_is_not_touched() {
        let dir = tempfile::tempdir().unwrap();
        let mine = |name: &str| name.starts_with(&format!(".rpp-{}-", std::process::id()));
        let (first, _) = create_temporary(&dir.path().join("a")).unwrap();
        assert!(mine(first.file_name().unwrap().to_str().unwrap()));
        // All the names that come next lead elsewhere.
        let elsewhere = dir.path().join("elsewhere");
        fs::write(&elsewhere, b"as it was").unwrap();
        let number = |path: &Path| -> u64 {
            let name = path.file_stem().unwrap().to_str().unwrap();
            name.rsplit_once('-').unwrap().1.parse().unwrap()
        };
        for next in number(&first) + 1..number(&first) + 4 {
            let name = format!(".rpp-{}-{next}.tmp", std::process::id());
            std::os::unix::fs::symlink(&elsewhere, dir.path().join(name)).unwrap();
        }
        write_atomic(&dir.path().join("a"), b"1").unwrap();
        assert_eq!(fs::read(elsewhere).unwrap(), b"as it was");
    }

    #[test]
    fn what_is_left_of_a_folder_is_told_from_what_is_left_of_its_neighbours() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("setup");
        let (made, ()) = make_temporary_of(&path, |new| fs::create_dir(new)).unwrap();
        let made = made.file_name().unwrap();
        assert!(is_temporary(made.to_str().unwrap()));
        assert!(is_temporary_of(made, &path));
        for other in ["setup-1", "set", "up", ".setup-prepared", "other"] {
            let other = dir.path().join(other);
            assert!(!is_temporary_of(made, &other));
            let (theirs, ()) = make_temporary_of(&other, |new| fs::create_dir(new)).unwrap();
            assert!(!is_temporary_of(theirs.file_name().unwrap(), &path));
        }
        for name in [
            ".rpp-1-2.tmp",
            ".rpp-setup-1.tmp",
            ".rpp-setup-1-.tmp",
            ".rpp-setup-1-2",
        ] {
            assert!(!is_temporary_of(OsStr::new(name), &path), "{name}");
        }
    }
}
