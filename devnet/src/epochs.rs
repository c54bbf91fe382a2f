//! `Epochs`: how far slots reach, and how long a key lasts.
//!
//! At the start of epoch e the set of epoch e + 2 is planned: its new keys are generated during e
//! and announced when e + 1 begins, a full epoch before they vote.

use rpp_verifier::MIN_EPOCH_LENGTH;

/// The length of an epoch and the number of leaves of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Epochs {
    length: u32,
    leaves: u32,
}

/// Why the epochs and the keys do not fit together.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EpochsError {
    /// An epoch is too short.
    #[error("an epoch has at least {min} blocks, not {got}: set --epoch-length")]
    TooShort {
        /// The fewest blocks an epoch may have.
        min: u32,
        /// Blocks asked for.
        got: u32,
    },
    /// A key has too few leaves for four epochs.
    #[error(
        "a key of height {key_height} signs {leaves} slots, but four epochs can take {needed}: \
         raise --key-height or lower --epoch-length"
    )]
    KeysTooShort {
        /// Height of the keys.
        key_height: u32,
        /// Leaves of a key.
        leaves: u32,
        /// Slots that a key must cover.
        needed: u64,
    },
}

impl Epochs {
    /// Checks that keys of this height last for four epochs of this length.
    ///
    /// # Errors
    ///
    /// [`EpochsError`].
    pub(crate) fn new(length: u32, key_height: u32) -> Result<Self, EpochsError> {
        if length < MIN_EPOCH_LENGTH {
            let (min, got) = (MIN_EPOCH_LENGTH, length);
            return Err(EpochsError::TooShort { min, got });
        }
        let leaves = 1 << key_height;
        let slots = u64::from(length) + u64::from(length / 4) + 1;
        // Planned when epoch e begins at slot F at the earliest, a key starts at F + 2·length and
        // has to last to the end of epoch e + 5, before slot F + 6·slots.
        let needed = 6 * slots - 2 * u64::from(length);
        if needed > u64::from(leaves) {
            return Err(EpochsError::KeysTooShort {
                key_height,
                leaves,
                needed,
            });
        }
        Ok(Self { length, leaves })
    }

    /// Returns how many slots of one epoch may pass without a block.
    pub(crate) const fn skips(&self) -> u32 {
        self.length / 4 + 1
    }

    /// Returns the epoch of the block at `height`.
    pub(crate) const fn epoch_of(&self, height: u32) -> u32 {
        height / self.length
    }

    /// Returns the height of the first block of an epoch.
    pub(crate) const fn first_height(&self, epoch: u32) -> u32 {
        epoch * self.length
    }

    /// Returns whether the block at `height` is the last of its epoch.
    pub(crate) const fn is_last(&self, height: u32) -> bool {
        height % self.length == self.length - 1
    }

    /// Returns the earliest slot of the epoch `ahead` epochs after one that begins at `first`
    /// at the earliest.
    pub(crate) const fn earliest_slot(&self, first: u32, ahead: u32) -> u32 {
        first + ahead * self.length
    }

    /// Returns whether a key lasts to the end of the epoch two after one that begins at `first`.
    pub(crate) const fn lasts_two_more(&self, start_slot: u32, first: u32) -> bool {
        start_slot + self.leaves >= first + 3 * (self.length + self.skips())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_keys_for_four_epochs_and_rejects_shorter_ones() {
        assert!(Epochs::new(32, 10).is_ok());
        assert!(Epochs::new(4, 6).is_ok());
        assert!(Epochs::new(2, 4).is_ok());
        let (key_height, leaves, needed) = (4, 16, 28);
        assert_eq!(
            Epochs::new(4, 4),
            Err(EpochsError::KeysTooShort {
                key_height,
                leaves,
                needed
            })
        );
        assert_eq!(
            Epochs::new(1, 10),
            Err(EpochsError::TooShort { min: 2, got: 1 })
        );
    }
}
