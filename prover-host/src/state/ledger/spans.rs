//! Which spans a ledger has: proofs of the ends of many epochs.

use std::collections::BTreeSet;

use rpp_verifier::ProofKey;

use super::{Ledger, ProofStatus};
use crate::source::OnRequest;
use crate::state::spans::end_height;
use crate::state::{EpochSpan, ProofFile};

/// The spans of a chain.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans {
    /// Those that the host makes by itself, by their epochs.
    decided: Vec<EpochSpan>,
    /// Those of them that are not served, and are to be made.
    unserved: BTreeSet<EpochSpan>,
    /// Those of them that cannot be made.
    given_up: BTreeSet<EpochSpan>,
    /// All that are served, whoever asked for them.
    served: BTreeSet<EpochSpan>,
}

/// Something to do about spans.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SpanWork {
    /// One that was decided is not served.
    Make(EpochSpan),
    /// The end of an epoch has its proof, and may be in the next one.
    Look(u32),
}

/// What a host has of spans that it makes by itself.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SpanReport {
    /// How many of them are served.
    pub served: usize,
    /// The ends of the epochs before this one are in them, but for those that cannot be.
    pub before: u32,
}

impl Ledger {
    /// Returns what there is of spans.
    #[must_use]
    pub fn span_report(&self) -> SpanReport {
        let Spans {
            decided, served, ..
        } = &self.spans;
        let is_served = |span: &&EpochSpan| served.contains(span);
        let newest = decided.iter().rev().find(is_served);
        SpanReport {
            served: decided.iter().filter(is_served).count(),
            before: newest.map_or(0, |span| span.last.saturating_add(1)),
        }
    }

    /// Returns the epoch after all that are in spans.
    pub(crate) fn spans_end(&self) -> u32 {
        let last = self.spans.decided.last();
        last.map_or(0, |span| span.last.saturating_add(1))
    }

    /// Returns the span that starts with an epoch and does not go beyond another one: the one that the host has decided, since the next one starts
    /// behind it, or else the longest of those that somebody asked for.
    #[must_use]
    pub fn span_from(&self, first: u32, last: u32) -> Option<(EpochSpan, ProofFile)> {
        let Spans {
            decided, served, ..
        } = &self.spans;
        let from = EpochSpan { first, last: 0 };
        let mut fitting = served.range(from..=EpochSpan { first, last });
        let own = decided.binary_search_by_key(&first, |span| span.first);
        let own = own.ok().and_then(|place| decided.get(place));
        let own = own.filter(|own| own.last <= last && served.contains(own));
        let span = *own.or_else(|| fitting.next_back())?;
        match self.status(&span.key()) {
            ProofStatus::Listed(proof) => Some((span, proof)),
            _ => None,
        }
    }

    /// Returns what there is to do about spans; `next` is the epoch whose end comes next into one.
    pub(in crate::state) fn next_span(
        &self,
        next: Option<u32>,
        epoch_length: u32,
    ) -> Option<SpanWork> {
        let unserved = self.spans.unserved.first();
        let make = unserved.map(|span| SpanWork::Make(*span));
        make.or_else(|| {
            let height = end_height(next?, epoch_length)?;
            let waits = self.status(&OnRequest::signed(height)) == ProofStatus::Waiting;
            let is_there = height <= self.latest_height() && !waits;
            is_there.then_some(SpanWork::Look(next?))
        })
    }

    /// Adds a span that the host makes by itself, and keeps its proof for good, whoever asked for it before.
    pub(in crate::state) fn add_span(&mut self, span: EpochSpan) {
        let key = span.key();
        self.keep(key);
        self.spans.decided.push(span);
        self.note_span(&key, self.status(&key));
    }

    /// Makes a span no more that cannot be made, until the process starts anew.
    pub(in crate::state) fn give_up_span(&mut self, span: EpochSpan) {
        self.spans.unserved.remove(&span);
        self.spans.given_up.insert(span);
    }

    /// Notes whether a span is served, where the proof is one.
    pub(super) fn note_span(&mut self, key: &ProofKey, status: ProofStatus) {
        let Some(span) = EpochSpan::of(key) else {
            return;
        };
        let is_served = matches!(status, ProofStatus::Listed(_));
        let is_kept = self.kept.contains(key);
        let spans = &mut self.spans;
        if is_served {
            spans.served.insert(span);
            spans.unserved.remove(&span);
            return;
        }
        spans.served.remove(&span);
        // Whoever asked for another one asks again.
        if is_kept && !spans.given_up.contains(&span) {
            spans.unserved.insert(span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ledger, proof};
    use super::*;
    use crate::state::ledger::{Lane, Provable};

    const LENGTH: u32 = 4;

    const fn span(first: u32, last: u32) -> EpochSpan {
        EpochSpan { first, last }
    }

    /// A chain with epochs of four blocks, and the proofs that the last blocks of them were signed.
    fn proven(blocks: u32) -> Ledger {
        let mut ledger = ledger(0);
        let block = super::super::tests::ledger(1).block(1).unwrap();
        for height in 1..=blocks {
            let mut header = ledger.latest_header().clone();
            header.parent_hash = header.hash().0;
            header.height += 1;
            ledger.append(header, block.certificate.unwrap()).unwrap();
            let key = OnRequest::signed(height);
            ledger.add_due(key, height);
            ledger.add_proof(&key, proof(height));
        }
        ledger
    }

    /// Serves a span that somebody asked for, or the host decided.
    fn serve(ledger: &mut Ledger, span: EpochSpan) -> ProofFile {
        let file = proof(1000 + 100 * span.first + span.last);
        if ledger.status(&span.key()) == ProofStatus::NotDue {
            ledger.add_due(span.key(), ledger.latest_height());
        }
        ledger.add_proof(&span.key(), file);
        file
    }

    #[test]
    fn the_span_from_an_epoch_is_found() {
        let mut ledger = proven(40);
        assert_eq!(ledger.span_from(0, u32::MAX), None);
        for (first, last) in [(0, 1), (0, 5), (3, 4), (4, 9)] {
            serve(&mut ledger, span(first, last));
        }
        let found =
            |ledger: &Ledger, first, last| ledger.span_from(first, last).map(|(span, _)| span.last);
        for (first, last, expected) in [
            (0, 0, None),
            (0, 1, Some(1)),
            (0, 4, Some(1)),
            (0, 5, Some(5)),
            (0, u32::MAX, Some(5)),
            (1, 9, None),
            (3, 9, Some(4)),
            (u32::MAX, u32::MAX, None),
        ] {
            assert_eq!(found(&ledger, first, last), expected, "{first}-{last}");
        }
        // The next one that the host has decided starts behind its own, and not behind what somebody asked for.
        ledger.add_span(span(0, 1));
        assert_eq!(found(&ledger, 0, 9), Some(1));
        assert_eq!(found(&ledger, 0, 0), None);
        let mut ledger = proven(40);
        for (first, last) in [(0, 1), (0, 5)] {
            serve(&mut ledger, span(first, last));
        }
        // One that is to be made again is none.
        ledger.set_missing(&span(0, 5).key(), Provable::Yes);
        assert_eq!(found(&ledger, 0, 9), Some(1));
        let (_, file) = ledger.span_from(0, 9).unwrap();
        ledger.set_retired(&span(0, 1).key(), file.id);
        assert_eq!(found(&ledger, 0, 9), None);
    }

    #[test]
    fn a_span_is_made_and_then_come_the_next_ends() {
        let mut ledger = proven(12);
        let next = |ledger: &Ledger, epoch| ledger.next_span(Some(epoch), LENGTH);
        assert_eq!(next(&ledger, 2), Some(SpanWork::Look(2)));
        assert_eq!(next(&ledger, 3), None);
        ledger.set_missing(&OnRequest::signed(11), Provable::Yes);
        assert_eq!(next(&ledger, 2), None);
        ledger.set_missing(&OnRequest::signed(11), Provable::WitnessLost);
        assert_eq!(next(&ledger, 2), Some(SpanWork::Look(2)));
        let first = span(0, 1);
        ledger.add_span(first);
        assert_eq!(ledger.span_report(), SpanReport::default());
        assert_eq!(ledger.spans_end(), 2);
        assert_eq!(next(&ledger, 2), Some(SpanWork::Make(first)));
        serve(&mut ledger, first);
        assert_eq!(next(&ledger, 2), Some(SpanWork::Look(2)));
        let (served, before) = (1, 2);
        assert_eq!(ledger.span_report(), SpanReport { served, before });
        // It is made again as often as it is lost.
        ledger.set_missing(&first.key(), Provable::WitnessLost);
        assert_eq!(next(&ledger, 2), Some(SpanWork::Make(first)));
    }

    #[test]
    fn a_span_that_somebody_asked_for_is_retired_unless_the_host_decides_it() {
        let mut ledger = proven(12);
        let file = serve(&mut ledger, span(0, 1));
        assert_eq!(ledger.next_span(None, LENGTH), None);
        let retired = ledger.requested_beyond(0);
        assert_eq!(retired, [(span(0, 1).key(), file.id)]);
        ledger.add_span(span(0, 1));
        assert_eq!(ledger.requested_beyond(0), []);
    }

    #[test]
    fn a_span_waits_in_a_lane_of_its_own_and_a_hopeless_one_is_left() {
        let mut ledger = proven(12);
        let (first, second) = (span(0, 1), span(1, 2));
        ledger.add_span(first);
        ledger.add_due(first.key(), 12);
        ledger.add_due(second.key(), 12);
        assert_eq!(ledger.lane(&first.key()), Lane::Span);
        assert_eq!(ledger.lane(&second.key()), Lane::Requested);
        assert_eq!(ledger.next_job(Lane::Span), Some(first.key()));
        assert_eq!((ledger.requests(), ledger.unproven()), (1, 0));
        ledger.set_missing(&first.key(), Provable::WitnessLost);
        ledger.give_up_span(first);
        assert_eq!(ledger.next_span(None, LENGTH), None);
        ledger.set_missing(&first.key(), Provable::Yes);
        assert_eq!(ledger.next_span(None, LENGTH), None);
    }
}
