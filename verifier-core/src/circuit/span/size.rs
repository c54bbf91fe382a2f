//! `SpanSize`: how much of a proof some ends of epochs take, and whether they fit one.

use super::Span;
use super::trace::end_rows;
use super::witness::EpochEnd;
use crate::chain::{Header, SetOpening};
use crate::circuit::consensus::VoteWitness;
use crate::codec::Format;
use crate::limits::{HISTORY_DEPTH, MAX_SPAN, MAX_WITNESS_BYTES, SET_DEPTH};
use crate::signature::CHAINS;
use crate::stark::Circuit;

/// What a span of some ends takes, so that whoever makes one knows where it has to end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SpanSize {
    /// How many ends there are.
    pub ends: u32,
    /// The rows of the trace, before padding.
    pub rows: usize,
    /// The bytes of the witness file.
    pub bytes: usize,
}

impl SpanSize {
    /// Of no ends.
    pub const EMPTY: Self = Self {
        ends: 0,
        rows: 1,
        bytes: Format::PREFIX_BYTES + 3 * 4 + 32 + 4 + 32 + 4,
    };

    /// Returns the size with one end more. Only the first end of a span has no path: one that has none yet counts as if it had it.
    #[must_use]
    pub fn with(self, end: &EpochEnd) -> Self {
        let is_first = self.ends == 0;
        Self {
            ends: self.ends.saturating_add(1),
            rows: self.rows.saturating_add(end_rows(&end.votes, !is_first)),
            bytes: self.bytes.saturating_add(end_bytes(&end.votes, !is_first)),
        }
    }

    /// Returns whether one proof can be about as much.
    #[must_use]
    pub fn fits(self) -> bool {
        self.ends <= MAX_SPAN
            && self.rows <= 1 << Span::KEY.max_log_rows
            && self.bytes <= MAX_WITNESS_BYTES
    }
}

fn end_bytes(votes: &[VoteWitness], has_path: bool) -> usize {
    let path = if has_path { HISTORY_DEPTH * 32 } else { 0 };
    let votes: usize = votes.iter().map(vote_bytes).sum();
    Header::BYTES + SetOpening::BYTES + 4 + path + 4 + votes
}

/// As `docs/PROTOCOL.md` has it in section 15.
fn vote_bytes(vote: &VoteWitness) -> usize {
    VOTE_BYTES + vote.signature.path.len() * 32
}

/// Of a vote with a key of no height.
const VOTE_BYTES: usize = {
    let member = 4 + 32 + 3 * 4 + SET_DEPTH * 32;
    let key = 4 + 5 * 4 + 32;
    let signature = 7 * 4 + CHAINS * 4 * 4 + 32;
    member + key + signature
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::span::SpanWitness;
    use crate::circuit::span::forgery::ends::Ends;
    use crate::circuit::span::trace;

    fn size(witness: &SpanWitness) -> SpanSize {
        let ends = witness.ends.iter();
        ends.fold(SpanSize::EMPTY, |size, end| size.with(end))
    }

    #[test]
    fn it_is_that_of_trace_and_file() {
        for count in 1..4 {
            let witness = Ends::many(99, 100, count).witness;
            let size = size(&witness);
            assert_eq!(size.ends, count);
            assert_eq!(size.rows, trace::rows(&witness));
            assert_eq!(size.bytes, witness.to_bytes().len());
            assert!(size.fits());
        }
    }

    #[test]
    fn each_limit_counts_by_itself() {
        let most = SpanSize {
            ends: 1 << 10,
            rows: 1 << 18,
            bytes: 1 << 22,
        };
        assert!(most.fits());
        for beyond in [
            SpanSize { ends: 1025, ..most },
            SpanSize {
                rows: (1 << 18) + 1,
                ..most
            },
            SpanSize {
                bytes: (1 << 22) + 1,
                ..most
            },
        ] {
            assert!(!beyond.fits(), "{beyond:?}");
        }
    }
}
