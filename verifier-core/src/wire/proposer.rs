//! `Proposer`: what `/v1/blocks/{height}/proposer` serves.

use super::Document;
use crate::chain::{SetPath, Validator};
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::hash::{Digest, MerklePath};
use crate::limits::SET_DEPTH;

/// Who proposed a block, and so whose account gets its fees.
///
/// A claim, until the leaf leads along the path of the header's `proposer` to the tree root that the
/// certificate opens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Proposer {
    /// Height of the block.
    pub height: u32,
    /// The member of the block's validator set.
    pub validator: Validator,
    /// The path of its leaf.
    pub path: SetPath,
}

/// The fields in their order.
impl Document for Proposer {
    const FORMAT: Format = Format {
        what: "proposer",
        magic: *b"RPPV",
        version: 1,
        max_bytes: Format::PREFIX_BYTES
            + 4
            + (Digest::BYTES + 4 + 4 + 4)
            + SET_DEPTH * Digest::BYTES,
    };

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            height: r.u32("height")?,
            validator: Validator::read(r)?,
            path: MerklePath(r.digests("set path")?),
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(self.height);
        self.validator.write(w);
        self.path.0.iter().for_each(|digest| w.digest(digest));
    }
}
