//! The commands, one a file.

mod devnet;
mod follow;
mod prove;
mod verify;

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use rpp_light_client::{ConfigError, UrlError};
use serde_json::{Value, json};
use tokio::task::JoinError;

use crate::cli::{Command, ProveCommand};
use crate::database::DatabaseError;
use crate::devnet::DevnetError;
use crate::host::HostError;
use crate::pipeline::PipelineError;
use crate::progress::Progress;
use crate::store::StoreError;
use crate::web::WebError;

/// What came of a command; its JSON is printed on a line of standard output.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
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
pub enum CommandError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system answers.
        source: io::Error,
    },
    /// The folder of the page is none.
    #[error(transparent)]
    Web(#[from] WebError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The chain cannot be served.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The devnet cannot begin.
    #[error(transparent)]
    Devnet(#[from] DevnetError),
    /// Blocks are not proven any more.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// A file cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
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
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Devnet(error) => error.code(),
            // The source of every pipeline here is a devnet.
            Self::Pipeline(PipelineError::Source(error)) => {
                error.downcast_ref::<DevnetError>()?.code()
            }
            Self::Pipeline(error) => error.code(),
            Self::Store(error) => Some(error.code()),
            Self::Web(error) => Some(error.code()),
            Self::Database(error) => Some(error.code()),
            Self::Host(error) => Some(error.code()),
            Self::Config(error) => Some(error.code()),
            Self::Listen { .. } | Self::Url(_) | Self::Io(_) | Self::Thread(_) => None,
        }
    }
}

/// Runs a command.
///
/// # Errors
///
/// What kept it from its work; what it refuses is an [`Outcome`].
pub async fn run(command: Command) -> Result<Outcome, CommandError> {
    let progress = Progress::default();
    progress.log_to_stderr();
    match command {
        Command::Devnet(args) => devnet::run(args, progress).await,
        Command::Prove(ProveCommand::Consensus(args)) => prove::run(args, progress).await,
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
    pub fn report(&self) -> ExitCode {
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
