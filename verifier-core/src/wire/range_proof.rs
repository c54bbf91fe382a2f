//! `RangeProof`: what `/v1/pruning/{first}-{last}` serves.

use super::{Document, ListedProof};
use crate::chain::Header;
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::hash::Digest;

/// The proof of a range of headers, and what its statement is made from.
///
/// A claim, until a caller trusts the header after the range, and the proof verifies for the statement that it computes from
/// these headers and folds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RangeProof {
    /// The first header of the range.
    pub start: Header,
    /// The header after the last one.
    pub end: Header,
    /// The fold over the blocks before the range.
    pub fold_before: Digest,
    /// The fold over those and the range.
    pub fold_after: Digest,
    /// The proof.
    pub proof: ListedProof,
}

/// The fields in their order.
impl Document for RangeProof {
    const FORMAT: Format = Format {
        what: "range proof",
        magic: *b"RPPG",
        version: 1,
        max_bytes: Format::PREFIX_BYTES
            + 2 * Header::BYTES
            + 2 * Digest::BYTES
            + ListedProof::MAX_BYTES,
    };

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            start: Header::read(r)?,
            end: Header::read(r)?,
            fold_before: r.digest("fold before")?,
            fold_after: r.digest("fold after")?,
            proof: ListedProof::read(r)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        self.start.write(w);
        self.end.write(w);
        w.digest(&self.fold_before);
        w.digest(&self.fold_after);
        self.proof.write(w);
    }
}
