//! `Needed`: a program that tests need, and where it comes from.

use std::path::{Path, PathBuf};

use crate::error::TaskError;
use crate::process::{answers, program, run};
use crate::say::say;

/// A program that tests need, and where it comes from.
pub(crate) struct Needed {
    /// What people call it.
    pub(crate) what: &'static str,
    /// The variable that names another one.
    pub(crate) variable: &'static str,
    /// What its file may be called.
    pub(crate) names: &'static [&'static str],
    /// The argument that makes it print its version.
    pub(crate) version: &'static str,
    /// Debian's package.
    pub(crate) package: &'static str,
    /// What to do where it is missing.
    pub(crate) remedy: &'static str,
}

impl Needed {
    /// Returns the one that its variable names, else one from the path, else on Debian one that is installed.
    ///
    /// # Errors
    ///
    /// [`TaskError::Missing`] if there is none, with what to do.
    pub(crate) fn find(&self) -> Result<PathBuf, TaskError> {
        if let Some(named) = std::env::var_os(self.variable).filter(|name| !name.is_empty()) {
            let named = PathBuf::from(named);
            return if self.works(&named) {
                Ok(named)
            } else {
                Err(self.missing(format!("{}={}", self.variable, named.display())))
            };
        }
        if let Some(found) = self.in_path() {
            return Ok(found);
        }
        if can_install() {
            say!("no {} in the path: installing Debian's", self.what);
            run(program("apt-get").args(["update", "--quiet=2"]))?;
            let install = ["install", "--yes", "--no-install-recommends", "--quiet=2"];
            run(program("apt-get")
                .args(install)
                .arg(self.package)
                .env("DEBIAN_FRONTEND", "noninteractive"))?;
        }
        self.in_path().ok_or_else(|| self.missing(self.what.into()))
    }

    fn in_path(&self) -> Option<PathBuf> {
        let folders = std::env::var_os("PATH")?;
        let folders: Vec<_> = std::env::split_paths(&folders).collect();
        let candidates = self
            .names
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        candidates
            .into_iter()
            .find(|candidate| candidate.is_file() && self.works(candidate))
    }

    fn works(&self, path: &Path) -> bool {
        answers(program(path).arg(self.version))
    }

    fn missing(&self, what: String) -> TaskError {
        TaskError::Missing {
            what,
            remedy: self.remedy.into(),
        }
    }
}

/// Installing needs Debian's tools, and the right to use them.
#[cfg(unix)]
fn can_install() -> bool {
    rustix::process::geteuid().is_root() && answers(program("apt-get").arg("--version"))
}

#[cfg(not(unix))]
fn can_install() -> bool {
    false
}

/// What people verify the files of a signed setup with.
pub(crate) const MINISIGN: Needed = Needed {
    what: "minisign",
    variable: "MINISIGN",
    names: &["minisign"],
    version: "-v",
    package: "minisign",
    remedy: "the files of a setup are verified with it; install minisign (on Debian `apt-get install \
             minisign`), or name it in MINISIGN",
};
