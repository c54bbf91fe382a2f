//! The folders of the workspace.

use std::path::{Path, PathBuf};

/// Returns the root of the repository.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().expect("xtask is a folder of the workspace")
}

/// Returns the folder for native builds, which tests, demo and bench share.
pub(crate) fn native() -> PathBuf {
    root().join("target/native")
}

/// Returns the folder for portable builds, made without flags for this machine.
pub(crate) fn portable() -> PathBuf {
    root().join("target/portable")
}

/// Returns the folder of the wasm module and its glue.
pub(crate) fn wasm() -> PathBuf {
    root().join("target/wasm")
}

/// Returns the folder of programs that tests need and that no build of ours links.
pub(crate) fn tools() -> PathBuf {
    root().join("target/tools")
}

/// Returns the folder of the demo page as a static site.
pub(crate) fn site() -> PathBuf {
    root().join("target/web")
}

/// Returns the folder for the screenshots that the page's tests take.
pub(crate) fn screenshots() -> PathBuf {
    root().join("target/screenshots")
}

/// Returns the folder of the real proof that the Node test verifies.
pub(crate) fn fixture() -> PathBuf {
    root().join("target/fixture")
}

/// Returns the folder of the blocks used for measuring.
pub(crate) fn bench() -> PathBuf {
    root().join("target/bench")
}

/// Returns a binary of the native build.
pub(crate) fn native_binary(name: &str) -> PathBuf {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    native().join("release").join(file)
}
