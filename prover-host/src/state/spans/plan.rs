//! `SpanPlan`: the epochs of the span that comes next, as far as their ends are known.

use rpp_verifier::{EpochEnd, SpanSize};

use super::{EpochSpan, SpanEpochs};

/// The span that comes after those that were decided, end by end.
///
/// Spans follow each other: each takes as many ends as one proof can be about, and no more than the operator allows. What cannot
/// be in one, because what it is made from is not there, is between two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanPlan {
    epochs: SpanEpochs,
    first: u32,
    size: SpanSize,
}

impl SpanPlan {
    /// Begins at an epoch.
    pub(crate) const fn new(epochs: SpanEpochs, first: u32) -> Self {
        Self {
            epochs,
            first,
            size: SpanSize::EMPTY,
        }
    }

    /// Returns the epoch whose end is added next; `None` if no spans are made.
    pub(crate) const fn next(&self) -> Option<u32> {
        match self.epochs.makes_any() {
            true => self.first.checked_add(self.size.ends),
            false => None,
        }
    }

    /// Adds the end of the next epoch, or that it cannot be in a span. Returns the span that is whole by that.
    pub(crate) fn add(&mut self, end: Option<&EpochEnd>) -> Option<EpochSpan> {
        let Some(end) = end else {
            let (whole, next) = (self.span(), self.next()?);
            *self = Self::new(self.epochs, next.saturating_add(1));
            return whole;
        };
        let mut whole = None;
        if !self.size.with(end).fits() {
            whole = self.span();
            *self = Self::new(self.epochs, self.next()?);
        }
        self.size = self.size.with(end);
        if self.epochs.is_full(self.size.ends) {
            // One that has just begun is not full: it has one end.
            whole = self.span();
            *self = Self::new(self.epochs, self.next()?);
        }
        whole
    }

    /// Returns the span of what there is; one end alone makes none.
    fn span(&self) -> Option<EpochSpan> {
        let last = self.first.checked_add(self.size.ends.checked_sub(1)?)?;
        let first = self.first;
        (first < last).then_some(EpochSpan { first, last })
    }
}

#[cfg(test)]
mod tests {
    use rpp_verifier::{
        Digest, MerklePath, PublicKey, SetOpening, Signature, Validator, VoteWitness, genesis,
    };

    use super::*;

    /// The end of an epoch with so many votes, by keys of height 4.
    fn end(votes: usize) -> EpochEnd {
        let zero = Digest::ZERO;
        let mut key = [0; PublicKey::BYTES];
        key[0] = 4;
        let mut signature = vec![0; 8 + 28 + 78 * 16 + 32 + 4 * 32];
        (signature[0], signature[4]) = (1, 4);
        let vote = VoteWitness {
            index: 0,
            validator: Validator {
                key_id: zero,
                power: 1,
                account: 0,
                start_slot: 0,
            },
            set_path: MerklePath([zero; rpp_verifier::SET_DEPTH]),
            public_key: PublicKey::from_bytes(&key).unwrap(),
            signature: Signature::from_bytes(&signature).unwrap(),
        };
        EpochEnd {
            header: genesis(1, 4, 0, zero, zero, zero),
            set: SetOpening {
                root: zero,
                n: 1,
                total_power: 1,
            },
            path: None,
            votes: vec![vote; votes],
        }
    }

    fn plan(epochs: &str, first: u32) -> SpanPlan {
        SpanPlan::new(epochs.parse().unwrap(), first)
    }

    /// Adds ends with so many votes, `None` for one that is not there, and returns the spans.
    fn spans(plan: &mut SpanPlan, ends: &[Option<usize>]) -> Vec<(u32, u32)> {
        let ends = ends.iter().map(|votes| votes.map(end));
        let spans = ends.filter_map(|end| plan.add(end.as_ref()));
        spans.map(|span| (span.first, span.last)).collect()
    }

    #[test]
    fn spans_follow_each_other_with_as_many_epochs_as_are_allowed() {
        let mut by_three = plan("3", 0);
        assert_eq!(spans(&mut by_three, &[Some(1); 8]), [(0, 2), (3, 5)]);
        assert_eq!(by_three.next(), Some(8));
        // Another number is for those that follow.
        let mut by_two = plan("2", 6);
        assert_eq!(spans(&mut by_two, &[Some(1); 4]), [(6, 7), (8, 9)]);
    }

    #[test]
    fn a_span_ends_where_no_more_fits_one_proof() {
        // 900 votes take 148 rows each: two ends do not fit, nor do the rows of the other 49.
        let (heavy, light) = (Some(900), Some(880));
        let mut plan = plan("32", 0);
        assert_eq!(spans(&mut plan, &[light, light]), []);
        assert_eq!(spans(&mut plan, &[light]), [(0, 1)]);
        // One end alone makes none, and is in none.
        assert_eq!(spans(&mut plan, &[heavy, heavy, light]), []);
        assert_eq!(spans(&mut plan, &[light, Some(20)]), [(5, 6)]);
        assert_eq!(plan.next(), Some(8));
    }

    #[test]
    fn an_end_that_is_not_there_is_between_two_spans() {
        let mut plan = plan("3", 0);
        let (here, gone) = (Some(1), None);
        assert_eq!(spans(&mut plan, &[gone, here, gone, gone]), []);
        assert_eq!(spans(&mut plan, &[here, here, gone]), [(4, 5)]);
        assert_eq!(spans(&mut plan, &[here, here, here]), [(7, 9)]);
    }

    #[test]
    fn without_any_there_is_nothing_to_look_at() {
        assert_eq!(plan("0", 3).next(), None);
        assert_eq!(plan("2", u32::MAX).next(), Some(u32::MAX));
    }
}
