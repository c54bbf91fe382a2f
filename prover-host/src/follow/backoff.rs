//! `Backoff`: how long to wait before a host is asked again.

use std::time::Duration;

use rand::RngExt;

/// Waits that double from 250 ms to 8 s, with a fifth of jitter.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { next: FIRST }
    }
}

impl Backoff {
    /// Returns the next wait: the host's own, within the bounds, where it named one.
    pub(super) fn wait(&mut self, named: Option<Duration>) -> Duration {
        let base = named.map_or(self.next, |named| named.clamp(FIRST, LONGEST));
        self.next = (self.next * 2).min(LONGEST);
        // Without jitter all followers of a host that was away come back in the same moment.
        base.mul_f64(rand::rng().random_range(0.8..=1.0))
    }
}

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_a_host_cannot_exceed_it() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..8).map(|_| backoff.wait(None)).collect();
        assert!(waits[0] <= FIRST && waits[1] > waits[0]);
        assert!(waits.iter().all(|wait| *wait <= LONGEST));
        assert!(backoff.wait(Some(Duration::from_secs(86_400))) <= LONGEST);
    }
}
