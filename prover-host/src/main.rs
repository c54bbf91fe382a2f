//! `prover-host`: see `--help`.
#![forbid(unsafe_code)]

mod cli;
mod command;
mod cpu;

use std::io::Write;
use std::process::ExitCode;

use self::command::main as run;

/// Keeps what a proof freed for the next one, in large pages: see `.cargo/config.toml`.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let lacking = cpu::lacking();
    if lacking.is_empty() {
        return run();
    }
    let mut stderr = std::io::stderr();
    // Piece by piece, and without a word where it cannot be said: to put text together, the compiler
    // may use what is missing.
    let mut say = |part: &str| drop(stderr.write_all(part.as_bytes()));
    say(OTHER_CPU);
    for name in lacking {
        say(" ");
        say(name);
    }
    say(BUILD_HERE);
    ExitCode::FAILURE
}

const OTHER_CPU: &str = "error: this prover-host was built for another processor; this one lacks";
const BUILD_HERE: &str = "; build it on this machine, with `cargo xtask install`\n";
