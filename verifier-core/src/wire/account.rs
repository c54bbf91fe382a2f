//! `ServedAccount`: what `/v1/accounts/{number}` serves.

use super::Document;
use crate::chain::HeaderHash;
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::hash::Digest;
use crate::ledger::Opening;
use crate::limits::STATE_DEPTH;

/// What is at a number of the account tree, under a header.
///
/// All of it is a claim, until [`Opening::root`] is the `state_root` of a header that was verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServedAccount {
    /// Height of the header.
    pub height: u32,
    /// Its hash.
    pub header_hash: HeaderHash,
    /// The number.
    pub index: u32,
    /// The account, if there is one, and the path of its leaf.
    pub opening: Opening,
}

/// The fields in their order.
impl Document for ServedAccount {
    const FORMAT: Format = Format {
        what: "account",
        magic: *b"RPPN",
        version: 1,
        max_bytes: Format::PREFIX_BYTES
            + 4
            + Digest::BYTES
            + 4
            + (4 + Digest::BYTES + 8 + 4 + 4)
            + STATE_DEPTH * Digest::BYTES,
    };

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            height: r.u32("height")?,
            header_hash: HeaderHash(r.digest("header hash")?),
            index: r.u32("account number")?,
            opening: Opening::read(r)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(self.height);
        w.digest(&self.header_hash.0);
        w.u32(self.index);
        self.opening.write(w);
    }
}
