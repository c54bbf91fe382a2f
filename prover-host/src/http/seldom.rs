//! `Seldom`: a line of the log that strangers may cause, as often as an operator can read it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lets one occurrence in [`Seldom::EVERY`] be written, and counts the others.
///
/// It is a `static` beside its line: what fails for one request fails for all of the process.
#[derive(Debug)]
pub(super) struct Seldom(Mutex<State>);

#[derive(Debug)]
struct State {
    last: Option<Instant>,
    unsaid: u64,
}

impl Seldom {
    /// The time between two lines.
    const EVERY: Duration = Duration::from_secs(10);

    pub(super) const fn new() -> Self {
        let (last, unsaid) = (None, 0);
        Self(Mutex::new(State { last, unsaid }))
    }

    /// Notes an occurrence. If a line is due, returns how many occurrences before this one had none.
    pub(super) fn occurred(&self) -> Option<u64> {
        self.occurred_at(Instant::now())
    }

    fn occurred_at(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_early = |last| now.saturating_duration_since(last) < Self::EVERY;
        if state.last.is_some_and(is_early) {
            state.unsaid += 1;
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_after_a_while_says_how_many_had_none() {
        let (seldom, start) = (Seldom::new(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(seldom.occurred_at(start), Some(0));
        assert_eq!(seldom.occurred_at(after(1)), None);
        assert_eq!(seldom.occurred_at(after(9)), None);
        assert_eq!(seldom.occurred_at(after(10)), Some(2));
        assert_eq!(seldom.occurred_at(after(11)), None);
        assert_eq!(seldom.occurred_at(after(99)), Some(1));
    }
}
