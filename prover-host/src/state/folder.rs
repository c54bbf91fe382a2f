//! `DataFolder`: where a host keeps its chain, and the lock on it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rpp_verifier::ProofKey;

use super::folder_error::FolderError;
use super::host::HostError;
use super::identity::{FolderId, FolderStage, IDENTITY, Identity, read_small};
use super::proof_id::ProofId;
use super::sql::Database;
use crate::files::{FileError, io_error, is_temporary, sync_dir, write_atomic};

/// The folder of one chain: `identity`, `chain.db`, `proofs/ID`, and `witnesses/CIRCUIT/SUBJECT` where
/// they are kept. Everything in it is served or could be; a source with secrets keeps them elsewhere.
///
/// A folder created here is readable only by its owner; an existing one keeps its mode.
///
/// **What is missing is never taken for a first start.** The identity is written before anything
/// else, each part carries its number, and when all parts are there the folder is complete, before
/// anything is signed. From then on every part has to be there, and of this folder.
#[derive(Debug)]
pub struct DataFolder {
    root: PathBuf,
    identity: Identity,
    /// Held as long as this lives; the system releases it when the process ends, however it ends.
    _lock: File,
}

impl DataFolder {
    /// Locks the folder, and creates it if it is missing. Of a folder that is neither new nor whole
    /// nothing is changed.
    ///
    /// # Errors
    ///
    /// [`FolderError`].
    pub fn open(root: &Path) -> Result<Self, FolderError> {
        // Looked at before anything is written into a folder that may be somebody's.
        let there = root.ancestors().find(|path| path.exists());
        if let Some(file) = there.filter(|path| !path.is_dir()) {
            let path = file.to_path_buf();
            return Err(FolderError::NotFolder { path });
        }
        if Identity::read(root)?.is_none() {
            look(root)?;
        }
        let mut folder = DirBuilder::new();
        folder.recursive(true).mode(OWNER_ONLY);
        folder.create(root).map_err(io_error("create", root))?;
        let lock = lock(root)?;
        sync_dir(root)?;
        let identity = match Identity::read(root)? {
            Some(identity) => identity,
            None => Identity::draw(look(root)?),
        };
        let folder = Self {
            root: root.to_path_buf(),
            identity,
            _lock: lock,
        };
        folder.check_parts()?;
        if identity.stage == FolderStage::New {
            folder.write_identity()?;
        }
        remove_unfinished(root)?;
        Ok(folder)
    }

    /// Checks that the database belongs to the folder, and begins to number an unnumbered one.
    ///
    /// Whoever keeps something else in the folder, such as keys, does this first.
    ///
    /// # Errors
    ///
    /// [`HostError::Folder`] or [`HostError::Database`].
    pub async fn claim(&self, database: &Database) -> Result<(), HostError> {
        let number = database.folder_number().await?;
        let has_chain = database.chain().await?.is_some();
        let stage = self.stage();
        let broken = match number {
            Some(number) if number == self.id().number() => None,
            Some(_) if Identity::read(&self.root)?.is_none() => {
                Some("its file identity is missing")
            }
            Some(_) => Some("chain.db belongs to another data folder"),
            None if stage == FolderStage::Unnumbered => None,
            None if stage == FolderStage::New && !has_chain => None,
            None => Some("chain.db does not carry the number of the folder"),
        };
        let lost = !has_chain && stage != FolderStage::New;
        let broken = broken.or(lost.then_some("chain.db has no chain"));
        if let Some(what) = broken {
            return Err(FolderError::damaged(&self.root, what).into());
        }
        if stage == FolderStage::Unnumbered {
            self.write_identity()?;
        }
        Ok(())
    }

    /// Makes the folder whole: from now on, and for ever, nothing of it may be missing.
    ///
    /// # Errors
    ///
    /// [`HostError::Folder`] or [`HostError::Database`].
    pub(super) async fn complete(&mut self, database: &Database) -> Result<(), HostError> {
        if self.stage() == FolderStage::Complete {
            return Ok(());
        }
        if database.folder_number().await?.is_none() {
            database.save_folder_number(self.id().number()).await?;
        }
        self.identity.stage = FolderStage::Complete;
        Ok(self.identity.write(&self.root)?)
    }

    /// Returns the number that all parts of the folder carry.
    #[must_use]
    pub const fn id(&self) -> FolderId {
        self.identity.id
    }

    /// Returns how far the folder has come.
    #[must_use]
    pub const fn stage(&self) -> FolderStage {
        self.identity.stage
    }

    /// Writes the identity, and the number into the folder of proofs.
    fn write_identity(&self) -> Result<(), FolderError> {
        self.identity.write(&self.root)?;
        let proofs = self.root.join(PROOFS);
        fs::create_dir_all(&proofs).map_err(io_error("create", &proofs))?;
        let mark = proofs.join(IDENTITY);
        if read_small(&mark)?.is_none() {
            write_atomic(&mark, self.id().line().as_bytes())?;
            sync_dir(&self.root)?;
        }
        Ok(())
    }

    /// Checks that what has to be there is there, and belongs here; databases are for [`Self::claim`].
    fn check_parts(&self) -> Result<(), FolderError> {
        let damaged = |what| Err(FolderError::damaged(&self.root, what));
        let stage = self.stage();
        if stage != FolderStage::New && !has_content(&self.root.join(DATABASE)) {
            return damaged("chain.db is missing or empty");
        }
        let proofs = self.root.join(PROOFS);
        match read_small(&proofs.join(IDENTITY))? {
            Some(mark) if mark != self.id().line().as_bytes() => {
                if Identity::read(&self.root)?.is_none() {
                    return damaged("its file identity is missing");
                }
                return damaged("proofs belongs to another data folder");
            }
            None if stage == FolderStage::Complete => {
                return damaged("proofs is missing, or proofs/identity is");
            }
            _ => {}
        }
        if stage == FolderStage::New && list(&proofs)?.iter().any(|path| is_proof(path)) {
            return damaged("it has proofs, but no chain was made in it");
        }
        Ok(())
    }

    /// Returns whether the folder holds a chain, without touching it.
    #[must_use]
    pub fn has_chain(root: &Path) -> bool {
        root.join(DATABASE).exists()
    }

    /// Returns the file in the folder of proofs that says whose they are, and what it says.
    pub(super) fn proofs_mark(&self) -> (PathBuf, String) {
        (self.root.join(PROOFS).join(IDENTITY), self.id().line())
    }

    /// Returns the folder of proofs.
    pub(super) fn proofs_path(&self) -> PathBuf {
        self.root.join(PROOFS)
    }

    /// Returns the folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns where the setup of the chain is, if one is kept in the folder.
    #[must_use]
    pub fn setup_path(&self) -> PathBuf {
        self.root.join(SETUP)
    }

    /// Returns the folders of it that may be on disks of their own.
    pub(super) fn disks(&self) -> Vec<PathBuf> {
        let parts = [PROOFS, DEVNET].map(|part| self.root.join(part));
        [self.root.clone()].into_iter().chain(parts).collect()
    }

    /// Returns where the database is.
    #[must_use]
    pub fn database_path(&self) -> PathBuf {
        self.root.join(DATABASE)
    }

    /// Writes a witness, so that a person can prove it again.
    ///
    /// # Errors
    ///
    /// [`FileError::Full`] or [`FileError::Io`].
    pub fn write_witness(&self, key: &ProofKey, bytes: &[u8]) -> Result<(), FileError> {
        let folder = self.root.join(WITNESSES).join(key.circuit.name());
        fs::create_dir_all(&folder).map_err(io_error("create", &folder))?;
        write_atomic(&folder.join(key.subject.to_string()), bytes)
    }
}

/// Returns what a folder without an identity is.
///
/// # Errors
///
/// [`FolderError::Foreign`] or [`FolderError::Damaged`] if it is neither empty nor, as far as can be
/// told without opening a database, a whole folder of an earlier release.
fn look(root: &Path) -> Result<FolderStage, FolderError> {
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for path in list(root)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match &*name {
            _ if is_ignored(&path) => {}
            // Somebody may have made it for a disk of its own.
            _ if path.is_dir() && list(&path)?.iter().all(|file| is_ignored(file)) => {}
            name if PARTS.iter().any(|part| name.starts_with(part)) => ours.push(name.to_owned()),
            name => others.push(name.to_owned()),
        }
    }
    if ours.is_empty() {
        return match others.pop() {
            None => Ok(FolderStage::New),
            Some(found) => {
                let path = root.to_path_buf();
                Err(FolderError::Foreign { path, found })
            }
        };
    }
    if has_content(&root.join(DATABASE)) && root.join(PROOFS).is_dir() {
        return Ok(FolderStage::Unnumbered);
    }
    ours.sort();
    let ours = ours.join(", ");
    let what = format!("{ours} of a chain is in it, but not chain.db and proofs");
    Err(FolderError::damaged(root, what))
}

/// Returns whether a name is not worth a thought: `lock`, an identity that was being written, a hidden
/// file, what a file system makes.
fn is_ignored(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_nothing = name.starts_with('.') || [LOCK, LOST_AND_FOUND].contains(&&*name);
    is_nothing || is_unfinished(path, false)
}

fn is_proof(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.parse::<ProofId>().is_ok()
}

fn has_content(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.len() > 0)
}

/// Removes the half-written files that a killed process left behind.
fn remove_unfinished(root: &Path) -> Result<(), FileError> {
    let mut folders = list(&root.join(WITNESSES))?;
    folders.retain(|path| path.is_dir());
    folders.extend([root.to_path_buf(), root.join(PROOFS)]);
    for folder in folders {
        let files = list(&folder)?.into_iter();
        let is_witness = folder.starts_with(root.join(WITNESSES));
        let unfinished = |file: &PathBuf| is_unfinished(file, is_witness);
        for file in files.filter(unfinished) {
            fs::remove_file(&file).map_err(io_error("remove", &file))?;
        }
    }
    Ok(())
}

/// Returns whether something is a file that was being written. Folders are others': a setup that is to be put back may be one.
fn is_unfinished(path: &Path, is_witness: bool) -> bool {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let is_own = is_witness || file.starts_with(IDENTITY) || is_temporary(&file);
    is_own && file.ends_with(".tmp") && path.is_file()
}

/// Returns what is in a folder; of a missing one nothing.
fn list(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let entries = match fs::read_dir(folder) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(io_error("read", folder))?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    paths
        .collect::<Result<_, _>>()
        .map_err(io_error("read", folder))
}

fn lock(root: &Path) -> Result<File, FileError> {
    let path = root.join(LOCK);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = options.mode(0o600).open(&path);
    let file = file.map_err(io_error("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let path = root.to_path_buf();
            Err(FileError::InUse { path })
        }
        Err(TryLockError::Error(source)) => Err(io_error("lock", &path)(source)),
    }
}

pub(super) const DATABASE: &str = "chain.db";
const PROOFS: &str = "proofs";
pub(super) const DEVNET: &str = "devnet";
const LOCK: &str = "lock";
const SETUP: &str = "setup";
const LOST_AND_FOUND: &str = "lost+found";
const WITNESSES: &str = "witnesses";
/// How the names begin of what a chain leaves in its folder.
const PARTS: [&str; 5] = [DATABASE, PROOFS, WITNESSES, DEVNET, SETUP];
const OWNER_ONLY: u32 = 0o700;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_a_file_and_what_would_be_below_one() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, b"somebody's").unwrap();
        for root in [file.clone(), file.join("deep/data")] {
            let refused = DataFolder::open(&root).unwrap_err();
            assert_eq!(refused.code(), "data-foreign");
            let (said, path) = (refused.to_string(), file.display().to_string());
            assert!(
                said.starts_with(&path) && said.ends_with("with --data"),
                "{said}"
            );
        }
        assert_eq!(fs::read(&file).unwrap(), b"somebody's");
    }

    #[test]
    fn rejects_a_second_process_until_the_first_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataFolder::open(dir.path()).unwrap();
        let second = DataFolder::open(dir.path());
        let in_use =
            |error: &FileError| matches!(error, FileError::InUse { path } if path == dir.path());
        assert!(matches!(second, Err(FolderError::File(error)) if in_use(&error)));
        drop(first);
        DataFolder::open(dir.path()).unwrap();
    }

    #[test]
    fn removes_what_a_killed_process_left_half_written() {
        let dir = tempfile::tempdir().unwrap();
        drop(DataFolder::open(dir.path()).unwrap());
        let witnesses = dir.path().join("witnesses/circuit");
        fs::create_dir_all(&witnesses).unwrap();
        for name in ["7", "8.17.tmp"] {
            fs::write(witnesses.join(name), b"witness").unwrap();
        }
        DataFolder::open(dir.path()).unwrap();
        assert_eq!(list(&witnesses).unwrap(), [witnesses.join("7")]);
    }

    #[test]
    fn a_new_folder_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("data");
        let _folder = DataFolder::open(&root).unwrap();
        let mode = fs::metadata(&root).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
