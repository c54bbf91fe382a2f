//! `Saving`: whether what a session knows is in the store.

use core::time::Duration;

use super::pace::Backoff;
use crate::clock::Now;

/// Whether what a session knows is in the store: what is not would be forgotten with the process, and with it what has stopped the
/// client, what its owner has chosen, or that somebody serves an older setup.
#[derive(Debug, Default)]
pub(super) struct Saving {
    state: State,
    backoff: Backoff,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Saved,
    News,
    /// It could not be written; up to when that is left alone, as uptime.
    Failed(Duration),
}

impl Saving {
    /// Notes that there is something that is not in the store.
    pub(super) fn note(&mut self) {
        self.state = State::News;
    }

    /// Notes whether all of it was written.
    pub(super) fn saved(&mut self, is_written: bool, now: Now) {
        if is_written {
            *self = Self::default();
        } else {
            let wait = self.backoff.next(None);
            self.state = State::Failed(now.uptime.saturating_add(wait));
        }
    }

    /// Returns whether there is something that was not tried to be written.
    pub(super) const fn has_news(&self) -> bool {
        matches!(self.state, State::News)
    }

    /// Returns whether all is in the store.
    pub(super) const fn is_saved(&self) -> bool {
        matches!(self.state, State::Saved)
    }

    /// Returns how long to leave alone what is not in the store.
    pub(super) fn left(&self, now: Now) -> Option<Duration> {
        match self.state {
            State::Saved => None,
            State::News => Some(Duration::ZERO),
            State::Failed(until) => Some(until.saturating_sub(now.uptime)),
        }
    }
}
