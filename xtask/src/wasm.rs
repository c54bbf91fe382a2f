//! `wasm`: the modules for browsers and Node, their sizes, and their tests.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use wasm_bindgen_cli_support::Bindgen;

use crate::error::TaskError;
use crate::process::{answers, json, program, run as run_program};
use crate::say::say;
use crate::step::step;
use crate::toolchain::{BROWSER, Choice, Toolchain};
use crate::{fixture, npm, sizes, wasm_tests, workspace};

/// Options of `cargo xtask wasm`.
#[derive(Args)]
pub(crate) struct Options {
    /// The compiler to build with.
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) toolchain: Choice,
    /// Stop after the build: no fixture, no tests.
    #[arg(long)]
    build_only: bool,
}

/// The modules.
pub(crate) struct Modules {
    /// The verifier's and the light client's.
    pub(crate) verifier: PathBuf,
    /// The wallet's.
    pub(crate) wallet: PathBuf,
}

/// Builds the modules, prints their sizes and runs their tests.
pub(crate) fn run(options: &Options) -> Result<(), TaskError> {
    let Modules { verifier, wallet } = step("wasm modules", || build(options.toolchain))?;
    if !options.build_only {
        step("a real proof for the wasm module", fixture::make)?;
        step("wasm module in Node", test)?;
        wasm_tests::run()?;
    }
    say!("wrote {} and {}", verifier.display(), wallet.display());
    Ok(())
}

/// Builds the modules, their glue and the package's form of both, and prints their sizes.
pub(crate) fn build(choice: Choice) -> Result<Modules, TaskError> {
    require_node()?;
    let toolchain = Toolchain::find(choice, BROWSER)?;
    say!("compiling for {} with {}", BROWSER.name, toolchain.name());
    let mut cargo = toolchain.cargo("build", BROWSER);
    // Together, so that what both depend on is built once.
    cargo.args(["--profile", "wasm"]);
    run_program(cargo.args(["--package", "rpp-wasm", "--package", "rpp-wallet-wasm"]))?;
    let built = toolchain.target_dir().join(BROWSER.name).join("wasm");
    let modules = Modules {
        verifier: finish(&built.join("rpp_wasm.wasm"), "rpp_wasm")?,
        wallet: finish(&built.join("rpp_wallet_wasm.wasm"), "rpp_wallet")?,
    };
    run_program(
        program("node")
            .arg("pkg/build.mjs")
            .env("RPP_WASM", workspace::wasm()),
    )?;
    print_sizes("wasm_bytes", &sizes::of(&modules.verifier)?);
    print_sizes("wallet_wasm_bytes", &sizes::of(&modules.wallet)?);
    Ok(modules)
}

/// Makes the glue of a module, and the module small; returns its path.
fn finish(built: &Path, name: &str) -> Result<PathBuf, TaskError> {
    let module = generate_glue(built, name)?;
    shrink(&module)?;
    Ok(module)
}

/// Runs the Node test on the module and the fixture, which are there.
pub(crate) fn test() -> Result<(), TaskError> {
    run_program(
        program("node")
            .args([
                "--test",
                "--test-reporter=spec",
                "wasm/tests/consensus.test.mjs",
            ])
            .env("RPP_WASM", workspace::wasm())
            .env("RPP_FIXTURE", workspace::fixture()),
    )
}

/// Measures verification in a fresh Node process, on the proof in `folder`.
pub(crate) fn measure(folder: &Path) -> Result<Value, TaskError> {
    json(
        program("node")
            .arg("wasm/tests/bench.mjs")
            .env("RPP_WASM", workspace::wasm())
            .env("RPP_FIXTURE", folder),
    )
}

/// Measures verification of a proof about accounts in a fresh Node process, on the one in `folder`.
pub(crate) fn measure_ledger(folder: &Path) -> Result<Value, TaskError> {
    json(
        program("node")
            .arg("wasm/tests/bench-ledger.mjs")
            .env("RPP_FIXTURE", folder),
    )
}

/// Measures a wallet in a fresh Node process.
pub(crate) fn measure_wallet() -> Result<Value, TaskError> {
    json(program("node").arg("wasm/tests/bench-wallet.mjs"))
}

/// Writes what the module and JavaScript need to call each other, as a plain ES module.
fn generate_glue(built: &Path, name: &str) -> Result<PathBuf, TaskError> {
    let out = workspace::wasm();
    let mut generator = Bindgen::new();
    generator.input_path(built).web(true).map_err(refused)?;
    generator.out_name(name).typescript(true);
    generator
        .remove_name_section(true)
        .remove_producers_section(true);
    generator.generate(&out).map_err(refused)?;
    Ok(out.join(format!("{name}_bg.wasm")))
}

/// Runs Binaryen's optimizer over the module.
///
/// Its features are told: those of the target, since the section that names them is stripped. Of the
/// levels this one has the shortest first call; compressed, all are as large as what they start from.
fn shrink(module: &Path) -> Result<(), TaskError> {
    npm::install("")?;
    let mut node = program("node");
    node.arg("--no-warnings")
        .arg(npm::script("binaryen/bin/wasm-opt").as_ref());
    run_program(
        node.args(FEATURES)
            .args(["-O3", "--converge"])
            .arg(module)
            .arg("-o")
            .arg(module),
    )
}

fn refused(error: impl fmt::Display) -> TaskError {
    TaskError::Bindgen(format!("{error:#}"))
}

fn print_sizes(what: &str, sizes: &Value) {
    for (name, bytes) in sizes.as_object().into_iter().flatten() {
        let kib = bytes.as_f64().unwrap_or(f64::NAN) / 1024.0;
        let named = format!("{what}_{name}");
        say!("{named:<24} {bytes:>9} ({kib:.1} KiB)");
    }
}

fn require_node() -> Result<(), TaskError> {
    if answers(program("node").arg("--version")) {
        return Ok(());
    }
    Err(TaskError::Missing {
        what: "Node".into(),
        remedy: "install Node 20 or later; the wasm module is tested with it".into(),
    })
}

/// What rustc's wasm32-unknown-unknown emits.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];
