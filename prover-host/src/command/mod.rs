//! The commands, one a file.

#[cfg(feature = "devnet")]
mod devnet;
#[cfg(feature = "devnet")]
mod devnet_setup;
mod follow;
#[cfg(feature = "devnet")]
mod key_progress;
#[cfg(feature = "devnet")]
mod listen;
mod prove;
mod setup;
mod verify;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::Parser;
use rpp_light_client::ConfigError;
use rpp_prover_host::clock::{ClockError, check_clock};
use rpp_prover_host::files::FileError;
use rpp_prover_host::http::settle_thread;
use rpp_prover_host::outlet::Outlet;
use rpp_prover_host::print::{PrintError, print_line, shown};
use rpp_prover_host::progress::Progress;
use rpp_prover_host::shutdown::outlive_file_size_limit;
use serde_json::{Value, json};
use tokio::task::JoinError;

#[cfg(feature = "devnet")]
use self::devnet::RunError;
use self::setup::SetupCommandError;
use crate::cli::{Cli, Command};

/// What came of a command; its JSON is printed on a line of standard output.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// It did its work and has nothing to add.
    Quiet,
    /// It did its work.
    Done(Value),
    /// It checked something and refused it.
    Refused(Value),
}

/// What kept a command from its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CommandError {
    /// A chain cannot be run or served.
    #[cfg(feature = "devnet")]
    #[error(transparent)]
    Run(Box<RunError>),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The address is none.
    #[error(
        "{url} is not the URL of a host: give one like http://127.0.0.1:8645, without user, query or \
         fragment"
    )]
    Url {
        /// The address, without user and password.
        url: String,
    },
    /// The host is behind TLS.
    #[error(
        "{url}: this program has no TLS, so it cannot read https: use http, on a network that you \
         trust or through a tunnel or proxy that ends on this machine"
    )]
    NoTls {
        /// The URL.
        url: String,
    },
    /// The checkpoint is none.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The clock cannot be right.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// A command of `setup` did not do its work.
    #[error(transparent)]
    Setup(Box<SetupCommandError>),
    /// What was found out cannot be printed.
    #[error(transparent)]
    Print(#[from] PrintError),
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A thread died.
    #[error("a thread died: {0}")]
    Thread(#[from] JoinError),
}

#[cfg(feature = "devnet")]
impl From<RunError> for CommandError {
    fn from(error: RunError) -> Self {
        Self::Run(error.into())
    }
}

impl From<SetupCommandError> for CommandError {
    fn from(error: SetupCommandError) -> Self {
        Self::Setup(error.into())
    }
}

impl CommandError {
    /// Returns the stable code, where there is one.
    #[must_use]
    pub(crate) fn code(&self) -> Option<&'static str> {
        match self {
            #[cfg(feature = "devnet")]
            Self::Run(error) => error.code(),
            Self::File(error) => Some(error.code()),
            Self::Config(error) => Some(error.code()),
            Self::Setup(error) => error.code(),
            Self::Url { .. } | Self::NoTls { .. } | Self::Clock(_) | Self::Print(_) => None,
            Self::Io(_) | Self::Thread(_) => None,
        }
    }
}

/// Runs the command of the command line, and returns the exit status.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version are no faults. A usage fault is 1, for 2 means refused.
            let status = u8::from(e.use_stderr());
            let _ = e.print();
            return ExitCode::from(status);
        }
    };
    let log = Outlet::to_stderr();
    log_panics(log.clone());
    let status = match run(cli.command, Progress::over(log.clone())) {
        Ok(outcome) => outcome.report(&log),
        Err(e) => {
            let code = e.code().map(|code| format!("[{code}]")).unwrap_or_default();
            log.line(shown(&format!("error{code}: {e}\n")).as_bytes());
            ExitCode::FAILURE
        }
    };
    log.flush(LAST_WORDS);
    status
}

/// Sends what a panic says where everything else goes: standard error may be stalled or gone.
fn log_panics(log: Outlet) {
    std::panic::set_hook(Box::new(move |panic| {
        let backtrace = Backtrace::capture();
        let backtrace = match backtrace.status() {
            BacktraceStatus::Captured => format!("{backtrace}\n"),
            _ => String::new(),
        };
        log.line(format!("{panic}\n{backtrace}").as_bytes());
    }));
}

fn run(command: Command, progress: Progress) -> Result<Outcome, CommandError> {
    progress.log_to_stderr();
    check_clock(SystemTime::now())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .on_thread_start(settle_thread)
        .build()?;
    let outcome = runtime.block_on(async {
        outlive_file_size_limit()?;
        match command {
            #[cfg(feature = "devnet")]
            Command::Devnet(args) => devnet::run(args, progress).await,
            Command::Prove(args) => prove::run(args, progress).await,
            Command::Verify(args) => verify::run(args).await,
            Command::Follow(args) => follow::run(args).await,
            Command::Setup(args) => setup::run(args, progress).await,
        }
    });
    // After a signal, keys that nobody will use may still be in the making.
    runtime.shutdown_background();
    outcome
}

impl Outcome {
    /// Returns the refusal for this reason.
    pub(crate) fn refused(code: &'static str, reason: &dyn Error) -> Self {
        Self::Refused(json!({
            "verdict": "refused",
            "code": code,
            "detail": reason.to_string(),
        }))
    }

    /// Prints the JSON and returns the exit status, which holds whether it can be printed or not.
    fn report(&self, log: &Outlet) -> ExitCode {
        let (json, status) = match self {
            Self::Quiet => return ExitCode::SUCCESS,
            Self::Done(json) => (json, ExitCode::SUCCESS),
            Self::Refused(json) => (json, ExitCode::from(REFUSED)),
        };
        if let Err(e @ PrintError::Io(_)) = print_line(json) {
            log.line(format!("error: {e}\n").as_bytes());
        }
        status
    }
}

/// The exit status for what was checked and refused.
const REFUSED: u8 = 2;
/// How long the end waits for a reader of the log that has stalled.
const LAST_WORDS: Duration = Duration::from_secs(1);
