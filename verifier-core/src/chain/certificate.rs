//! `Certificate`: who signed a header.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;

use super::SetOpening;
use crate::codec::{DecodeError, Reader, Writer};
use crate::hash::Digest;

/// The claim that comes with a consensus proof; the rest follows from the header and its parent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Certificate {
    /// Sum of the signers' powers.
    pub signed_power: u32,
    /// `hash(SIGNERS, bitmap)` of the signers.
    pub signers: Digest,
    /// Opening of the header's validator-set root.
    pub set: SetOpening,
}

impl Certificate {
    /// Length of the encoding.
    pub const BYTES: usize = 4 + Digest::BYTES + SetOpening::BYTES;

    /// Returns the 76-byte encoding: signed power, signers, then root, size and total power of the
    /// set.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(Self::BYTES);
        self.write(&mut w);
        w.finish()
    }

    /// Appends the encoding.
    pub fn write(&self, w: &mut Writer) {
        w.u32(self.signed_power);
        w.digest(&self.signers);
        self.set.write(w);
    }

    /// Decodes what [`Certificate::to_bytes`] returns.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`], [`DecodeError::TrailingBytes`] or
    /// [`DecodeError::NonCanonicalElement`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let certificate = Self::read(&mut r)?;
        r.finish()?;
        Ok(certificate)
    }

    /// Takes the encoding off the front of `r`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] or [`DecodeError::NonCanonicalElement`].
    pub fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            signed_power: r.u32("signed_power")?,
            signers: r.digest("signers")?,
            set: SetOpening::read(r)?,
        })
    }
}
