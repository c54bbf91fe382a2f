//! `test`: runs all tests.

use std::process::Command;

use crate::error::TaskError;
use crate::needed::MINISIGN;
use crate::process::{
    NATIVE, answers, build_native, cargo, native_cargo, program, run as run_program,
};
use crate::say::say;
use crate::step::step;
use crate::toolchain::{Choice, NO_STD, Toolchain};
use crate::{demo_test, fixture, package, wasm, wasm_tests, web};

/// Runs all tests step by step; stops at the first failure.
pub(crate) fn run() -> Result<(), TaskError> {
    step("all tests", || {
        step("Rust tests", || {
            let mut tests = rust_tests();
            run_program(tests.args(NATIVE).env("MINISIGN", MINISIGN.find()?))
        })?;
        step("documentation tests", || {
            run_program(native_cargo("test").args(NATIVE).arg("--doc"))
        })?;
        step("test vectors in Python", vectors_in_python)?;
        step("verifier-core without std", without_std)?;
        step("wasm modules", || wasm::build(Choice::Auto))?;
        step("a real proof for the wasm module", fixture::make)?;
        step("wasm module in Node", wasm::test)?;
        wasm_tests::run()?;
        step("prover-host", || build_native("prover-host"))?;
        step("npm package in Node", package::test_in_node)?;
        step("page", web::build)?;
        step("demo as a new user runs it", demo_test::run)?;
        step("page in Chromium", package::test_page)?;
        step("npm package as installed", package::test_packaging)
    })
}

fn rust_tests() -> Command {
    if answers(cargo("nextest").arg("--version")) {
        let mut command = native_cargo("nextest");
        command.arg("run");
        return command;
    }
    let mut command = native_cargo("test");
    command.args(["--lib", "--bins", "--tests"]);
    command
}

/// A second implementation of the protocol reads the corpus; it needs nothing but Python 3.11.
fn vectors_in_python() -> Result<(), TaskError> {
    run_program(program("python3").args(["-B", "tests/reader"]))
}

/// The target has no `std` to link, so a dependency that needs it does not build.
fn without_std() -> Result<(), TaskError> {
    let toolchain = Toolchain::find(Choice::Auto, NO_STD)?;
    say!("compiling for {} with {}", NO_STD.name, toolchain.name());
    let mut cargo = toolchain.cargo("build", NO_STD);
    run_program(cargo.args([
        "--release",
        "--package",
        "rpp-verifier",
        "--no-default-features",
    ]))
}
