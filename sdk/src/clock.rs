//! `Clock`: what time it is, and how to wait.

use core::time::Duration;

use crate::maybe_send::MaybeSend;

/// A moment, as read from two clocks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Now {
    /// Milliseconds since the Unix epoch: for the age of headers. It may jump.
    pub unix_ms: u64,
    /// Time since some fixed moment: for waits. It never goes backwards.
    pub uptime: Duration,
}

/// Where a client's time comes from.
pub trait Clock {
    /// Returns the present moment.
    fn now(&self) -> Now;

    /// Waits.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + MaybeSend;
}
