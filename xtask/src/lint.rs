//! `lint`: checks formatting, clippy, documentation and dependencies.

use std::process::Command;

use crate::error::TaskError;
use crate::process::{answers, cargo, run as run_program};
use crate::say::say;
use crate::step::step;
use crate::workspace;

/// Runs every check, then reports which ones failed.
pub(crate) fn run() -> Result<(), TaskError> {
    let mut checks: Vec<(&'static str, Command)> = vec![
        ("format", format()),
        ("clippy", clippy()),
        ("documentation", documentation()),
    ];
    if answers(cargo("deny").arg("--version")) {
        checks.push(("dependencies", dependencies()));
    } else {
        say!(
            "cargo-deny is not installed, so dependencies are not checked: run \
             `cargo install cargo-deny`"
        );
    }
    let mut failed = Vec::new();
    for (name, command) in &mut checks {
        if step(name, || run_program(command)).is_err() {
            failed.push(*name);
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(TaskError::Checks(failed))
    }
}

fn format() -> Command {
    let mut command = cargo("fmt");
    command.args(["--all", "--check"]);
    command
}

fn clippy() -> Command {
    let mut command = checking_cargo("clippy");
    command.args(["--all-targets", "--", "-D", "warnings"]);
    command
}

fn documentation() -> Command {
    let mut command = checking_cargo("doc");
    command
        .args(["--no-deps", "--document-private-items"])
        .env("RUSTDOCFLAGS", "-D warnings");
    command
}

/// Advisories are left out: their list comes from the network, and the result of a lint should not
/// change overnight. To check them, run `cargo deny check advisories`.
fn dependencies() -> Command {
    let mut command = cargo("deny");
    command.args([
        "--all-features",
        "--locked",
        "check",
        "bans",
        "licenses",
        "sources",
    ]);
    command
}

/// Checks generate no machine code, so they have their own target folder.
fn checking_cargo(subcommand: &str) -> Command {
    let mut command = cargo(subcommand);
    command
        .args(["--locked", "--workspace", "--all-features"])
        .env("CARGO_TARGET_DIR", workspace::root().join("target/check"));
    command
}
