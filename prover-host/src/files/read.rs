//! Reading files, no further than they may be long.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use super::error::{FileError, io_error};

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

/// Opens a regular file that is there to be locked, and makes it where there is none; a link, a pipe or a device is neither
/// opened nor waited for.
pub(crate) fn open_lock(path: &Path) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    open_regular(&mut options, path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

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
