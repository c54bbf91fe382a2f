//! `Turnout`: which validators of the devnet are absent, drawn anew for each block.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rpp_verifier::{Bitmap, Validator, ValidatorSet};

/// Draws who misses a slot and who misses a vote.
#[derive(Debug)]
pub(crate) struct Turnout(StdRng);

impl Turnout {
    /// Returns the turnout for this seed.
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(StdRng::from_seed(seed))
    }

    /// Draws how many slots pass without a block before the next one, at most `most`.
    pub(crate) fn skipped_slots(&mut self, most: u32) -> u32 {
        u32::from(most > 0 && self.0.random_ratio(1, SKIP_ONE_SLOT_IN))
    }

    /// Draws who votes: always the proposer, and always more than two thirds of the power.
    pub(crate) fn voters(&mut self, set: &ValidatorSet, proposer: u32) -> Bitmap {
        let n = set.opening().n;
        let total = u64::from(set.opening().total_power);
        let mut away = Bitmap::default();
        let mut away_power = 0;
        for _ in 0..n.div_ceil(AWAY_ONE_VALIDATOR_IN) {
            let i = self.0.random_range(0..n);
            let power = u64::from(power_of(set.members(), i));
            // 3 · signed > 2 · total, with total − signed on one side.
            let enough_stay = 3 * (away_power + power) < total;
            if i != proposer && !away.contains(i) && enough_stay && self.0.random_bool(0.5) {
                away.insert(i);
                away_power += power;
            }
        }
        let mut voters = Bitmap::default();
        (0..n)
            .filter(|&i| !away.contains(i))
            .for_each(|i| voters.insert(i));
        voters
    }

    /// Draws a voting power.
    pub(crate) fn power(&mut self) -> u32 {
        self.0.random_range(POWERS)
    }

    /// Draws whether a member's power changes with the next set.
    pub(crate) fn changes_power(&mut self) -> bool {
        self.0.random_ratio(1, CHANGE_ONE_POWER_IN)
    }
}

fn power_of(members: &[Validator], index: u32) -> u32 {
    let member = usize::try_from(index).ok().and_then(|i| members.get(i));
    member.map_or(0, |member| member.power)
}

const SKIP_ONE_SLOT_IN: u32 = 8;
const AWAY_ONE_VALIDATOR_IN: u32 = 6;
const CHANGE_ONE_POWER_IN: u32 = 4;
const POWERS: std::ops::RangeInclusive<u32> = 50..=150;

#[cfg(test)]
mod tests {
    use rpp_verifier::hazmat::{Domain, hash, u32_limbs};

    use super::*;

    fn set(powers: &[u32]) -> ValidatorSet {
        let member = |(i, &power): (u32, &u32)| Validator {
            key_id: hash(Domain::KeyVote, &u32_limbs(i)),
            power,
            account: i,
            start_slot: 0,
        };
        ValidatorSet::new((0..).zip(powers).map(member).collect()).unwrap()
    }

    #[test]
    fn more_than_two_thirds_vote_and_the_proposer_is_among_them() {
        let mut turnout = Turnout::new([7; 32]);
        let sets: [&[u32]; 4] = [&[1], &[1, 1], &[150, 50, 50, 150], &[100; 50]];
        for powers in sets {
            let set = set(powers);
            let n = set.opening().n;
            for proposer in (0..n).cycle().take(200) {
                let voters = turnout.voters(&set, proposer);
                let signed: u32 = voters.indices().map(|i| power_of(set.members(), i)).sum();
                assert!(3 * signed > 2 * set.opening().total_power);
                assert!(voters.contains(proposer));
            }
        }
    }

    #[test]
    fn votes_and_skips_vary() {
        let mut turnout = Turnout::new([7; 32]);
        let set = set(&[100; 16]);
        let first = turnout.voters(&set, 0);
        assert!((0..100).any(|_| turnout.voters(&set, 0) != first));
        assert!((0..100).any(|_| turnout.skipped_slots(1) == 1));
        assert!((0..100).all(|_| turnout.skipped_slots(0) == 0));
    }
}
