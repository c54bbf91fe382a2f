//! `npm`: the packages that builds and tests need, pinned by a lock file.

use std::fs;
use std::path::Path;

use crate::error::TaskError;
use crate::process::{answers, program, run};
use crate::workspace;

/// Installs the packages of `folder`'s lock file into its `node_modules`, unless they are there.
///
/// No package runs a script of its own.
///
/// # Errors
///
/// [`TaskError::Missing`] if there is no npm, else whatever npm fails with.
pub(crate) fn install(folder: &str) -> Result<(), TaskError> {
    let folder = workspace::root().join(folder);
    let lock = folder.join("package-lock.json");
    let wanted = fs::read(&lock).map_err(TaskError::file(&lock))?;
    let installed = folder.join("node_modules").join(INSTALLED);
    if fs::read(&installed).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    if !answers(program("npm").arg("--version")) {
        return Err(TaskError::Missing {
            what: "npm".into(),
            remedy: "install Node 20 or later with npm".into(),
        });
    }
    let flags = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    run(program("npm").args(flags).current_dir(&folder))?;
    fs::write(&installed, wanted).map_err(TaskError::file(&installed))
}

/// Returns the script of a package at the root, to be run with Node: links to it need a shell.
pub(crate) fn script(path: &str) -> impl AsRef<Path> + use<> {
    workspace::root().join("node_modules").join(path)
}

/// A copy of the lock file that was installed.
const INSTALLED: &str = ".installed-lock.json";
