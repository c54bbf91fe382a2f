//! `Progress`: bars where a person looks at a terminal, log lines where nobody does.

use std::env::{self, VarError};
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::outlet::Outlet;
use crate::terminal::{Look, Screen};

/// The bars of this process; log lines pass above them. Both go to standard error, and neither ever
/// waits for it.
#[derive(Clone, Debug)]
pub struct Progress {
    bars: MultiProgress,
    look: Look,
    outlet: Outlet,
}

impl Default for Progress {
    fn default() -> Self {
        Self::over(Outlet::to_stderr())
    }
}

impl Progress {
    /// Returns the progress shown through this outlet to standard error.
    #[must_use]
    pub fn over(outlet: Outlet) -> Self {
        let look = Look::of(io::stderr().is_terminal(), |name| env::var_os(name));
        let target = if look.bars {
            ProgressDrawTarget::term_like_with_hz(Box::new(Screen::new(outlet.clone())), HERTZ)
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            bars: MultiProgress::with_draw_target(target),
            look,
            outlet,
        }
    }

    /// Returns how many log lines were lost since the start: standard error stalled, was full, or
    /// nobody read it any more.
    #[must_use]
    pub fn lost_log_lines(&self) -> u64 {
        self.outlet.lost()
    }

    /// Sends log lines of this process past the bars; `RUST_LOG` sets their level.
    pub fn log_to_stderr(&self) {
        let (filter, invalid) = filter(env::var("RUST_LOG"));
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_target(false)
            .with_ansi(self.look.colours)
            // They would be printed past the outlet.
            .log_internal_errors(false)
            .with_writer(self.clone());
        // It fails only where a test in the same process has set one before.
        let _ = subscriber.try_init();
        if let Some(reason) = invalid {
            tracing::warn!("RUST_LOG is invalid, so the level is `info`: {reason}");
        }
    }

    /// Shows a bar of `length` steps; without a terminal a log line says that it begins.
    #[must_use]
    pub fn bar(&self, what: String, length: u64) -> Bar {
        if !self.look.bars {
            tracing::info!("{what}");
        }
        let bar = self.bars.add(ProgressBar::new(length));
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        bar.set_prefix(what);
        bar.enable_steady_tick(TICK);
        Bar(bar)
    }
}

/// One bar; it disappears when it is dropped.
#[derive(Debug)]
pub struct Bar(ProgressBar);

impl Bar {
    /// Moves one step on and says what comes next.
    pub fn step(&self, next: &'static str) {
        self.0.inc(1);
        self.0.set_message(next);
    }

    /// Moves to this many steps, never back: threads report out of order.
    pub fn reach(&self, done: u64) {
        if done > self.0.position() {
            self.0.set_position(done);
        }
    }

    /// Says what is being done.
    pub fn say(&self, doing: &'static str) {
        self.0.set_message(doing);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl<'a> MakeWriter<'a> for Progress {
    type Writer = LineWriter;

    fn make_writer(&'a self) -> LineWriter {
        LineWriter(self.clone())
    }
}

/// Queues lines for standard error while the bars are out of the way.
#[derive(Debug)]
pub struct LineWriter(Progress);

impl Write for LineWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Progress { bars, outlet, .. } = &self.0;
        bars.suspend(|| outlet.line(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the filter that `RUST_LOG` asks for, and what is wrong with it; an empty one is as good
/// as none.
fn filter(variable: Result<String, VarError>) -> (EnvFilter, Option<String>) {
    let default = || EnvFilter::new("info");
    let directives = match variable {
        Ok(directives) if !directives.trim().is_empty() => directives,
        Ok(_) | Err(VarError::NotPresent) => return (default(), None),
        Err(not_text @ VarError::NotUnicode(_)) => return (default(), Some(not_text.to_string())),
    };
    match EnvFilter::builder().parse(directives) {
        Ok(filter) => (filter, None),
        Err(invalid) => (default(), Some(invalid.to_string())),
    }
}

const TEMPLATE: &str = "{spinner} {prefix} [{bar:24}] {pos}/{len} {elapsed} {msg}";
const TICK: Duration = Duration::from_millis(100);
const HERTZ: u8 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_level_is_none_and_an_invalid_one_is_said() {
        for unset in [Ok(String::new()), Ok(" ".into()), Err(VarError::NotPresent)] {
            let (filter, invalid) = filter(unset);
            assert_eq!((filter.to_string().as_str(), invalid), ("info", None));
        }
        let (debug, invalid) = filter(Ok("warn,sqlx=debug".into()));
        assert_eq!(
            (debug.to_string().as_str(), invalid),
            ("sqlx=debug,warn", None)
        );
        for wrong in [
            Ok("x[[".into()),
            Err(VarError::NotUnicode("\u{fffd}".into())),
        ] {
            let (filter, invalid) = filter(wrong);
            assert_eq!(filter.to_string(), "info");
            assert!(invalid.is_some());
        }
    }
}
