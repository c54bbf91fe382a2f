//! `TaskError`: why a task stopped, said to the person who ran it.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// Why a task stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    /// A program could not be started.
    #[error("cannot start {program}: {source}")]
    Spawn {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program ended with a failure.
    #[error("{program} failed: {status}")]
    Failed {
        /// The program and its arguments.
        program: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something that the task needs is not installed.
    #[error("{what} is missing: {remedy}")]
    Missing {
        /// What is missing.
        what: String,
        /// How to get it.
        remedy: String,
    },
    /// A program printed something other than what this task reads.
    #[error("{program} printed what this task cannot read: {source}")]
    Output {
        /// The program and its arguments.
        program: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The generator of the JavaScript glue refused the module.
    #[error("wasm-bindgen: {0}")]
    Bindgen(String),
    /// The handler for Ctrl-C could not be installed.
    #[error("cannot listen for Ctrl-C: {0}")]
    Signals(#[from] ctrlc::Error),
    /// Another process serves where the devnet would.
    #[error("{address} is taken: stop what listens there, or choose another with --listen")]
    AddressTaken {
        /// Where the devnet would serve.
        address: SocketAddr,
    },
    /// The devnet did not come up.
    #[error("nothing answers at {address}: {reason}")]
    NotListening {
        /// Where it was expected.
        address: SocketAddr,
        /// Why waiting ended.
        reason: &'static str,
    },
    /// Checks failed; each has said why above.
    #[error("failed: {}", .0.join(", "))]
    Checks(Vec<&'static str>),
}

impl TaskError {
    /// Returns a function that wraps what the system said about `path`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
