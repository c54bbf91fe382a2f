//! `SetupFolder`: the files of a setup, as they lie in a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rpp_verifier::{
    MinisignKeyId, Parsed, Role, RootFile, SetupBundle, SetupError, SetupFault, SetupFileName,
    SetupSignature, SignedFile,
};
use rustix::fs::OFlags;

use super::name::{EntryName, Half, has_both_halves, role_of};
use super::place_error::PlaceError;
use crate::files::{
    FileError, by_name, check_owner, exchange_folders, folder_of, io_error, is_temporary,
    make_temporary_of, read_regular, share, sync_dir, write_atomic, write_shared,
};

/// The files of a setup, as they lay in a folder at one moment: `root.1.json` and on, `circuits.json`,
/// `checkpoint.json`, `chain.json` and a file for each circuit; and beside each the signatures of it, `NAME.KEYID.minisig`
/// and `NAME.KEYID.hash`, by the id of the Ed25519 key as `minisign` prints it.
///
/// Nothing of it is believed. Files with other names are left alone: they are neither read nor served.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SetupFolder {
    files: BTreeMap<String, Vec<u8>>,
}

impl SetupFolder {
    /// Reads a folder. Each file is read up to the length that its kind may have, and links and devices are refused. Where another
    /// one is put in its place meanwhile, that is read.
    ///
    /// # Errors
    ///
    /// [`FileError`], which names the file.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        for _ in 1..MOST_READS {
            // As long as it is open, no other one has its number.
            let held = open_folder(path, OFlags::empty())
                .and_then(|folder| Ok((folder.metadata()?, folder)));
            let read = Self::read_once(path);
            let is_same =
                |(before, _)| fs::metadata(path).is_ok_and(|after| is_same(&before, &after));
            if held.is_ok_and(is_same) {
                return read;
            }
        }
        Self::read_once(path)
    }

    fn read_once(path: &Path) -> Result<Self, FileError> {
        let mut files = BTreeMap::new();
        for (name, entry) in list(path)? {
            let Some(entry) = entry else { continue };
            let bytes = read_regular(&path.join(&name), entry.max_bytes())?;
            files.insert(name, bytes);
        }
        Ok(Self { files })
    }

    /// Puts these files where `path` is, in one step: whoever reads the folder finds all of the old files, or all of
    /// the new ones.
    ///
    /// # Errors
    ///
    /// [`PlaceError`]; the folder is then as it was.
    pub fn place(&self, path: &Path) -> Result<(), PlaceError> {
        let path = &by_name(path)?;
        let old = fs::metadata(path).ok();
        if old.is_some() {
            check_owner(path)?;
            check_only_setup(path)?;
        }
        let make = |new: &Path| DirBuilder::new().mode(OWNER_ONLY).create(new);
        let (new, ()) = make_temporary_of(path, make).map_err(io_error("create", path))?;
        let placed = self.write_new(&new, path, old.as_ref()).and_then(|()| {
            exchange_folders(&new, path)?;
            sync_dir(folder_of(path))
        });
        // The old one, or what could not be written.
        let _ = fs::remove_dir_all(&new);
        Ok(placed?)
    }

    /// Makes the files of a folder, which were `before`, these: one after the other, so that a folder that is being
    /// prepared may be left half way; the same again finishes it.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    pub fn update(&self, path: &Path, before: &Self) -> Result<(), FileError> {
        // Signatures first: none of them is of the file that comes.
        for name in before.names().filter(|name| self.get(name).is_none()) {
            let path = path.join(name);
            fs::remove_file(&path).map_err(io_error("remove", &path))?;
        }
        for (name, bytes) in &self.files {
            if before.get(name) != Some(bytes) {
                write_atomic(&path.join(name), bytes)?;
            }
        }
        sync_dir(path)
    }

    /// Writes these files into a folder that nobody else can enter, and opens it to those who could read the one at `path`. What
    /// is new is for all to read: whoever serves it may be another user than whoever publishes it.
    fn write_new(&self, new: &Path, path: &Path, old: Option<&Metadata>) -> Result<(), FileError> {
        let failed = |e| io_error("write", path)(e);
        // By this handle, and not by its name, which whoever owns the folder around it can give to another one.
        let folder = open_folder(new, OFlags::NOFOLLOW).map_err(failed)?;
        for (name, bytes) in &self.files {
            let before = path.join(name).symlink_metadata().ok();
            let before = before.filter(Metadata::is_file);
            let mode = before
                .as_ref()
                .map_or(NEW_FILE, |file| file.permissions().mode());
            write_shared(&new.join(name), bytes, mode)?;
        }
        sync_dir(new)?;
        let mode = old.map_or(NEW_FOLDER, |folder| folder.permissions().mode());
        share(&folder, mode).map_err(failed)
    }

    /// Returns a file, by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }

    /// Returns a file of the setup.
    #[must_use]
    pub fn file(&self, file: &SetupFileName) -> Option<&[u8]> {
        self.get(&file.to_string())
    }

    /// Returns the files of the setup, without their signatures.
    pub fn files(&self) -> impl Iterator<Item = SetupFileName> {
        self.files.keys().filter_map(|name| match name.parse() {
            Ok(EntryName::File(file)) => Some(file),
            _ => None,
        })
    }

    /// Returns the names of all files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Puts a file there. Signatures of what was there before, if that was something else, are removed.
    pub fn put(&mut self, file: &SetupFileName, bytes: Vec<u8>) {
        if self.file(file) != Some(&bytes) {
            self.remove(file);
        }
        self.files.insert(file.to_string(), bytes);
    }

    /// Takes a file of another folder, with the signatures that it has there; nothing where it has no such file.
    pub(super) fn take(&mut self, from: &Self, file: &SetupFileName) {
        let Some(content) = from.file(file) else {
            return;
        };
        self.put(file, content.to_vec());
        for (key, signature) in from.signatures(file) {
            self.put_signature(file, key, signature);
        }
    }

    /// Removes a file and its signatures.
    pub fn remove(&mut self, file: &SetupFileName) {
        let prefix = format!("{file}.");
        self.files
            .retain(|name, _| *name != file.to_string() && !name.starts_with(&prefix));
    }

    /// Puts a signature there; a half that is empty is left out.
    pub fn put_signature(
        &mut self,
        file: &SetupFileName,
        key: MinisignKeyId,
        signature: SetupSignature,
    ) {
        let halves = [
            (Half::Ed25519, signature.ed25519),
            (Half::Hash, signature.hash),
        ];
        for (half, bytes) in halves {
            if !bytes.is_empty() {
                let file = file.clone();
                let name = EntryName::Signature { file, key, half };
                self.files.insert(name.to_string(), bytes);
            }
        }
    }

    /// Returns the signatures of a file, by key.
    #[must_use]
    pub fn signatures(&self, file: &SetupFileName) -> BTreeMap<MinisignKeyId, SetupSignature> {
        let prefix = format!("{file}.");
        let mut signatures = BTreeMap::<_, SetupSignature>::new();
        for (name, bytes) in &self.files {
            if !name.starts_with(&prefix) {
                continue;
            }
            if let Ok(EntryName::Signature { key, half, .. }) = name.parse() {
                let signature = signatures.entry(key).or_default();
                match half {
                    Half::Ed25519 => signature.ed25519.clone_from(bytes),
                    Half::Hash => signature.hash.clone_from(bytes),
                }
            }
        }
        signatures
    }

    /// Returns a file with its signatures: as many as a verifier looks at. Where there are more, those by keys that a root names for its role come
    /// first, so that nobody can hide them behind others.
    #[must_use]
    pub fn signed(&self, file: &SetupFileName) -> Option<SignedFile> {
        let signatures = self.signatures(file);
        let (named, others) = if signatures.len() > MAX_SIGNATURES {
            let named = self.named_keys(role_of(file));
            signatures
                .into_iter()
                .partition(|(key, _)| named.contains(key))
        } else {
            (signatures, BTreeMap::new())
        };
        let signatures = named.into_values().chain(others.into_values());
        let signatures = signatures.take(MAX_SIGNATURES).collect();
        let content = self.file(file)?.to_vec();
        Some(SignedFile {
            content,
            signatures,
        })
    }

    /// Returns the keys that the roots name for a role, believed or not.
    fn named_keys(&self, role: Role) -> BTreeSet<MinisignKeyId> {
        let roots = self
            .files()
            .filter(|file| matches!(file, SetupFileName::Root { .. }));
        let roots = roots.filter_map(|file| Parsed::<RootFile>::decode(self.file(&file)?).ok());
        let keys = roots.flat_map(|root| root.file.keys(role).keys.clone());
        keys.map(|key| key.ed25519.id).collect()
    }

    /// Returns the version of the newest root; 0 where there is none.
    #[must_use]
    pub fn newest_root(&self) -> u32 {
        let versions = self.files().filter_map(|file| match file {
            SetupFileName::Root { version } => Some(version),
            _ => None,
        });
        versions.max().unwrap_or(0)
    }

    /// Returns the setup as it is served to who asks for the roots from a version on.
    ///
    /// # Errors
    ///
    /// [`SetupFault::Missing`].
    pub fn bundle(&self, root: u32) -> Result<SetupBundle, SetupError> {
        self.with_roots(root, MAX_ROOTS)
    }

    /// Returns the same with all roots from a version on, however many there are.
    pub(super) fn whole(&self, root: u32) -> Result<SetupBundle, SetupError> {
        self.with_roots(root, usize::MAX)
    }

    fn with_roots(&self, root: u32, most: usize) -> Result<SetupBundle, SetupError> {
        let roots = (root.max(1)..=self.newest_root()).take(most);
        let roots = roots.map(|version| self.needed(SetupFileName::Root { version }));
        let chain = self.file(&SetupFileName::Chain);
        let chain = chain.ok_or_else(|| missing(SetupFileName::Chain))?;
        Ok(SetupBundle {
            roots: roots.collect::<Result<_, _>>()?,
            circuits: self.needed(SetupFileName::Circuits)?,
            checkpoint: self.needed(SetupFileName::Checkpoint)?,
            chain: chain.to_vec(),
        })
    }

    fn needed(&self, file: SetupFileName) -> Result<SignedFile, SetupError> {
        self.signed(&file).ok_or_else(|| missing(file))
    }
}

/// Returns the error that a file is missing.
pub(super) const fn missing(file: SetupFileName) -> SetupError {
    SetupError {
        file,
        fault: SetupFault::Missing,
    }
}

/// Writes one signature into a folder, the hash-based half first: as long as one half is missing, nothing counts.
pub(super) fn write_signature(
    path: &Path,
    file: &SetupFileName,
    key: MinisignKeyId,
    signature: &SetupSignature,
) -> Result<(), FileError> {
    let halves = [
        (Half::Hash, &signature.hash),
        (Half::Ed25519, &signature.ed25519),
    ];
    for (half, bytes) in halves {
        let is_due = half == Half::Ed25519 || has_both_halves(file);
        if is_due && !bytes.is_empty() {
            let file = file.clone();
            let name = EntryName::Signature { file, key, half }.to_string();
            write_atomic(&path.join(name), bytes)?;
        }
    }
    Ok(())
}

/// Opens a folder, and waits for nothing that is none.
fn open_folder(path: &Path, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::DIRECTORY | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).unwrap_or(0);
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Returns what is in a folder: each name, and what it is in a setup.
fn list(path: &Path) -> Result<Vec<(String, Option<EntryName>)>, FileError> {
    let failed = |e| io_error("read", path)(e);
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_string_lossy().into_owned();
        if found.len() == MAX_ENTRIES {
            let many = io::Error::other(format!("more than {MAX_ENTRIES} files are in it"));
            return Err(failed(many));
        }
        let entry = name.parse().ok();
        found.push((name, entry));
    }
    Ok(found)
}

/// Checks that nothing is in a folder that would be lost with it, but what a process was writing when it was killed.
fn check_only_setup(path: &Path) -> Result<(), PlaceError> {
    let mut others = list(path)?.into_iter().filter(|(_, entry)| entry.is_none());
    match others.find(|(name, _)| !is_temporary(name)) {
        None => Ok(()),
        Some((found, _)) => {
            let path = path.to_path_buf();
            Err(PlaceError::Foreign { path, found })
        }
    }
}

/// How often a folder is read that others are put in the place of.
const MOST_READS: usize = 50;
/// What a verifier takes of one file.
const MAX_SIGNATURES: usize = 16;
/// What a verifier walks in one answer.
const MAX_ROOTS: usize = 64;
/// As many roots as there may be, with two signatures of two halves each, and room for the rest.
const MAX_ENTRIES: usize = 8 << 10;
const OWNER_ONLY: u32 = 0o700;
const NEW_FOLDER: u32 = 0o755;
const NEW_FILE: u32 = 0o644;
