//! Proofs that are kept no longer: ledger, row, file, in this order. Nothing is served whose file may be
//! gone, and a file that is gone is known to be.
//!
//! Wherever the process ends, the next start finds either a proof that is listed, with its file, or one
//! that is marked as retired, whose file it deletes if it is still there.

use std::collections::HashSet;

use rpp_verifier::ProofKey;

use super::host::Host;
use super::proof_id::ProofId;
use super::publish::PublishError;
use super::retention::Retention;
use crate::steps::Step;

/// Proofs that are served no longer, and may still have their files.
pub(crate) type Retired = Vec<(ProofKey, ProofId)>;

impl Host {
    /// Waits until there may be proofs to retire.
    pub(crate) async fn wait_to_retire(&self, retention: Retention) {
        let retires = |ledger: &super::Ledger| ledger.has_to_retire(retention).then_some(());
        self.wait_for(retires).await;
    }

    /// Stops serving a batch of the oldest proofs that are kept no longer.
    ///
    /// # Errors
    ///
    /// [`PublishError::Stopped`].
    pub(crate) async fn unserve(&self, retention: Retention) -> Result<Retired, PublishError> {
        // A damaged proof is either made again or retired.
        let _upkeep = self.upkeep.lock().await;
        let epoch_length = self.chain.epoch_length;
        let retired = self.change(|ledger| ledger.retire(retention, epoch_length, BATCH));
        if !retired.is_empty() {
            self.step(Step::ProofsUnserved)?;
        }
        Ok(retired)
    }

    /// Marks proofs that are served no longer as retired, and deletes their files.
    ///
    /// # Errors
    ///
    /// [`PublishError`] if that cannot be saved.
    pub(crate) async fn forget(&self, retired: &Retired) -> Result<(), PublishError> {
        self.database.retire_proofs(retired).await?;
        self.step(Step::RetiredSaved)?;
        let ids: HashSet<ProofId> = retired.iter().map(|(_, id)| *id).collect();
        for id in ids {
            // One file may prove two things.
            if self.ledger().keys_of(id).is_empty() {
                self.blobs.remove(id).await?;
                self.step(Step::RetiredDeleted)?;
            }
        }
        Ok(())
    }
}

/// Proofs that are retired in one transaction: it takes milliseconds, and blocks wait for no longer.
const BATCH: usize = 64;
