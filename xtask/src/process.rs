//! The programs that tasks run, cargo first.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::error::TaskError;
use crate::workspace;

/// Returns cargo at the root of the workspace.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut command = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(subcommand);
    command
}

/// Returns cargo with the flags that tests, demo and bench share: the optimized profile for this
/// machine. It has no debug assertions: with them Plonky3's prover panics on a false witness,
/// before there is a proof to reject.
pub(crate) fn native_cargo(subcommand: &str) -> Command {
    let mut command = cargo(subcommand);
    command
        .env("CARGO_TARGET_DIR", workspace::native())
        .env("RUSTFLAGS", "-C target-cpu=native")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        // Examples in documentation are compiled by rustdoc, and link what these flags built.
        .env("RUSTDOCFLAGS", "-C target-cpu=native")
        .env_remove("CARGO_ENCODED_RUSTDOCFLAGS");
    command
}

/// Returns a program at the root of the workspace, without standard input.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(workspace::root()).stdin(Stdio::null());
    command
}

/// Returns a binary of the native build.
pub(crate) fn native_program(binary: &str) -> Command {
    program(workspace::native_binary(binary))
}

/// The packages and features of every native build: always the same selection, so that cargo
/// resolves the same features and compiles each crate once.
pub(crate) const NATIVE: [&str; 6] = [
    "--locked",
    "--release",
    "--workspace",
    "--exclude",
    "xtask",
    "--all-features",
];

/// Builds one binary of the native build.
pub(crate) fn build_native(binary: &str) -> Result<(), TaskError> {
    run(native_cargo("build").args(NATIVE).args(["--bin", binary]))
}

/// Runs a program until it exits.
///
/// # Errors
///
/// [`TaskError::Spawn`] or [`TaskError::Failed`].
pub(crate) fn run(command: &mut Command) -> Result<(), TaskError> {
    let status = command.status().map_err(|source| TaskError::Spawn {
        program: describe(command),
        source,
    })?;
    if status.success() {
        return Ok(());
    }
    let program = describe(command);
    Err(TaskError::Failed { program, status })
}

/// Runs a program until it exits and returns its standard output; standard error goes to the
/// terminal.
///
/// # Errors
///
/// [`TaskError::Spawn`] or [`TaskError::Failed`].
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>, TaskError> {
    let done = command.stderr(Stdio::inherit()).output();
    let done = done.map_err(|source| TaskError::Spawn {
        program: describe(command),
        source,
    })?;
    if done.status.success() {
        return Ok(done.stdout);
    }
    let (program, status) = (describe(command), done.status);
    Err(TaskError::Failed { program, status })
}

/// Runs a program until it exits and returns the JSON that it printed.
///
/// # Errors
///
/// As [`output`], or [`TaskError::Output`].
pub(crate) fn json(command: &mut Command) -> Result<Value, TaskError> {
    let bytes = output(command)?;
    serde_json::from_slice(&bytes).map_err(|source| TaskError::Output {
        program: describe(command),
        source,
    })
}

/// Returns whether a program can be run; its output is discarded.
pub(crate) fn answers(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Returns the program and its arguments, as typed on a command line.
pub(crate) fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    words.join(" ")
}
