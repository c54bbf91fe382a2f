//! `print_line`: the one way to standard output.

use std::fmt::Display;
use std::io::{self, ErrorKind};

use crate::outlet::{own_descriptor, write_all};

/// Why a line is not on standard output.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrintError {
    /// Whoever read it has gone, having seen enough.
    #[error("nobody reads standard output any more")]
    Gone,
    /// The operating system refused.
    #[error("cannot write to standard output: {0}")]
    Io(io::Error),
}

/// Writes a line to standard output, and waits for whoever reads it.
///
/// # Errors
///
/// [`PrintError`].
pub fn print_line(line: impl Display) -> Result<(), PrintError> {
    let line = format!("{line}\n");
    // Past the buffer of `io::stdout`, which holds back what it could not write.
    let mut stdout = own_descriptor(io::stdout()).map_err(PrintError::Io)?;
    let (_, written) = write_all(&mut stdout, line.as_bytes());
    written.map_err(|e| match e.kind() {
        ErrorKind::BrokenPipe => PrintError::Gone,
        _ => PrintError::Io(e),
    })
}
