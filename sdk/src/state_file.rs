//! `StateFile`: one file, read within bounds and replaced whole.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
#[cfg(unix)]
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{self, Path, PathBuf};

/// A file that is replaced atomically. What is at its path and is not a regular file is neither
/// read nor replaced.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    kind: Kind,
}

/// What a file is for: how it begins, how long it may be, and whether it may have several names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) magic: [u8; 4],
    pub(crate) max_bytes: u64,
    pub(crate) links: Links,
}

/// What is done where a file has several names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Links {
    /// A link is read through, and replaced when the file is written.
    Followed,
    /// The path is resolved once. A link that is there later, and a file with another hard link, is refused: the
    /// next write would make two files of one.
    Refused,
}

impl Kind {
    fn is_begun(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(&self.magic)
    }
}

/// What is at the path of a file.
#[derive(Debug)]
pub(crate) enum Content {
    /// Nothing, or an empty file.
    Nothing,
    /// What begins as a file of this kind, and is no longer than one.
    State(Vec<u8>),
    /// Anything else: it is kept, under another name, when a file of this kind is written.
    Foreign,
}

impl StateFile {
    /// Returns the file at `path`, which need not exist, wherever the process goes from here.
    pub(crate) fn at(path: &Path, kind: Kind) -> io::Result<Self> {
        // Without a slash at its end, which would ask for a folder.
        let path: PathBuf = path::absolute(path)?.components().collect();
        if path.file_name().is_none() {
            return Err(io::Error::other("the path names no file"));
        }
        Ok(Self { path, kind })
    }

    /// Settles which file the path leads to, if its kind has one name only; its folder is there.
    pub(crate) fn resolve(&mut self) -> io::Result<()> {
        if self.kind.links == Links::Followed {
            return Ok(());
        }
        self.path = match fs::canonicalize(&self.path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound && !self.path.is_symlink() => {
                let name = self.path.file_name().unwrap_or_default();
                fs::canonicalize(self.folder())?.join(name)
            }
            path => path?,
        };
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path with `suffix` at its end.
    pub(crate) fn beside(&self, suffix: &str) -> PathBuf {
        let mut path = OsString::from(&self.path);
        path.push(suffix);
        path.into()
    }

    /// Makes the folder of the file, if there is none.
    pub(crate) fn make_folder(&self) -> io::Result<()> {
        fs::create_dir_all(self.folder())
    }

    /// Returns what is in the file.
    pub(crate) fn read(&self) -> io::Result<Content> {
        let Some(file) = self.open()? else {
            return Ok(Content::Nothing);
        };
        let mut bytes = Vec::new();
        let max = self.kind.max_bytes;
        file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(match length {
            // What `touch` and `mktemp` leave.
            0 => Content::Nothing,
            1.. if length <= max && self.kind.is_begun(&bytes) => Content::State(bytes),
            _ => Content::Foreign,
        })
    }

    /// Makes what was put there survive a crash.
    pub(crate) fn sync_folder(&self) -> io::Result<()> {
        sync_folder(self.folder())
    }

    /// Makes what is there survive a crash, whoever wrote it.
    #[cfg(feature = "wallet")]
    pub(crate) fn sync(&self) -> io::Result<()> {
        #[cfg(unix)]
        let file = self.open()?;
        // Elsewhere only a file that is open for writing is synced.
        #[cfg(not(unix))]
        let file = Some(OpenOptions::new().write(true).open(&self.path)?);
        file.map_or(Ok(()), |file| file.sync_all())?;
        sync_folder(self.folder())
    }

    /// Puts the bytes there, in one step. Until the folder is synced, what was there before may come back. What is
    /// not of this kind gets another name.
    ///
    /// Only whoever has the file's lock calls this; `check` says right before the step whether that is still so.
    pub(crate) fn put(
        &self,
        bytes: &[u8],
        check: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        if self.is_foreign()? {
            // A name that nothing has.
            let number = RandomState::new().hash_one(std::process::id());
            let aside = format!("{ASIDE}{number:016x}");
            fs::rename(&self.path, self.folder().join(aside))?;
        }
        self.remove_leftover()?;
        let temporary = self.temporary();
        let file = create(&temporary)?;
        let written = write(file, bytes).and_then(|()| check());
        let written = written.and_then(|()| fs::rename(&temporary, &self.path));
        if written.is_err() {
            // Whoever opens the file next removes it: failing to do so here is not worth another error.
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// Removes what a write that was killed has left: it may be as secret as the file. Only whoever has the file's
    /// lock calls this.
    pub(crate) fn remove_leftover(&self) -> io::Result<()> {
        match fs::remove_file(self.temporary()) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// Returns where the bytes are written first: always the same name, so that what is left there is found, and one
    /// of its own length, so that a file with a name as long as the system allows can be written.
    fn temporary(&self) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default();
        // FNV-1a, which stays the same whatever this is compiled with.
        let number = name
            .as_encoded_bytes()
            .iter()
            .fold(FNV_BASIS, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME)
            });
        self.folder().join(format!(".rpp-{number:016x}.tmp"))
    }

    /// Opens what is there, and looks at what was opened: the path may lead elsewhere a moment
    /// later.
    fn open(&self) -> io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        options.read(true);
        // A pipe that nobody writes to would not open.
        #[cfg(unix)]
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | self.link_flag());
        let file = match options.open(&self.path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let found = file.metadata()?;
        if !found.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        #[cfg(unix)]
        if self.kind.links == Links::Refused && found.nlink() > 1 {
            return Err(io::Error::other("it has a hard link: remove that first"));
        }
        Ok(Some(file))
    }

    #[cfg(unix)]
    const fn link_flag(&self) -> libc::c_int {
        match self.kind.links {
            Links::Followed => 0,
            Links::Refused => libc::O_NOFOLLOW,
        }
    }

    /// Tells whether what is there is not of this kind; reads no more than its beginning.
    fn is_foreign(&self) -> io::Result<bool> {
        let Some(file) = self.open()? else {
            return Ok(false);
        };
        let length = file.metadata()?.len();
        let mut start = Vec::new();
        file.take(4).read_to_end(&mut start)?;
        Ok(length > self.kind.max_bytes || !start.is_empty() && !self.kind.is_begun(&start))
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }
}

/// Creates a file that only its owner may read, where there is nothing yet.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    options.open(path)
}

fn write(mut file: File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

/// A rename lasts once the folder is on disk.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Other platforms have no such call for folders.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Offset basis and prime of the 64-bit FNV hash.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// How the new name of a foreign file begins; the npm package has the same.
pub(crate) const ASIDE: &str = "rpp-foreign-";
