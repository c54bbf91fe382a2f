//! The commands, one a file.

#[cfg(feature = "devnet")]
mod devnet;
mod follow;
#[cfg(feature = "devnet")]
mod key_progress;
mod prove;
mod verify;

use std::error::Error;
use std::io;
use std::process::ExitCode;

use rpp_light_client::{ConfigError, UrlError};
use serde_json::{Value, json};
use tokio::task::JoinError;

use rpp_prover_host::files::FileError;
use rpp_prover_host::progress::Progress;

#[cfg(feature = "devnet")]
use self::devnet::RunError;
use crate::cli::Command;

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
    Run(#[from] RunError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The address is none.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The checkpoint is none.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A thread died.
    #[error("a thread died: {0}")]
    Thread(#[from] JoinError),
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
            Self::Url(_) | Self::Io(_) | Self::Thread(_) => None,
        }
    }
}

/// Runs a command.
///
/// # Errors
///
/// What kept it from its work; what it refuses is an [`Outcome`].
pub(crate) async fn run(command: Command) -> Result<Outcome, CommandError> {
    let progress = Progress::default();
    progress.log_to_stderr();
    match command {
        #[cfg(feature = "devnet")]
        Command::Devnet(args) => devnet::run(args, progress).await,
        Command::Prove(args) => prove::run(args, progress).await,
        Command::Verify(args) => verify::run(args).await,
        Command::Follow(args) => follow::run(args).await,
    }
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

    /// Prints the JSON and returns the exit status.
    #[must_use]
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::Quiet => ExitCode::SUCCESS,
            Self::Done(json) => {
                println!("{json}");
                ExitCode::SUCCESS
            }
            Self::Refused(json) => {
                println!("{json}");
                ExitCode::from(REFUSED)
            }
        }
    }
}

/// The exit status for what was checked and refused.
const REFUSED: u8 = 2;
