//! How large the wasm module is, as it is and as it travels.

use std::path::Path;

use serde_json::Value;

use crate::error::TaskError;
use crate::process::{json, program};

/// Returns `{ raw, gzip, brotli }` in bytes, at the strongest setting of each.
pub(crate) fn of(module: &Path) -> Result<Value, TaskError> {
    json(program("node").arg("wasm/tests/sizes.mjs").arg(module))
}
