//! `mutate`: deletes each constraint of a circuit in turn, and says which forgery needs it.

use clap::Args;

use crate::error::TaskError;
use crate::process::{NATIVE, native_cargo, native_program, run as run_program};
use crate::step::step;

/// Options of `cargo xtask mutate`.
#[derive(Args)]
pub(crate) struct Options {
    /// The circuit, by name.
    circuit: String,
    /// Prints the table as Markdown, for a review.
    #[arg(long, conflicts_with = "attempts")]
    markdown: bool,
    /// Only prints what the forgeries break whose name contains WORD, and proves nothing.
    #[arg(long = "try", value_name = "WORD")]
    attempts: Option<String>,
}

/// Builds the tool and runs it; fails if a constraint has neither a forgery nor a proof that it is
/// redundant.
pub(crate) fn run(options: &Options) -> Result<(), TaskError> {
    step("build", || {
        run_program(
            native_cargo("build")
                .args(NATIVE)
                .args(["--example", EXAMPLE]),
        )
    })?;
    let mut command = native_program(&format!("examples/{EXAMPLE}"));
    command.arg(&options.circuit);
    if options.markdown {
        command.arg("--markdown");
    }
    if let Some(word) = &options.attempts {
        command.args(["--try", word]);
    }
    step("delete constraints", || run_program(&mut command))
}

/// The program of `rpp-verifier` that does the work: it knows which circuits have forgeries.
const EXAMPLE: &str = "mutate";
