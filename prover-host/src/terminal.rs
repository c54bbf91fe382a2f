//! `Look` and `Screen`: what a terminal is shown, and how bars are drawn on it without waiting for it.

use std::ffi::OsString;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::TermLike;

use crate::outlet::Outlet;

/// What whoever reads standard error can show.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Look {
    /// Whether bars can be drawn over each other.
    pub(crate) bars: bool,
    /// Whether colours are wanted.
    pub(crate) colours: bool,
}

impl Look {
    /// Returns what suits a stream, by `TERM` and `NO_COLOR` (no-color.org) of the environment.
    pub(crate) fn of(is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        let bars = is_terminal && !term.is_empty() && term != "dumb";
        let no_colour = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            bars,
            colours: bars && !no_colour,
        }
    }
}

/// A terminal behind an outlet: each picture is collected, and queued as one piece.
#[derive(Debug)]
pub(crate) struct Screen {
    outlet: Outlet,
    size: console::Term,
    picture: Mutex<String>,
}

impl Screen {
    /// Returns the terminal at standard error.
    pub(crate) fn new(outlet: Outlet) -> Self {
        Self {
            outlet,
            size: console::Term::stderr(),
            picture: Mutex::default(),
        }
    }

    fn picture(&self) -> MutexGuard<'_, String> {
        self.picture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, text: &str) -> io::Result<()> {
        self.picture().push_str(text);
        Ok(())
    }

    fn move_cursor(&self, n: usize, direction: char) -> io::Result<()> {
        match n {
            0 => Ok(()),
            n => self.add(&format!("\x1b[{n}{direction}")),
        }
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        self.size.size().1
    }

    fn height(&self) -> u16 {
        self.size.size().0
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.add(text)?;
        self.add("\n")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.add(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.add("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        let picture = std::mem::take(&mut *self.picture());
        if !picture.is_empty() {
            self.outlet.frame(picture.as_bytes());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_colours_are_for_terminals_that_can_show_them_and_owners_who_want_them() {
        let look = |is_terminal, set: &[(&str, &str)]| {
            let look = Look::of(is_terminal, |name| {
                let (_, value) = set.iter().find(|(of, _)| *of == name)?;
                Some(OsString::from(value))
            });
            (look.bars, look.colours)
        };
        let xterm = ("TERM", "xterm-256color");
        assert_eq!(look(true, &[xterm]), (true, true));
        assert_eq!(look(true, &[xterm, ("NO_COLOR", "")]), (true, true));
        assert_eq!(look(true, &[xterm, ("NO_COLOR", "1")]), (true, false));
        assert_eq!(look(true, &[("TERM", "dumb")]), (false, false));
        assert_eq!(look(true, &[("TERM", "")]), (false, false));
        assert_eq!(look(true, &[]), (false, false));
        assert_eq!(look(false, &[xterm]), (false, false));
    }
}
