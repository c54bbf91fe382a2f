//! `MarkFile`: how far the validators have signed, in a file apart from their keys.
//!
//! It is on disk before a header is signed. Should the keys be replaced by an older copy of them,
//! this file says so, and nothing is signed a second time.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rpp_verifier::{Header, HeaderHash};
use sha2::{Digest as _, Sha256};

use super::DatabaseError;
use super::folder::{OWNER_ONLY_FILE, file_error, sync};

/// The newest header that may have been signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Mark {
    pub(super) height: u32,
    pub(super) slot: u32,
    pub(super) header: HeaderHash,
}

/// The file `signed`: two lines of text, of which each new mark overwrites the older one, so that one
/// of them is whole wherever a process ends.
#[derive(Debug)]
pub(super) struct MarkFile {
    path: PathBuf,
    number: u128,
    /// Open as long as this lives: a process that is out of descriptors can still sign.
    open: Mutex<Option<(File, Mark)>>,
}

impl MarkFile {
    /// Opens the file in the folder of the keys; a new folder has none.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::File`], or [`DatabaseError::Damaged`] if it is not of the data folder
    /// `number`.
    pub(super) fn open(folder: &Path, number: u128) -> Result<Self, DatabaseError> {
        let path = folder.join(MARK);
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
                let mark = file.read(&opened)?;
                *file.lock() = Some((opened, mark));
            }
        }
        Ok(file)
    }

    /// Returns whether the folder has such a file, without touching it.
    pub(super) fn exists(folder: &Path) -> bool {
        folder.join(MARK).exists()
    }

    /// Returns the newest mark.
    pub(super) fn newest(&self) -> Option<Mark> {
        self.lock().as_ref().map(|(_, mark)| *mark)
    }

    /// Writes the file for the first time.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Full`] or [`DatabaseError::File`].
    pub(super) fn create(&self, header: &Header) -> Result<(), DatabaseError> {
        let mark = mark(header);
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
        *self.lock() = Some((file, mark));
        Ok(())
    }

    /// Records that a header may be signed from now on; it is on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Damaged`] if a later header may have been signed;
    /// [`DatabaseError::Full`] or [`DatabaseError::File`].
    pub(super) fn raise(&self, header: &Header) -> Result<(), DatabaseError> {
        let mark = mark(header);
        let mut open = self.lock();
        let Some((file, newest)) = &mut *open else {
            return Err(self.damaged("it is missing"));
        };
        if *newest == mark {
            return Ok(());
        }
        if newest.height >= mark.height {
            let what = format!("header {} was signed already", newest.height);
            return Err(self.damaged(what));
        }
        let text = line(&mark, self.number);
        let at = u64::from(mark.height % 2) * LINE;
        let written = file.write_all_at(text.as_bytes(), at);
        let written = written.and_then(|()| file.sync_data());
        written.map_err(file_error("write", &self.path))?;
        *newest = mark;
        Ok(())
    }

    /// Returns the error for a file that is not as this program left it.
    pub(super) fn damaged(&self, what: impl Into<String>) -> DatabaseError {
        DatabaseError::damaged(&self.path, what)
    }

    fn read(&self, file: &File) -> Result<Mark, DatabaseError> {
        let length = file.metadata().map_err(file_error("read", &self.path))?;
        if length.len() != 2 * LINE {
            return Err(self.damaged("it does not have its length"));
        }
        let mut newest: Option<(Mark, u128)> = None;
        for at in [0, LINE] {
            let mut text = [0; LINE_BYTES];
            let read = file.read_exact_at(&mut text, at);
            read.map_err(file_error("read", &self.path))?;
            // One of the two may be half written.
            let found = parse(&text);
            newest = match (newest, found) {
                (Some(one), Some(other)) if other.0.height > one.0.height => Some(other),
                (one, other) => one.or(other),
            };
        }
        let (mark, number) = newest.ok_or_else(|| self.damaged("neither of its lines is whole"))?;
        if number != self.number {
            return Err(self.damaged("it belongs to another data folder"));
        }
        Ok(mark)
    }

    fn lock(&self) -> MutexGuard<'_, Option<(File, Mark)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn mark(header: &Header) -> Mark {
    Mark {
        height: header.height,
        slot: header.slot,
        header: header.hash(),
    }
}

fn line(mark: &Mark, number: u128) -> String {
    let Mark {
        height,
        slot,
        header,
    } = mark;
    let text = format!("height={height:010} slot={slot:010} header={header} folder={number:032x}");
    let sum = Sha256::digest(text.as_bytes());
    let sum: String = sum
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{text} check={sum}\n")
}

/// Returns what a line says, or `None` if it is not one that [`line()`] returns.
fn parse(text: &[u8]) -> Option<(Mark, u128)> {
    let text = std::str::from_utf8(text).ok()?;
    let mut fields = text.split_ascii_whitespace();
    let mut field = |name| fields.next()?.strip_prefix(name);
    let mark = Mark {
        height: field("height=")?.parse().ok()?,
        slot: field("slot=")?.parse().ok()?,
        header: HeaderHash(field("header=")?.parse().ok()?),
    };
    let number = u128::from_str_radix(field("folder=")?, 16).ok()?;
    (line(&mark, number) == text).then_some((mark, number))
}

const MARK: &str = "signed";
const LINE_BYTES: usize = 169;
const LINE: u64 = 169;

#[cfg(test)]
mod tests {
    use super::*;

    fn header(height: u32) -> Header {
        let zero = rpp_verifier::Digest::ZERO;
        let mut header = rpp_verifier::genesis(1, 4, 0, zero, zero, zero);
        (header.height, header.slot) = (height, height + 1);
        header
    }

    #[test]
    fn the_first_mark_is_written_where_no_link_leads() {
        let data = tempfile::tempdir().unwrap();
        let elsewhere = data.path().join("elsewhere");
        fs::write(&elsewhere, b"as it was").unwrap();
        let unfinished = data.path().join(MARK).with_extension("new");
        std::os::unix::fs::symlink(&elsewhere, unfinished).unwrap();
        let file = MarkFile::open(data.path(), 7).unwrap();
        file.create(&header(0)).unwrap();
        assert_eq!(fs::read(elsewhere).unwrap(), b"as it was");
        assert!(!data.path().join(MARK).is_symlink());
    }

    #[test]
    fn the_newest_mark_survives_a_torn_line_and_no_bit_changes_it() {
        let data = tempfile::tempdir().unwrap();
        let file = MarkFile::open(data.path(), 7).unwrap();
        assert_eq!(file.newest(), None);
        file.raise(&header(1)).unwrap_err();
        file.create(&header(0)).unwrap();
        for height in 1..=4 {
            file.raise(&header(height)).unwrap();
        }
        file.raise(&header(4)).unwrap();
        file.raise(&header(3)).unwrap_err();
        let open = || MarkFile::open(data.path(), 7);
        assert_eq!(open().unwrap().newest(), Some(mark(&header(4))));
        let path = data.path().join(MARK);
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
            assert_eq!(open().unwrap().newest(), Some(mark(&header(left))), "{i}");
            torn[(i + LINE_BYTES) % written.len()] ^= 1;
            fs::write(&path, torn).unwrap();
            assert_eq!(open().unwrap_err().code(), "data-damaged");
        }
        fs::write(&path, &written[1..]).unwrap();
        assert_eq!(open().unwrap_err().code(), "data-damaged");
        fs::write(&path, &written).unwrap();
        let other = MarkFile::open(data.path(), 8).unwrap_err();
        assert_eq!(other.code(), "data-damaged");
    }
}
