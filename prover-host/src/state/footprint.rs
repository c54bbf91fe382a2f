//! `Footprint`: what tells the data of a chain from other files, whatever path leads there.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::folder::{DATABASE, DEVNET};
use super::identity::{IDENTITY, Identity};

/// The files of one data folder by device and inode, and what all data folders have in common.
///
/// A bind mount or a hard link gives a file another path, a copy another inode, and a data folder may be
/// another chain's: none of them may be served, for the validators' keys are there.
#[derive(Debug)]
pub(crate) struct Footprint {
    own: HashSet<FileId>,
    above: HashSet<FileId>,
}

/// A file by device and inode, the same behind every path to it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct FileId(u64, u64);

impl Footprint {
    /// Returns that of the data folder at `data`, which may not be there yet.
    ///
    /// What cannot be read is passed over: no host runs on a data folder that it cannot read. Of proofs
    /// and witnesses, which are public, it has only the folders.
    pub(crate) fn of(data: &Path) -> Self {
        let mut own = HashSet::from_iter(FileId::at(data));
        for folder in [data, &data.join(DEVNET)] {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            own.extend(entries.filter_map(|entry| FileId::at(&entry.path())));
        }
        let above = data.ancestors().skip(1).filter_map(FileId::at).collect();
        Self { own, above }
    }

    /// Returns whether a file or folder is the data folder, or one of those in it.
    pub(crate) fn is_own(&self, path: &Path) -> bool {
        FileId::at(path).is_some_and(|id| self.own.contains(&id))
    }

    /// Returns whether a folder is the data folder, is above or in it, or is that of any chain.
    pub(crate) fn is_folder(&self, folder: &Path) -> bool {
        let is_known = |id| self.own.contains(&id) || self.above.contains(&id);
        FileId::at(folder).is_some_and(is_known)
            || DATABASES.iter().any(|name| folder.join(name).exists())
            // What is no regular file is not opened: it may be a pipe.
            || folder.join(IDENTITY).is_file() && matches!(Identity::read(folder), Ok(Some(_)))
    }

    /// Returns whether a file with these bytes is one of the data folder or a database.
    ///
    /// A database is known by its first bytes and not by its name: a copy of the keys has any name, and
    /// a page has no use for a database.
    pub(crate) fn is_file(&self, path: &Path, bytes: &[u8]) -> bool {
        self.is_own(path) || MAGIC.iter().any(|magic| bytes.starts_with(magic))
    }
}

impl FileId {
    fn at(path: &Path) -> Option<Self> {
        let file = fs::metadata(path).ok()?;
        Some(Self(file.dev(), file.ino()))
    }
}

/// The databases of a chain: blocks, and keys.
const DATABASES: [&str; 2] = [DATABASE, "keys.db"];
/// How databases of SQLite begin, and their logs, in which there are pages of them.
const MAGIC: [&[u8]; 3] = [
    b"SQLite format 3\0",
    &0x377f_0682_u32.to_be_bytes(),
    &0x377f_0683_u32.to_be_bytes(),
];
