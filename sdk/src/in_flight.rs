//! `InFlight`: requests that are in progress at the same time.

use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::Poll;

use crate::session::Ticket;

/// Futures by ticket. They are polled in turn, since there are never more than a few.
pub(crate) struct InFlight<F>(Vec<(Ticket, Pin<Box<F>>)>);

impl<F> Default for InFlight<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F: Future> InFlight<F> {
    /// Starts a request unless it is already in progress.
    pub(crate) fn start(&mut self, ticket: Ticket, ask: impl FnOnce() -> F) {
        if self.0.iter().all(|(under_way, _)| *under_way != ticket) {
            self.0.push((ticket, Box::pin(ask())));
        }
    }

    /// Drops every request that is not one of these.
    pub(crate) fn keep(&mut self, is_needed: impl Fn(Ticket) -> bool) {
        self.0.retain(|(ticket, _)| is_needed(*ticket));
    }

    /// Waits for the first answer; without any request it waits forever.
    pub(crate) async fn next(&mut self) -> (Ticket, F::Output) {
        poll_fn(|context| {
            let mut polled = self.0.iter_mut().enumerate();
            let ready =
                polled.find_map(
                    |(at, (ticket, future))| match future.as_mut().poll(context) {
                        Poll::Ready(output) => Some((at, *ticket, output)),
                        Poll::Pending => None,
                    },
                );
            match ready {
                Some((at, ticket, output)) => {
                    self.0.remove(at);
                    Poll::Ready((ticket, output))
                }
                None => Poll::Pending,
            }
        })
        .await
    }
}
