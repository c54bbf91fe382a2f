//! `Progress`: bars where a person looks at a terminal, log lines where nobody does.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// The bars of this process; log lines pass above them. Both go to standard error.
#[derive(Clone, Debug)]
pub struct Progress {
    bars: MultiProgress,
    is_terminal: bool,
}

impl Default for Progress {
    fn default() -> Self {
        let is_terminal = io::stderr().is_terminal();
        let target = if is_terminal {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            bars: MultiProgress::with_draw_target(target),
            is_terminal,
        }
    }
}

impl Progress {
    /// Sends log lines of this process past the bars; `RUST_LOG` sets their level.
    pub fn log_to_stderr(&self) {
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_target(false)
            .with_ansi(self.is_terminal)
            .with_writer(self.clone());
        // It fails only where a test in the same process has set one before.
        let _ = subscriber.try_init();
    }

    /// Shows a bar of `length` steps; without a terminal a log line says that it begins.
    #[must_use]
    pub fn bar(&self, what: String, length: u64) -> Bar {
        if !self.is_terminal {
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
        LineWriter(self.bars.clone())
    }
}

/// Writes to standard error while the bars are out of the way.
#[derive(Debug)]
pub struct LineWriter(MultiProgress);

impl Write for LineWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

const TEMPLATE: &str = "{spinner} {prefix} [{bar:24}] {pos}/{len} {elapsed} {msg}";
const TICK: Duration = Duration::from_millis(100);
