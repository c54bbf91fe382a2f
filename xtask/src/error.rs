//! `TaskError`: why a task stopped, for the person who ran it.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

/// Why a task stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    /// A program could not be started.
    #[error("cannot start {program}: {source}")]
    Spawn {
        /// The program.
        program: String,
        /// The system's error.
        source: io::Error,
    },
    /// A program failed.
    #[error("{program} failed: {status}")]
    Failed {
        /// The program and its arguments.
        program: String,
        /// Its exit status.
        status: ExitStatus,
    },
    /// A program did not end.
    #[error("{program} had not ended after {} s", limit.as_secs())]
    Hangs {
        /// The program and its arguments.
        program: String,
        /// How long it had.
        limit: Duration,
    },
    /// A program did not do what it is there for.
    #[error("{program}: {lacks}")]
    Lacks {
        /// The program and its arguments.
        program: String,
        /// What was missed.
        lacks: &'static str,
    },
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Something that the task needs is not installed.
    #[error("{what} is missing: {remedy}")]
    Missing {
        /// What is missing.
        what: String,
        /// How to install it.
        remedy: String,
    },
    /// A program printed output that this task cannot read.
    #[error("cannot read the output of {program}: {source}")]
    Output {
        /// The program and its arguments.
        program: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The generator of the JavaScript glue refused the module.
    #[error("wasm-bindgen: {0}")]
    Bindgen(String),
    /// Two builds of the same commit differ.
    #[error("{name} differs between two builds of the same commit: it must not be released")]
    NotReproducible {
        /// The file.
        name: String,
    },
    /// The handler for Ctrl-C could not be installed.
    #[error("cannot listen for Ctrl-C: {0}")]
    Signals(#[from] ctrlc::Error),
    /// Another process is listening at the devnet's address.
    #[error(
        "{address} is already in use: stop the process listening there, or choose another address \
         with --listen"
    )]
    AddressTaken {
        /// The devnet's address.
        address: SocketAddr,
    },
    /// The devnet did not start.
    #[error("no answer from {address}: {reason}")]
    NotListening {
        /// The address where it was expected.
        address: SocketAddr,
        /// Why the task stopped waiting.
        reason: &'static str,
    },
    /// Checks failed; each has printed its reason above.
    #[error("failed: {}", .0.join(", "))]
    Checks(Vec<&'static str>),
}

impl TaskError {
    /// Returns a function that wraps the system's error about `path`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
