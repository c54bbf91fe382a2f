//! Which leaf may sign what: `Leaves`, `Standing`, and how far a restored key jumps.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use core::ops::Range;

/// What a signer knows about its own leaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It knows which leaves have signed.
    Whole,
    /// It comes from words or from a copy, or the chain shows that another copy of the key has signed: it
    /// can only give its account a new key.
    Restored,
}

/// How many leaves a key still has. Each operation takes one, and a key without any moves nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Leaves {
    /// More than a tenth.
    Enough {
        /// How many transfers the key can still sign.
        left: u32,
    },
    /// A tenth or less: it is time for a new key.
    Low {
        /// How many transfers the key can still sign.
        left: u32,
    },
    /// Only those that are kept for a change of key.
    RekeyOnly {
        /// How many changes of key the key can still sign.
        left: u32,
    },
}

impl Leaves {
    /// How many leaves are kept for a change of key; the later half of them for a restored key.
    pub const KEPT: u32 = 8;

    pub(super) const fn from(next: u32, count: u32) -> Self {
        let transfers = count.saturating_sub(Self::KEPT).saturating_sub(next);
        if transfers == 0 {
            let end = ordinary_end(count);
            let left = end.saturating_sub(next);
            return Self::RekeyOnly { left };
        }
        // From nine tenths on.
        let left = transfers;
        if count.saturating_sub(next) <= count.saturating_div(10) {
            Self::Low { left }
        } else {
            Self::Enough { left }
        }
    }

    /// Returns whether it is time for a new key.
    #[must_use]
    pub const fn is_low(self) -> bool {
        !matches!(self, Self::Enough { .. })
    }
}

/// Returns where the leaves end that sign transfers.
pub(super) const fn transfer_end(count: u32) -> u32 {
    count.saturating_sub(Leaves::KEPT)
}

/// Returns where the leaves end that a key signs a change of key with that was never restored.
pub(super) const fn ordinary_end(count: u32) -> u32 {
    count.saturating_sub(RESTORED)
}

/// Returns the leaves that a restored key may change its account's key with, where `spent` is the first one
/// that the chain has not seen, and `next` the first that this copy of the key has not given to anything.
///
/// They start an eighth of all leaves further on, since another copy may have signed what no block has taken
/// yet; where not so many are left, with the last ones, which no other copy uses. Which of an eighth of all it
/// is, is drawn: whoever restores the same words twice does not come to the same leaf.
pub(super) fn restored_leaves(spent: u32, next: u32, count: u32) -> Range<u32> {
    let eighth = count.saturating_div(8);
    let known = spent.max(next);
    let last = ordinary_end(count);
    let jumped = spent.saturating_add(eighth);
    if jumped >= last {
        return known.max(last)..count;
    }
    let first = jumped.max(next);
    first..first.saturating_add(eighth).min(count)
}

/// How many leaves only a restored key uses.
const RESTORED: u32 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warns_from_nine_tenths_on_and_keeps_the_last() {
        let at = |next| Leaves::from(next, 1024);
        assert_eq!(at(0), Leaves::Enough { left: 1016 });
        assert_eq!(at(921), Leaves::Enough { left: 95 });
        assert_eq!(at(922), Leaves::Low { left: 94 });
        assert_eq!(at(1015), Leaves::Low { left: 1 });
        assert_eq!(at(1016), Leaves::RekeyOnly { left: 4 });
        assert_eq!(at(1019), Leaves::RekeyOnly { left: 1 });
        assert_eq!(at(1020), Leaves::RekeyOnly { left: 0 });
        assert_eq!(at(1024), Leaves::RekeyOnly { left: 0 });
        assert_eq!(Leaves::from(0, 16), Leaves::Enough { left: 8 });
        assert_eq!(Leaves::from(8, 16), Leaves::RekeyOnly { left: 4 });
        assert!(!at(921).is_low() && at(922).is_low() && at(1016).is_low());
    }

    #[test]
    fn a_restored_key_jumps_an_eighth_or_to_the_end() {
        assert_eq!(restored_leaves(0, 0, 1024), 128..256);
        assert_eq!(restored_leaves(500, 0, 1024), 628..756);
        // A second one, by the same copy, goes on.
        assert_eq!(restored_leaves(500, 700, 1024), 700..828);
        assert_eq!(restored_leaves(880, 0, 1024), 1008..1024);
        assert_eq!(restored_leaves(891, 0, 1024), 1019..1024);
        assert_eq!(restored_leaves(892, 0, 1024), 1020..1024);
        assert_eq!(restored_leaves(1020, 0, 1024), 1020..1024);
        assert_eq!(restored_leaves(1022, 0, 1024), 1022..1024);
        assert!(restored_leaves(1022, 1024, 1024).is_empty());
        assert!(restored_leaves(1024, 0, 1024).is_empty());
        assert!(restored_leaves(u32::MAX, u32::MAX, 1024).is_empty());
    }

    /// But for the last leaves, no restored key comes near what its other copy may still sign.
    #[test]
    fn a_restored_key_stays_clear_of_its_other_copy() {
        for height in 4..=16 {
            let count = 1 << height;
            for spent in 0..count {
                let leaves = restored_leaves(spent, 0, count);
                assert!(leaves.start >= spent);
                assert!(leaves.end <= count);
                let is_clear = leaves.start >= spent + count / 8;
                assert!(is_clear || leaves.start >= ordinary_end(count));
                assert!(!leaves.is_empty());
            }
        }
    }
}
