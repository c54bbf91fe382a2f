//! `browser`: a Chromium for the tests of page and module, and the desktop's own browser for people.

use std::path::PathBuf;
use std::process::Stdio;

use crate::error::TaskError;
use crate::needed::Needed;
use crate::process::program;

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

const CHROMIUM: Needed = Needed {
    what: "Chromium",
    variable: "CHROME",
    names: &[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ],
    version: "--version",
    package: "chromium",
    remedy: "the page is tested in it; install Chromium (on Debian `apt-get install chromium`), \
             or name a Chrome or Chromium in CHROME",
};
const CHROMEDRIVER: Needed = Needed {
    what: "ChromeDriver",
    variable: "CHROMEDRIVER",
    names: &["chromedriver"],
    version: "--version",
    package: "chromium-driver",
    remedy: "the module's own tests drive Chromium with it; install the one of your Chromium's \
             version (on Debian `apt-get install chromium-driver`), or name it in CHROMEDRIVER",
};
