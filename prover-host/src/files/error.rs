//! `FileError`: why a file or a folder cannot be used.

use std::io::{self, ErrorKind};
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
    /// The operating system does not rename the folder.
    #[error(
        "cannot {action} {}, which the system does not rename: if it came with a container's image, copy it, remove it, and give the \
         copy its name; if something is mounted there, move what is in it into a folder inside of that, and name that folder",
        path.display()
    )]
    Fixed {
        /// What was tried.
        action: &'static str,
        /// On which folder.
        path: PathBuf,
    },
    /// It belongs to somebody else.
    #[error(
        "{} belongs to user {owner}, and this runs as user {own}, whose files that user could not replace: run it as user \
         {owner}{}",
        path.display(), if *own == 0 { "" } else { ", or have it given to this one" }
    )]
    OtherOwner {
        /// The file or folder.
        path: PathBuf,
        /// The number of its owner.
        owner: u32,
        /// The number of the user of this process.
        own: u32,
    },
    /// The folder that something is to be put into belongs to somebody else.
    #[error(
        "{} belongs to user {owner}, and this runs as user {own}, whose files would be in the way there: run it as user {owner}, or \
         name another place",
        path.display()
    )]
    OtherOwnersFolder {
        /// The folder.
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
            Self::Io { .. }
            | Self::Fixed { .. }
            | Self::OtherOwner { .. }
            | Self::OtherOwnersFolder { .. } => "file",
            Self::TooLong { .. } => "too-long",
        }
    }
}

/// Returns what makes an error of what the system answers.
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
}
