//! `Digest`: eight field elements, 32 bytes.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use crate::codec::{DecodeError, Reader};
use crate::hash::Val;

/// A value of the state hash: eight BabyBear elements.
///
/// As bytes, each element is its canonical `u32`, little-endian. As text, the 32 bytes are written
/// in lower-case hexadecimal.
#[derive(Clone, Copy, Default, Eq, PartialEq, Hash)]
pub struct Digest(pub(crate) [Val; Digest::ELEMENTS]);

impl Digest {
    /// How many field elements a digest has.
    pub const ELEMENTS: usize = 8;
    /// How many bytes a digest has.
    pub const BYTES: usize = 32;
    /// The zero digest: a vacant leaf of a tree.
    pub const ZERO: Self = Self([Val::ZERO; Self::ELEMENTS]);

    /// Returns the canonical 32 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        for (chunk, element) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(self.0) {
            *chunk = element.as_canonical_u32().to_le_bytes();
        }
        bytes
    }

    /// Decodes the canonical 32 bytes.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] or [`DecodeError::TrailingBytes`] if there are not exactly 32;
    /// [`DecodeError::NonCanonicalElement`] if an element is not below the modulus.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let digest = r.digest("digest")?;
        r.finish()?;
        Ok(digest)
    }

    /// Returns the 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.to_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl FromStr for Digest {
    type Err = DecodeError;

    /// Decodes 64 lower-case hexadecimal digits; upper case is not canonical.
    fn from_str(text: &str) -> Result<Self, DecodeError> {
        let not_hex = DecodeError::NotHex { field: "digest" };
        let mut bytes = [0; Self::BYTES];
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(not_hex);
        }
        hex::decode_to_slice(text, &mut bytes).map_err(|_| not_hex)?;
        Self::from_bytes(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn accepts_its_own_text() {
        let digest = Digest([1, 2, 3, 4, 5, 6, 7, 2_013_265_920].map(Val::new));
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!(digest.to_string().starts_with("01000000"));
    }

    #[test]
    fn rejects_an_element_at_the_modulus() {
        let mut bytes = Digest::ZERO.to_bytes();
        bytes[4..8].copy_from_slice(&Val::ORDER_U32.to_le_bytes());
        assert_eq!(
            Digest::from_bytes(&bytes),
            Err(DecodeError::NonCanonicalElement { field: "digest" })
        );
    }

    #[test]
    fn rejects_upper_case_and_wrong_lengths() {
        let not_hex = Err(DecodeError::NotHex { field: "digest" });
        assert_eq!("0A".repeat(32).parse::<Digest>(), not_hex);
        assert_eq!("00".repeat(31).parse::<Digest>(), not_hex);
        assert_eq!(
            Digest::from_bytes(&[0; 33]),
            Err(DecodeError::TrailingBytes { left: 1 })
        );
    }
}
