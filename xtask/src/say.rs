//! `say!` and `tell!`: lines to standard error and to standard output, for whoever reads them. Where
//! nobody does, the work goes on.

use std::fmt;
use std::io::{self, Write};

/// Writes a line to standard error.
macro_rules! say {
    ($($text:tt)*) => { $crate::say::to_stderr(format_args!($($text)*)) };
}

/// Writes a line to standard output.
macro_rules! tell {
    ($($text:tt)*) => { $crate::say::to_stdout(format_args!($($text)*)) };
}

pub(crate) use {say, tell};

pub(crate) fn to_stderr(line: fmt::Arguments<'_>) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

pub(crate) fn to_stdout(line: fmt::Arguments<'_>) {
    let _ = io::stdout().write_all(format!("{line}\n").as_bytes());
}
