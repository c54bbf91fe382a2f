//! Pruning: old blocks whose operations and proofs are deleted, once a proof of all their headers is stored.
//!
//! The order is what keeps it safe. The proof is made, verified, and on disk with its row, as any other. It is read back
//! and verified once more. Then the row of the range is saved, and only then is anything deleted. Wherever the process ends, the next
//! one finds either the blocks whole, or that row and the proof; and it goes on from there, since everything that is deleted
//! may be deleted twice.
//!
//! Headers, certificates, the hashes and places of operations, and the proof that the last block of an epoch was signed stay.

mod policy;

use rpp_verifier::{OperationHash, ProofKey, PruningStatement, Subject};

pub use self::policy::{ParsePruneBehindError, PruneBehind, PrunedRange};
use super::ProofId;
use super::host::Host;
use super::kept_proof::KeptProofError;
use super::ledger::Unserved;
use super::requests::RequestError;
use super::sql::DatabaseError;
use crate::source::OnRequest;
use crate::steps::Step;

impl Host {
    /// Says which blocks are to be pruned from now on; `None` for no more of them.
    pub(crate) fn set_pruning(&self, behind: Option<PruneBehind>) {
        self.change(|ledger| ledger.set_pruning(behind));
    }

    /// Waits until there is a range to prune, or one whose proof is missing.
    pub(crate) async fn wait_to_prune(&self) -> PrunedRange {
        self.wait_for(super::Ledger::next_pruning).await
    }

    /// Returns what a proof of a range is about; `None` if the chain has no header after it.
    pub(super) fn range_statement(
        &self,
        range: PrunedRange,
    ) -> Result<Option<PruningStatement>, RequestError> {
        let PrunedRange { first, last } = range;
        let folds = self.range_folds(first, last);
        let ledger = self.ledger();
        let end = last.checked_add(1).and_then(|end| ledger.header(end));
        let (Some(folds), Some(start), Some(end)) = (folds, ledger.header(first), end) else {
            return Ok(None);
        };
        let statement = PruningStatement::new(start, end, [folds.before, folds.after]);
        Ok(Some(statement?))
    }

    /// Stops serving what is proven about the blocks of a range, whose proof was verified in a file; not while one of these
    /// proofs is still to be made, or where the file is served no longer.
    ///
    /// # Errors
    ///
    /// [`KeptProofError`].
    pub(crate) async fn unserve_range(
        &self,
        range: PrunedRange,
        file: ProofId,
    ) -> Result<Unserved, KeptProofError> {
        // What is asked for meanwhile would be made from operations that are deleted.
        let _asked = self.requests.lock().await;
        // A damaged proof is either made again or deleted.
        let _upkeep = self.upkeep.lock().await;
        self.step(Step::RangeVerified)?;
        let mut others = self.operation_proofs(range).await?;
        others.retain(|key| self.ledger().due_height(key).is_some());
        let epoch_length = self.chain.epoch_length;
        let unserved = self.change(|ledger| {
            let unserved = ledger.prune_proven(range, file, &others, epoch_length);
            if let Unserved::Awaited(_) = &unserved {
                // Whoever asks on and on would keep the range for ever.
                ledger.close(range);
            }
            unserved
        });
        if unserved == Unserved::Done {
            self.step(Step::RangeUnserved)?;
        }
        Ok(unserved)
    }

    /// Waits until no proof about the blocks of a range, and none of these, is still to be made.
    pub(crate) async fn wait_for_proofs(&self, range: PrunedRange, others: &[ProofKey]) {
        let is_done = |ledger: &super::Ledger| !ledger.is_awaited_in(range, others);
        self.wait_for(|ledger| is_done(ledger).then_some(())).await;
    }

    /// Saves that a range is pruned. From then on its operations may be gone.
    ///
    /// # Errors
    ///
    /// [`KeptProofError`].
    pub(crate) async fn save_pruned(&self, range: PrunedRange) -> Result<(), KeptProofError> {
        self.database.save_pruned(range).await?;
        Ok(self.step(Step::RangeSaved)?)
    }

    /// Deletes the operations of some blocks of a range that is pruned, what was proven about them, and what that was proven
    /// from; however much of it is gone already.
    ///
    /// # Errors
    ///
    /// [`KeptProofError`].
    pub(crate) async fn delete_blocks(
        &self,
        range: PrunedRange,
        part: PrunedRange,
    ) -> Result<(), KeptProofError> {
        let mut keys = self.operation_proofs(part).await?;
        keys.extend(self.block_proofs(part));
        let files = self.database.delete_bodies(range, part, &keys).await?;
        self.step(Step::BodiesDeleted)?;
        for file in &files {
            // One file may prove two things.
            if self.ledger().keys_of(file.id).is_empty() {
                self.blobs.remove(file.id).await?;
                self.step(Step::ProofDeleted)?;
            }
        }
        if !files.is_empty() {
            // A file that came back would have no row.
            self.blobs.sync_removals().await?;
        }
        self.database.forget_files(range, &keys, &files).await?;
        self.step(Step::ProofsForgotten)?;
        self.change(|ledger| ledger.forget_ids(files.iter().map(|file| file.id)));
        Ok(())
    }

    /// Saves that nothing is left to delete of a range; returns how many bytes were.
    ///
    /// # Errors
    ///
    /// [`KeptProofError`].
    pub(crate) async fn finish_pruned(&self, range: PrunedRange) -> Result<u64, KeptProofError> {
        let freed = self.database.finish_pruned(range).await?;
        self.step(Step::RangePruned)?;
        self.change(|ledger| ledger.finish_pruned(freed));
        Ok(freed)
    }

    /// Returns the proofs that there may be about the operations of some blocks.
    async fn operation_proofs(&self, part: PrunedRange) -> Result<Vec<ProofKey>, DatabaseError> {
        let mut keys = Vec::new();
        for height in part.first..=part.last {
            let hashes: Vec<OperationHash> = self.database.operation_hashes(height).await?;
            keys.extend(hashes.into_iter().flat_map(OnRequest::of_operation));
        }
        Ok(keys)
    }

    /// Returns the proofs that there may be about some blocks, but for those that are kept.
    fn block_proofs(&self, part: PrunedRange) -> Vec<ProofKey> {
        let ledger = self.ledger();
        let keys = (part.first..=part.last).flat_map(|height| {
            let kept = ledger.kept_of(height, self.chain.epoch_length);
            let circuits = self.circuits.iter().map(|circuit| circuit.id());
            let keys = circuits.map(move |circuit| ProofKey {
                circuit,
                subject: Subject::Height(height),
            });
            keys.filter(move |key| Some(*key) != kept)
        });
        keys.collect()
    }
}

impl PrunedRange {
    /// Returns the range in parts whose blocks are deleted in one transaction each: that takes milliseconds, and blocks wait
    /// for no longer.
    pub(crate) fn parts(self) -> impl Iterator<Item = Self> {
        let firsts = (self.first..=self.last).step_by(PART_BLOCKS.into());
        firsts.map(move |first| Self {
            first,
            last: self
                .last
                .min(first.saturating_add(u32::from(PART_BLOCKS) - 1)),
        })
    }
}

/// Blocks of a part; one of 256 operations has half a megabyte.
const PART_BLOCKS: u16 = 8;
