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
        let removed = file.remove_leftover();
        removed.map_err(|e| error("open", file.path(), &e))?;
        Ok(Self { file, lock })
    }

    /// Puts the bytes there, in one step, if nobody else can have taken the file by then.
    pub(crate) fn put(&self, bytes: &[u8]) -> io::Result<()> {
        self.file.put(bytes, || self.lock.check())
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

    /// Whoever removes the lock while the bytes are written lets another process in, which reads what is there.
    #[cfg(unix)]
    #[test]
    fn a_lock_that_is_removed_while_the_file_is_written_leaves_it_as_it_was() {
        use std::fs;

        use crate::state_file::{Content, Links};

        let name = format!("rpp-owned-file-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let kind = Kind {
            magic: *b"RPPW",
            max_bytes: 9,
            links: Links::Refused,
        };
        let file = OwnedFile::take(&folder.join("key"), kind).unwrap();
        file.put(b"RPPW1").unwrap();
        fs::remove_file(folder.join("key.lock")).unwrap();
        assert!(file.put(b"RPPW2").is_err());
        let other = OwnedFile::take(&folder.join("key"), kind).unwrap();
        assert!(file.put(b"RPPW2").is_err());
        match other.file.read().unwrap() {
            Content::State(bytes) => assert_eq!(bytes, b"RPPW1"),
            other => panic!("{other:?}"),
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn no_room_has_a_code_of_its_own() {
        let code = |kind| error("write", Path::new("state"), &io::Error::from(kind)).code();
        assert_eq!(code(io::ErrorKind::StorageFull), "storage-full");
        assert_eq!(code(io::ErrorKind::QuotaExceeded), "storage-full");
        assert_eq!(code(io::ErrorKind::FileTooLarge), "storage-failed");
        assert_eq!(code(io::ErrorKind::Unsupported), "storage-failed");
    }
}
