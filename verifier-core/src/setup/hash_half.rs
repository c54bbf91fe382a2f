//! The hash-based half of a setup signature.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::role::Role;
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::hash::{Digest, Domain, Val, hash, u32_limbs};
use crate::signature::{PublicKey, Signature};
use crate::wire::FileDigest;

/// The hash-based half of a signature, with what is needed to check it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HashHalf {
    /// The version that was signed, and the leaf that signed it.
    pub version: u32,
    /// The key, whose id `root.json` has.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
}

impl HashHalf {
    /// How a file with it begins, and how long it may be.
    pub const FORMAT: Format = Format {
        what: "hash-based half of a setup signature",
        magic: *b"RPPH",
        version: 1,
        max_bytes: Self::MAX_BYTES,
    };
    /// Most bytes of such a file.
    pub const MAX_BYTES: usize = 2 << 10;

    /// Returns the encoding: magic `RPPH`, format version, version (both `u32`), public key (56 bytes), and the
    /// signature up to the end.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::open(&Self::FORMAT, Self::MAX_BYTES);
        w.u32(self.version);
        w.bytes(&self.key.to_bytes());
        w.bytes(&self.signature.to_bytes());
        w.finish()
    }

    /// Decodes what [`HashHalf::to_bytes`] returns.
    ///
    /// # Errors
    ///
    /// [`DecodeError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::open(bytes, &Self::FORMAT)?;
        let version = r.u32("version of the signed file")?;
        let key = PublicKey::from_bytes(r.bytes(PublicKey::BYTES, "public key")?)?;
        let signature = Signature::from_bytes(r.rest())?;
        Ok(Self {
            version,
            key,
            signature,
        })
    }
}

/// Returns what the hash-based half signs:
/// `hash(SETUP, chain_id[2] ‖ role ‖ version[2] ‖ sha256[16])`, with two bytes of the SHA-256 in each limb, the lower
/// one first.
#[must_use]
pub fn setup_message(chain_id: u32, role: Role, version: u32, sha256: &FileDigest) -> Digest {
    let mut elements: Vec<Val> = u32_limbs(chain_id).into();
    elements.push(Val::from_u32(role.number()));
    elements.extend(u32_limbs(version));
    let (limbs, _) = sha256.0.as_chunks::<2>();
    elements.extend(
        limbs
            .iter()
            .map(|limb| Val::from_u16(u16::from_le_bytes(*limb))),
    );
    hash(Domain::Setup, &elements)
}
