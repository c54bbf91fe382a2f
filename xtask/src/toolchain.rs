//! `Toolchain`: a compiler that can build for a wasm target.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use crate::error::TaskError;
use crate::process::{cargo, output, program, run};
use crate::workspace;

/// The toolchain requested on the command line.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Choice {
    /// The current toolchain with the target's libraries, else with rust-src, else Debian's.
    Auto,
    /// The current toolchain; the target's libraries come from `rustup target add`.
    Rustup,
    /// The current toolchain; the libraries are built from its rust-src component.
    BuildStd,
    /// Debian's rustc-web packages; the libraries are built from rust-web-src.
    Debian,
}

/// A target, and the libraries to build if the compiler comes without them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// The target's name.
    pub(crate) name: &'static str,
    /// The value for `-Zbuild-std`.
    pub(crate) libraries: &'static str,
}

/// The target without `std`: whatever builds for it does not use `std`.
pub(crate) const NO_STD: Target = Target {
    name: "wasm32v1-none",
    libraries: "core,alloc",
};

/// The target of the wasm module.
pub(crate) const BROWSER: Target = Target {
    name: "wasm32-unknown-unknown",
    libraries: "std,panic_abort",
};

/// A compiler for a [`Target`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Toolchain {
    /// The current toolchain has the target's libraries.
    Prebuilt,
    /// The current toolchain has their source.
    BuildStd,
    /// Debian's packages provide a compiler and their source.
    Debian,
}

impl Toolchain {
    /// Finds a compiler for `target`; adds the target if rustup can.
    ///
    /// # Errors
    ///
    /// [`TaskError::Missing`], with what to install, if there is none.
    pub(crate) fn find(choice: Choice, target: Target) -> Result<Self, TaskError> {
        let candidates: &[Self] = match choice {
            Choice::Auto => &[Self::Prebuilt, Self::BuildStd, Self::Debian],
            Choice::Rustup => &[Self::Prebuilt],
            Choice::BuildStd => &[Self::BuildStd],
            Choice::Debian => &[Self::Debian],
        };
        for &candidate in candidates {
            if candidate.is_ready(target)? {
                return Ok(candidate);
            }
        }
        Err(TaskError::Missing {
            what: format!("a compiler for {}", target.name),
            remedy: format!(
                "run `rustup target add {}`, or {INSTALL_DEBIAN}",
                target.name
            ),
        })
    }

    /// Returns a description of this toolchain.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Prebuilt => "the current toolchain",
            Self::BuildStd => "the current toolchain, with libraries built from rust-src",
            Self::Debian => "Debian's rustc-web, with libraries built from rust-web-src",
        }
    }

    /// Returns cargo building for `target`, without flags for this machine.
    pub(crate) fn cargo(self, subcommand: &str, target: Target) -> Command {
        let mut command = match self {
            Self::Prebuilt | Self::BuildStd => cargo(subcommand),
            Self::Debian => debian_cargo(subcommand),
        };
        command
            .args(["--locked", "--target", target.name])
            .env("CARGO_TARGET_DIR", self.target_dir())
            .env("RUSTFLAGS", flags())
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        if self != Self::Prebuilt {
            command
                .arg(format!("-Zbuild-std={}", target.libraries))
                .env("RUSTC_BOOTSTRAP", "1");
        }
        command
    }

    /// Returns where its builds go; each compiler has its own folder.
    pub(crate) fn target_dir(self) -> PathBuf {
        workspace::portable().join(match self {
            Self::Prebuilt => "prebuilt",
            Self::BuildStd => "build-std",
            Self::Debian => "debian",
        })
    }

    fn is_ready(self, target: Target) -> Result<bool, TaskError> {
        match self {
            Self::Prebuilt => {
                Ok(has_libraries(target)? || (rustup_adds(target) && has_libraries(target)?))
            }
            Self::BuildStd => Ok(sysroot()?
                .join("lib/rustlib/src/rust/library/Cargo.lock")
                .exists()),
            Self::Debian => Ok(debian_is_installed()),
        }
    }
}

fn rustup_adds(target: Target) -> bool {
    run(program("rustup").args(["target", "add", target.name])).is_ok()
}

fn has_libraries(target: Target) -> Result<bool, TaskError> {
    let lib = sysroot()?.join("lib/rustlib").join(target.name).join("lib");
    Ok(lib.is_dir())
}

fn sysroot() -> Result<PathBuf, TaskError> {
    let printed = output(program("rustc").args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&printed).trim()))
}

fn debian_is_installed() -> bool {
    let parts = [DEBIAN_CARGO, DEBIAN_RUSTC, DEBIAN_LINKER, DEBIAN_SOURCE];
    parts.iter().all(|part| Path::new(part).exists())
}

/// Debian's cargo and rustc, by path: rustup's may come before them in `PATH`, and rustup sets
/// variables in the environment.
fn debian_cargo(subcommand: &str) -> Command {
    let mut command = program(DEBIAN_CARGO);
    command.arg(subcommand).env("RUSTC", DEBIAN_RUSTC);
    for variable in ["RUSTUP_TOOLCHAIN", "RUSTDOC", "CARGO", "LD_LIBRARY_PATH"] {
        command.env_remove(variable);
    }
    command
}

/// Keeps the build's location out of the module: panic messages contain paths.
fn flags() -> String {
    let mut flags = format!(
        "{SMALL} --remap-path-prefix={}=.",
        workspace::root().display()
    );
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    if let Some(home) = home {
        flags += &format!(" --remap-path-prefix={}=cargo", home.display());
    }
    flags
}

/// How much is inlined: with less of it a module is an eighth smaller, and takes a seventh longer to verify a proof.
/// SHA-2 hashes a few files, and its rounds need not be unrolled.
const SMALL: &str = "-C llvm-args=-inline-threshold=50 -C llvm-args=-inlinehint-threshold=50 \
                     --cfg sha2_backend=\"soft\" --cfg sha2_backend_soft=\"compact\"";

const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LINKER: &str = "/usr/bin/rust-lld";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/Cargo.lock";
const INSTALL_DEBIAN: &str = "on Debian `apt-get install rustc-web cargo-web rust-web-src \
                              rust-web-llvm lld-22`";
