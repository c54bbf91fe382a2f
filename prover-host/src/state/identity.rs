//! `Identity`: what tells a data folder from every other one, and how far it has come.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::str::FromStr;

use super::folder_error::FolderError;
use crate::files::{io_error, read_capped, write_atomic};

/// The number that all parts of a data folder carry, drawn when it is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FolderId(u128);

/// How far a data folder has come, and so whether anything may be missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FolderStage {
    /// It is being made, and nothing was signed: what is missing is made.
    New,
    /// A release wrote it whose parts carry no number: nothing may be missing but the numbers.
    Unnumbered,
    /// Nothing may be missing.
    Complete,
}

/// The content of the file `identity`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Identity {
    pub(super) id: FolderId,
    pub(super) stage: FolderStage,
}

impl FolderId {
    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u128 {
        self.0
    }

    /// Returns the line that stands in a part of the folder that is no database.
    pub(super) fn line(self) -> String {
        format!("{FOLDER}{self}\n")
    }
}

impl fmt::Display for FolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Identity {
    /// Draws the identity of a folder.
    pub(super) fn draw(stage: FolderStage) -> Self {
        let id = FolderId(rand::random());
        Self { id, stage }
    }

    /// Reads the identity of a folder; `None` if it has none.
    ///
    /// # Errors
    ///
    /// [`FolderError::Damaged`] or [`FolderError::File`].
    pub(super) fn read(root: &Path) -> Result<Option<Self>, FolderError> {
        let damaged = || FolderError::damaged(root, "its file identity is damaged");
        let Some(bytes) = read_small(&root.join(IDENTITY))? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes).map_err(|_| damaged())?;
        Ok(Some(text.parse().map_err(|()| damaged())?))
    }

    /// Writes it durably.
    ///
    /// # Errors
    ///
    /// [`FolderError::File`].
    pub(super) fn write(&self, root: &Path) -> Result<(), FolderError> {
        Ok(write_atomic(
            &root.join(IDENTITY),
            self.to_string().as_bytes(),
        )?)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stages = STAGES.into_iter();
        let mut stage = stages.filter(|(stage, _)| *stage == self.stage);
        let name = stage.next().map_or("", |(_, name)| name);
        writeln!(f, "{}{STAGE}{name}", self.id.line())
    }
}

impl FromStr for Identity {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut lines = text.lines();
        let mut line = |name| lines.next().and_then(|line| line.strip_prefix(name));
        let id = line(FOLDER).and_then(|id| u128::from_str_radix(id, 16).ok());
        let stage = line(STAGE);
        let stage = STAGES.into_iter().find(|(_, name)| Some(*name) == stage);
        let (id, (stage, _)) = id.map(FolderId).zip(stage).ok_or(())?;
        let identity = Self { id, stage };
        // Nothing but what is written here.
        (identity.to_string() == text).then_some(identity).ok_or(())
    }
}

/// Reads a file of this program that has one or two lines; `None` if it is missing.
pub(super) fn read_small(path: &Path) -> Result<Option<Vec<u8>>, FolderError> {
    match fs::symlink_metadata(path) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error("read", path)(error).into()),
        Ok(_) => Ok(Some(read_capped(path, MOST_BYTES)?)),
    }
}

/// The file's name, in the folder and, with the number alone, in the folder of proofs.
pub(super) const IDENTITY: &str = "identity";
const FOLDER: &str = "folder=";
const STAGE: &str = "stage=";
const STAGES: [(FolderStage, &str); 3] = [
    (FolderStage::New, "new"),
    (FolderStage::Unnumbered, "unnumbered"),
    (FolderStage::Complete, "complete"),
];
const MOST_BYTES: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Identity::read(dir.path()).unwrap(), None);
        for (stage, _) in STAGES {
            let identity = Identity::draw(stage);
            identity.write(dir.path()).unwrap();
            assert_eq!(Identity::read(dir.path()).unwrap(), Some(identity));
        }
        let path = dir.path().join(IDENTITY);
        let text = fs::read_to_string(&path).unwrap();
        let others = [
            String::new(),
            text.to_uppercase(),
            text.replace("complete", "done"),
            text[..text.len() - 1].to_owned(),
            format!("{text}\n"),
            "x".repeat(MOST_BYTES + 1),
        ];
        for other in others {
            fs::write(&path, &other).unwrap();
            let error = Identity::read(dir.path()).unwrap_err();
            let code = if other.len() > MOST_BYTES {
                "too-long"
            } else {
                "data-damaged"
            };
            assert_eq!(error.code(), code, "{other}");
        }
    }
}
