//! `Folder`: where the keys are, readable only by their owner, and the lock on it.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::DatabaseError;

/// A folder that this process has locked.
#[derive(Debug)]
pub(super) struct Folder {
    database: PathBuf,
    /// Held as long as this lives; the system releases it when the process ends, however it ends.
    _lock: File,
}

impl Folder {
    /// Locks the folder, and creates it and an empty database in it if they are missing.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::InUse`], [`DatabaseError::Full`] or [`DatabaseError::File`].
    pub(super) fn open(root: &Path) -> Result<Self, DatabaseError> {
        let mut folder = DirBuilder::new();
        folder.recursive(true).mode(OWNER_ONLY_FOLDER);
        folder.create(root).map_err(file_error("create", root))?;
        protect(root, OWNER_ONLY_FOLDER)?;
        let lock = lock(root)?;
        // SQLite gives its log the mode of the database, so the database is created here.
        let database = root.join(DATABASE);
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

    pub(super) fn database(&self) -> &Path {
        &self.database
    }
}

/// Returns whether the folder holds a database, without touching it.
pub(super) fn has_database(root: &Path) -> bool {
    root.join(DATABASE).exists()
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

fn sync(path: &Path) -> Result<(), DatabaseError> {
    let here = Path::new(".");
    let path = if path.as_os_str().is_empty() {
        here
    } else {
        path
    };
    let folder = File::open(path).map_err(file_error("open", path))?;
    folder.sync_all().map_err(file_error("sync", path))
}

fn file_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DatabaseError {
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
const OWNER_ONLY_FILE: u32 = 0o600;
const OWNER_ONLY_FOLDER: u32 = 0o700;
