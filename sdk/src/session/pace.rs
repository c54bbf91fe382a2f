//! `Pace`: when a session asks, and how long it waits in between.

use core::time::Duration;

use crate::clock::Now;
use crate::config::Follow;

/// When a session may continue.
#[derive(Debug, Default)]
pub(super) struct Pace {
    until: Option<Duration>,
    backoff: Backoff,
    /// When the last head arrived.
    head_came: Duration,
}

impl Pace {
    /// Returns how long to wait.
    pub(super) fn left(&self, now: Now) -> Option<Duration> {
        let left = self.until?.saturating_sub(now.uptime);
        (!left.is_zero()).then_some(left)
    }

    /// Ends the current wait.
    pub(super) const fn wake(&mut self) {
        self.until = None;
    }

    /// Waits longer than last time, or as long as the provider asks.
    pub(super) fn back_off(&mut self, named: Option<Duration>, now: Now) {
        let wait = self.backoff.next(named);
        self.wait(wait, now);
    }

    /// Forgets earlier failures.
    pub(super) fn succeed(&mut self) {
        self.backoff = Backoff::default();
    }

    /// Notes that a head arrived.
    pub(super) const fn head_came(&mut self, now: Now) {
        self.head_came = now.uptime;
    }

    /// Waits until it is time to ask for the next head.
    pub(super) fn rest(&mut self, follow: Follow, now: Now) {
        self.succeed();
        let every = match follow {
            Follow::Every(every) => every.max(SHORTEST_POLL),
            Follow::EveryBlock => POLL,
        };
        let since = now.uptime.saturating_sub(self.head_came);
        self.wait(every.saturating_sub(since), now);
    }

    fn wait(&mut self, duration: Duration, now: Now) {
        self.until = Some(now.uptime.saturating_add(duration));
    }
}

/// Waits that double from 250 ms to 30 s.
///
/// They have no jitter, since a session uses no randomness. A transport shared by many clients may
/// add its own.
#[derive(Clone, Debug)]
pub(super) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Backoff {
    /// Returns the next wait: the one the provider asked for, within the bounds, or else the next
    /// doubling.
    pub(super) fn next(&mut self, named: Option<Duration>) -> Duration {
        let wait = named.map_or(self.0, |named| named.clamp(FIRST, LONGEST));
        self.0 = (self.0 * 2).min(LONGEST);
        wait
    }
}

/// How often a client that verifies every block asks for the head.
const POLL: Duration = Duration::from_secs(1);
/// The shortest interval at which any client asks.
const SHORTEST_POLL: Duration = Duration::from_millis(250);
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_a_provider_cannot_exceed_it() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..9).map(|_| backoff.next(None)).collect();
        assert_eq!(waits[..3], [FIRST, FIRST * 2, FIRST * 4]);
        assert_eq!(waits[8], LONGEST);
        assert_eq!(backoff.next(Some(Duration::from_secs(86_400))), LONGEST);
        assert_eq!(backoff.next(Some(Duration::ZERO)), FIRST);
    }
}
