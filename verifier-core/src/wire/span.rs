//! `ServedSpan`: what `/v1/spans/{first}-{last}` serves.

use super::block::{read_parent, write_parent};
use super::{Document, ListedProof, Parent};
use crate::chain::{Header, HistoryPath, SetOpening};
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::follow::SpanCandidate;

/// The longest span that a host can prove from an epoch on, and what a client checks before it asks for the proof.
///
/// A claim, until the header keeps the rules of [`TrustedChain::check_span`](crate::TrustedChain::check_span) and the proof
/// verifies for the statement that this computes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServedSpan {
    /// The first epoch.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// The header that ends the last epoch.
    pub header: Header,
    /// Its parent, with the parent's place in its history.
    pub parent: Parent,
    /// The opening of the set that signs it.
    pub set: SetOpening,
    /// The proof.
    pub proof: ListedProof,
}

impl ServedSpan {
    /// Returns the candidate that its header is for a client; `head_path` is the path of the client's head in the header's history.
    #[must_use]
    pub fn into_candidate(self, head_path: HistoryPath) -> SpanCandidate {
        SpanCandidate {
            header: self.header,
            parent: self.parent.header,
            parent_path: self.parent.history_path,
            head_path,
            set: self.set,
        }
    }
}

/// The fields in their order.
impl Document for ServedSpan {
    const FORMAT: Format = Format {
        what: "span",
        magic: *b"RPPJ",
        version: 1,
        max_bytes: Format::PREFIX_BYTES
            + 2 * 4
            + Header::BYTES
            + Parent::BYTES
            + SetOpening::BYTES
            + ListedProof::MAX_BYTES,
    };

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            first: r.u32("first epoch")?,
            last: r.u32("last epoch")?,
            header: Header::read(r)?,
            parent: read_parent(r)?,
            set: SetOpening::read(r)?,
            proof: ListedProof::read(r)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(self.first);
        w.u32(self.last);
        self.header.write(w);
        write_parent(w, &self.parent);
        self.set.write(w);
        self.proof.write(w);
    }
}
