//! `Before`: the records that a record came from.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use rpp_key_file::TAG_BYTES;
use rpp_verifier::{DecodeError, Reader, Writer};

/// The tag at the end of a file, which no other record has.
pub(super) type Tag = [u8; TAG_BYTES];

/// The numbers and tags of the last records before one, oldest first: by them it is told from one that goes on from an
/// older record, and has a higher number by then.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Before(Vec<(u64, Tag)>);

impl Before {
    /// Adds the record that is replaced.
    pub(super) fn push(&mut self, sequence: u64, tag: Tag) {
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push((sequence, tag));
    }

    /// Returns whether a record of this number and tag is among them, or may be before them all.
    pub(super) fn may_have(&self, sequence: u64, tag: &Tag) -> bool {
        let is_before_all = self.0.first().is_none_or(|(first, _)| sequence < *first);
        is_before_all || self.0.contains(&(sequence, *tag))
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.u32(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        for (sequence, tag) in &self.0 {
            w.u64(*sequence);
            w.bytes(tag);
        }
    }

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let most = u32::try_from(MOST).unwrap_or(u32::MAX);
        let count = r.u32_in(0, most, "records before")?;
        let one = |_| Ok((r.u64("number of a record")?, r.array("tag of a record")?));
        (0..count).map(one).collect::<Result<_, _>>().map(Self)
    }
}

/// How many are kept. A signature takes two.
const MOST: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_another_branch_from_its_own_and_from_what_is_long_ago() {
        let mut before = Before::default();
        assert!(before.may_have(1, &[1; 16]));
        for number in 1..=20 {
            before.push(u64::from(number), [number; 16]);
        }
        assert!(before.may_have(20, &[20; 16]) && before.may_have(5, &[5; 16]));
        assert!(!before.may_have(20, &[19; 16]) && !before.may_have(5, &[6; 16]));
        // A record that is newer than all is none of them.
        assert!(!before.may_have(21, &[21; 16]));
        assert!(before.may_have(4, &[9; 16]));
        let mut w = Writer::new();
        before.write(&mut w);
        let bytes = w.finish();
        assert_eq!(Before::read(&mut Reader::new(&bytes)), Ok(before));
        let mut w = Writer::new();
        w.u32(17);
        let refused = Before::read(&mut Reader::new(&w.finish())).unwrap_err();
        assert_eq!(refused.code(), "out-of-range");
    }
}
