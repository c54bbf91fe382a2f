//! Which leaf may sign what: `Leaves`, `Standing`, and the share of the leaves that is for restored keys.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

/// What a signer knows about its own leaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It knows which leaves have signed.
    Whole,
    /// It comes from words or from a copy, or the chain shows that another copy of the key has signed: it
    /// can only give its account a new key, and does so at the last quarter of the leaves, where no whole key
    /// signs anything.
    Restored,
}

/// How many leaves a key still has. Each operation takes one, and a key without any moves nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Leaves {
    /// More than a tenth of those that sign transfers.
    Enough {
        /// How many transfers the key can still sign.
        left: u32,
    },
    /// A tenth or less: it is time for a new key.
    Low {
        /// How many transfers the key can still sign.
        left: u32,
    },
    /// Only those that are kept for a change of key; or the key is restored, and signs nothing else.
    RekeyOnly {
        /// How many changes of key the key can still sign; a restored key, which skips leaves, fewer.
        left: u32,
    },
}

impl Leaves {
    /// Returns how many of the last leaves sign no transfer: four are kept for a change of key, and those
    /// after them, a quarter of all, for one by a restored key.
    #[must_use]
    pub const fn kept(tree_height: u32) -> u32 {
        let count = match 1_u32.checked_shl(tree_height) {
            Some(count) => count,
            None => u32::MAX,
        };
        count.saturating_sub(transfer_end(count))
    }

    pub(super) const fn from(next: u32, count: u32, standing: Standing) -> Self {
        let end = match standing {
            Standing::Whole => whole_end(count),
            Standing::Restored => count,
        };
        let transfers = match standing {
            Standing::Whole => transfer_end(count),
            Standing::Restored => 0,
        };
        let left = transfers.saturating_sub(next);
        let tenth = transfers.saturating_div(10);
        if left == 0 {
            let left = end.saturating_sub(next);
            Self::RekeyOnly { left }
        } else if left == 1 || left <= tenth {
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

/// Returns where the leaves end that a whole key signs at. All that follow are for restored keys, which sign at
/// no other: so no two copies of a key, of which one is whole, come to one leaf, whatever either has seen.
pub(super) const fn whole_end(count: u32) -> u32 {
    count.saturating_sub(count.saturating_div(4))
}

/// Returns where the leaves end that sign transfers and registrations.
pub(super) const fn transfer_end(count: u32) -> u32 {
    whole_end(count).saturating_sub(ORDINARY)
}

/// Returns the leaf at which a whole key signs a transfer or a registration, where `leaf` is the one that is
/// asked for.
pub(super) fn transfer_leaf(leaf: u32, count: u32) -> Option<u32> {
    (leaf < transfer_end(count)).then_some(leaf)
}

/// Returns the leaf at which a key signs a change of key, where `next` is the first that it has given to nothing.
///
/// That of a restored key is drawn, by `drawn`, so that whoever restores the same words twice rarely comes to the
/// same one: the first time from the first three quarters of its share, so that there is room for doing it again
/// with another fee, and then from the first half of what is left.
pub(super) fn change_leaf(standing: Standing, next: u32, count: u32, drawn: u32) -> Option<u32> {
    let share = whole_end(count);
    if standing == Standing::Whole {
        return (next < share).then_some(next);
    }
    let first = next.max(share);
    let left = count.saturating_sub(first);
    let kept = if first == share {
        left.saturating_div(4)
    } else {
        left.saturating_div(2)
    };
    let offset = drawn.checked_rem(left.saturating_sub(kept))?;
    Some(first.saturating_add(offset))
}

/// Returns how far ahead of the first free leaf a caller may choose the leaf of a transfer: those between would be
/// lost.
pub(super) const fn skip_end(next: u32, count: u32) -> u32 {
    next.saturating_add(count.saturating_div(8))
}

/// How many leaves are kept for the change of a whole key.
const ORDINARY: u32 = 4;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn warns_from_nine_tenths_on_and_keeps_the_last() {
        let at = |next| Leaves::from(next, 1024, Standing::Whole);
        assert_eq!(Leaves::kept(10), 260);
        assert_eq!(at(0), Leaves::Enough { left: 764 });
        assert_eq!(at(687), Leaves::Enough { left: 77 });
        assert_eq!(at(688), Leaves::Low { left: 76 });
        assert_eq!(at(763), Leaves::Low { left: 1 });
        assert_eq!(at(764), Leaves::RekeyOnly { left: 4 });
        assert_eq!(at(767), Leaves::RekeyOnly { left: 1 });
        assert_eq!(at(768), Leaves::RekeyOnly { left: 0 });
        assert_eq!(at(1024), Leaves::RekeyOnly { left: 0 });
        let small = |next| Leaves::from(next, 16, Standing::Whole);
        assert_eq!(Leaves::kept(4), 8);
        assert_eq!(small(0), Leaves::Enough { left: 8 });
        // Somebody who uses the smallest tree is warned as well.
        assert_eq!(small(7), Leaves::Low { left: 1 });
        assert_eq!(small(8), Leaves::RekeyOnly { left: 4 });
        assert!(!at(687).is_low() && at(688).is_low() && at(764).is_low());
        for height in 4..=16 {
            let count = 1 << height;
            for next in 0..transfer_end(count) {
                let is_late = u64::from(next) * 10 >= u64::from(whole_end(count)) * 9;
                let leaves = Leaves::from(next, count, Standing::Whole);
                assert!(!is_late || leaves.is_low(), "{height} {next}");
            }
        }
    }

    #[test]
    fn a_restored_key_has_leaves_for_changes_of_key_only() {
        let at = |next| Leaves::from(next, 1024, Standing::Restored);
        assert_eq!(at(768), Leaves::RekeyOnly { left: 256 });
        assert_eq!(at(1000), Leaves::RekeyOnly { left: 24 });
        assert_eq!(at(1024), Leaves::RekeyOnly { left: 0 });
    }

    #[test]
    fn a_restored_key_draws_from_its_own_share() {
        let drawn = |next, count, drawn| change_leaf(Standing::Restored, next, count, drawn);
        assert_eq!(drawn(0, 1024, 0), Some(768));
        assert_eq!(drawn(768, 1024, 191), Some(959));
        assert_eq!(drawn(768, 1024, 192), Some(768));
        assert_eq!(drawn(960, 1024, 31), Some(991));
        assert_eq!(drawn(960, 1024, 32), Some(960));
        assert_eq!(drawn(1023, 1024, u32::MAX), Some(1023));
        assert_eq!(drawn(1024, 1024, 0), None);
        assert_eq!(drawn(0, 16, 2), Some(14));
        assert_eq!(drawn(0, 16, 3), Some(12));
        assert_eq!(drawn(15, 16, 7), Some(15));
        assert_eq!(drawn(u32::MAX, u32::MAX, 0), None);
        assert_eq!(drawn(0, 0, 0), None);
    }

    /// Whatever leaf a caller asks for, wherever a copy stands and whatever is drawn.
    #[test]
    fn whole_and_restored_keys_share_no_leaf() {
        for height in 4..=16 {
            let count: u32 = 1 << height;
            let (mut whole, mut restored) = (BTreeSet::new(), BTreeSet::new());
            for next in (0..=count).chain([u32::MAX]) {
                whole.extend(transfer_leaf(next, count));
                for drawn in [0, 1, next, count / 8, u32::MAX] {
                    whole.extend(change_leaf(Standing::Whole, next, count, drawn));
                    restored.extend(change_leaf(Standing::Restored, next, count, drawn));
                }
            }
            assert!(whole.is_disjoint(&restored), "{height}");
            assert_eq!(whole.len() + restored.len(), 1 << height);
            assert_eq!(restored.first(), Some(&(count / 4 * 3)));
        }
    }

    /// Whatever is drawn, another fee can be tried, and more often with more leaves.
    #[test]
    fn a_restored_key_can_do_it_again() {
        for height in 4..=16 {
            let count: u32 = 1 << height;
            let (mut next, mut tries) = (0, 0);
            let last = |next| {
                let drawn = 0..count / 4;
                drawn
                    .filter_map(|drawn| change_leaf(Standing::Restored, next, count, drawn))
                    .max()
            };
            while let Some(leaf) = last(next) {
                (next, tries) = (leaf + 1, tries + 1);
            }
            assert!(tries >= height - 2, "{height} {tries}");
        }
    }
}
