//! `web`: the npm package's generated part, and the demo page as a static site.

use std::path::PathBuf;

use clap::Args;

use crate::error::TaskError;
use crate::process::{program, run as run_program};
use crate::say::say;
use crate::step::step;
use crate::toolchain::Choice;
use crate::{npm, wasm, workspace};

/// Options of `cargo xtask web`.
#[derive(Args)]
pub(crate) struct Options {
    /// The compiler to build the wasm module with.
    #[arg(long, value_enum, default_value = "auto")]
    toolchain: Choice,
}

/// Builds the module and the site, and says where it is.
pub(crate) fn run(options: &Options) -> Result<(), TaskError> {
    step("wasm modules", || wasm::build(options.toolchain))?;
    let site = step("page", build)?;
    say!("wrote {}: serve it from any origin", site.display());
    Ok(())
}

/// Builds the site from the page, the package and the module, which is there; returns its folder.
pub(crate) fn build() -> Result<PathBuf, TaskError> {
    npm::install("")?;
    let site = workspace::site();
    run_program(program("node").arg("pkg/demo/build.mjs").arg(&site))?;
    Ok(site)
}
