//! `browser`: a Chromium for the tests of the page, and the desktop's own browser for people.

use std::path::PathBuf;
use std::process::Stdio;

use crate::error::TaskError;
use crate::process::{answers, program, run};

/// Returns a Chromium: `CHROME`'s, else one from the path, else on Debian one that is installed.
///
/// # Errors
///
/// [`TaskError::Missing`] if there is none, with what to do.
pub(crate) fn chromium() -> Result<PathBuf, TaskError> {
    if let Some(named) = std::env::var_os("CHROME").filter(|name| !name.is_empty()) {
        let named = PathBuf::from(named);
        return if works(&named) {
            Ok(named)
        } else {
            Err(missing(&format!("CHROME={}", named.display())))
        };
    }
    if let Some(found) = in_path() {
        return Ok(found);
    }
    if can_install() {
        eprintln!("no Chromium in the path: installing Debian's");
        run(program("apt-get").args(["update", "--quiet=2"]))?;
        let install = ["install", "--yes", "--no-install-recommends", "--quiet=2"];
        run(program("apt-get")
            .args(install)
            .arg("chromium")
            .env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    in_path().ok_or_else(|| missing("Chromium"))
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

fn in_path() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&folders).collect();
    let candidates = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |f| f.join(name)));
    candidates
        .into_iter()
        .find(|candidate| candidate.is_file() && works(candidate))
}

fn works(browser: &PathBuf) -> bool {
    answers(program(browser).arg("--version"))
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

fn missing(what: &str) -> TaskError {
    TaskError::Missing {
        what: what.into(),
        remedy:
            "the page is tested in it; install Chromium (on Debian `apt-get install chromium`), \
                 or name a Chrome or Chromium in CHROME"
                .into(),
    }
}

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
