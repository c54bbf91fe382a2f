//! `SpanCandidate`: a header that ends an epoch, taken for the ends of epochs below it, which one proof is about.
//!
//! A span takes the place of a proof for each of those ends. It proves no proposer, no reveal and no order of slots and
//! times, so that it moves the epoch and its set, and nothing is believed under its last header: the next header that
//! has a proof of its own is a head again.

use core::num::NonZeroU32;

use super::rules::{
    check_chain, check_clock, check_opening, check_parent, check_parent_path, is_in_history,
};
use super::{CheckedMove, HeaderError, SpanCircuit, SpanStatement, TrustedChain};
use crate::chain::{Header, HistoryPath, SetOpening};
use crate::circuit::span::SpanStatementError;
use crate::stark::Verified;

/// The last header of a span offered by a host, with everything that the header rules need.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SpanCandidate {
    /// The header.
    pub header: Header,
    /// Its parent.
    pub parent: Header,
    /// Path of the parent, at `height - 1`, in the header's history.
    pub parent_path: HistoryPath,
    /// Path of the client's last head, at its height, in the header's history.
    pub head_path: HistoryPath,
    /// Opening of the set that signs the header.
    pub set: SetOpening,
}

/// The last header of a span that passes every header rule; its statement still has to be proven.
pub type CheckedSpan = CheckedMove<SpanStatement>;

impl TrustedChain {
    /// Checks the header rules for the last header of a span from the trusted epoch on, and returns what remains to be proven.
    ///
    /// These are H1 to H3, H6, H7 and H10 to H16 of [`TrustedChain::check`]. In place of H4 and H5, the header ends the trusted epoch or one
    /// after it, and the trusted set is the one that the statement begins with. A span says nothing of proposer and signed power (H8, H17),
    /// and an end may name any next set (H9). `now_ms` is the caller's clock, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// The first rule that `candidate` breaks, in this order.
    pub fn check_span(
        &self,
        candidate: &SpanCandidate,
        now_ms: u64,
    ) -> Result<CheckedSpan, HeaderError> {
        let statement = self.check_span_offer(candidate, now_ms)?;
        let (head, header) = (self.head(), &candidate.header);
        if !is_in_history(&head.hash, head.height, &candidate.head_path, header) {
            return Err(HeaderError::HeadNotInHistory);
        }
        Ok(CheckedMove::new(statement, self, self.at_span_end(header)))
    }

    /// Checks the same, but for the head's path, which nothing is asked for before this holds; returns what will have to be proven.
    /// [`TrustedChain::check_span`] checks it again.
    ///
    /// # Errors
    ///
    /// The first rule that `candidate` breaks, in the order of [`TrustedChain::check_span`].
    pub fn check_span_offer(
        &self,
        candidate: &SpanCandidate,
        now_ms: u64,
    ) -> Result<SpanStatement, HeaderError> {
        let SpanCandidate {
            header,
            parent,
            parent_path,
            set,
            ..
        } = candidate;
        check_chain(self.params(), header)?;
        self.check_ahead(header)?;
        let statement = self.span_statement(header)?;
        check_opening(header, set)?;
        check_parent(header, parent)?;
        check_clock(header, now_ms)?;
        check_parent_path(header, parent, parent_path)?;
        Ok(statement)
    }

    /// Moves epoch and set to what comes after the last header of a span, whose statement `verified` proves.
    ///
    /// That header is then the [head](TrustedChain::head) which the next one has to have in its history, and
    /// [has no proof of its own](TrustedChain::is_between).
    ///
    /// # Errors
    ///
    /// [`HeaderError::NotProven`] and [`HeaderError::HeadMoved`], as [`TrustedChain::accept`].
    pub fn accept_span(
        &mut self,
        checked: CheckedSpan,
        verified: &Verified<SpanCircuit>,
    ) -> Result<(), HeaderError> {
        self.take(checked, verified)
    }

    /// The statement about all ends from the trusted epoch on, up to `last`.
    fn span_statement(&self, last: &Header) -> Result<SpanStatement, SpanStatementError> {
        let length = NonZeroU32::new(self.params().epoch_length());
        let length = length.ok_or(SpanStatementError::Ends)?;
        SpanStatement::new(self.epoch_end(), length, *self.set_root(), last)
    }
}
