//! Has proofs made that the host rests on.

use tokio_util::sync::CancellationToken;

use super::retry::{After, Retry, until_done};
use crate::state::{Host, KeptCheck, KeptProof, KeptProofError, ProofStatus};

/// Has a proof made, waits for that, and verifies what is stored; `None` if it was stopped.
///
/// # Errors
///
/// [`KeptProofError`] that does not pass.
pub(super) async fn attempt(
    host: &Host,
    proof: KeptProof,
    doing: &'static str,
    stop: &CancellationToken,
) -> Result<Option<KeptCheck>, KeptProofError> {
    let is_passing = KeptProofError::is_passing;
    let retry = || Retry::new(host, doing, stop);
    if until_done!(retry(), is_passing, host.make_kept_proof(proof)).is_none() {
        return Ok(None);
    }
    let key = proof.key();
    let made = host.wait_for(|ledger| (ledger.status(&key) != ProofStatus::Waiting).then_some(()));
    tokio::select! {
        () = stop.cancelled() => return Ok(None),
        () = made => {}
    }
    let checked = until_done!(retry(), is_passing, host.check_kept_proof(proof));
    Ok(checked)
}
