//! Which leaf may sign what: `Leaves`, `Standing`, how far a key may run ahead of the chain, and how far a restored
//! one jumps.
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
    /// Only those that are kept for a change of key; or the key is restored, and signs nothing else.
    RekeyOnly {
        /// How many changes of key the key can still sign; a restored key, which skips leaves, fewer.
        left: u32,
    },
}

impl Leaves {
    /// Returns how many of the last leaves sign no transfer: four are kept for a change of key, and those
    /// after them, a sixteenth of all but at least four, for one by a restored key.
    #[must_use]
    pub const fn kept(tree_height: u32) -> u32 {
        let count = match 1_u32.checked_shl(tree_height) {
            Some(count) => count,
            None => u32::MAX,
        };
        count.saturating_sub(transfer_end(count))
    }

    pub(super) const fn from(next: u32, count: u32, standing: Standing) -> Self {
        if matches!(standing, Standing::Restored) {
            let left = count.saturating_sub(next);
            return Self::RekeyOnly { left };
        }
        let transfers = transfer_end(count).saturating_sub(next);
        if transfers == 0 {
            let left = ordinary_end(count).saturating_sub(next);
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
    ordinary_end(count).saturating_sub(ORDINARY)
}

/// Returns where the leaves end that a key signs a change of key with that was never restored.
pub(super) const fn ordinary_end(count: u32) -> u32 {
    let sixteenth = count.saturating_div(16);
    let restored = if sixteenth < RESTORED {
        RESTORED
    } else {
        sixteenth
    };
    count.saturating_sub(restored)
}

/// Returns where the leaves end that a key may sign transfers with that was never restored, where `spent` is
/// the first leaf that the chain has not seen: an eighth of all further on. A restored copy jumps over them.
pub(super) const fn transfer_reach(spent: u32, count: u32) -> u32 {
    spent.saturating_add(count.saturating_div(8))
}

/// Like [`transfer_reach`], for a change of key: a few leaves more, so that a key which has come to its reach
/// can still be changed.
pub(super) const fn rekey_reach(spent: u32, count: u32) -> u32 {
    transfer_reach(spent, count).saturating_add(ORDINARY)
}

/// Returns the first leaf that a copy may use of which another may have signed since it was made, where `next`
/// is the first that the copy has given to nothing: the other one may have gone on from there.
pub(super) const fn leaf_of_copy(next: u32, count: u32) -> u32 {
    let (jumped, end) = (transfer_reach(next, count), ordinary_end(count));
    let jumped = if jumped < end { jumped } else { end };
    if jumped > next { jumped } else { next }
}

/// Returns the leaves that a restored key may change its account's key with: those past the reach of another
/// copy that saw `spent` as the first leaf that the chain has not, and, where none are left, those that only
/// restored keys use. `next` is the first leaf that this copy has given to nothing.
///
/// Which of them it is, is drawn, so that whoever restores the same words twice rarely comes to the same
/// leaf. The last of them are left for doing it again.
pub(super) fn restored_leaves(spent: u32, next: u32, count: u32) -> Range<u32> {
    let past = rekey_reach(spent, count);
    let first = if past < ordinary_end(count) {
        past
    } else {
        spent.max(ordinary_end(count))
    };
    let first = first.max(next).min(count);
    let all = count.saturating_sub(first);
    let again = all.saturating_div(4).max(1);
    let drawn = all.saturating_sub(again).max(all.min(1));
    first..first.saturating_add(drawn)
}

/// How many leaves are kept for the change of a key that was never restored.
const ORDINARY: u32 = 4;
/// How many leaves only a restored key uses, at least.
const RESTORED: u32 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warns_from_nine_tenths_on_and_keeps_the_last() {
        let at = |next| Leaves::from(next, 1024, Standing::Whole);
        assert_eq!(Leaves::kept(10), 68);
        assert_eq!(at(0), Leaves::Enough { left: 956 });
        assert_eq!(at(921), Leaves::Enough { left: 35 });
        assert_eq!(at(922), Leaves::Low { left: 34 });
        assert_eq!(at(955), Leaves::Low { left: 1 });
        assert_eq!(at(956), Leaves::RekeyOnly { left: 4 });
        assert_eq!(at(959), Leaves::RekeyOnly { left: 1 });
        assert_eq!(at(960), Leaves::RekeyOnly { left: 0 });
        assert_eq!(at(1024), Leaves::RekeyOnly { left: 0 });
        let small = |next| Leaves::from(next, 16, Standing::Whole);
        assert_eq!(Leaves::kept(4), 8);
        assert_eq!(small(0), Leaves::Enough { left: 8 });
        assert_eq!(small(8), Leaves::RekeyOnly { left: 4 });
        assert!(!at(921).is_low() && at(922).is_low() && at(956).is_low());
    }

    #[test]
    fn a_restored_key_has_leaves_for_changes_of_key_only() {
        let at = |next| Leaves::from(next, 1024, Standing::Restored);
        assert_eq!(at(0), Leaves::RekeyOnly { left: 1024 });
        assert_eq!(at(1000), Leaves::RekeyOnly { left: 24 });
        assert_eq!(at(1024), Leaves::RekeyOnly { left: 0 });
    }

    #[test]
    fn a_restored_key_jumps_past_the_reach_of_another_or_to_the_end() {
        // 892 leaves, of which a quarter is left for doing it again.
        assert_eq!(restored_leaves(0, 0, 1024), 132..801);
        assert_eq!(restored_leaves(500, 0, 1024), 632..926);
        // A second one, by the same copy, goes on without another jump.
        assert_eq!(restored_leaves(500, 701, 1024), 701..944);
        assert_eq!(restored_leaves(827, 0, 1024), 959..1008);
        assert_eq!(restored_leaves(828, 0, 1024), 960..1008);
        assert_eq!(restored_leaves(960, 0, 1024), 960..1008);
        assert_eq!(restored_leaves(1022, 0, 1024), 1022..1023);
        assert_eq!(restored_leaves(1023, 0, 1024), 1023..1024);
        assert_eq!(restored_leaves(9, 0, 16), 12..15);
        assert_eq!(restored_leaves(9, 14, 16), 14..15);
        assert!(restored_leaves(1022, 1024, 1024).is_empty());
        assert!(restored_leaves(1024, 0, 1024).is_empty());
        assert!(restored_leaves(u32::MAX, u32::MAX, 1024).is_empty());
    }

    #[test]
    fn a_copy_leaves_an_eighth_to_the_other_and_stays_before_the_last() {
        assert_eq!(leaf_of_copy(0, 1024), 128);
        assert_eq!(leaf_of_copy(800, 1024), 928);
        assert_eq!(leaf_of_copy(833, 1024), 960);
        assert_eq!(leaf_of_copy(960, 1024), 960);
        assert_eq!(leaf_of_copy(1001, 1024), 1001);
        assert_eq!(leaf_of_copy(1024, 1024), 1024);
    }

    /// No restored key comes to a leaf that a whole one may sign at, wherever that one stands, as long as it has
    /// seen nothing of the chain that the restored one has not.
    #[test]
    fn a_restored_key_stays_clear_of_its_other_copy() {
        for height in 4..=16 {
            let count = 1 << height;
            for spent in 0..count {
                let leaves = restored_leaves(spent, 0, count);
                assert!(leaves.start >= spent && leaves.end <= count);
                assert!(!leaves.is_empty());
                let transfers = transfer_reach(spent, count).min(transfer_end(count));
                let changes = rekey_reach(spent, count).min(ordinary_end(count));
                assert!(leaves.start >= transfers.max(changes), "{height} {spent}");
                // Wherever it is drawn, another fee can be tried.
                let again = restored_leaves(spent, leaves.end, count);
                assert!(!again.is_empty() || spent + 1 == count, "{height} {spent}");
            }
        }
    }
}
