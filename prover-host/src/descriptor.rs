//! `descriptor_at`: the open descriptor that a path such as `/dev/stdout` stands for.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{OFlags, fcntl_getfl};
use rustix::io::Errno;

use crate::files::folder_of;
use crate::outlet::own_descriptor;

/// Returns a duplicate of the descriptor that `path` stands for, which shares its offset; `None` for any
/// other path.
///
/// Such a path is a link to the file that is open there, but who names it means the descriptor: `>> log`
/// appends, and a file put in the place of `log` would lose what was in it and what is written later.
///
/// # Errors
///
/// If the descriptor is not open, or not for writing.
pub(crate) fn descriptor_at(path: &Path) -> io::Result<Option<File>> {
    let mut path = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        let Some(name) = path.file_name() else {
            return Ok(None);
        };
        let Ok(folder) = fs::canonicalize(folder_of(&path)) else {
            return Ok(None);
        };
        if let Some(number) = Number::of(&folder, name) {
            return number.open().map(Some);
        }
        let here = folder.join(name);
        let Ok(target) = fs::read_link(&here) else {
            return Ok(None);
        };
        // An absolute target replaces the whole path.
        path = folder.join(target);
    }
    Ok(None)
}

/// A descriptor of a process.
struct Number {
    process: u32,
    number: i32,
    path: PathBuf,
}

impl Number {
    /// Returns the descriptor of this name in a folder of descriptors, whose path has no links.
    fn of(folder: &Path, name: &OsStr) -> Option<Self> {
        let parts: Option<Vec<&str>> = folder.iter().map(OsStr::to_str).collect();
        let process = match parts?[..] {
            ["/", "proc", process, "fd"] | ["/", "proc", process, "task", _, "fd"] => {
                process.parse().ok()?
            }
            // Where this is no link to the folder above.
            ["/", "dev", "fd"] => std::process::id(),
            _ => return None,
        };
        Some(Self {
            process,
            number: name.to_str()?.parse().ok()?,
            path: folder.join(name),
        })
    }

    fn open(&self) -> io::Result<File> {
        let file = match (self.process == std::process::id(), self.number) {
            (true, 0) => own_descriptor(io::stdin()),
            (true, 1) => own_descriptor(io::stdout()),
            (true, 2) => own_descriptor(io::stderr()),
            // A file that is opened anew has an offset of its own: at its end nothing is lost.
            _ => self
                .duplicate()
                .or_else(|_| OpenOptions::new().append(true).open(&self.path)),
        }?;
        if fcntl_getfl(&file)? & OFlags::RWMODE == OFlags::RDONLY {
            return Err(Errno::BADF.into());
        }
        Ok(file)
    }

    #[cfg(target_os = "linux")]
    fn duplicate(&self) -> io::Result<File> {
        use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
        let process = i32::try_from(self.process).ok().and_then(Pid::from_raw);
        let process = pidfd_open(process.ok_or(Errno::SRCH)?, PidfdFlags::empty())?;
        let duplicate = pidfd_getfd(process, self.number, PidfdGetfdFlags::empty())?;
        Ok(File::from(duplicate))
    }

    #[cfg(not(target_os = "linux"))]
    fn duplicate(&self) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// As many as Linux follows.
const MAX_LINKS: usize = 40;
