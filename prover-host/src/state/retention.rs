//! `Retention`: which proofs a host keeps.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// Which proofs a host keeps.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Retention {
    /// Every one.
    #[default]
    All,
    /// Those about this many newest heights up to the newest proven one, those about the last block of
    /// each epoch, and every one that is not about a height: no other takes the place of these.
    Newest(NonZeroU32),
}

/// The text says neither how many nor that all.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "give the number of blocks whose proofs are kept, {min} or more, or `all`",
    min = Retention::FEWEST
)]
pub struct ParseRetentionError;

impl Retention {
    /// The fewest heights whose proofs are kept: as many as there are witnesses for, so that what was
    /// damaged and made again is not retired at once, and a slow client finds the proof that it was
    /// shown.
    pub const FEWEST: u32 = 256;

    /// Returns the first height whose proof is kept, whether it ends an epoch or not, when the newest
    /// proven block is at `proven`.
    #[must_use]
    pub fn kept_from(self, proven: Option<u32>) -> u32 {
        match (self, proven) {
            (Self::All, _) | (_, None) => 0,
            (Self::Newest(newest), Some(proven)) => proven.saturating_sub(newest.get() - 1),
        }
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Newest(newest) => write!(f, "{newest}"),
        }
    }
}

impl FromStr for Retention {
    type Err = ParseRetentionError;

    fn from_str(text: &str) -> Result<Self, ParseRetentionError> {
        if text == "all" {
            return Ok(Self::All);
        }
        let newest: NonZeroU32 = text.parse().map_err(|_| ParseRetentionError)?;
        if newest.get() < Self::FEWEST {
            return Err(ParseRetentionError);
        }
        Ok(Self::Newest(newest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_number_from_256_on_or_all() {
        assert_eq!("all".parse(), Ok(Retention::All));
        for newest in ["256", "4294967295"] {
            let retention: Retention = newest.parse().unwrap();
            assert_eq!(retention.to_string(), newest);
        }
        for wrong in ["255", "0", "-256", "", "ALL", "4294967296", "1d"] {
            let refused: Result<Retention, _> = wrong.parse();
            assert_eq!(refused, Err(ParseRetentionError), "{wrong}");
        }
    }

    #[test]
    fn the_newest_are_counted_from_the_newest_proven_block() {
        let newest = |n| Retention::Newest(NonZeroU32::new(n).unwrap());
        assert_eq!(newest(256).kept_from(None), 0);
        assert_eq!(newest(256).kept_from(Some(255)), 0);
        assert_eq!(newest(256).kept_from(Some(256)), 1);
        assert_eq!(newest(1).kept_from(Some(u32::MAX)), u32::MAX);
        assert_eq!(Retention::All.kept_from(Some(1000)), 0);
    }
}
