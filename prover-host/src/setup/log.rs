//! `SigningLog`: what a key of the setup has signed, in a file beside it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rpp_verifier::{FileDigest, MinisignKeyId, Role};

use crate::files::{FileError, read_regular, write_atomic};

/// What became of a version: the key signs it for one file, or for none any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    pub(super) version: u32,
    /// SHA-256 of the file; none where the versions up to this one were given up.
    pub(super) sha256: Option<FileDigest>,
}

/// What a key has signed, oldest first: a line for each version, with the SHA-256 of the file.
///
/// It holds no secret. It is what shows that a key file is an old copy: that one lacks what the log has. And it
/// shows its owner which files they signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct SigningLog {
    key: MinisignKeyId,
    entries: Vec<Entry>,
}

impl SigningLog {
    /// Returns the log of a key that has signed nothing.
    pub(super) const fn new(key: MinisignKeyId) -> Self {
        let entries = Vec::new();
        Self { key, entries }
    }

    /// Returns where the log of a key file is.
    pub(super) fn path_of(key_file: &Path) -> PathBuf {
        let mut path = key_file.as_os_str().to_owned();
        path.push(".log");
        path.into()
    }

    /// Reads the log beside a key file; `None` if there is none.
    pub(super) fn read(key_file: &Path) -> Result<Option<Self>, FileError> {
        let path = Self::path_of(key_file);
        match read_regular(&path, MAX_BYTES) {
            Err(FileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(None)
            }
            read => {
                let log = Self::parse(&read?);
                let damaged = io::Error::other("it is not a signing log as this program writes it");
                let (action, source) = ("read", damaged);
                log.map(Some).ok_or(FileError::Io {
                    action,
                    path,
                    source,
                })
            }
        }
    }

    /// Writes the log beside a key file, durably.
    pub(super) fn write(&self, key_file: &Path) -> Result<(), FileError> {
        write_atomic(&Self::path_of(key_file), self.to_string().as_bytes())
    }

    /// Returns whose log it is.
    pub(super) const fn key(&self) -> MinisignKeyId {
        self.key
    }

    /// Returns the newest entry.
    pub(super) fn last(&self) -> Option<Entry> {
        self.entries.last().copied()
    }

    /// Returns whether the key has signed this file as this version.
    pub(super) fn has(&self, version: u32, sha256: FileDigest) -> bool {
        let signed = Entry {
            version,
            sha256: Some(sha256),
        };
        self.entries.contains(&signed)
    }

    /// Returns the SHA-256 of the file that the key has signed as a version.
    pub(super) fn signed_as(&self, version: u32) -> Option<FileDigest> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.version == version)?.sha256
    }

    /// Returns the highest version that was given up, with all before it; 0 where none was.
    pub(super) fn given_up(&self) -> u32 {
        let given_up = self.entries.iter().filter(|entry| entry.sha256.is_none());
        given_up.map(|entry| entry.version).max().unwrap_or(0)
    }

    /// Adds an entry, of a version that comes after all others.
    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.lines();
        let key = lines.next()?.strip_prefix(TITLE)?;
        let key = MinisignKeyId(u64::from_str_radix(key, 16).ok()?.to_le_bytes());
        let entries = lines.map(|line| {
            let (version, what) = line.split_once(' ')?;
            let version = version.parse().ok()?;
            let sha256 = match what {
                GIVEN_UP => None,
                sha256 => Some(sha256.parse().ok()?),
            };
            Some(Entry { version, sha256 })
        });
        let entries = entries.collect::<Option<Vec<_>>>()?;
        let log = Self { key, entries };
        // Nothing but what is written here.
        (log.to_string() == text).then_some(log)
    }
}

impl fmt::Display for SigningLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}{}", self.key)?;
        for Entry { version, sha256 } in &self.entries {
            match sha256 {
                Some(sha256) => writeln!(f, "{version} {sha256}")?,
                None => writeln!(f, "{version} {GIVEN_UP}")?,
            }
        }
        Ok(())
    }
}

const TITLE: &str = "signed by the setup key ";
const GIVEN_UP: &str = "given up, with all before";
/// A line for each version of the role that has the most, and a few that were given up.
const MAX_BYTES: usize = 80 << Role::Checkpoint.tree_height();

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> SigningLog {
        let mut log = SigningLog::new(MinisignKeyId([0x1f; 8]));
        let sha256 = Some(FileDigest([7; 32]));
        for (version, sha256) in [(1, sha256), (2, sha256), (5, None)] {
            log.push(Entry { version, sha256 });
        }
        log
    }

    #[test]
    fn what_is_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let key = dir.path().join("a.key");
        assert_eq!(SigningLog::read(&key).unwrap(), None);
        log().write(&key).unwrap();
        let path = dir.path().join("a.key.log");
        let sha256 = Some(FileDigest([7; 32]));
        assert!(path.exists());
        let read = SigningLog::read(&key).unwrap().unwrap();
        assert_eq!((&read, read.last()), (&log(), log().last()));
        assert!(read.has(2, FileDigest([7; 32])));
        assert!(!read.has(2, FileDigest([8; 32])) && !read.has(5, FileDigest([7; 32])));
        assert_eq!(
            [2, 3, 5].map(|version| read.signed_as(version)),
            [sha256, None, None]
        );
        assert_eq!(
            (read.given_up(), SigningLog::new(read.key()).given_up()),
            (5, 0)
        );
    }

    #[test]
    fn another_text_is_not_a_log() {
        let dir = tempfile::tempdir().unwrap();
        let key = dir.path().join("a.key");
        let whole = log().to_string();
        let cut = &whole[..whole.len() - 1];
        for text in ["", "signed by", cut, &whole.replace("2 ", "02 ")] {
            std::fs::write(dir.path().join("a.key.log"), text).unwrap();
            let refused = SigningLog::read(&key).unwrap_err();
            assert!(refused.to_string().contains("a.key.log"), "{refused}");
        }
    }
}
