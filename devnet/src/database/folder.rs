//! `Folder`: where the keys are, readable only by their owner, and the lock on it.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::mark::MarkFile;
use super::marks::SignedMark;
use super::{DatabaseError, Stage};

/// A folder that this process has locked.
#[derive(Debug)]
pub(super) struct Folder {
    database: PathBuf,
    /// Held as long as this lives; the system releases it when the process ends, however it ends.
    _lock: File,
}

impl Folder {
    /// Locks the folder, and creates it and an empty database in it if they are missing and may be.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Damaged`] if the keys are missing that have signed;
    /// [`DatabaseError::InUse`], [`DatabaseError::Full`] or [`DatabaseError::File`].
    pub(super) fn open(root: &Path, stage: Stage) -> Result<Self, DatabaseError> {
        // Before anything is created: an empty file in place of the keys would look like a first start.
        let database = Self::database_in(root);
        let is_there = std::fs::metadata(&database).is_ok_and(|file| file.len() > 0);
        if !is_there && (stage != Stage::New || MarkFile::<SignedMark>::exists(root)) {
            let what = "it is missing or empty, and its keys have signed";
            return Err(DatabaseError::damaged(&database, what));
        }
        let mut folder = DirBuilder::new();
        folder.recursive(true).mode(OWNER_ONLY_FOLDER);
        folder.create(root).map_err(file_error("create", root))?;
        protect(root, OWNER_ONLY_FOLDER)?;
        let lock = lock(root)?;
        // SQLite gives its log the mode of the database, so the database is created here.
        owner_only(&database)?;
        protect(&database, OWNER_ONLY_FILE)?;
        sync(root)?;
        // The folder's own name, in case it is new.
        root.parent().map_or(Ok(()), sync)?;
        Ok(Self {
            database,
            _lock: lock,
        })
    }

    /// Returns where the database of a folder is.
    pub(super) fn database_in(root: &Path) -> PathBuf {
        root.join(DATABASE)
    }

    pub(super) fn database(&self) -> &Path {
        &self.database
    }
}

fn lock(root: &Path) -> Result<File, DatabaseError> {
    let path = root.join("lock");
    let file = owner_only(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let path = root.to_path_buf();
            Err(DatabaseError::InUse { path })
        }
        Err(TryLockError::Error(source)) => Err(file_error("lock", &path)(source)),
    }
}

/// Opens a file for its owner only, and creates it if it is missing.
fn owner_only(path: &Path) -> Result<File, DatabaseError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = options.mode(OWNER_ONLY_FILE).open(path);
    file.map_err(file_error("open", path))
}

/// An existing folder or file may have had a different mode.
fn protect(path: &Path, mode: u32) -> Result<(), DatabaseError> {
    let mode = Permissions::from_mode(mode);
    std::fs::set_permissions(path, mode).map_err(file_error("protect", path))
}

pub(super) fn sync(path: &Path) -> Result<(), DatabaseError> {
    let here = Path::new(".");
    let path = if path.as_os_str().is_empty() {
        here
    } else {
        path
    };
    let folder = File::open(path).map_err(file_error("open", path))?;
    folder.sync_all().map_err(file_error("sync", path))
}

pub(super) fn file_error(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> DatabaseError {
    let path = path.to_path_buf();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DatabaseError::Full { path },
        _ => DatabaseError::File {
            action,
            path,
            source,
        },
    }
}

const DATABASE: &str = "keys.db";
pub(super) const OWNER_ONLY_FILE: u32 = 0o600;
const OWNER_ONLY_FOLDER: u32 = 0o700;
