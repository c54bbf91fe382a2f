//! `Bitmap`: one bit per member of a validator set.

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use crate::codec::{DecodeError, Reader, Writer};
use crate::hash::{Digest, Domain, Val, hash};
use crate::limits::MAX_VALIDATORS;

/// A set of validator indices: 64 limbs of 16 bits, bit i mod 16 of limb i / 16 for validator i.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bitmap([u16; Bitmap::LIMBS]);

impl Default for Bitmap {
    fn default() -> Self {
        Self([0; Self::LIMBS])
    }
}

impl Bitmap {
    /// How many limbs a bitmap has.
    pub const LIMBS: usize = MAX_VALIDATORS / 16;

    /// Sets the bit of `index`.
    ///
    /// # Panics
    ///
    /// If `index` is not below 1,024.
    pub fn insert(&mut self, index: u32) {
        self.0[usize::try_from(index / 16).expect("a u32 fits a usize")] |= 1 << (index % 16);
    }

    /// Returns whether the bit of `index` is set.
    #[must_use]
    pub fn contains(&self, index: u32) -> bool {
        let limb = usize::try_from(index / 16).ok().and_then(|i| self.0.get(i));
        limb.is_some_and(|limb| limb >> (index % 16) & 1 == 1)
    }

    /// Returns the limbs.
    #[must_use]
    pub const fn limbs(&self) -> &[u16; Self::LIMBS] {
        &self.0
    }

    /// Returns the bitmap with these limbs.
    #[must_use]
    pub const fn from_limbs(limbs: [u16; Self::LIMBS]) -> Self {
        Self(limbs)
    }

    /// Returns how many bits are set.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.iter().map(|limb| limb.count_ones()).sum()
    }

    /// Returns the indices whose bits are set, in increasing order.
    pub fn indices(&self) -> impl Iterator<Item = u32> {
        (0u32..1024).filter(|&i| self.contains(i))
    }

    /// Returns `hash(SIGNERS, limbs)`: who signed, as a consensus proof states it.
    #[must_use]
    pub fn signers(&self) -> Digest {
        self.hash(Domain::Signers)
    }

    /// Returns `hash(PARTICIPATION, limbs)`: who voted for the parent, as a header records it.
    #[must_use]
    pub fn participation_root(&self) -> Digest {
        self.hash(Domain::Participation)
    }

    /// Returns the limbs, each little-endian: 128 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|limb| limb.to_le_bytes()).collect()
    }

    /// Decodes what [`Bitmap::to_bytes`] returns.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] or [`DecodeError::TrailingBytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let bitmap = Self::read(&mut r)?;
        r.finish()?;
        Ok(bitmap)
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut limbs = [0; Self::LIMBS];
        for limb in &mut limbs {
            *limb = r.u16("bitmap")?;
        }
        Ok(Self(limbs))
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        self.0.iter().for_each(|&limb| w.u16(limb));
    }

    fn hash(&self, domain: Domain) -> Digest {
        hash(domain, &self.0.map(Val::from_u16))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_where_the_protocol_puts_them() {
        let mut bitmap = Bitmap::default();
        for i in [0, 17, 1023] {
            bitmap.insert(i);
        }
        assert_eq!(
            (bitmap.limbs()[0], bitmap.limbs()[1], bitmap.limbs()[63]),
            (1, 2, 1 << 15)
        );
        assert_eq!(bitmap.indices().collect::<Vec<_>>(), [0, 17, 1023]);
        assert_eq!(bitmap.count(), 3);
        assert_ne!(bitmap.signers(), bitmap.participation_root());
        let bytes = bitmap.to_bytes();
        assert_eq!((bytes.len(), bytes[2], bytes[127]), (128, 2, 0x80));
        assert_eq!(Bitmap::from_bytes(&bytes), Ok(bitmap));
        for wrong in [&bytes[1..], &[&bytes[..], &[0]].concat()] {
            assert!(Bitmap::from_bytes(wrong).is_err());
        }
    }
}
