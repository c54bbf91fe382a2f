//! Makes spans of epochs, one after the other, beside the blocks that come.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::prune::pause;
use super::retry::{After, Retry, until_done};
use super::{kept_proof, upkeep};
use crate::state::{
    EpochSpan, Host, KeptCheck, KeptProof, KeptProofError, SpanEpochs, SpanPlan, SpanWork,
};

/// Makes a span as soon as the ends of its epochs are proven, until `stop` is cancelled. What an earlier process has decided is
/// made first.
///
/// # Errors
///
/// [`KeptProofError`] if something cannot be saved, and will not pass.
pub(super) async fn make_spans(
    host: Arc<Host>,
    epochs: SpanEpochs,
    stop: CancellationToken,
) -> Result<(), KeptProofError> {
    if !host.proves_spans() {
        return Ok(());
    }
    let mut plan = SpanPlan::new(epochs, host.ledger().spans_end());
    loop {
        let work = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            work = host.wait_for_span(plan.next()) => work,
        };
        let done = match work {
            SpanWork::Make(span) => make(&host, span, &stop).await,
            SpanWork::Look(epoch) => look(&host, &mut plan, epoch, &stop).await,
        };
        match done {
            Ok(Some(())) => {}
            Ok(None) => return Ok(()),
            // Clients take the proofs of the ends, and blocks go on.
            Err(error) if error.spares_the_chain() => {
                tracing::error!("{error}: clients take the proof of each end");
                // What was refused is made anew.
                let is_refused = matches!(error, KeptProofError::Refused { .. });
                pause(if is_refused { SHORT } else { LONG }, &stop).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Looks at the end of an epoch, and decides the span that is whole by that; `None` if it was stopped.
async fn look(
    host: &Host,
    plan: &mut SpanPlan,
    epoch: u32,
    stop: &CancellationToken,
) -> Result<Option<()>, KeptProofError> {
    let is_passing = KeptProofError::is_passing;
    let retry = || Retry::new(host, RETRYING, stop);
    let read = async || Ok(host.epoch_end(epoch).await?);
    let Some(end) = until_done!(retry(), is_passing, read()) else {
        return Ok(None);
    };
    if end.is_none() {
        tracing::warn!(
            epoch,
            "what the end of the epoch was proven from is not there: it is in no span"
        );
    }
    // The plan says what comes next, whatever becomes of saving this one.
    let Some(span) = plan.add(end.as_ref()) else {
        return Ok(Some(()));
    };
    drop(end);
    Ok(until_done!(retry(), is_passing, host.save_span(span)))
}

/// Makes a span, and verifies what is stored; `None` if it was stopped. One that cannot be made is given up.
async fn make(
    host: &Host,
    span: EpochSpan,
    stop: &CancellationToken,
) -> Result<Option<()>, KeptProofError> {
    match verified(host, span, stop).await {
        Err(error) if error.spares_the_chain() => {
            host.give_up_span(span);
            Err(error)
        }
        verified => verified,
    }
}

/// Has a span made and verifies what is stored, until that is done; `None` if it was stopped.
async fn verified(
    host: &Host,
    span: EpochSpan,
    stop: &CancellationToken,
) -> Result<Option<()>, KeptProofError> {
    let proof = KeptProof::Epochs(span);
    for _ in 0..ATTEMPTS {
        upkeep::wait_for_room(host, stop).await;
        match kept_proof::attempt(host, proof, RETRYING, stop).await? {
            None => return Ok(None),
            Some(KeptCheck::Verified(_)) => return Ok(Some(())),
            // It was damaged, and is looked at by whoever makes proofs.
            Some(KeptCheck::Missing) => pause(SHORT, stop).await,
        }
    }
    Err(KeptProofError::NotMade { key: proof.key() })
}

const RETRYING: &str = "making spans of epochs";
/// How often a span is attempted before it is given up: to prove takes seconds of all cores.
const ATTEMPTS: u8 = 3;
/// Until something is looked at that the pipeline is mending.
const SHORT: Duration = Duration::from_millis(200);
/// Until something else is attempted after a fault.
const LONG: Duration = Duration::from_secs(60);
