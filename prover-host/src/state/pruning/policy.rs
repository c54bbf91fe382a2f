//! `PruneBehind`: which blocks a host prunes, and in which ranges.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use rpp_verifier::{MAX_PRUNED, ProofKey, Route, Subject};

use crate::source::OnRequest;

/// How many of the newest proven blocks are never pruned. Older ones are, range by range from the genesis on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PruneBehind(NonZeroU32);

/// The text is not how many blocks are kept whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "give the number of newest blocks that are never pruned, {min} or more",
    min = PruneBehind::FEWEST
)]
pub struct ParsePruneBehindError;

/// The headers that one proof is about: 2^k of them, the first at a multiple of that.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct PrunedRange {
    /// Height of the first.
    pub first: u32,
    /// Height of the last.
    pub last: u32,
}

impl PruneBehind {
    /// The fewest blocks that are kept whole, so that a client finds what it was shown a moment ago.
    pub const FEWEST: u32 = 32;

    /// Keeps this many blocks whole.
    #[must_use]
    pub const fn new(blocks: NonZeroU32) -> Self {
        Self(blocks)
    }

    /// Returns the range that begins at `first`, where the one before it ends.
    ///
    /// It is the longest that may begin there and is not longer than 1,024 headers or than what is kept whole: so
    /// a host never has more than twice what it was told to keep, and a chain of short epochs, whose owner keeps little, does
    /// not wait for a thousand blocks.
    #[must_use]
    pub fn range_from(self, first: u32) -> Option<PrunedRange> {
        let longest = 1 << self.0.get().min(MAX_PRUNED).ilog2();
        let aligned = 1_u32.checked_shl(first.trailing_zeros());
        let length = aligned.map_or(longest, |aligned| longest.min(aligned));
        let last = first.checked_add(length - 1)?;
        Some(PrunedRange { first, last })
    }

    /// Returns whether a range is to be pruned when the newest proven block is at `proven`.
    #[must_use]
    pub fn is_due(self, range: PrunedRange, proven: Option<u32>) -> bool {
        let whole_from = proven.and_then(|proven| proven.checked_sub(self.0.get()));
        whole_from.is_some_and(|last_old| range.last <= last_old)
    }

    /// Returns whether the next range is to be pruned as well: whatever else there is to prove may have kept this one waiting for long enough.
    #[must_use]
    pub fn is_overdue(self, range: PrunedRange, proven: Option<u32>) -> bool {
        let next = range
            .last
            .checked_add(1)
            .and_then(|first| self.range_from(first));
        next.is_some_and(|next| self.is_due(next, proven))
    }
}

impl FromStr for PruneBehind {
    type Err = ParsePruneBehindError;

    fn from_str(text: &str) -> Result<Self, ParsePruneBehindError> {
        let blocks: NonZeroU32 = text.parse().map_err(|_| ParsePruneBehindError)?;
        if blocks.get() < Self::FEWEST {
            return Err(ParsePruneBehindError);
        }
        Ok(Self(blocks))
    }
}

impl PrunedRange {
    /// Returns the range that a proof is about; `None` if it is about something else.
    #[must_use]
    pub fn of(key: &ProofKey) -> Option<Self> {
        match key.subject {
            Subject::Range { first, last } => {
                let range = Self { first, last };
                (range.key() == *key).then_some(range)
            }
            _ => None,
        }
    }

    /// Returns the proof of it.
    #[must_use]
    pub fn key(self) -> ProofKey {
        OnRequest::range(self.first, self.last)
    }

    /// Returns where the proof is described.
    #[must_use]
    pub const fn route(self) -> Route {
        let Self { first, last } = self;
        Route::Pruning { first, last }
    }

    /// Returns whether the header at a height is one of it.
    #[must_use]
    pub const fn has(self, height: u32) -> bool {
        self.first <= height && height <= self.last
    }
}

/// As in `/v1/pruning/{first}-{last}`.
impl fmt::Display for PrunedRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key().subject.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use rpp_verifier::PruningStatement;

    use super::*;

    fn behind(blocks: u32) -> PruneBehind {
        PruneBehind::new(NonZeroU32::new(blocks).unwrap())
    }

    fn range(first: u32, last: u32) -> PrunedRange {
        PrunedRange { first, last }
    }

    #[test]
    fn takes_a_number_from_32_on() {
        for blocks in ["32", "4294967295"] {
            assert!(blocks.parse::<PruneBehind>().is_ok(), "{blocks}");
        }
        for wrong in ["31", "0", "-32", "", "all", "off", "4294967296", "1d"] {
            let refused: Result<PruneBehind, _> = wrong.parse();
            assert_eq!(refused, Err(ParsePruneBehindError), "{wrong}");
        }
    }

    #[test]
    fn ranges_are_as_long_as_what_is_kept_allows() {
        assert_eq!(behind(1).range_from(7), Some(range(7, 7)));
        assert_eq!(behind(100).range_from(0), Some(range(0, 63)));
        assert_eq!(behind(1023).range_from(512), Some(range(512, 1023)));
        assert_eq!(behind(u32::MAX).range_from(0), Some(range(0, 1023)));
        // To keep more later on makes them longer as soon as they may be.
        assert_eq!(behind(1024).range_from(96), Some(range(96, 127)));
        assert_eq!(
            behind(1024).range_from(1 << 31),
            Some(range(1 << 31, (1 << 31) + 1023))
        );
    }

    #[test]
    fn each_begins_where_the_one_before_ends_and_can_be_proven() {
        for blocks in [1, 2, 32, 100, 4096] {
            let mut first = 0;
            for _ in 0..40 {
                let next = behind(blocks).range_from(first).unwrap();
                assert_eq!(next.first, first);
                assert!(PruningStatement::is_range(next.first, next.last + 1));
                first = next.last + 1;
            }
        }
        // The last header of all has none after it that could be proven.
        assert_eq!(
            behind(64).range_from(u32::MAX - 63),
            Some(range(u32::MAX - 63, u32::MAX))
        );
    }

    #[test]
    fn a_range_is_due_once_all_of_it_is_older_than_what_is_kept() {
        let (kept, old) = (behind(32), range(0, 31));
        assert!(!kept.is_due(old, None));
        assert!(!kept.is_due(old, Some(62)));
        assert!(kept.is_due(old, Some(63)));
        assert!(!kept.is_overdue(old, Some(94)));
        assert!(kept.is_overdue(old, Some(95)));
        // It never reaches the newest block, so that there is a header after it.
        assert!(!behind(1).is_due(range(5, 5), Some(5)));
        assert!(behind(1).is_due(range(5, 5), Some(6)));
    }
}
