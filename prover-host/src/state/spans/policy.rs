//! `SpanEpochs`: how many epochs the spans have that a host makes by itself; and `EpochSpan`, the epochs of one.

use std::fmt;
use std::str::FromStr;

use rpp_verifier::{MAX_SPAN, ProofKey, Route, Subject};

use crate::source::OnRequest;

/// The most epochs of a span that a host makes without being asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SpanEpochs(u32);

/// The text is not how many epochs a span may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "give the most epochs of a span, {fewest} to {MAX_SPAN}, or 0 for no spans but those that somebody asks for",
    fewest = SpanEpochs::FEWEST
)]
pub struct ParseSpanEpochsError;

/// A run of epochs whose ends one proof is about.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct EpochSpan {
    /// The first epoch, counted from 0.
    pub first: u32,
    /// The last one.
    pub last: u32,
}

impl SpanEpochs {
    /// A span of one end takes no fewer bytes than that end's own proof.
    pub const FEWEST: u32 = 2;
    /// How many a host takes if nobody says otherwise: with 96 validators about 24 fit in one proof.
    pub const DEFAULT: Self = Self(32);
    /// No spans are made but those that somebody asks for.
    pub const NONE: Self = Self(0);

    /// Returns whether spans are made at all.
    #[must_use]
    pub const fn makes_any(self) -> bool {
        self.0 > 0
    }

    /// Returns whether a span of so many epochs takes no more of them.
    #[must_use]
    pub const fn is_full(self, epochs: u32) -> bool {
        epochs >= self.0
    }
}

impl FromStr for SpanEpochs {
    type Err = ParseSpanEpochsError;

    fn from_str(text: &str) -> Result<Self, ParseSpanEpochsError> {
        let epochs = text.parse().map_err(|_| ParseSpanEpochsError)?;
        match epochs {
            0 | Self::FEWEST..=MAX_SPAN => Ok(Self(epochs)),
            _ => Err(ParseSpanEpochsError),
        }
    }
}

impl fmt::Display for SpanEpochs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl EpochSpan {
    /// Returns the span that a proof is about; `None` if it is about something else.
    #[must_use]
    pub fn of(key: &ProofKey) -> Option<Self> {
        match key.subject {
            Subject::Range { first, last } => {
                let span = Self { first, last };
                (span.key() == *key).then_some(span)
            }
            _ => None,
        }
    }

    /// Returns the proof of it.
    #[must_use]
    pub fn key(self) -> ProofKey {
        OnRequest::span(self.first, self.last)
    }

    /// Returns where a client asks for it.
    #[must_use]
    pub const fn route(self) -> Route {
        let Self { first, last } = self;
        Route::Span { first, last }
    }

    /// Returns whether one proof may be about so many epochs, of which there are at least two.
    #[must_use]
    pub const fn is_run(self) -> bool {
        self.first < self.last && self.last - self.first < MAX_SPAN
    }

    /// Returns the heights of the first and the last end; `None` if no header can be at the last.
    #[must_use]
    pub fn heights(self, epoch_length: u32) -> Option<(u32, u32)> {
        let last = end_height(self.last, epoch_length)?;
        Some((end_height(self.first, epoch_length)?, last))
    }
}

/// As in `/v1/spans/{first}-{last}`.
impl fmt::Display for EpochSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key().subject.fmt(f)
    }
}

/// Returns the last height of an epoch; `None` if no header can be there.
pub(in crate::state) fn end_height(epoch: u32, epoch_length: u32) -> Option<u32> {
    let after = (u64::from(epoch) + 1) * u64::from(epoch_length);
    u32::try_from(after.checked_sub(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_no_epochs_or_from_two_to_as_many_as_a_proof_may_have() {
        for (text, epochs) in [("0", 0), ("2", 2), ("1024", 1024)] {
            assert_eq!(text.parse(), Ok(SpanEpochs(epochs)));
        }
        for wrong in ["1", "1025", "-2", "", "none", "4294967296", "2e"] {
            let refused: Result<SpanEpochs, _> = wrong.parse();
            assert_eq!(refused, Err(ParseSpanEpochsError), "{wrong}");
        }
        assert!(!SpanEpochs::NONE.makes_any() && SpanEpochs::DEFAULT.makes_any());
        assert!(!SpanEpochs(3).is_full(2) && SpanEpochs(3).is_full(3));
    }

    #[test]
    fn a_proof_of_another_circuit_is_none_of_epochs() {
        let span = EpochSpan { first: 3, last: 9 };
        assert_eq!(EpochSpan::of(&span.key()), Some(span));
        assert_eq!(EpochSpan::of(&OnRequest::range(3, 9)), None);
        assert_eq!(span.to_string(), "3-9");
        assert_eq!(span.route().to_string(), "/v1/spans/3-9");
    }

    #[test]
    fn ends_are_the_last_heights_of_epochs() {
        let heights = |first, last, length| EpochSpan { first, last }.heights(length);
        assert_eq!(heights(0, 2, 4), Some((3, 11)));
        assert_eq!(heights(0, (1 << 30) - 1, 4), Some((3, u32::MAX)));
        assert_eq!(heights(0, 1 << 30, 4), None);
        assert_eq!(heights(u32::MAX, u32::MAX, u32::MAX), None);
        let is_run = |first, last| EpochSpan { first, last }.is_run();
        assert!(is_run(0, 1) && is_run(7, 1030));
        assert!(!is_run(3, 3) && !is_run(0, 1024));
    }
}
