//! The real proof with which the wasm module is tested.

use crate::error::TaskError;
use crate::process::{build_native, program, run};
use crate::workspace;

/// Proves one block of a small chain and writes the files that a client would fetch to
/// `target/fixture`.
pub(crate) fn make() -> Result<(), TaskError> {
    build_native("figures")?;
    let (figures, folder) = (workspace::native_binary("figures"), workspace::fixture());
    let block = ["block", "--validators", "4", "--key-height", "4"];
    run(program(&figures).args(block).arg(&folder))?;
    run(program(&figures)
        .args(["prove", "--runs", "1"])
        .arg(&folder))
}
