//! `Ancestor`: what `/v1/ancestors/{height}?in={height}` serves.

use super::Document;
use super::block::{HISTORY_PATH_BYTES, read_path, write_path};
use crate::chain::{HeaderHash, HistoryPath};
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::hash::Digest;

/// A header's place in the history of a later one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ancestor {
    /// Height of the ancestor.
    pub height: u32,
    /// Height of the header whose history it is.
    pub within: u32,
    /// Hash of the ancestor: a claim, until the header itself is hashed.
    pub header_hash: HeaderHash,
    /// Path from that hash to the history root of the header at `within`.
    pub history_path: HistoryPath,
}

/// The fields in their order.
impl Document for Ancestor {
    const FORMAT: Format = Format {
        what: "ancestor",
        magic: *b"RPPA",
        version: 1,
        max_bytes: Format::PREFIX_BYTES + 8 + Digest::BYTES + HISTORY_PATH_BYTES,
    };

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            height: r.u32("height")?,
            within: r.u32("height of the later header")?,
            header_hash: HeaderHash(r.digest("header hash")?),
            history_path: read_path(r)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(self.height);
        w.u32(self.within);
        w.digest(&self.header_hash.0);
        write_path(w, &self.history_path);
    }
}
