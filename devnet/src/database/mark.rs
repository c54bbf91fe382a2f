//! `MarkFile`: how far keys have signed, in a file apart from them.
//!
//! It is on disk before anything is signed. Should the keys be replaced by an older copy of them,
//! this file says so, and nothing is signed a second time.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

use super::DatabaseError;
use super::folder::{OWNER_ONLY_FILE, file_error, sync};

/// How far keys may have signed.
pub(super) trait Mark: Copy + Debug + PartialEq {
    /// Name of the file that says so.
    const FILE: &'static str;
    /// Length of its text.
    const BYTES: usize;

    /// Returns what grows from mark to mark.
    fn order(&self) -> u32;

    /// Returns it in words, of the same length always.
    fn text(&self) -> String;

    /// Returns the mark of a text.
    fn parse(text: &str) -> Option<Self>;

    /// Returns what has happened already where a lower mark is to be made.
    fn passed(&self) -> String;
}

/// Two lines of text, of which each new mark overwrites the older one, so that one of them is whole
/// wherever a process ends.
#[derive(Debug)]
pub(super) struct MarkFile<M> {
    path: PathBuf,
    number: u128,
    open: Mutex<Option<Open<M>>>,
}

/// The file, open as long as this lives: a process that is out of descriptors can still sign.
#[derive(Debug)]
struct Open<M> {
    file: File,
    newest: M,
    /// Which of the two lines says so.
    line: u64,
}

impl<M: Mark> MarkFile<M> {
    /// Opens the file in the folder of the keys; a new folder has none.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::File`], or [`DatabaseError::Damaged`] if it is not of the data folder
    /// `number`.
    pub(super) fn open(folder: &Path, number: u128) -> Result<Self, DatabaseError> {
        let path = folder.join(M::FILE);
        let file = Self {
            path,
            number,
            open: Mutex::new(None),
        };
        let mut options = OpenOptions::new();
        match options.read(true).write(true).open(&file.path) {
            Err(missing) if missing.kind() == ErrorKind::NotFound => {}
            opened => {
                let opened = opened.map_err(file_error("open", &file.path))?;
                let open = file.read(opened)?;
                *file.lock() = Some(open);
            }
        }
        Ok(file)
    }

    /// Returns whether the folder has such a file, without touching it.
    pub(super) fn exists(folder: &Path) -> bool {
        folder.join(M::FILE).exists()
    }

    /// Returns the newest mark.
    pub(super) fn newest(&self) -> Option<M> {
        self.lock().as_ref().map(|open| open.newest)
    }

    /// Writes the file for the first time.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Full`] or [`DatabaseError::File`].
    pub(super) fn create(&self, mark: M) -> Result<(), DatabaseError> {
        let text = line(&mark, self.number).repeat(2);
        let unfinished = self.path.with_extension("new");
        // What is left of an earlier attempt goes; where a link leads, nothing is written.
        match fs::remove_file(&unfinished) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                return Err(file_error("remove", &unfinished)(e));
            }
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        let opened = options.mode(OWNER_ONLY_FILE).open(&unfinished);
        let mut file = opened.map_err(file_error("create", &unfinished))?;
        let written = file.write_all(text.as_bytes());
        let written = written.and_then(|()| file.sync_all());
        let written = written.and_then(|()| fs::rename(&unfinished, &self.path));
        if written.is_err() {
            // What is left of it is of no use; that it may stay is not worth another error.
            let _ = fs::remove_file(&unfinished);
        }
        written.map_err(file_error("write", &self.path))?;
        sync(self.path.parent().unwrap_or(Path::new("")))?;
        *self.lock() = Some(Open {
            file,
            newest: mark,
            line: 0,
        });
        Ok(())
    }

    /// Records that there may be signatures up to a mark from now on; it is on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Damaged`] if there may be later ones;
    /// [`DatabaseError::Full`] or [`DatabaseError::File`].
    pub(super) fn raise(&self, mark: M) -> Result<(), DatabaseError> {
        let mut open = self.lock();
        let Some(Open { file, newest, line }) = &mut *open else {
            return Err(self.damaged("it is missing"));
        };
        if *newest == mark {
            return Ok(());
        }
        if newest.order() >= mark.order() {
            return Err(self.damaged(newest.passed()));
        }
        let other = 1 - *line;
        let text = self::line(&mark, self.number);
        let written = file.write_all_at(text.as_bytes(), other * length::<M>());
        let written = written.and_then(|()| file.sync_data());
        written.map_err(file_error("write", &self.path))?;
        (*newest, *line) = (mark, other);
        Ok(())
    }

    /// Returns the error for a file that is not as this program left it.
    pub(super) fn damaged(&self, what: impl Into<String>) -> DatabaseError {
        DatabaseError::damaged(&self.path, what)
    }

    fn read(&self, file: File) -> Result<Open<M>, DatabaseError> {
        let metadata = file.metadata().map_err(file_error("read", &self.path))?;
        if metadata.len() != 2 * length::<M>() {
            return Err(self.damaged("it does not have its length"));
        }
        let mut newest: Option<(M, u128, u64)> = None;
        for line in [0, 1] {
            let mut text = vec![0; M::BYTES + REST];
            let read = file.read_exact_at(&mut text, line * length::<M>());
            read.map_err(file_error("read", &self.path))?;
            // One of the two may be half written.
            let found = parse(&text).map(|(mark, number): (M, _)| (mark, number, line));
            newest = match (newest, found) {
                (Some(one), Some(other)) if other.0.order() > one.0.order() => Some(other),
                (one, other) => one.or(other),
            };
        }
        let newest = newest.ok_or_else(|| self.damaged("neither of its lines is whole"));
        let (newest, number, line) = newest?;
        if number != self.number {
            return Err(self.damaged("it belongs to another data folder"));
        }
        Ok(Open { file, newest, line })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open<M>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line<M: Mark>(mark: &M, number: u128) -> String {
    let text = format!("{} folder={number:032x}", mark.text());
    let sum = Sha256::digest(text.as_bytes());
    let sum: String = sum
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{text} check={sum}\n")
}

/// Returns what a line says, or `None` if it is not one that [`line()`] returns.
fn parse<M: Mark>(text: &[u8]) -> Option<(M, u128)> {
    let text = std::str::from_utf8(text).ok()?;
    let (mark, rest) = text.split_once(" folder=")?;
    let mark = M::parse(mark)?;
    let number = u128::from_str_radix(rest.get(..32)?, 16).ok()?;
    (line(&mark, number) == text).then_some((mark, number))
}

/// Returns the length of a line.
fn length<M: Mark>() -> u64 {
    u64::try_from(M::BYTES + REST).expect("a line is short")
}

/// Bytes of a line beside the mark.
const REST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::marks::{GivenMark, SignedMark};

    fn mark(height: u32) -> SignedMark {
        let zero = rpp_verifier::Digest::ZERO;
        let mut header = rpp_verifier::genesis(1, 4, 0, zero, zero, zero);
        (header.height, header.slot) = (height, height + 1);
        SignedMark::from(&header)
    }

    const LINE_BYTES: usize = SignedMark::BYTES + REST;

    #[test]
    fn the_first_mark_is_written_where_no_link_leads() {
        let data = tempfile::tempdir().unwrap();
        let elsewhere = data.path().join("elsewhere");
        fs::write(&elsewhere, b"as it was").unwrap();
        let unfinished = data.path().join(SignedMark::FILE).with_extension("new");
        std::os::unix::fs::symlink(&elsewhere, unfinished).unwrap();
        let file = MarkFile::<SignedMark>::open(data.path(), 7).unwrap();
        file.create(mark(0)).unwrap();
        assert_eq!(fs::read(elsewhere).unwrap(), b"as it was");
        assert!(!data.path().join(SignedMark::FILE).is_symlink());
    }

    #[test]
    fn the_newest_mark_survives_a_torn_line_and_no_bit_changes_it() {
        let data = tempfile::tempdir().unwrap();
        let file = MarkFile::<SignedMark>::open(data.path(), 7).unwrap();
        assert_eq!(file.newest(), None);
        file.raise(mark(1)).unwrap_err();
        file.create(mark(0)).unwrap();
        for height in 1..=4 {
            file.raise(mark(height)).unwrap();
        }
        file.raise(mark(4)).unwrap();
        file.raise(mark(3)).unwrap_err();
        let open = || MarkFile::<SignedMark>::open(data.path(), 7);
        assert_eq!(open().unwrap().newest(), Some(mark(4)));
        let path = data.path().join(SignedMark::FILE);
        let written = fs::read(&path).unwrap();
        assert_eq!(written.len(), 2 * LINE_BYTES);
        // Block 4 is in the first line, block 3 in the second.
        for (i, left) in [
            (0, 3),
            (LINE_BYTES - 2, 3),
            (LINE_BYTES, 4),
            (LINE_BYTES + 20, 4),
        ] {
            let mut torn = written.clone();
            torn[i] ^= 1;
            fs::write(&path, &torn).unwrap();
            assert_eq!(open().unwrap().newest(), Some(mark(left)), "{i}");
            torn[(i + LINE_BYTES) % written.len()] ^= 1;
            fs::write(&path, torn).unwrap();
            assert_eq!(open().unwrap_err().code(), "data-damaged");
        }
        fs::write(&path, &written[1..]).unwrap();
        assert_eq!(open().unwrap_err().code(), "data-damaged");
        fs::write(&path, &written).unwrap();
        let other = MarkFile::<SignedMark>::open(data.path(), 8).unwrap_err();
        assert_eq!(other.code(), "data-damaged");
    }
    #[test]
    fn each_line_has_its_length() {
        let given = GivenMark { next: u32::MAX };
        assert_eq!(line(&given, u128::MAX).len(), GivenMark::BYTES + REST);
        assert_eq!(line(&mark(7), 7).len(), LINE_BYTES);
        let line = line(&given, 7);
        assert_eq!(parse(line.as_bytes()), Some((given, 7)));
    }
}
