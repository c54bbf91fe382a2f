//! The real proof that the wasm module is tested on.

use crate::error::TaskError;
use crate::process::{build_native, program, run};
use crate::workspace;

/// Proves one block of a small chain and writes what a client would fetch to `target/fixture`.
pub(crate) fn make() -> Result<(), TaskError> {
    build_native("fixture")?;
    let binary = workspace::native_binary("fixture");
    run(program(binary).arg(workspace::fixture()))
}
