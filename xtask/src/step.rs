//! Prints a heading before each step, and its duration after it.

use std::time::Instant;

use crate::error::TaskError;
use crate::say::say;

/// Runs one step between a heading and its elapsed time.
pub(crate) fn step<T>(
    title: &str,
    work: impl FnOnce() -> Result<T, TaskError>,
) -> Result<T, TaskError> {
    say!("\n=== {title}");
    let start = Instant::now();
    let result = work();
    let verdict = if result.is_ok() { "done" } else { "FAILED" };
    say!(
        "=== {title}: {verdict} in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    result
}
