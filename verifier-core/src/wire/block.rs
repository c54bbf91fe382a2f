//! `Block`: what `/v1/blocks/{height}` serves.

use alloc::vec::Vec;

use crate::chain::{Certificate, Header, HistoryPath};
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::follow::Candidate;
use crate::hash::{Digest, MerklePath};
use crate::limits::{HISTORY_DEPTH, MAX_LISTED_PROOFS};

use super::document::{read_list, read_presence, write_length, write_presence};
use super::{Document, ListedProof};

/// A block as a light client needs it. Nothing in it is to be believed before it is checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Block {
    /// The header.
    pub header: Header,
    /// The parent; the genesis has none.
    pub parent: Option<Parent>,
    /// Who signed; nobody signs the genesis.
    pub certificate: Option<Certificate>,
    /// The proofs that the host has, none while the block is unproven.
    pub proofs: Vec<ListedProof>,
}

/// The parent of a block and its place in the block's history.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parent {
    /// The parent header.
    pub header: Header,
    /// Its path in the block's history.
    pub history_path: HistoryPath,
}

impl Parent {
    pub(super) const BYTES: usize = Header::BYTES + HISTORY_PATH_BYTES;
}

impl Block {
    /// Most bytes of the fields.
    pub(super) const MAX_FIELD_BYTES: usize = Header::BYTES
        + (4 + Parent::BYTES)
        + (4 + Certificate::BYTES)
        + (4 + MAX_LISTED_PROOFS * ListedProof::MAX_BYTES);

    /// Returns the candidate that this block is for a client; `head_path` is the path of the
    /// client's head in the block's history, `None` where its head is the parent.
    ///
    /// # Errors
    ///
    /// [`BlockError`].
    pub fn into_candidate(self, head_path: Option<HistoryPath>) -> Result<Candidate, BlockError> {
        let height = self.header.height;
        if height == 0 {
            return Err(BlockError::Genesis);
        }
        let missing = |what| BlockError::Incomplete { height, what };
        let parent = self.parent.ok_or_else(|| missing("parent"))?;
        let certificate = self.certificate.ok_or_else(|| missing("certificate"))?;
        Ok(Candidate {
            header: self.header,
            parent: parent.header,
            parent_path: parent.history_path,
            head_path: head_path.unwrap_or(parent.history_path),
            certificate,
        })
    }
}

/// Header, parent, certificate, then the list of proofs.
impl Document for Block {
    const FORMAT: Format = Format {
        what: "block",
        magic: *b"RPPB",
        version: 1,
        max_bytes: Format::PREFIX_BYTES + Self::MAX_FIELD_BYTES,
    };

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            header: Header::read(r)?,
            parent: read_presence(r, "parent")?
                .then(|| read_parent(r))
                .transpose()?,
            certificate: read_presence(r, "certificate")?
                .then(|| Certificate::read(r))
                .transpose()?,
            proofs: read_list(r, MAX_LISTED_PROOFS, "number of proofs", ListedProof::read)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        self.header.write(w);
        write_presence(w, self.parent.as_ref());
        if let Some(parent) = &self.parent {
            write_parent(w, parent);
        }
        write_presence(w, self.certificate.as_ref());
        if let Some(certificate) = &self.certificate {
            certificate.write(w);
        }
        write_length(w, self.proofs.len());
        self.proofs.iter().for_each(|proof| proof.write(w));
    }
}

/// Why a served block is not a candidate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// The genesis has no parent and no votes: it is trusted, or it is not.
    #[error("block 0 is the genesis, which nobody signs and no proof is about")]
    Genesis,
    /// The block lacks its parent or its certificate.
    #[error("block {height} comes without its {what}")]
    Incomplete {
        /// Height of the block.
        height: u32,
        /// What is missing.
        what: &'static str,
    },
}

impl BlockError {
    /// Returns the stable code, the same in every language and over HTTP.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Genesis => "genesis-has-no-proof",
            Self::Incomplete { .. } => "block-incomplete",
        }
    }
}

pub(super) fn read_parent(r: &mut Reader<'_>) -> Result<Parent, DecodeError> {
    Ok(Parent {
        header: Header::read(r)?,
        history_path: read_path(r)?,
    })
}

pub(super) fn write_parent(w: &mut Writer, parent: &Parent) {
    parent.header.write(w);
    write_path(w, &parent.history_path);
}

/// Takes the 32 digests of a path, lowest first.
pub(super) fn read_path(r: &mut Reader<'_>) -> Result<HistoryPath, DecodeError> {
    r.digests("history path").map(MerklePath)
}

/// Appends the 32 digests of a path, lowest first.
pub(super) fn write_path(w: &mut Writer, path: &HistoryPath) {
    path.0.iter().for_each(|digest| w.digest(digest));
}

/// Length of a path.
pub(super) const HISTORY_PATH_BYTES: usize = HISTORY_DEPTH * Digest::BYTES;
