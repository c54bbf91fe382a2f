//! `Tally`: how often each validator of an epoch has voted, counted once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use rpp_verifier::{Bitmap, Digest, Header, HeaderHash, ServedUptime, ValidatorSet};

use super::requests::RequestError;

/// The votes of an epoch that is over, which never change.
#[derive(Debug)]
pub(super) struct Tally {
    first: u32,
    last: u32,
    head_hash: HeaderHash,
    validator_set_root: Digest,
    /// Of each member, in the order of their indices, the key and how often it has voted.
    members: Vec<(Digest, u32)>,
}

impl Tally {
    /// Counts the votes for `headers` but the last, whose hash is `head_hash`; `None` if they are not those that the headers
    /// name, of that set.
    pub(super) fn count(
        headers: &[Header],
        head_hash: HeaderHash,
        votes: &[Bitmap],
        set: &ValidatorSet,
    ) -> Option<Self> {
        let (head, voted) = headers.split_last()?;
        let (first, root) = (voted.first()?, set.set_root());
        let named = headers.iter().skip(1);
        let is_named = voted.len() == votes.len()
            && named
                .zip(votes)
                .all(|(header, votes)| header.participation_root == votes.participation_root());
        let is_of_set = voted.iter().all(|header| header.validator_set_root == root);
        if !is_named || !is_of_set {
            return None;
        }
        let count = |index| votes.iter().filter(|votes| votes.contains(index)).count();
        let counts = (0..).map(|index| u32::try_from(count(index)).unwrap_or(u32::MAX));
        let key_ids = set.members().iter().map(|member| member.key_id);
        Some(Self {
            first: first.height,
            last: head.height.saturating_sub(1),
            head_hash,
            validator_set_root: root,
            members: key_ids.zip(counts).collect(),
        })
    }

    /// Returns how often a validator has voted.
    pub(super) fn of(&self, validator: u32, epoch: u32) -> Result<ServedUptime, RequestError> {
        let index = usize::try_from(validator).unwrap_or(usize::MAX);
        let Some(&(key_id, signed)) = self.members.get(index) else {
            let n = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
            return Err(RequestError::UnknownValidator { validator, n });
        };
        Ok(ServedUptime {
            validator,
            epoch,
            first: self.first,
            last: self.last,
            header_hash: self.head_hash,
            validator_set_root: self.validator_set_root,
            key_id,
            signed,
        })
    }
}

/// The tallies that were asked for last: the first question about an epoch reads all its votes, and whoever asks about one
/// of its validators after that costs next to nothing.
#[derive(Debug, Default)]
pub(super) struct Tallies(Mutex<VecDeque<(u32, Arc<Tally>)>>);

impl Tallies {
    /// Returns the tally of an epoch that is kept.
    pub(super) fn get(&self, epoch: u32) -> Option<Arc<Tally>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(of, _)| *of == epoch)?;
        let found = kept.remove(at)?;
        let tally = found.1.clone();
        kept.push_front(found);
        Some(tally)
    }

    /// Keeps the tally of an epoch, in place of the one that was not asked for the longest if there are many.
    pub(super) fn keep(&self, epoch: u32, tally: Arc<Tally>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(of, _)| *of != epoch);
        kept.push_front((epoch, tally));
        kept.truncate(MAX_TALLIES);
    }
}

/// Of the largest sets these are 2.3 MB.
const MAX_TALLIES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn tally() -> Arc<Tally> {
        Arc::new(Tally {
            first: 1,
            last: 3,
            head_hash: HeaderHash(Digest::ZERO),
            validator_set_root: Digest::ZERO,
            members: vec![(Digest::ZERO, 2), (Digest::ZERO, 0)],
        })
    }

    #[test]
    fn the_epoch_that_was_not_asked_for_the_longest_makes_room() {
        let tallies = Tallies::default();
        let most = u32::try_from(MAX_TALLIES).unwrap();
        (0..most).for_each(|epoch| tallies.keep(epoch, tally()));
        assert!(tallies.get(0).is_some());
        // Two may have counted at the same time.
        tallies.keep(most - 1, tally());
        assert!(tallies.get(1).is_some());
        tallies.keep(most, tally());
        assert!(tallies.get(2).is_none());
        assert!([0, 1, 3, most].iter().all(|&of| tallies.get(of).is_some()));
    }

    #[test]
    fn has_each_member_of_the_set_and_nobody_else() {
        let of = |validator| tally().of(validator, 0).map(|served| served.signed);
        assert!(matches!((of(0), of(1)), (Ok(2), Ok(0))));
        for validator in [2, u32::MAX] {
            let unknown = of(validator).unwrap_err();
            assert!(matches!(
                unknown,
                RequestError::UnknownValidator { n: 2, .. }
            ));
        }
    }
}
