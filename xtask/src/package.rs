//! `package`: the tests of the npm package and of the page, on the module and the host as built.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::error::TaskError;
use crate::process::{json, program, run};
use crate::{browser, npm, workspace};

/// Runs the package's tests in Node.
pub(crate) fn test_in_node() -> Result<(), TaskError> {
    let mut tests: Vec<_> = modules("pkg/test", ".test.js")?;
    tests.sort();
    run(node().args(["--test", "--test-reporter=spec"]).args(tests))
}

/// Drives the page in Chromium against the real host.
pub(crate) fn test_page() -> Result<(), TaskError> {
    npm::install("")?;
    let tests = modules("tests/browser", ".test.mjs")?;
    let chrome = browser::chromium()?;
    let mut node = node();
    node.env("CHROME", chrome);
    run(node.args(["--test", "--test-reporter=spec"]).args(tests))
}

/// Installs the packed package as a stranger would, and runs it in bundlers and Chromium.
pub(crate) fn test_packaging() -> Result<(), TaskError> {
    npm::install("pkg/packaging-tests")?;
    run(node()
        .arg("pkg/packaging-tests/run.mjs")
        .env("CHROME", browser::chromium()?))
}

/// Measures in Chromium, on the proven block in `folder`.
pub(crate) fn measure(folder: &Path) -> Result<Value, TaskError> {
    measure_with("tests/browser/bench.mjs", folder)
}

/// Measures verification of a proof about accounts in Chromium, on the one in `folder`.
pub(crate) fn measure_ledger(folder: &Path) -> Result<Value, TaskError> {
    measure_with("tests/browser/bench-ledger.mjs", folder)
}

/// Measures a client in Chromium that comes back to the chain recorded in `file`.
pub(crate) fn measure_away(file: &Path) -> Result<Value, TaskError> {
    measure_with("tests/browser/bench-away.mjs", file)
}

/// Measures verification of a signed setup in Chromium.
pub(crate) fn measure_setup() -> Result<Value, TaskError> {
    measure_with("tests/browser/bench-setup.mjs", &workspace::fixture())
}

fn measure_with(script: &str, folder: &Path) -> Result<Value, TaskError> {
    npm::install("")?;
    json(
        node()
            .arg(script)
            .env("CHROME", browser::chromium()?)
            .env("RPP_FIXTURE", folder),
    )
}

/// Node, told where everything is.
fn node() -> Command {
    let mut command = program("node");
    command
        .env("RPP_HOST", workspace::native_binary("prover-host"))
        .env("RPP_FIGURES", workspace::native_binary("figures"))
        .env("RPP_FIXTURE", workspace::fixture())
        .env("RPP_SITE", workspace::site())
        .env("RPP_SCREENSHOTS", workspace::screenshots());
    command
}

/// Returns the files of `folder` whose names end in `ending`.
fn modules(folder: &str, ending: &str) -> Result<Vec<std::path::PathBuf>, TaskError> {
    let folder = workspace::root().join(folder);
    let entries = std::fs::read_dir(&folder).map_err(TaskError::file(&folder))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(paths
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect())
}
