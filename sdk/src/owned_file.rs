//! `OwnedFile`: a file that one process owns, by a lock next to it.

use std::io;
use std::path::Path;

use crate::file_lock::FileLock;
use crate::state_file::{Kind, StateFile};
use crate::store::{StoreError, StoreFault};

/// A file, and the lock that says who writes it.
#[derive(Debug)]
pub(crate) struct OwnedFile {
    pub(crate) file: StateFile,
    lock: FileLock,
}

impl OwnedFile {
    /// Takes the file at `path`, which need not exist. Its folder is made if there is none.
    pub(crate) fn take(path: &Path, kind: Kind) -> Result<Self, StoreError> {
        let mut file = StateFile::at(path, kind).map_err(|e| error("open", path, &e))?;
        let made = file.make_folder().and_then(|()| file.resolve());
        made.map_err(|e| error("open", file.path(), &e))?;
        let lock = FileLock::take(file.beside(".lock"));
        let lock = lock.map_err(|e| error("lock", file.path(), &e))?;
        Ok(Self { file, lock })
    }

    /// Makes folder and lock again, where they are gone, before the file is written.
    pub(crate) fn keep(&mut self) -> io::Result<()> {
        self.file.make_folder()?;
        self.lock.keep()
    }
}

pub(crate) fn error(action: &'static str, path: &Path, cause: &io::Error) -> StoreError {
    let fault = match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreFault::Full,
        _ => StoreFault::Failed,
    };
    StoreError {
        fault,
        action,
        detail: format!("{}: {cause}", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_room_has_a_code_of_its_own() {
        let code = |kind| error("write", Path::new("state"), &io::Error::from(kind)).code();
        assert_eq!(code(io::ErrorKind::StorageFull), "storage-full");
        assert_eq!(code(io::ErrorKind::QuotaExceeded), "storage-full");
        assert_eq!(code(io::ErrorKind::FileTooLarge), "storage-failed");
        assert_eq!(code(io::ErrorKind::Unsupported), "storage-failed");
    }
}
