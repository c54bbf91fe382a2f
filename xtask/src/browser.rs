//! `browser`: a Chromium for the tests of page and module, and the desktop's own browser for people.

use std::path::PathBuf;
use std::process::Stdio;

use crate::error::TaskError;
use crate::process::{answers, program, run};
use crate::say::say;

/// Returns a Chromium: `CHROME`'s, else one from the path, else on Debian one that is installed.
///
/// # Errors
///
/// [`TaskError::Missing`] if there is none, with what to do.
pub(crate) fn chromium() -> Result<PathBuf, TaskError> {
    CHROMIUM.find()
}

/// Returns the program that drives a Chromium for its tests: `CHROMEDRIVER`'s, else one from the path,
/// else on Debian one that is installed.
///
/// # Errors
///
/// [`TaskError::Missing`] if there is none, with what to do.
pub(crate) fn chromedriver() -> Result<PathBuf, TaskError> {
    CHROMEDRIVER.find()
}

/// Opens `url` in the desktop's browser, and returns whether there is a desktop.
pub(crate) fn show(url: &str) -> bool {
    let desktop = ["DISPLAY", "WAYLAND_DISPLAY"];
    if !desktop.iter().any(|name| std::env::var_os(name).is_some()) {
        return false;
    }
    let mut opener = program("xdg-open");
    opener.arg(url).stdout(Stdio::null()).stderr(Stdio::null());
    // It may stay for as long as the browser does; nobody waits for it.
    opener.spawn().is_ok()
}

/// A program that tests need, and where it comes from.
struct Needed {
    what: &'static str,
    /// The variable that names another one.
    variable: &'static str,
    names: &'static [&'static str],
    /// Debian's package.
    package: &'static str,
    remedy: &'static str,
}

impl Needed {
    fn find(&self) -> Result<PathBuf, TaskError> {
        if let Some(named) = std::env::var_os(self.variable).filter(|name| !name.is_empty()) {
            let named = PathBuf::from(named);
            return if works(&named) {
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
            .find(|candidate| candidate.is_file() && works(candidate))
    }

    fn missing(&self, what: String) -> TaskError {
        TaskError::Missing {
            what,
            remedy: self.remedy.into(),
        }
    }
}

fn works(program_path: &PathBuf) -> bool {
    answers(program(program_path).arg("--version"))
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

const CHROMIUM: Needed = Needed {
    what: "Chromium",
    variable: "CHROME",
    names: &[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ],
    package: "chromium",
    remedy: "the page is tested in it; install Chromium (on Debian `apt-get install chromium`), \
             or name a Chrome or Chromium in CHROME",
};
const CHROMEDRIVER: Needed = Needed {
    what: "ChromeDriver",
    variable: "CHROMEDRIVER",
    names: &["chromedriver"],
    package: "chromium-driver",
    remedy: "the module's own tests drive Chromium with it; install the one of your Chromium's \
             version (on Debian `apt-get install chromium-driver`), or name it in CHROMEDRIVER",
};
