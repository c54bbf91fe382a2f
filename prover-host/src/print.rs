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

/// Returns a text as a terminal may show it: what would move the cursor, hide something or change colours is written as
/// `\u001b`, as JSON does it. Names of files and what others have sent is in many texts.
#[must_use]
pub fn shown(text: &str) -> String {
    let characters =
        text.chars().map(
            |character| match character.is_control() && character != '\n' {
                true => format!("\\u{:04x}", u32::from(character)),
                false => character.to_string(),
            },
        );
    characters.collect()
}

/// Writes a line to standard output, as [`shown`], and waits for whoever reads it.
///
/// # Errors
///
/// [`PrintError`].
pub fn print_line(line: impl Display) -> Result<(), PrintError> {
    let line = shown(&format!("{line}\n"));
    // Past the buffer of `io::stdout`, which holds back what it could not write.
    let mut stdout = own_descriptor(io::stdout()).map_err(PrintError::Io)?;
    let (_, written) = write_all(&mut stdout, line.as_bytes());
    written.map_err(|e| match e.kind() {
        ErrorKind::BrokenPipe => PrintError::Gone,
        _ => PrintError::Io(e),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_steer_a_terminal_is_shown_in_letters() {
        let name = "a\u{1b}[31mred\r\u{9b}2J\u{7}\n";
        let shown_name = "a\\u001b[31mred\\u000d\\u009b2J\\u0007\n";
        assert_eq!(shown(name), shown_name);
        for text in ["", "zwölf 漢字\n", "C:\\path"] {
            assert_eq!(shown(text), text);
        }
    }
}
