//! What cargo runs the tests of `rpp-wasm` with: wasm-bindgen's own runner, pinned by a lock file.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments = std::env::args_os();
    Ok(wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(arguments)?)
}
