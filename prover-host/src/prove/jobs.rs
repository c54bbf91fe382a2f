//! What a pipeline does next. None of this is stored: a job is a proof that is due but not made.

use rpp_verifier::ProofKey;

use crate::state::{EpochSpan, Host, Lane, Ledger, ProofId, ProofStatus, PublishError};

/// Something that a pipeline does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Work {
    /// Check a file that was reported as damaged; its proof may then become a job.
    Check(ProofId),
    /// Make a proof.
    Prove(ProofKey),
}

/// Waits until there is something to do in one of these lanes. Dropping the future has no effect.
pub(super) async fn wait(host: &Host, lanes: &[Lane]) -> Work {
    host.wait(|| look(host, lanes)).await
}

/// Returns what there is to do in the first of these lanes that has something, files first: a damaged one
/// must no longer be served.
pub(super) fn look(host: &Host, lanes: &[Lane]) -> Option<Work> {
    // One of those who look for work looks at files.
    let looks_at_files = lanes.contains(&Lane::Head);
    let suspect = host.suspect().filter(|_| looks_at_files);
    let ledger = host.ledger();
    let mut jobs = lanes.iter().filter_map(|&lane| ledger.next_job(lane));
    let makes_others = lanes.contains(&Lane::Requested);
    let pruning = || next_pruning(&ledger).filter(|_| makes_others);
    let span = || next_span(host, &ledger).filter(|_| makes_others);
    let overdue = pruning().filter(|_| ledger.is_pruning_overdue());
    let overdue = overdue.or_else(|| span().filter(|key| is_overdue(host, &ledger, key)));
    suspect.map(Work::Check).or_else(|| {
        overdue
            .or_else(|| jobs.next())
            .or_else(pruning)
            .or_else(span)
            .map(Work::Prove)
    })
}

/// Returns the span to make, if no head is to be made or it has waited for long enough: it takes seconds of all cores.
fn next_span(host: &Host, ledger: &Ledger) -> Option<ProofKey> {
    let waits = ledger.next_job(Lane::Head).is_some();
    let span = ledger.next_job(Lane::Span);
    span.filter(|key| !waits || is_overdue(host, ledger, key))
}

/// Returns whether as many blocks have come since a span is due as it goes over.
fn is_overdue(host: &Host, ledger: &Ledger, key: &ProofKey) -> bool {
    let heights = EpochSpan::of(key).and_then(|span| span.heights(host.chain().epoch_length));
    let (Some((first, last)), Some(due)) = (heights, ledger.due_height(key)) else {
        return false;
    };
    ledger.latest_height().saturating_sub(due) > last - first
}

/// Returns the proof of a range to make, if no head is to be made or it has waited for long enough.
fn next_pruning(ledger: &Ledger) -> Option<ProofKey> {
    let waits = ledger.next_job(Lane::Head).is_some() && !ledger.is_pruning_overdue();
    ledger.next_job(Lane::Pruning).filter(|_| !waits)
}

/// Returns what there still is to do in these lanes when no block comes any more. Of the proofs that
/// somebody asked for only those in `asked`: others may be asked for as long as the host answers.
pub(super) fn look_at_last(host: &Host, lanes: &[Lane], asked: &[ProofKey]) -> Option<Work> {
    let of_blocks = lanes.iter().copied();
    let of_blocks: Vec<_> = of_blocks.filter(|&lane| lane != Lane::Requested).collect();
    look(host, &of_blocks).or_else(|| {
        let ledger = host.ledger();
        let waits = |key: &&ProofKey| ledger.status(key) == ProofStatus::Waiting;
        // By one alone: two proofs of a thing are two files, and the second would take the row of the first.
        let mut asked = asked.iter().filter(|_| lanes.contains(&Lane::Requested));
        asked.find(waits).copied().map(Work::Prove)
    })
}

/// Checks all files that were reported as damaged.
///
/// # Errors
///
/// [`PublishError`] if that cannot be saved.
pub(super) async fn check_suspects(host: &Host) -> Result<(), PublishError> {
    while let Some(id) = host.suspect() {
        host.withdraw_damaged(id).await?;
    }
    Ok(())
}

/// Returns what a proof is made from. If that is gone, there is no longer a job.
///
/// # Errors
///
/// [`PublishError`] if it cannot be read.
pub(super) async fn witness(host: &Host, key: &ProofKey) -> Result<Option<Vec<u8>>, PublishError> {
    let witness = host.database().witness(key).await?;
    if witness.is_none() {
        tracing::error!(%key, "the witness is lost, and there will be no proof");
        host.withdraw_job(key);
    }
    Ok(witness)
}
