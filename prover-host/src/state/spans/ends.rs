//! The end of an epoch as a span takes it: from what its own proof was made from, the votes that a quorum needs.

use rpp_verifier::{EpochEnd, HeadWitness, Header, SetOpening, VoteWitness};

/// Returns the end of an epoch with the fewest votes that make a quorum; `None` if the witness is not one of this header, or has no
/// quorum.
pub(super) fn end_of(header: Header, set: SetOpening, witness: &[u8]) -> Option<EpochEnd> {
    let witness = HeadWitness::from_bytes(witness).ok()?;
    let is_of = witness.statement.header_hash == header.hash();
    let votes = fewest(witness.votes, set.total_power).filter(|_| is_of)?;
    Some(EpochEnd {
        header,
        set,
        path: None,
        votes,
    })
}

/// Returns the fewest votes that have more than two thirds of the power, in the order of their indices: the heaviest, and of
/// equals those that come first.
fn fewest(mut votes: Vec<VoteWitness>, total: u32) -> Option<Vec<VoteWitness>> {
    let powers = votes.iter().map(|vote| vote.validator.power);
    let needed = quorum(&powers.collect::<Vec<_>>(), total)?;
    let mut place = 0;
    votes.retain(|_| {
        let is_needed = needed.contains(&place);
        place += 1;
        is_needed
    });
    Some(votes)
}

/// Returns the places of the fewest of these powers that are together more than two thirds of the total.
fn quorum(powers: &[u32], total: u32) -> Option<Vec<usize>> {
    let mut heaviest: Vec<usize> = (0..powers.len()).collect();
    // A stable sort leaves equals as they are.
    heaviest.sort_by_key(|&place| std::cmp::Reverse(powers[place]));
    let mut signed = 0;
    let needed = heaviest.iter().position(|&place| {
        signed += u64::from(powers[place]);
        3 * signed > 2 * u64::from(total)
    });
    heaviest.truncate(needed? + 1);
    Some(heaviest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(powers: &[u32], total: u32) -> Option<Vec<usize>> {
        quorum(powers, total).map(|mut places| {
            places.sort_unstable();
            places
        })
    }

    #[test]
    fn two_thirds_are_no_quorum_and_one_more_is() {
        assert_eq!(places(&[1, 1, 1], 3), Some(vec![0, 1, 2]));
        assert_eq!(places(&[1, 1, 1, 1], 4), Some(vec![0, 1, 2]));
        assert_eq!(places(&[2, 2, 2], 6), Some(vec![0, 1, 2]));
        assert_eq!(places(&[2, 3, 1], 6), Some(vec![0, 1]));
        // Not all have voted.
        assert_eq!(places(&[1, 1], 3), None);
        assert_eq!(places(&[], 3), None);
        assert_eq!(places(&[5], 7), Some(vec![0]));
        assert_eq!(places(&[4, 1], 7), Some(vec![0, 1]));
    }

    #[test]
    fn the_heaviest_are_taken_and_of_equals_the_first() {
        assert_eq!(places(&[1, 5, 2, 5, 1], 14), Some(vec![1, 3]));
        assert_eq!(places(&[2, 2, 2, 2, 2], 10), Some(vec![0, 1, 2, 3]));
        assert_eq!(places(&[1, 3, 3, 3, 1], 11), Some(vec![1, 2, 3]));
        let most = [u32::MAX / 2, u32::MAX / 2, 1];
        assert_eq!(places(&most, u32::MAX), Some(vec![0, 1]));
    }
}
