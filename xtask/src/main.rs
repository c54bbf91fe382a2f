//! The automation of this workspace: `cargo xtask --help`.

mod bench;
mod browser;

mod demo;
mod demo_test;
mod error;
mod fixture;
mod install;
mod lint;
mod machine;
mod mutate;
mod needed;
mod npm;
mod package;
mod process;
mod release;
mod say;
mod service;
mod sizes;
mod step;
mod test;
mod toolchain;
mod trusted;
mod wasm;
mod wasm_tests;
mod web;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::TaskError;
use crate::say::say;

/// Builds, tests and demonstrates the workspace. Every command works from a fresh clone without
/// prompting.
///
/// Native builds are optimized for this machine and share target/native, so that nothing is
/// compiled twice. Wasm builds are portable and go to target/portable.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Starts a devnet that proves its blocks, and a follower and a page that verify them; Ctrl-C
    /// stops.
    Demo(demo::Options),
    /// Runs all tests: Rust, doc tests, test vectors in Python, no_std build, wasm module, npm package,
    /// demo, page in Chromium.
    Test,
    /// Builds `prover-host` for this machine and installs it for the shell to find.
    Install(install::Options),
    /// Measures proving, verifying and sizes; prints a table and writes JSON.
    Bench(bench::Options),
    /// Builds the wasm module, prints its size and runs its tests in Node and Chromium.
    Wasm(wasm::Options),
    /// Builds the demo page as a static site into target/web.
    Web(web::Options),
    /// Builds the module and the package of the last commit twice, in different folders, compares them and
    /// prints what a signed setup pins.
    Release(release::Options),
    /// Deletes each constraint of a circuit in turn and names the forgery that needs it. Takes
    /// minutes.
    Mutate(mutate::Options),
    /// Checks formatting, lints, documentation and dependencies.
    Lint,
}

fn main() -> ExitCode {
    match run(&Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<(), TaskError> {
    match task {
        Task::Demo(options) => demo::run(options),
        Task::Test => test::run(),
        Task::Install(options) => install::run(options),
        Task::Bench(options) => bench::run(options),
        Task::Wasm(options) => wasm::run(options),
        Task::Web(options) => web::run(options),
        Task::Release(options) => release::run(options),
        Task::Mutate(options) => mutate::run(options),
        Task::Lint => lint::run(),
    }
}
