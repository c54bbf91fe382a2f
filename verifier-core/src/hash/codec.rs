//! Field elements and digests in encodings: canonical `u32`s, little-endian.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use super::{Digest, Val};
use crate::codec::{DecodeError, Reader, Writer};

impl Reader<'_> {
    /// Takes a field element: its canonical `u32`, little-endian.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] or [`DecodeError::NonCanonicalElement`].
    pub fn element(&mut self, field: &'static str) -> Result<Val, DecodeError> {
        let canonical = self.u32(field)?;
        if canonical < Val::ORDER_U32 {
            return Ok(Val::from_u32(canonical));
        }
        Err(DecodeError::NonCanonicalElement { field })
    }

    /// Takes `N` field elements.
    ///
    /// # Errors
    ///
    /// As [`Reader::element`].
    pub fn elements<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[Val; N], DecodeError> {
        let mut elements = [Val::ZERO; N];
        for element in &mut elements {
            *element = self.element(field)?;
        }
        Ok(elements)
    }

    /// Takes a digest.
    ///
    /// # Errors
    ///
    /// As [`Reader::element`].
    pub fn digest(&mut self, field: &'static str) -> Result<Digest, DecodeError> {
        self.elements(field).map(Digest)
    }

    /// Takes `N` digests.
    ///
    /// # Errors
    ///
    /// As [`Reader::element`].
    pub fn digests<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[Digest; N], DecodeError> {
        let mut digests = [Digest::ZERO; N];
        for digest in &mut digests {
            *digest = self.digest(field)?;
        }
        Ok(digests)
    }
}

impl Writer {
    /// Appends field elements.
    pub fn elements(&mut self, elements: &[Val]) {
        for element in elements {
            self.u32(element.as_canonical_u32());
        }
    }

    /// Appends a digest.
    pub fn digest(&mut self, digest: &Digest) {
        self.elements(&digest.0);
    }
}
