//! Files, each there in full or not at all, and read only as far as they may be long.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};
use rustix::io::Errno;

/// Why a file or a folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Another process works on the folder.
    #[error(
        "another prover-host is using {}: stop it first, or name another folder with --data",
        path.display()
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("no space left on the disk to {action} {}: free some", path.display())]
    Full {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What it answered.
        source: io::Error,
    },
    /// It belongs to somebody else.
    #[error(
        "{} belongs to user {owner}, and this runs as user {own}, whose files that user could not replace: run it as user \
         {owner}, or give it to user {own} with `chown -R`",
        path.display()
    )]
    OtherOwner {
        /// The file or folder.
        path: PathBuf,
        /// The number of its owner.
        owner: u32,
        /// The number of the user of this process.
        own: u32,
    },
    /// A file is longer than its kind may be.
    #[error("{} is longer than {max} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Most bytes allowed.
        max: usize,
    },
}

impl FileError {
    /// Returns whether the file is longer than its kind may be: the file's fault, not the disk's.
    #[must_use]
    pub const fn is_too_long(&self) -> bool {
        matches!(self, Self::TooLong { .. })
    }

    /// Returns whether the same may work later, without anybody mending the file.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Full { .. } | Self::Io { .. })
    }

    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "data-in-use",
            Self::Full { .. } => "disk-full",
            Self::Io { .. } | Self::OtherOwner { .. } => "file",
            Self::TooLong { .. } => "too-long",
        }
    }
}

/// Reads a file of at most `max` bytes, and no more of it than that.
///
/// # Errors
///
/// [`FileError::Io`] or [`FileError::TooLong`].
pub fn read_capped(path: &Path, max: usize) -> Result<Vec<u8>, FileError> {
    let file = File::open(path).map_err(io_error("open", path))?;
    capped(file, path, max)
}

/// Reads a regular file as [`read_capped`] does; whoever may write to its folder may have put a link, a pipe or a
/// device there, and none of them is opened or waited for.
///
/// # Errors
///
/// [`FileError::Io`] or [`FileError::TooLong`].
pub fn read_regular(path: &Path, max: usize) -> Result<Vec<u8>, FileError> {
    let file = open_regular(OpenOptions::new().read(true), path)?;
    capped(file, path, max)
}

fn open_regular(options: &mut OpenOptions, path: &Path) -> Result<File, FileError> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).unwrap_or(0);
    let odd = || io::Error::other("not a regular file: links and devices are not opened");
    let is_odd = |path: &Path| path.symlink_metadata().is_ok_and(|there| !there.is_file());
    let file = options.custom_flags(flags).open(path);
    // A pipe that nobody reads cannot be opened to write.
    let file = file.map_err(|e| if is_odd(path) { odd() } else { e });
    let file = file.map_err(io_error("open", path))?;
    let is_file = file.metadata().map_err(io_error("read", path))?.is_file();
    if !is_file {
        return Err(io_error("open", path)(odd()));
    }
    Ok(file)
}

/// Reads a file as [`read_capped`] does, or standard input where `path` is `-`.
///
/// # Errors
///
/// [`FileError::Io`] or [`FileError::TooLong`].
pub fn read_file_or_stdin(path: &Path, max: usize) -> Result<Vec<u8>, FileError> {
    if path == Path::new("-") {
        return capped(io::stdin().lock(), Path::new("standard input"), max);
    }
    read_capped(path, max)
}

fn capped(source: impl Read, path: &Path, max: usize) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(max).map_or(u64::MAX, |max| max.saturating_add(1));
    let read = source.take(limit).read_to_end(&mut bytes);
    read.map_err(io_error("read", path))?;
    if bytes.len() > max {
        let path = path.to_path_buf();
        return Err(FileError::TooLong { path, max });
    }
    Ok(bytes)
}

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
/// [`FileError::Io`], with [`ErrorKind::AlreadyExists`] if something is there, which stays; [`FileError::Full`].
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

/// Opens a regular file that is there to be locked, and makes it where there is none; a link, a pipe or a device is neither
/// opened nor waited for.
pub(crate) fn open_lock(path: &Path) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    open_regular(&mut options, path)
}

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
            let moved = renameat_with(CWD, new, CWD, path, RenameFlags::NOREPLACE);
            return moved.map(|()| false).map_err(failed);
        }
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::XDEV) => {}
        Err(e) => return Err(failed(e)),
    }
    exchange_in_steps(new, path)
}

/// Exchanges two folders by way of a third name, which has the old one if the process is killed in between.
fn exchange_in_steps(new: &Path, path: &Path) -> Result<bool, FileError> {
    let (aside, ()) = make_temporary(path, |aside| fs::rename(path, aside))?;
    if let Err(e) = fs::rename(new, path) {
        // It was there a moment ago; where it cannot go back, it is found under the other name.
        let _ = fs::rename(&aside, path);
        return Err(io_error("replace", path)(e));
    }
    Ok(fs::rename(&aside, new).is_ok())
}

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
    static NEXT: AtomicU64 = AtomicU64::new(0);
    loop {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        // Of its own length, so that a name as long as the system allows can be written.
        let name = format!(".rpp-{}-{next}.tmp", std::process::id());
        let temporary = folder_of(path).join(name);
        match make(&temporary) {
            Ok(made) => return Ok((temporary, made)),
            Err(e) if e.kind() == ErrorKind::AlreadyExists && next < MAX_TAKEN => {}
            Err(e) => return Err(io_error("create", path)(e)),
        }
    }
}

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

pub(crate) fn sync_dir(path: &Path) -> Result<(), FileError> {
    let dir = File::open(path).map_err(io_error("open", path))?;
    dir.sync_all().map_err(io_error("sync", path))
}

pub(crate) fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_path_buf();
    move |source| match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => FileError::Full { action, path },
        _ => FileError::Io {
            action,
            path,
            source,
        },
    }
}

/// Names that may be taken, by processes that were killed and had this one's id.
const MAX_TAKEN: u64 = 1 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_has_an_error_of_its_own() {
        let full = io::Error::from(ErrorKind::StorageFull);
        let error = io_error("write", Path::new("proof"))(full);
        assert_eq!(error.code(), "disk-full");
        let says = "no space left on the disk to write proof: free some";
        assert_eq!(error.to_string(), says);
    }

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
    fn a_name_may_be_as_long_as_the_system_allows() {
        let dir = tempfile::tempdir().unwrap();
        write_atomic(&dir.path().join("a".repeat(255)), b"1").unwrap();
    }

    #[test]
    fn rejects_an_oversized_file_without_reading_it_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("big");
        fs::write(&path, [0; 11]).unwrap();
        assert!(matches!(
            read_capped(&path, 10),
            Err(FileError::TooLong { max: 10, .. })
        ));
        assert_eq!(read_capped(&path, 11).unwrap().len(), 11);
    }
}
