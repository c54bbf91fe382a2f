//! Which proofs a ledger stops serving, because they are kept no longer.

use rpp_verifier::ProofKey;

use super::{Ledger, ProofStatus, to_index};
use crate::state::{ProofId, Retention};

impl Ledger {
    /// Returns whether there may be proofs to retire.
    pub(in crate::state) fn has_to_retire(&self, retention: Retention) -> bool {
        let from = self.unretired_from;
        from < retention.kept_from(self.proven) && !self.is_awaited(from)
    }

    /// Stops serving at most `most` proofs that are kept no longer, or those about one height; looks at
    /// a bounded number of heights. Returns them, oldest first.
    pub(in crate::state) fn retire(
        &mut self,
        retention: Retention,
        epoch_length: u32,
        most: usize,
    ) -> Vec<(ProofKey, ProofId)> {
        let end = retention.kept_from(self.proven);
        let end = end.min(self.unretired_from.saturating_add(LOOKED_AT));
        let mut retired = Vec::new();
        // What is still to be made is retired when it is made.
        while self.unretired_from < end
            && retired.len() < most
            && !self.is_awaited(self.unretired_from)
        {
            let height = self.unretired_from;
            self.unretired_from += 1;
            let ends_epoch = height % epoch_length == epoch_length - 1;
            if ends_epoch {
                continue;
            }
            for (key, proof) in self.listed(height) {
                self.set_retired(&key, proof.id);
                retired.push((key, proof.id));
            }
        }
        retired
    }

    pub(super) fn is_awaited(&self, height: u32) -> bool {
        let due = self.entries.get(to_index(height)).map(|entry| &entry.due);
        let mut due = due.into_iter().flatten();
        due.any(|key| self.status(key) == ProofStatus::Waiting)
    }
}

/// Heights that are looked at under one lock.
const LOOKED_AT: u32 = 4096;

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::super::tests::{key, ledger, proof};
    use super::*;
    use crate::state::ledger::Provable;

    fn newest(n: u32) -> Retention {
        Retention::Newest(NonZeroU32::new(n).unwrap())
    }

    /// A chain whose blocks are all proven; its epochs have four.
    fn proven(blocks: u32) -> Ledger {
        let mut ledger = ledger(blocks);
        (1..=blocks).for_each(|height| ledger.add_proof(&key(height), proof(height)));
        ledger
    }

    /// Retires in batches, and returns the heights of each.
    fn retire(ledger: &mut Ledger, retention: Retention) -> Vec<Vec<u32>> {
        let mut batches = Vec::new();
        while ledger.has_to_retire(retention) {
            let batch = ledger.retire(retention, 4, 3);
            assert!(batch.iter().all(|(_, id)| ledger.is_retired(*id)));
            let heights = (1..=ledger.latest_height())
                .filter(|&height| batch.contains(&(key(height), proof(height).id)));
            batches.push(heights.collect());
        }
        batches
    }

    fn listed(ledger: &Ledger) -> Vec<u32> {
        let heights = 1..=ledger.latest_height();
        heights
            .filter(|&height| !ledger.block(height).unwrap().proofs.is_empty())
            .collect()
    }

    #[test]
    fn epoch_ends_and_the_newest_stay() {
        let mut ledger = proven(13);
        assert!(!ledger.has_to_retire(Retention::All));
        assert!(!ledger.has_to_retire(newest(14)));
        let batches = retire(&mut ledger, newest(3));
        assert_eq!(batches, [&[1, 2, 4][..], &[5, 6, 8], &[9, 10]]);
        assert_eq!(listed(&ledger), [3, 7, 11, 12, 13]);
        assert_eq!(ledger.proven_height(), Some(13));
        assert_eq!(ledger.status(&key(10)), ProofStatus::Retired);
        assert_eq!(ledger.keys_of(proof(10).id), []);
        // They were proven, and nobody makes them again.
        assert!(ledger.is_proven(10) && ledger.jobs() == 0);
        // To keep more does not bring back what is gone; to keep fewer goes on from there.
        assert!(!ledger.has_to_retire(newest(12)));
        assert_eq!(retire(&mut ledger, newest(1)), [[12]]);
    }

    #[test]
    fn what_is_still_to_be_made_is_waited_for() {
        let mut ledger = proven(13);
        ledger.set_missing(&key(2), Provable::Yes);
        assert_eq!(retire(&mut ledger, newest(3)), [[1]]);
        ledger.add_proof(&key(2), proof(2));
        assert_eq!(
            retire(&mut ledger, newest(3)).concat(),
            [2, 4, 5, 6, 8, 9, 10]
        );
        // One that is lost never comes.
        let mut ledger = proven(13);
        ledger.set_missing(&key(2), Provable::WitnessLost);
        assert_eq!(retire(&mut ledger, newest(9)), [[1, 4]]);
        assert_eq!(ledger.status(&key(2)), ProofStatus::Lost);
        assert!(!ledger.is_proven(2));
    }

    #[test]
    fn only_the_revision_of_its_page_changes() {
        let mut ledger = proven(200);
        let before = [0, 64, 128].map(|from| ledger.revision(from, 64));
        ledger.retire(newest(3), 4, 3);
        let after = [0, 64, 128].map(|from| ledger.revision(from, 64));
        assert!(after[0] > before[0]);
        assert_eq!(after[1..], before[1..]);
        assert!(ledger.revision(63, 64) > before[1]);
        assert_eq!(ledger.revision(u32::MAX, 64), 0);
    }

    #[test]
    fn a_head_is_never_one_whose_proof_is_retired() {
        let mut ledger = proven(6);
        retire(&mut ledger, newest(1));
        assert_eq!(ledger.proven_height(), Some(6));
        ledger.set_missing(&key(6), Provable::WitnessLost);
        assert_eq!(ledger.proven_height(), Some(3));
    }
}
