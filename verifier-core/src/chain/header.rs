//! `Header`: what validators sign.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;
use core::fmt;

use crate::codec::{DecodeError, Reader, Writer};
use crate::hash::{Digest, Domain, Sponge, Val, u32_limbs, u64_limbs};

/// The hash of a header.
#[derive(Clone, Copy, Eq, PartialEq, Hash)]
pub struct HeaderHash(pub Digest);

impl fmt::Display for HeaderHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for HeaderHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A block header, in the order of its encoding.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Header {
    /// Version of the rules that the header follows; [`Header::VERSION`].
    pub version: u32,
    /// The chain that the header belongs to.
    pub chain_id: u32,
    /// Number of headers before this one.
    pub height: u32,
    /// The attempt that made the block; strictly increasing along the chain.
    pub slot: u32,
    /// Index of the proposer: `slot mod n`.
    pub proposer: u32,
    /// Milliseconds since the Unix epoch; strictly increasing along the chain.
    pub timestamp_ms: u64,
    /// Hash of the parent header; the chain's parameters at genesis.
    pub parent_hash: Digest,
    /// Root of the account tree after this block.
    pub state_root: Digest,
    /// Root over the operations of this block.
    pub tx_root: Digest,
    /// The set that signs this header.
    pub validator_set_root: Digest,
    /// The set that signs the next header.
    pub next_validator_set_root: Digest,
    /// Who voted for the parent block.
    pub participation_root: Digest,
    /// All earlier headers.
    pub history_root: Digest,
    /// The chain's randomness after this block.
    pub randomness: Digest,
}

impl Header {
    /// The version of the rules in this crate.
    pub const VERSION: u32 = 1;
    /// Length of the encoding.
    pub const BYTES: usize = 5 * 4 + 8 + 8 * Digest::BYTES;

    /// Returns the header hash: that of [`Header::blocks`].
    #[must_use]
    pub fn hash(&self) -> HeaderHash {
        let mut sponge = Sponge::new(Domain::Header, 80);
        for block in self.blocks() {
            sponge.absorb(&block);
        }
        HeaderHash(Digest(sponge.finish()))
    }

    /// Returns what is hashed: the integers as limbs of 16 bits and two zeros, and the eight digests, each a block.
    pub fn blocks(&self) -> [[Val; 8]; 10] {
        let integers = [
            self.version,
            self.chain_id,
            self.height,
            self.slot,
            self.proposer,
        ];
        let limbs = integers.into_iter().flat_map(u32_limbs);
        let mut limbs = limbs.chain(u64_limbs(self.timestamp_ms));
        let mut integers = || core::array::from_fn(|_| limbs.next().unwrap_or_default());
        let [first, second] = [integers(), integers()];
        let [d0, d1, d2, d3, d4, d5, d6, d7] = self.digests().map(|digest| digest.0);
        [first, second, d0, d1, d2, d3, d4, d5, d6, d7]
    }

    /// Returns the 284-byte encoding: the integers little-endian, then the eight digests.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(Self::BYTES);
        self.write(&mut w);
        w.finish()
    }

    /// Appends the encoding.
    pub fn write(&self, w: &mut Writer) {
        for x in [
            self.version,
            self.chain_id,
            self.height,
            self.slot,
            self.proposer,
        ] {
            w.u32(x);
        }
        w.u64(self.timestamp_ms);
        for digest in self.digests() {
            w.digest(digest);
        }
    }

    /// Decodes the 284-byte encoding. The caller still has to check the header rules.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`], [`DecodeError::TrailingBytes`] or
    /// [`DecodeError::NonCanonicalElement`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let header = Self::read(&mut r)?;
        r.finish()?;
        Ok(header)
    }

    /// Takes the encoding off the front of `r`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] or [`DecodeError::NonCanonicalElement`].
    pub fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            version: r.u32("version")?,
            chain_id: r.u32("chain_id")?,
            height: r.u32("height")?,
            slot: r.u32("slot")?,
            proposer: r.u32("proposer")?,
            timestamp_ms: r.u64("timestamp_ms")?,
            parent_hash: r.digest("parent_hash")?,
            state_root: r.digest("state_root")?,
            tx_root: r.digest("tx_root")?,
            validator_set_root: r.digest("validator_set_root")?,
            next_validator_set_root: r.digest("next_validator_set_root")?,
            participation_root: r.digest("participation_root")?,
            history_root: r.digest("history_root")?,
            randomness: r.digest("randomness")?,
        })
    }

    const fn digests(&self) -> [&Digest; 8] {
        [
            &self.parent_hash,
            &self.state_root,
            &self.tx_root,
            &self.validator_set_root,
            &self.next_validator_set_root,
            &self.participation_root,
            &self.history_root,
            &self.randomness,
        ]
    }
}
