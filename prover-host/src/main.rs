//! `prover-host`: see `--help`.
#![forbid(unsafe_code)]

mod cli;
mod command;

use std::process::ExitCode;

use clap::Parser;

use self::cli::Cli;
use self::command::{CommandError, Outcome};

/// Keeps what a proof freed for the next one, in large pages: see `.cargo/config.toml`.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version are no faults. A usage fault is 1, for 2 means refused.
            let status = u8::from(e.use_stderr());
            let _ = e.print();
            return ExitCode::from(status);
        }
    };
    match run(cli) {
        Ok(outcome) => outcome.report(),
        Err(e) => {
            let code = e.code().map(|code| format!("[{code}]")).unwrap_or_default();
            eprintln!("error{code}: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<Outcome, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(command::run(cli.command));
    // After a signal, keys that nobody will use may still be in the making.
    runtime.shutdown_background();
    outcome
}
