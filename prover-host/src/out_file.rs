//! `OutFile`: where a result is to be written, checked before the work that makes it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::files::{FileError, create_temporary, io_error, write_atomic};
use crate::outlet::write_all;

/// A place for one result.
#[derive(Debug)]
pub struct OutFile(Place);

#[derive(Debug)]
enum Place {
    /// A regular file, there or not: replaced as a whole.
    File(PathBuf),
    /// A device, a pipe, a socket: written through, as a shell would.
    Stream(PathBuf, File),
}

impl OutFile {
    /// Returns the place at `path`, behind the links that lead there, once it is known that a file
    /// can be made in its folder.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`] if the folder is missing or refuses files, or the path is a folder.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let error = |source| io_error("write", path)(source);
        let file = match fs::metadata(path) {
            Ok(there) if there.is_dir() => return Err(error(ErrorKind::IsADirectory.into())),
            Ok(there) if there.is_file() => fs::canonicalize(path).map_err(error)?,
            Ok(_) => {
                let stream = OpenOptions::new().write(true).open(path).map_err(error)?;
                return Ok(Self(Place::Stream(path.to_path_buf(), stream)));
            }
            Err(e) if e.kind() == ErrorKind::NotFound => behind_links(path).map_err(error)?,
            Err(e) => return Err(error(e)),
        };
        let (temporary, _) = create_temporary(&file)?;
        fs::remove_file(&temporary).map_err(io_error("remove", &temporary))?;
        Ok(Self(Place::File(file)))
    }

    /// Writes the result: a regular file is there in full or as it was before.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`] or [`FileError::Full`].
    pub fn write(self, bytes: &[u8]) -> Result<(), FileError> {
        match self.0 {
            Place::File(path) => write_atomic(&path, bytes),
            Place::Stream(path, mut stream) => {
                let (_, written) = write_all(&mut stream, bytes);
                written.map_err(io_error("write", &path))
            }
        }
    }
}

/// Returns where links lead that end at no file.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        let Ok(target) = fs::read_link(&path) else {
            return Ok(path);
        };
        // An absolute target replaces the whole path.
        path = path.with_file_name("").join(target);
    }
    Err(io::Error::other("too many links"))
}

/// As many as Linux follows.
const MAX_LINKS: usize = 40;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn put(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
        OutFile::open(path)?.write(bytes)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string();
        let mut names: Vec<_> = entries.map(|entry| name(entry).unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_link_stays_a_link_whether_it_leads_to_a_file_or_not() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("far")).unwrap();
        fs::write(at("far/file"), b"old").unwrap();
        fs::set_permissions(at("far/file"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("far/file", at("to-file")).unwrap();
        symlink("far/none", at("to-none")).unwrap();
        symlink("to-none", at("twice")).unwrap();
        for (link, file) in [
            ("to-file", "far/file"),
            ("to-none", "far/none"),
            ("twice", "far/none"),
        ] {
            put(&at(link), link.as_bytes()).unwrap();
            assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink());
            assert!(fs::symlink_metadata(at(file)).unwrap().is_file());
            assert_eq!(fs::read(at(file)).unwrap(), link.as_bytes());
        }
        let mode = fs::metadata(at("far/file")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert_eq!(names(&at("far")), ["file", "none"]);
        symlink("loop", at("loop")).unwrap();
        assert_eq!(put(&at("loop"), b"").unwrap_err().code(), "file");
    }

    #[test]
    fn a_device_is_written_through() {
        put(Path::new("/dev/null"), b"proof").unwrap();
        let full = put(Path::new("/dev/full"), b"proof").unwrap_err();
        assert_eq!(full.code(), "disk-full");
        for device in ["/dev/null", "/dev/full"] {
            assert!(!fs::metadata(device).unwrap().is_file());
        }
    }

    #[test]
    fn a_missing_folder_and_a_folder_are_refused_before_the_work() {
        let dir = tempfile::tempdir().unwrap();
        for path in [dir.path().join("missing/proof"), dir.path().to_path_buf()] {
            let refused = OutFile::open(&path).unwrap_err();
            assert_eq!(refused.code(), "file", "{refused}");
        }
        let new = OutFile::open(&dir.path().join("proof")).unwrap();
        assert!(names(dir.path()).is_empty());
        new.write(b"proof").unwrap();
        assert_eq!(names(dir.path()), ["proof"]);
    }
}
