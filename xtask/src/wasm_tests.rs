//! `wasm_tests`: the module's own tests, in Node and in Chromium.

use std::process::Command;

use serde_json::json;

use crate::error::TaskError;
use crate::process::{cargo, run as run_program};
use crate::step::step;
use crate::toolchain::{BROWSER, Choice, Toolchain};
use crate::{browser, workspace};

/// Runs the tests in Node, then the same ones in Chromium.
pub(crate) fn run() -> Result<(), TaskError> {
    step("runner of the module's own tests", build_runner)?;
    step("the module's own tests in Node", in_node)?;
    step("the module's own tests in Chromium", in_chromium)
}

/// Builds the program that cargo runs these tests with.
fn build_runner() -> Result<(), TaskError> {
    let mut cargo = cargo("build");
    cargo
        .args(["--locked", "--manifest-path", "wasm/runner/Cargo.toml"])
        .env("CARGO_TARGET_DIR", workspace::tools());
    run_program(&mut cargo)
}

fn in_node() -> Result<(), TaskError> {
    run_program(tests()?.env_remove(IN_BROWSER))
}

fn in_chromium() -> Result<(), TaskError> {
    let settings = workspace::tools().join("webdriver.json");
    // A sandbox of its own is denied to root, and in most containers.
    let flags = ["--headless", "--no-sandbox", "--disable-gpu"];
    let options = json!({ "binary": browser::chromium()?, "args": flags });
    let capabilities = json!({ "goog:chromeOptions": options }).to_string();
    std::fs::write(&settings, capabilities).map_err(TaskError::file(&settings))?;
    run_program(
        tests()?
            .env(IN_BROWSER, "1")
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", settings)
            .env("CHROMEDRIVER", browser::chromedriver()?),
    )
}

/// The module's profile, so that what it is made of is compiled once.
fn tests() -> Result<Command, TaskError> {
    let toolchain = Toolchain::find(Choice::Auto, BROWSER)?;
    let runner = format!("debug/rpp-wasm-runner{}", std::env::consts::EXE_SUFFIX);
    let mut cargo = toolchain.cargo("test", BROWSER);
    cargo
        .args(["--profile", "wasm", "--package", "rpp-wasm", "--test", "*"])
        .env(RUNNER, workspace::tools().join(runner));
    Ok(cargo)
}

const IN_BROWSER: &str = "WASM_BINDGEN_USE_BROWSER";
const RUNNER: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER";
