//! Trying again: what may pass is waited for, and shown.

use std::fmt::Display;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::state::Host;

/// Something that is attempted until it works, fails for good, or is stopped.
///
/// Between attempts it waits, for longer each time. Meanwhile the host is not ready and says why, and the
/// log says when trouble begins and ends.
#[derive(Debug)]
pub(super) struct Retry<'a> {
    host: &'a Host,
    doing: &'static str,
    stop: &'a CancellationToken,
    wait: Duration,
}

/// What comes after an attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum After<T> {
    /// It worked.
    Done(T),
    /// It is to be attempted again.
    Again,
    /// It was stopped.
    Stopped,
}

impl<'a> Retry<'a> {
    pub(super) const fn new(
        host: &'a Host,
        doing: &'static str,
        stop: &'a CancellationToken,
    ) -> Self {
        Self {
            host,
            doing,
            stop,
            wait: FIRST_WAIT,
        }
    }

    /// Returns what comes after an attempt that ended so, when it has waited long enough.
    ///
    /// # Errors
    ///
    /// An error that may not pass.
    pub(super) async fn after<T, E: Display>(
        &mut self,
        attempt: Result<T, E>,
        is_passing: fn(&E) -> bool,
    ) -> Result<After<T>, E> {
        let error = match attempt {
            Err(error) if is_passing(&error) => error,
            done => {
                if self.host.set_trouble(self.doing, None) {
                    tracing::info!("{} works again", self.doing);
                }
                return done.map(After::Done);
            }
        };
        let news = self.host.set_trouble(self.doing, Some(error.to_string()));
        if news {
            tracing::warn!("{} does not work: {error}; trying again", self.doing);
        }
        drop(error);
        tokio::select! {
            () = self.stop.cancelled() => Ok(After::Stopped),
            () = sleep(self.wait) => {
                self.wait = (2 * self.wait).min(LONGEST_WAIT);
                Ok(After::Again)
            }
        }
    }
}

/// Attempts `$attempt`, a future, until it is done, which gives `Some`, or stopped, which gives `None`;
/// returns an error that may not pass.
macro_rules! until_done {
    ($retry:expr, $is_passing:expr, $attempt:expr) => {{
        let mut retry = $retry;
        loop {
            let attempt = $attempt.await;
            match retry.after(attempt, $is_passing).await? {
                After::Done(done) => break Some(done),
                After::Stopped => break None,
                After::Again => {}
            }
        }
    }};
}

pub(super) use until_done;

const FIRST_WAIT: Duration = Duration::from_millis(100);
/// A person who frees the disk does not want to wait for much longer than that.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
