//! Prunes old blocks, range by range, beside the blocks that come.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::retry::{After, Retry, until_done};
use super::{kept_proof, upkeep};
use crate::state::{Host, KeptCheck, KeptProof, KeptProofError, ProofId, PrunedRange, Unserved};

/// Prunes what is old enough, as blocks come, until `stop` is cancelled. What an earlier process has begun is
/// finished.
///
/// # Errors
///
/// [`KeptProofError`] if something cannot be saved, and will not pass.
pub(super) async fn prune(host: Arc<Host>, stop: CancellationToken) -> Result<(), KeptProofError> {
    let mut wait = SHORT;
    loop {
        let range = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            range = host.wait_to_prune() => range,
        };
        match prune_range(&host, range, &stop).await {
            Ok(Some(())) => {
                host.set_trouble(PRUNING, None);
                wait = SHORT;
            }
            Ok(None) => return Ok(()),
            // Blocks go on. A proof that was refused is made anew.
            Err(error) if error.spares_the_chain() => {
                let says = format!("{error}: old blocks are kept");
                tracing::error!("{says}");
                host.set_trouble(PRUNING, Some(says));
                pause(wait, &stop).await;
                wait = (4 * wait).min(LONG);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Prunes a range, or goes on with it; `None` if it was stopped.
async fn prune_range(
    host: &Host,
    range: PrunedRange,
    stop: &CancellationToken,
) -> Result<Option<()>, KeptProofError> {
    let is_passing = KeptProofError::is_passing;
    let retry = || Retry::new(host, RETRYING, stop);
    loop {
        let Some(file) = prove(host, range, stop).await? else {
            return Ok(None);
        };
        if host.ledger().is_pruned(range) {
            // Only its proof was missing.
            return Ok(Some(()));
        }
        match until_done!(retry(), is_passing, host.unserve_range(range, file)) {
            None => return Ok(None),
            Some(Unserved::Done) => break,
            // The proof of the range may be damaged when they are made.
            Some(Unserved::Awaited(others)) => tokio::select! {
                () = stop.cancelled() => return Ok(None),
                () = host.wait_for_proofs(range, &others) => {}
            },
            Some(Unserved::OtherFile) => pause(SHORT, stop).await,
        }
    }
    if until_done!(retry(), is_passing, host.save_pruned(range)).is_none() {
        return Ok(None);
    }
    for part in range.parts() {
        if until_done!(retry(), is_passing, host.delete_blocks(range, part)).is_none() {
            return Ok(None);
        }
        // Blocks and answers come first.
        pause(BREATH, stop).await;
    }
    let freed = until_done!(retry(), is_passing, host.finish_pruned(range));
    let Some(freed) = freed else { return Ok(None) };
    tracing::info!(%range, freed, "pruned old blocks");
    Ok(Some(()))
}

/// Has the proof of a range made and verifies it, until there is one; `None` if it was stopped.
async fn prove(
    host: &Host,
    range: PrunedRange,
    stop: &CancellationToken,
) -> Result<Option<ProofId>, KeptProofError> {
    let proof = KeptProof::Headers(range);
    let mut wait = SHORT;
    loop {
        // What a proof is made from takes room as well.
        while host.is_half_gone().await {
            upkeep::look_again(stop).await;
            if stop.is_cancelled() {
                return Ok(None);
            }
        }
        match kept_proof::attempt(host, proof, RETRYING, stop).await? {
            None => return Ok(None),
            Some(KeptCheck::Verified(file)) => return Ok(Some(file)),
            Some(KeptCheck::Missing) => {
                let says = format!(
                    "there is no proof of the headers {range}, or it was damaged: it is made again"
                );
                tracing::warn!("{says}");
                host.set_trouble(PRUNING, Some(says));
                pause(wait, stop).await;
                wait = (2 * wait).min(LONG);
            }
        }
    }
}

pub(super) async fn pause(wait: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = sleep(wait) => {}
    }
}

/// What keeps a host from pruning, as it is shown to those who ask whether it is ready.
const PRUNING: &str = "proving old blocks";
const RETRYING: &str = "pruning old blocks";
/// Between two parts of a range.
const BREATH: Duration = Duration::from_millis(20);
/// Until something is looked at that the pipeline is mending.
const SHORT: Duration = Duration::from_millis(200);
/// Until something is attempted again that failed for good: to prove takes seconds of all cores.
const LONG: Duration = Duration::from_secs(60);
