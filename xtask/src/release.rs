//! `release`: the files of a release, built twice and compared.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use sha2::{Digest, Sha256};

use crate::error::TaskError;
use crate::process::{program, run as run_program};
use crate::say::say;
use crate::step::step;
use crate::toolchain::{BROWSER, Choice, Toolchain};
use crate::workspace;

/// Options of `cargo xtask release`.
#[derive(Args)]
pub(crate) struct Options {
    /// The folder that gets the files [default: target/release-files].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Builds the module and the package of the last commit in two folders, and keeps what is the same bytes in both.
///
/// Only the compiler of rustup's target counts: what another one builds is for development, and no setup
/// pins it.
pub(crate) fn run(options: &Options) -> Result<(), TaskError> {
    Toolchain::find(Choice::Rustup, BROWSER)?;
    let work = workspace::root().join("target/reproduce");
    remove(&work)?;
    create(&work)?;
    // Of different lengths, and in different places of a listing: whatever depends on the folder differs.
    let folders = [work.join("one"), work.join("the-other-one")];
    for (folder, name) in folders.iter().zip(["first build", "second build"]) {
        step(name, || build(folder))?;
    }
    let [first, second] = folders.each_ref().map(|folder| folder.join("packed"));
    let out = options.out.clone();
    let out = out.unwrap_or_else(|| workspace::root().join("target/release-files"));
    create(&out)?;
    let names = names(&first)?;
    for name in &names {
        let (a, b) = (read(&first.join(name))?, read(&second.join(name))?);
        if a != b {
            let name = name.clone();
            return Err(TaskError::NotReproducible { name });
        }
        write(&out.join(name), &a)?;
        say!("{}  {:>9}  {name}", hex(&Sha256::digest(&a)), a.len());
    }
    say!(
        "the same in both folders; wrote {}. To pin them:",
        out.display()
    );
    for name in &names {
        say!(
            "  prover-host setup … --release {name}={}",
            out.join(name).display()
        );
    }
    Ok(())
}

/// Builds the last commit in a clone, and gathers what is released in `packed` there.
fn build(folder: &Path) -> Result<(), TaskError> {
    let mut clone = program("git");
    clone.args(["clone", "--quiet", "--no-local"]);
    run_program(clone.arg(workspace::root()).arg(folder))?;
    let packed = folder.join("packed");
    create(&packed)?;
    let mut wasm = at(
        folder,
        std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
    );
    run_program(wasm.args(["xtask", "wasm", "--build-only", "--toolchain", "rustup"]))?;
    let mut pack = at(&folder.join("pkg"), "npm");
    pack.args(["pack", "--silent", "--pack-destination"]);
    run_program(pack.arg(&packed))?;
    for module in MODULES {
        let shipped = read(&folder.join("pkg/generated").join(module))?;
        write(&packed.join(module), &shipped)?;
    }
    Ok(())
}

/// A program in `folder`, free of what this build was told.
fn at(folder: &Path, name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = program(name);
    command.current_dir(folder);
    for variable in ["CARGO_TARGET_DIR", "CARGO_MANIFEST_DIR", "RUSTFLAGS"] {
        command.env_remove(variable);
    }
    command
}

fn names(folder: &Path) -> Result<Vec<String>, TaskError> {
    let entries = fs::read_dir(folder).map_err(TaskError::file(folder))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<_> = names.collect();
    names.sort();
    Ok(names)
}

fn remove(folder: &Path) -> Result<(), TaskError> {
    if !folder.exists() {
        return Ok(());
    }
    fs::remove_dir_all(folder).map_err(TaskError::file(folder))
}

fn create(folder: &Path) -> Result<(), TaskError> {
    fs::create_dir_all(folder).map_err(TaskError::file(folder))
}

fn read(path: &Path) -> Result<Vec<u8>, TaskError> {
    fs::read(path).map_err(TaskError::file(path))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), TaskError> {
    fs::write(path, bytes).map_err(TaskError::file(path))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The modules as the package ships them.
const MODULES: [&str; 2] = ["rpp_wasm_bg.wasm", "rpp_wallet_bg.wasm"];
