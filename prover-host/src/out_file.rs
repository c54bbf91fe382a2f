//! `OutFile`: where a result is to be written, checked before the work that makes it.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::descriptor::descriptor_at;
use crate::files::{
    FileError, behind_links, create_temporary, io_error, make_temporary, write_atomic,
};
use crate::outlet::write_all;

/// A place for one result.
#[derive(Debug)]
pub struct OutFile(Place);

#[derive(Debug)]
enum Place {
    /// A regular file, there or not: replaced as a whole.
    File(PathBuf),
    /// A file that something is mounted on, over which nothing can be renamed: overwritten.
    Mounted(PathBuf, File),
    /// A device, a pipe, a socket, an open descriptor: written through, as a shell would.
    Stream(PathBuf, File),
}

impl OutFile {
    /// Returns the place at `path`, behind the links that lead there, once it is known that a file
    /// can be made in its folder and may replace the one that is there.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`] if the folder is missing or refuses files, the path is a folder, or the
    /// file cannot be replaced.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let error = |source| io_error("write", path)(source);
        if let Some(stream) = descriptor_at(path).map_err(error)? {
            return Ok(Self(Place::Stream(path.to_path_buf(), stream)));
        }
        let is_there = path.exists();
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
        if is_mount_point(&file) {
            let mounted = OpenOptions::new().write(true).open(&file).map_err(error)?;
            return Ok(Self(Place::Mounted(file, mounted)));
        }
        let (temporary, _) = create_temporary(&file)?;
        fs::remove_file(&temporary).map_err(io_error("remove", &temporary))?;
        if is_there {
            check_replaceable(&file)?;
        }
        Ok(Self(Place::File(file)))
    }

    /// Writes the result: a regular file is there in full or as it was before, unless it is a mount
    /// point.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`] or [`FileError::Full`].
    pub fn write(self, bytes: &[u8]) -> Result<(), FileError> {
        match self.0 {
            Place::File(path) => write_atomic(&path, bytes),
            Place::Mounted(path, mut file) => {
                let (_, written) = write_all(&mut file, bytes);
                let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                let cut = written.and_then(|()| file.set_len(length));
                cut.and_then(|()| file.sync_all())
                    .map_err(io_error("write", &path))
            }
            Place::Stream(path, mut stream) => {
                let (_, written) = write_all(&mut stream, bytes);
                let is_file = stream.metadata().is_ok_and(|stream| stream.is_file());
                let synced = written.and_then(|()| match is_file {
                    true => stream.sync_all(),
                    false => Ok(()),
                });
                synced.map_err(io_error("write", &path))
            }
        }
    }
}

/// Returns whether something is mounted on a file, as containers do with single files; Linux says so
/// since 5.8.
fn is_mount_point(path: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
        let file = statx(CWD, path, AtFlags::empty(), StatxFlags::empty());
        file.is_ok_and(|file| file.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        false
    }
}

/// Checks that a file can be renamed over: one that is immutable cannot be, nor another user's in a
/// folder such as `/tmp`.
///
/// That a folder cannot be renamed over a file is the last thing that the system finds, after whatever
/// is wrong with the file; so it is tried with an empty folder, which changes nothing.
fn check_replaceable(path: &Path) -> Result<(), FileError> {
    let (folder, ()) = make_temporary(path, |folder| fs::create_dir(folder))?;
    let renamed = fs::rename(&folder, path);
    // Renamed where somebody has removed the file meanwhile.
    let left = if renamed.is_ok() { path } else { &folder };
    fs::remove_dir(left).map_err(io_error("remove", left))?;
    match renamed {
        Err(e) if e.kind() != ErrorKind::NotADirectory => Err(io_error("replace", path)(e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Seek, SeekFrom, Write};
    use std::os::fd::AsRawFd;
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
    fn a_descriptor_is_written_through_where_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, b"start, and more").unwrap();
        let mut file = OpenOptions::new().write(true).open(&path).unwrap();
        file.seek(SeekFrom::Start(6)).unwrap();
        let number = file.as_raw_fd();
        symlink("/dev/fd", dir.path().join("fd")).unwrap();
        let ways = [
            format!("/dev/fd/{number}"),
            format!("/proc/self/fd/{number}"),
            format!("/proc/thread-self/fd/{number}"),
            format!("{}/fd/{number}", dir.path().display()),
        ];
        for (n, way) in ways.iter().enumerate() {
            put(way.as_ref(), n.to_string().as_bytes()).unwrap();
        }
        // The descriptor's own place has moved on.
        file.write_all(b"!").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"start,0123!more");
        assert_eq!(names(dir.path()), ["fd", "file"]);
        let reader = File::open(&path).unwrap();
        let read_only = format!("/dev/fd/{}", reader.as_raw_fd());
        let missing = "/dev/fd/1000000".to_owned();
        for way in [read_only, missing] {
            let refused = OutFile::open(way.as_ref()).unwrap_err();
            assert_eq!(refused.code(), "file", "{refused}");
        }
    }

    #[test]
    fn an_immutable_file_is_refused_before_the_work() {
        use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, b"old").unwrap();
        let file = File::open(&path).unwrap();
        // Only root may, and not in every file system.
        let Ok(flags) = ioctl_getflags(&file) else {
            return;
        };
        if ioctl_setflags(&file, flags | IFlags::IMMUTABLE).is_err() {
            return;
        }
        let refused = OutFile::open(&path);
        ioctl_setflags(&file, flags).unwrap();
        assert_eq!(refused.unwrap_err().code(), "file");
        assert_eq!(names(dir.path()), ["file"]);
        put(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
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
