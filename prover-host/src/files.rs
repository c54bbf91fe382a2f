//! Files, each there in full or not at all, and read only as far as they may be long.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

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
    #[error(
        "no space left on the disk to {action} {}: free some, and the chain \
         goes on where it stopped",
        path.display()
    )]
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
            Self::Io { .. } => "file",
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
    let mut bytes = Vec::new();
    let limit = u64::try_from(max).map_or(u64::MAX, |max| max.saturating_add(1));
    let read = file.take(limit).read_to_end(&mut bytes);
    read.map_err(io_error("read", path))?;
    if bytes.len() > max {
        let path = path.to_path_buf();
        return Err(FileError::TooLong { path, max });
    }
    Ok(bytes)
}

/// Writes a file so that after a crash it is there in full or as it was before.
///
/// # Errors
///
/// [`FileError::Io`].
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = write_synced(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path).map_err(io_error("write", path)));
    if written.is_err() {
        // What is left of it is no use to anybody; that it may stay is not worth another error.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_dir(
        path.parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new(".")),
    )
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut file = File::create(path).map_err(io_error("create", path))?;
    file.write_all(bytes).map_err(io_error("write", path))?;
    file.sync_all().map_err(io_error("sync", path))
}

pub(crate) fn sync_dir(path: &Path) -> Result<(), FileError> {
    let dir = File::open(path).map_err(io_error("open", path))?;
    dir.sync_all().map_err(io_error("sync", path))
}

pub(crate) fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_path_buf();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            FileError::Full { action, path }
        }
        _ => FileError::Io {
            action,
            path,
            source,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_has_an_error_of_its_own() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = io_error("write", Path::new("proof"))(full);
        assert_eq!(error.code(), "disk-full");
        assert!(error.to_string().contains("free some"));
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
