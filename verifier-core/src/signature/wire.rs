//! `Signature`: what a signer sends, and its encoding.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::{CHAIN_ELEMENTS, CHAINS, ChainValue, RANDOMIZER_ELEMENTS};
use crate::codec::{DecodeError, Reader, Writer};
use crate::hash::{Digest, Val};
use crate::limits::{MAX_TREE_HEIGHT, MIN_TREE_HEIGHT};

/// A signature of one message at one leaf of a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signature {
    /// What the signer varied until the message digest's digits summed to the target.
    pub(crate) randomizer: [Val; RANDOMIZER_ELEMENTS],
    /// Each chain at the position given by its digit.
    pub(crate) chain_values: [ChainValue; CHAINS],
    /// Digest of the leaf's slot secret, the second half of the leaf.
    pub slot_digest: Digest,
    /// Siblings from the leaf up to the root, lowest first, one per level of the tree.
    pub path: Vec<Digest>,
}

impl Signature {
    /// The version of the encoding.
    pub const VERSION: u32 = 1;

    /// Returns the encoding: version, number of siblings (both `u32`), randomizer, chain values,
    /// slot digest, siblings.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.u32(Self::VERSION);
        // No tree has a path too long for a `u32`, and `from_bytes` refuses such a length.
        w.u32(u32::try_from(self.path.len()).unwrap_or(u32::MAX));
        w.elements(&self.randomizer);
        w.elements(self.chain_values.as_flattened());
        w.digest(&self.slot_digest);
        for sibling in &self.path {
            w.digest(sibling);
        }
        w.finish()
    }

    /// Decodes what [`Signature::to_bytes`] returns. Only
    /// [`PublicKey::verify`](super::PublicKey::verify) says whether the signature is valid.
    ///
    /// # Errors
    ///
    /// [`DecodeError::UnsupportedVersion`], [`DecodeError::OutOfRange`] if the tree height is not
    /// between 4 and 20, [`DecodeError::NonCanonicalElement`], [`DecodeError::Truncated`] or
    /// [`DecodeError::TrailingBytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        r.version("signature", Self::VERSION)?;
        let tree_height = r.u32_in(MIN_TREE_HEIGHT, MAX_TREE_HEIGHT, "tree_height")?;
        let randomizer = r.elements("randomizer")?;
        let mut chain_values = [[Val::ZERO; CHAIN_ELEMENTS]; CHAINS];
        for value in &mut chain_values {
            *value = r.elements("chain_values")?;
        }
        let slot_digest = r.digest("slot_digest")?;
        let path = (0..tree_height)
            .map(|_| r.digest("path"))
            .collect::<Result<_, _>>()?;
        r.finish()?;
        Ok(Self {
            randomizer,
            chain_values,
            slot_digest,
            path,
        })
    }

    /// Returns the length of the encoding for a tree of this height.
    #[cfg(feature = "signer")]
    pub(crate) fn encoded_len(tree_height: u32) -> usize {
        let path = usize::try_from(tree_height).unwrap_or(usize::MAX);
        path.saturating_mul(Digest::BYTES)
            .saturating_add(2 * 4 + 4 * (RANDOMIZER_ELEMENTS + CHAINS * CHAIN_ELEMENTS) + 32)
    }
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]
mod tests {
    use alloc::vec;

    use p3_field::PrimeField32;

    use super::*;

    fn signature() -> Signature {
        Signature {
            randomizer: core::array::from_fn(|i| Val::from_usize(i + 1)),
            chain_values: core::array::from_fn(|c| [Val::from_usize(c * c); CHAIN_ELEMENTS]),
            slot_digest: Digest([-Val::ONE; 8]),
            path: vec![Digest([Val::TWO; 8]); 4],
        }
    }

    #[test]
    fn accepts_its_own_encoding() {
        let bytes = signature().to_bytes();
        assert_eq!(Signature::from_bytes(&bytes), Ok(signature()));
        assert_eq!(bytes.len(), 8 + 28 + 78 * 16 + 32 + 4 * 32);
    }

    #[test]
    fn rejects_every_truncation_and_a_trailing_byte() {
        let mut bytes = signature().to_bytes();
        for len in 0..bytes.len() {
            let field = match len {
                0..4 => "version",
                4..8 => "tree_height",
                8..36 => "randomizer",
                36..1284 => "chain_values",
                1284..1316 => "slot_digest",
                _ => "path",
            };
            let rejected = Err(DecodeError::Truncated { field });
            assert_eq!(Signature::from_bytes(&bytes[..len]), rejected);
        }
        bytes.push(0);
        let rejected = Err(DecodeError::TrailingBytes { left: 1 });
        assert_eq!(Signature::from_bytes(&bytes), rejected);
    }

    #[test]
    fn rejects_another_version_and_heights_out_of_range() {
        let with = |at: usize, x: u32| {
            let mut bytes = signature().to_bytes();
            bytes[at..at + 4].copy_from_slice(&x.to_le_bytes());
            Signature::from_bytes(&bytes)
        };
        let (what, expected, got) = ("signature", 1, 2);
        assert_eq!(
            with(0, 2),
            Err(DecodeError::UnsupportedVersion {
                what,
                expected,
                got
            })
        );
        for got in [0, 3, 21, u32::MAX] {
            let (field, min, max) = ("tree_height", 4, 20);
            let got_wide = got.into();
            assert_eq!(
                with(4, got),
                Err(DecodeError::OutOfRange {
                    field,
                    min,
                    max,
                    got: got_wide
                })
            );
        }
        assert_eq!(with(4, 5), Err(DecodeError::Truncated { field: "path" }));
    }

    #[test]
    fn rejects_an_element_at_the_modulus_in_each_field() {
        for (at, field) in [
            (8, "randomizer"),
            (36 + 77 * 16, "chain_values"),
            (1284, "slot_digest"),
            (1316 + 96, "path"),
        ] {
            let mut bytes = signature().to_bytes();
            bytes[at..at + 4].copy_from_slice(&Val::ORDER_U32.to_le_bytes());
            let rejected = Err(DecodeError::NonCanonicalElement { field });
            assert_eq!(Signature::from_bytes(&bytes), rejected);
        }
    }
}
