//! `Service`: a process that runs beside this one until it is stopped.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use crate::error::TaskError;
use crate::process::describe;
use crate::say::{say, tell};

/// A running process whose lines appear here behind its name; dropping it ends the process.
pub(crate) struct Service {
    name: &'static str,
    program: String,
    child: Child,
    printers: Vec<JoinHandle<()>>,
}

/// How a process ended.
pub(crate) struct Outcome(Option<(String, ExitStatus)>);

impl Outcome {
    /// Returns the end of a process that was asked to end.
    pub(crate) const fn stopped() -> Self {
        Self(None)
    }

    /// Returns the failure, if it was one.
    pub(crate) fn into_result(self) -> Result<(), TaskError> {
        match self.0 {
            Some((program, status)) if !status.success() => {
                Err(TaskError::Failed { program, status })
            }
            _ => Ok(()),
        }
    }
}

impl Service {
    /// Starts `command`; each line that it prints appears behind `name`.
    pub(crate) fn start(name: &'static str, command: &mut Command) -> Result<Self, TaskError> {
        let program = describe(command);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        leave_interrupts_to_us(command);
        let child = command.spawn();
        let mut child = child.map_err(|source| TaskError::Spawn {
            program: program.clone(),
            source,
        })?;
        let mut printers = Vec::new();
        printers.extend(child.stdout.take().map(|out| print_lines(name, out)));
        printers.extend(child.stderr.take().map(|err| print_lines(name, err)));
        Ok(Self {
            name,
            program,
            child,
            printers,
        })
    }

    /// Returns how the process ended, if it has.
    pub(crate) fn outcome(&mut self) -> Result<Option<Outcome>, TaskError> {
        let ended = self.child.try_wait().map_err(|source| TaskError::Spawn {
            program: self.program.clone(),
            source,
        })?;
        Ok(ended.map(|status| Outcome(Some((self.program.clone(), status)))))
    }

    /// Waits until the process ends by itself, and calls `look` meanwhile; one that takes longer than
    /// `limit` hangs, and is ended.
    pub(crate) fn finish(
        mut self,
        limit: Duration,
        mut look: impl FnMut(),
    ) -> Result<(), TaskError> {
        let start = Instant::now();
        loop {
            if let Some(outcome) = self.outcome()? {
                return outcome.into_result();
            }
            if start.elapsed() > limit {
                let program = self.program.clone();
                self.stop()?;
                return Err(TaskError::Hangs { program, limit });
            }
            look();
            sleep(Duration::from_millis(100));
        }
    }

    /// Asks the process to end, waits for it, and ends it where it does not listen.
    pub(crate) fn stop(mut self) -> Result<(), TaskError> {
        let start = Instant::now();
        if self.outcome()?.is_none() {
            ask_to_end(&mut self.child);
        }
        while self.outcome()?.is_none() {
            if start.elapsed() > GRACE {
                say!("{} does not end by itself: ending it", self.name);
                break;
            }
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Both fail only where the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        for printer in self.printers.drain(..) {
            let _ = printer.join();
        }
    }
}

fn print_lines(name: &'static str, pipe: impl Read + Send + 'static) -> JoinHandle<()> {
    spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            tell!("{name} | {line}");
        }
    })
}

/// A terminal sends Ctrl-C to the whole group; these processes get it from us, in our order.
#[cfg(unix)]
fn leave_interrupts_to_us(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn leave_interrupts_to_us(_: &mut Command) {}

#[cfg(unix)]
fn ask_to_end(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process};
    // It has not been waited for, so its id is still its own.
    let _ = kill_process(Pid::from_child(child), Signal::TERM);
}

#[cfg(not(unix))]
fn ask_to_end(child: &mut Child) {
    let _ = child.kill();
}

/// How long a process may take to finish what it does.
const GRACE: Duration = Duration::from_secs(20);
