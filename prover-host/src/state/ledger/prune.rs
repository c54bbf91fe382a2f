//! Which blocks of a ledger are pruned: their headers stay, and the proofs of the ranges that they are in.

use std::collections::BTreeSet;

use rpp_verifier::ProofKey;

use super::{Ledger, ProofStatus, place, to_index};
use crate::state::{ProofId, PruneBehind, PrunedRange};

/// The blocks that are pruned.
#[derive(Clone, Debug, Default)]
pub(super) struct Pruned {
    /// Each begins where the one before ends, the first at the genesis.
    ranges: Vec<PrunedRange>,
    /// Those of them whose proofs are not served.
    unserved: BTreeSet<PrunedRange>,
    /// The last one, while there is something to delete of it.
    unfinished: Option<PrunedRange>,
    /// The next one, while proofs about it are still to be made: no more are taken.
    closing: Option<PrunedRange>,
    /// Bytes that were deleted.
    freed: u64,
    /// Which blocks are to be pruned.
    behind: Option<PruneBehind>,
}

/// What a host has pruned.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PruneReport {
    /// The blocks before this height are pruned.
    pub before: u32,
    /// The ranges that they are proven in.
    pub ranges: usize,
    /// The bytes that were deleted of them. A database does not shrink: it uses them for what comes.
    pub freed_bytes: u64,
}

/// Whether what is proven about a range is served no longer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Unserved {
    /// It is.
    Done,
    /// Proofs about its blocks, or some of these, are still to be made.
    Awaited(Vec<ProofKey>),
    /// The proof of the range is not the one that was verified.
    OtherFile,
}

impl Ledger {
    /// Returns the range that a pruned block is proven in; `None` if the block is not pruned.
    #[must_use]
    pub fn pruned_range(&self, height: u32) -> Option<PrunedRange> {
        let ranges = &self.pruned.ranges;
        let after = ranges.partition_point(|range| range.first <= height);
        let range = ranges.get(after.checked_sub(1)?)?;
        range.has(height).then_some(*range)
    }

    /// Returns what is pruned.
    #[must_use]
    pub fn prune_report(&self) -> PruneReport {
        PruneReport {
            before: self.pruned_before().unwrap_or(u32::MAX),
            ranges: self.pruned.ranges.len(),
            freed_bytes: self.pruned.freed,
        }
    }

    /// Returns the height of the first block that is not pruned; none if every height is.
    fn pruned_before(&self) -> Option<u32> {
        let last = self.pruned.ranges.last();
        last.map_or(Some(0), |range| range.last.checked_add(1))
    }

    /// Returns the range that there is something to do about: one that is pruned and whose proof is missing, one that is not
    /// deleted as a whole, or the next one that is old enough.
    pub(in crate::state) fn next_pruning(&self) -> Option<PrunedRange> {
        let unserved = self.pruned.unserved.first().copied();
        unserved.or(self.pruned.unfinished).or_else(|| {
            let (behind, next) = self.next_range()?;
            behind.is_due(next, self.proven).then_some(next)
        })
    }

    /// Returns whether the proofs of ranges have waited for all others for long enough.
    pub(crate) fn is_pruning_overdue(&self) -> bool {
        let next = self.next_range();
        next.is_some_and(|(behind, next)| behind.is_overdue(next, self.proven))
    }

    /// Returns the range that is pruned next, and behind how many blocks.
    fn next_range(&self) -> Option<(PruneBehind, PrunedRange)> {
        let behind = self.pruned.behind?;
        Some((behind, behind.range_from(self.pruned_before()?)?))
    }

    /// Says which blocks are to be pruned; `None` for no more of them.
    pub(in crate::state) const fn set_pruning(&mut self, behind: Option<PruneBehind>) {
        self.pruned.behind = behind;
        self.pruned.closing = None;
    }

    /// Takes no more requests for proofs about the operations of a range, which is pruned once those that there are are made.
    pub(in crate::state) const fn close(&mut self, range: PrunedRange) {
        self.pruned.closing = Some(range);
    }

    /// Returns the range that is pruned once the proofs about it are made that are still to be made.
    #[must_use]
    pub const fn closing(&self) -> Option<PrunedRange> {
        self.pruned.closing
    }

    /// Returns the range that a block is proven in that is pruned, or takes no more requests.
    pub(in crate::state) fn closed_range(&self, height: u32) -> Option<PrunedRange> {
        let closing = self.pruned.closing.filter(|range| range.has(height));
        self.pruned_range(height).or(closing)
    }

    /// Returns whether a range is pruned, and nothing is left to delete of it.
    #[must_use]
    pub fn is_pruned(&self, range: PrunedRange) -> bool {
        self.has_pruned(range) && self.pruned.unfinished != Some(range)
    }

    /// Returns whether a range is pruned, whether all of it is deleted or not.
    fn has_pruned(&self, range: PrunedRange) -> bool {
        self.pruned.ranges.binary_search(&range).is_ok()
    }

    /// Keeps the proof of a range, whoever asked for it: it is made after all others, and never retired.
    pub(in crate::state) fn keep(&mut self, key: ProofKey) {
        self.kept.insert(key);
        if let Some(due) = self.due_height(&key) {
            self.requested.remove(&place(due, &key));
        }
    }

    /// Returns whether a proof about one of these blocks, or one of these proofs, is still to be made.
    pub(in crate::state) fn is_awaited_in(&self, range: PrunedRange, others: &[ProofKey]) -> bool {
        let mut others = others.iter();
        (range.first..=range.last).any(|height| self.is_awaited(height))
            || others.any(|key| self.status(key) == ProofStatus::Waiting)
    }

    /// Returns the proof about a block that is kept though the block is pruned: that the last block of an epoch
    /// was signed, which leads a client into the next one.
    pub(in crate::state) fn kept_of(&self, height: u32, epoch_length: u32) -> Option<ProofKey> {
        let ends_epoch = height % epoch_length == epoch_length - 1;
        let entry = self.entries.get(to_index(height)).filter(|_| ends_epoch)?;
        entry.due.first().copied()
    }

    /// Prunes a range if its proof is still the one in `file`, and none about its blocks, and none of `others`, is still to be made.
    pub(in crate::state) fn prune_proven(
        &mut self,
        range: PrunedRange,
        file: ProofId,
        others: &[ProofKey],
        epoch_length: u32,
    ) -> Unserved {
        if self.is_awaited_in(range, others) {
            return Unserved::Awaited(others.to_vec());
        }
        if !matches!(self.status(&range.key()), ProofStatus::Listed(proof) if proof.id == file) {
            return Unserved::OtherFile;
        }
        self.prune(range, others, epoch_length);
        Unserved::Done
    }

    /// Records that a range is pruned, and forgets the proofs about its blocks, and these.
    pub(in crate::state) fn prune(
        &mut self,
        range: PrunedRange,
        others: &[ProofKey],
        epoch_length: u32,
    ) {
        for height in range.first..=range.last {
            self.revise(height);
            let kept = self.kept_of(height, epoch_length);
            let Some(entry) = self.entries.get_mut(to_index(height)) else {
                break;
            };
            let gone = entry.due.split_off(usize::from(kept.is_some()));
            gone.iter().for_each(|key| self.drop_proof(key));
        }
        others.iter().for_each(|key| self.drop_proof(key));
        self.retained_from = self.retained_from.max(range.last.saturating_add(1));
        self.keep(range.key());
        if !self.has_pruned(range) {
            self.pruned.ranges.push(range);
        }
        self.note_range(&range.key(), self.status(&range.key()));
        self.pruned.unfinished = Some(range);
        self.pruned.closing = None;
    }

    /// Notes whether the proof of a range that is pruned is served, where the proof is one.
    pub(super) fn note_range(&mut self, key: &ProofKey, status: ProofStatus) {
        let range = PrunedRange::of(key).filter(|range| self.has_pruned(*range));
        match (range, status) {
            (None, _) => {}
            (Some(range), ProofStatus::Listed(_)) => {
                self.pruned.unserved.remove(&range);
            }
            (Some(range), _) => {
                self.pruned.unserved.insert(range);
            }
        }
    }

    /// Records that nothing is left to delete of the last range that is pruned.
    pub(in crate::state) fn finish_pruned(&mut self, freed: u64) {
        self.pruned.unfinished = None;
        self.pruned.freed += freed;
    }

    /// Forgets the ids of proofs that were made and are kept no longer.
    pub(in crate::state) fn forget_ids(&mut self, ids: impl Iterator<Item = ProofId>) {
        ids.for_each(|id| {
            self.retired.remove(&id);
        });
    }

    fn drop_proof(&mut self, key: &ProofKey) {
        self.remove_id(key);
        if let Some(dropped) = self.proofs.remove(key) {
            let place = place(dropped.due, key);
            self.jobs.remove(&place);
            self.requested.remove(&place);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::super::tests::{key, ledger, proof};
    use super::*;
    use crate::state::ProofFile;
    use crate::state::ledger::{Lane, Provable};

    const RANGES: [PrunedRange; 2] = [
        PrunedRange { first: 0, last: 3 },
        PrunedRange { first: 4, last: 7 },
    ];

    /// A chain whose blocks are all proven; its epochs have four, and four blocks are kept whole.
    fn proven(blocks: u32) -> Ledger {
        let mut ledger = ledger(blocks);
        (1..=blocks).for_each(|height| ledger.add_proof(&key(height), proof(height)));
        ledger.set_pruning(NonZeroU32::new(4).map(PruneBehind::new));
        ledger
    }

    /// Lists the proof of a range, and prunes it.
    fn prune(ledger: &mut Ledger, range: PrunedRange) {
        ledger.keep(range.key());
        ledger.add_due(range.key(), ledger.latest_height());
        ledger.add_proof(&range.key(), proof(100 + range.first));
        ledger.prune(range, &[], 4);
        assert!(!ledger.is_pruned(range));
        ledger.finish_pruned(1000);
        assert!(ledger.is_pruned(range));
    }

    #[test]
    fn ranges_are_pruned_one_after_the_other_and_epoch_ends_stay() {
        let mut ledger = proven(12);
        for range in RANGES {
            assert_eq!(ledger.next_pruning(), Some(range));
            prune(&mut ledger, range);
        }
        assert_eq!(ledger.next_pruning(), None);
        let report = PruneReport {
            before: 8,
            ranges: 2,
            freed_bytes: 2000,
        };
        assert_eq!(ledger.prune_report(), report);
        for height in 0..=12 {
            let range = RANGES.into_iter().find(|range| range.has(height));
            assert_eq!(ledger.pruned_range(height), range);
        }
        for height in [1, 2, 4, 5, 6] {
            assert_eq!(ledger.status(&key(height)), ProofStatus::Pruned);
            assert_eq!(ledger.keys_of(proof(height).id), []);
            assert!(ledger.is_proven(height));
        }
        for height in [3, 7, 8, 12] {
            let listed = ProofStatus::Listed(proof(height));
            assert_eq!(ledger.status(&key(height)), listed);
        }
        assert_eq!(
            (ledger.proven_height(), ledger.retained_from()),
            (Some(12), 8)
        );
        // A header still has its path, and a range its folds.
        assert!(ledger.ancestor(1, 12).is_some() && ledger.fold(4).is_some());
    }

    #[test]
    fn what_was_begun_is_finished_and_what_is_lost_is_made_again_without_the_option() {
        let mut ledger = proven(12);
        let [first, second] = RANGES;
        prune(&mut ledger, first);
        ledger.set_pruning(None);
        assert_eq!(ledger.next_pruning(), None);
        ledger.set_missing(&first.key(), Provable::WitnessLost);
        assert_eq!(ledger.next_pruning(), Some(first));
        ledger.add_proof(&first.key(), proof(100));
        ledger.keep(second.key());
        ledger.add_due(second.key(), 12);
        ledger.add_proof(&second.key(), proof(104));
        ledger.prune(second, &[], 4);
        assert_eq!(ledger.next_pruning(), Some(second));
        ledger.finish_pruned(0);
        assert_eq!(ledger.next_pruning(), None);
    }

    #[test]
    fn the_proof_of_a_range_waits_for_all_others_and_is_never_retired() {
        let mut ledger = proven(12);
        let [first, second] = RANGES.map(PrunedRange::key);
        for key in [first, second] {
            ledger.add_due(key, 12);
            assert_eq!(ledger.lane(&key), Lane::Requested);
        }
        // Somebody asked for it before: then it is kept from now on.
        ledger.add_proof(&first, proof(100));
        assert_eq!(ledger.requested_beyond(0), [(first, proof(100).id)]);
        ledger.keep(first);
        ledger.keep(second);
        assert_eq!(ledger.lane(&second), Lane::Pruning);
        assert_eq!(ledger.next_job(Lane::Pruning), Some(second));
        assert_eq!(
            (ledger.next_job(Lane::Requested), ledger.requests()),
            (None, 0)
        );
        ledger.add_proof(&second, proof(104));
        assert_eq!(ledger.requested_beyond(0), []);
    }

    #[test]
    fn a_range_whose_proof_is_not_the_one_that_was_verified_stays() {
        let (mut ledger, [first, _]) = (proven(12), RANGES);
        let file = proof(100);
        let prune =
            |ledger: &mut Ledger, file: ProofFile| ledger.prune_proven(first, file.id, &[], 4);
        assert_eq!(prune(&mut ledger, file), Unserved::OtherFile);
        ledger.keep(first.key());
        ledger.add_due(first.key(), 12);
        ledger.add_proof(&first.key(), file);
        // It was found damaged after it was verified, and is to be made again.
        ledger.set_missing(&first.key(), Provable::Yes);
        assert_eq!(prune(&mut ledger, file), Unserved::OtherFile);
        ledger.add_proof(&first.key(), proof(101));
        assert_eq!(prune(&mut ledger, file), Unserved::OtherFile);
        ledger.set_missing(&key(2), Provable::Yes);
        let awaited = Unserved::Awaited(Vec::new());
        assert_eq!(prune(&mut ledger, proof(101)), awaited);
        assert_eq!(ledger.pruned_range(0), None);
        // What is asked for from now on would keep it waiting for ever.
        ledger.close(first);
        assert_eq!(ledger.closed_range(3), Some(first));
        assert_eq!(
            (ledger.closed_range(4), ledger.pruned_range(3)),
            (None, None)
        );
        ledger.add_proof(&key(2), proof(2));
        assert_eq!(prune(&mut ledger, proof(101)), Unserved::Done);
        assert_eq!(ledger.pruned_range(0), Some(first));
        assert_eq!(
            (ledger.closing(), ledger.closed_range(3)),
            (None, Some(first))
        );
    }

    #[test]
    fn a_range_that_has_waited_for_long_is_overdue() {
        assert!(!proven(7).is_pruning_overdue());
        assert!(!proven(10).is_pruning_overdue());
        assert!(proven(11).is_pruning_overdue());
    }

    #[test]
    fn blocks_whose_proofs_are_awaited_are_known() {
        let mut ledger = proven(12);
        let [first, second] = RANGES;
        assert!(!ledger.is_awaited_in(first, &[]));
        ledger.set_missing(&key(2), Provable::Yes);
        assert!(ledger.is_awaited_in(first, &[]) && !ledger.is_awaited_in(second, &[]));
        assert!(ledger.is_awaited_in(second, &[key(2)]));
        // One that is lost never comes.
        ledger.set_missing(&key(2), Provable::WitnessLost);
        assert!(!ledger.is_awaited_in(first, &[]));
    }
}
