//! `Backoff`: how long to wait before a provider is asked again.

use core::time::Duration;

/// Waits that double from 250 ms to 30 s.
///
/// They have no jitter: a session draws no randomness. A transport that many clients share may
/// add its own.
#[derive(Clone, Debug)]
pub(crate) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Backoff {
    /// Returns the next wait: the provider's own, within the bounds, where it named one.
    pub(crate) fn next(&mut self, named: Option<Duration>) -> Duration {
        let wait = named.map_or(self.0, |named| named.clamp(FIRST, LONGEST));
        self.0 = (self.0 * 2).min(LONGEST);
        wait
    }
}

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
