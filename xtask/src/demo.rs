//! demo
use crate::error::TaskError;
#[derive(clap::Args)]
pub(crate) struct Options {}
pub(crate) fn run(_: &Options) -> Result<(), TaskError> {
    Ok(())
}
