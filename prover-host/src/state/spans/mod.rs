//! Spans: proofs of the ends of many epochs, which a host makes by itself, one after the other, and others when somebody asks.
//!
//! Which epochs a span has is saved before it is made, and never changes. It is made from what the proofs of the ends were made from,
//! which a host keeps for good, so that it can always be made again. The proofs of the ends stay: a client whose checkpoint is within a span
//! takes them.

mod ends;
mod plan;
mod policy;

use std::num::NonZeroU32;

use rpp_verifier::{Circuit as _, EpochEnd, Span, SpanSize, SpanStatement, SpanWitness};
use tokio::task::spawn_blocking;

pub(crate) use self::plan::SpanPlan;
pub(in crate::state) use self::policy::end_height;
pub use self::policy::{EpochSpan, ParseSpanEpochsError, SpanEpochs};
use super::host::Host;
use super::kept_proof::KeptProofError;
use super::ledger::SpanWork;
use super::requests::RequestError;
use crate::source::{DueProof, OnRequest};
use crate::steps::Step;

impl Host {
    /// Returns whether the host has the circuit of spans.
    pub(crate) fn proves_spans(&self) -> bool {
        self.circuits.by_number(Span::ID.number()).is_some()
    }

    /// Waits until there is something to do about spans; `next` is the epoch whose end comes next into one.
    pub(crate) async fn wait_for_span(&self, next: Option<u32>) -> SpanWork {
        let epoch_length = self.chain.epoch_length;
        self.wait_for(|ledger| ledger.next_span(next, epoch_length))
            .await
    }

    /// Saves which epochs a span has that is made from now on.
    ///
    /// # Errors
    ///
    /// [`KeptProofError`].
    pub(crate) async fn save_span(&self, span: EpochSpan) -> Result<(), KeptProofError> {
        self.database.save_span(span).await?;
        self.step(Step::SpanSaved)?;
        self.change(|ledger| ledger.add_span(span));
        Ok(())
    }

    /// Gives a span up that cannot be made; the next start tries it again.
    pub(crate) fn give_up_span(&self, span: EpochSpan) {
        self.change(|ledger| ledger.give_up_span(span));
    }

    /// Has a span made, whatever became of an earlier one. Called under the lock of `requests`.
    pub(super) async fn make_span(&self, span: EpochSpan) -> Result<(), RequestError> {
        let witness = self.span_witness(span).await?;
        let witness = spawn_blocking(move || witness.to_bytes()).await?;
        let key = span.key();
        self.publish_anew(DueProof { key, witness }).await
    }

    /// Returns what a span is made from.
    async fn span_witness(&self, span: EpochSpan) -> Result<SpanWitness, RequestError> {
        if self.span_statement(span)?.is_none() {
            let newest = self.ledger().latest_height();
            return Err(RequestError::NoEnd { span, newest });
        }
        let (mut ends, mut size) = (Vec::new(), SpanSize::EMPTY);
        for epoch in span.first..=span.last {
            let end = self.epoch_end(epoch).await?;
            let mut end = end.ok_or(RequestError::VotesUnknown { epoch })?;
            size = size.with(&end);
            if !size.fits() {
                return Err(RequestError::SpanTooLong { span, epoch });
            }
            let before = ends.last().map(|before: &EpochEnd| before.header.height);
            let path = before.map(|before| self.ledger().ancestor(before, end.header.height));
            end.path = path.flatten().map(|ancestor| ancestor.history_path);
            ends.push(end);
        }
        let newest = self.ledger().latest_height();
        let statement = self.span_statement(span)?;
        let statement = statement.ok_or(RequestError::NoEnd { span, newest })?;
        Ok(SpanWitness { statement, ends })
    }

    /// Returns what a proof of a span is about; `None` if the chain does not have all of its ends.
    pub(super) fn span_statement(
        &self,
        span: EpochSpan,
    ) -> Result<Option<SpanStatement>, RequestError> {
        let length = self.chain.epoch_length;
        let ledger = self.ledger();
        let heights = span.heights(length);
        let ends =
            heights.and_then(|(first, last)| Some((ledger.header(first)?, ledger.header(last)?)));
        let Some((first, last)) = ends else {
            return Ok(None);
        };
        let length = NonZeroU32::new(length).unwrap_or(NonZeroU32::MIN);
        let statement = SpanStatement::new(first.height, length, first.validator_set_root, last);
        Ok(Some(statement?))
    }

    /// Returns the end of an epoch, with the votes that a quorum needs; `None` if the chain has no such end, or what its own proof was
    /// made from is not there.
    pub(crate) async fn epoch_end(&self, epoch: u32) -> Result<Option<EpochEnd>, RequestError> {
        let height = end_height(epoch, self.chain.epoch_length);
        let block = height.and_then(|height| self.ledger().block(height));
        let Some((header, certificate)) =
            block.and_then(|block| Some((block.header, block.certificate?)))
        else {
            return Ok(None);
        };
        let key = OnRequest::signed(header.height);
        let Some(witness) = self.database.witness(&key).await? else {
            return Ok(None);
        };
        let end = spawn_blocking(move || ends::end_of(header, certificate.set, &witness));
        Ok(end.await?)
    }
}
