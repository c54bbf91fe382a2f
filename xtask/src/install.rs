//! `install`: the host, built for this machine, where the shell finds it.

use std::path::PathBuf;

use clap::Args;

use crate::error::TaskError;
use crate::process::{native_cargo, run as run_program};
use crate::workspace;

/// Options of `cargo xtask install`.
#[derive(Args)]
pub(crate) struct Options {
    /// The folder whose `bin` gets the binary [default: cargo's own, usually ~/.cargo].
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Builds and installs `prover-host`; one that is there already is replaced.
pub(crate) fn run(options: &Options) -> Result<(), TaskError> {
    let mut install = native_cargo("install");
    install.args(["--locked", "--force", "--path"]);
    install.arg(workspace::root().join("prover-host"));
    if let Some(root) = &options.root {
        // Cargo is run elsewhere than the person who typed it.
        let root = std::path::absolute(root).map_err(TaskError::file(root))?;
        install.arg("--root").arg(root);
    }
    run_program(&mut install)
}
