//! `BlockJson`: what `/v1/blocks/{height}` serves, and its parts.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::chain::{Certificate, Header, HistoryPath, SetOpening};
use crate::follow::Candidate;
use crate::hash::Digest;

use super::header::SetOpeningWire;
use super::{Document, HeaderWire};

/// A block as a light client needs it. Nothing in it is to be believed before it is checked.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct BlockJson {
    /// Height of the header.
    pub height: u32,
    /// Hash of the header.
    #[serde(with = "super::hex_digest")]
    pub hash: Digest,
    /// The header.
    #[serde(with = "HeaderWire")]
    pub header: Header,
    /// The parent; the genesis has none.
    pub parent: Option<ParentJson>,
    /// Who signed; nobody signs the genesis.
    pub certificate: Option<CertificateJson>,
    /// The proofs that the host has, none while the block is unproven.
    pub proofs: Vec<ProofJson>,
}

impl Document for BlockJson {
    const WHAT: &'static str = "block file";
    const MAX_BYTES: usize = 32 << 10;
}

/// The parent of a block and its place in the block's history.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParentJson {
    /// The parent header.
    #[serde(with = "HeaderWire")]
    pub header: Header,
    /// Its path in the block's history.
    #[serde(with = "super::history_path")]
    pub history_path: HistoryPath,
}

/// The claim that a consensus proof is about.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateJson {
    /// Sum of the signers' powers.
    pub signed_power: u32,
    /// `hash(SIGNERS, bitmap)` of the signers.
    #[serde(with = "super::hex_digest")]
    pub signers: Digest,
    /// Opening of the header's validator-set root.
    #[serde(with = "SetOpeningWire")]
    pub set: SetOpening,
}

/// A proof that the host has.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ProofJson {
    /// The kind of its statement.
    pub kind: String,
    /// SHA-256 of the proof file, in hexadecimal.
    pub id: String,
    /// Length of the proof file.
    pub bytes: u32,
    /// Name of the circuit that it is a proof for.
    pub circuit: String,
}

/// The newest proven block, and how far the chain is.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct HeadJson {
    /// Height of the newest block, proven or not.
    pub latest_height: u32,
    /// The newest proven block.
    pub block: BlockJson,
}

impl Document for HeadJson {
    const WHAT: &'static str = "head";
    const MAX_BYTES: usize = BlockJson::MAX_BYTES + 1024;
}

/// Blocks that follow each other, by increasing height.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct BlocksJson {
    /// The blocks; none where the chain is not that long yet.
    pub blocks: Vec<BlockJson>,
    /// Height of the block after the last of these; none where that is the chain's newest.
    pub next: Option<u32>,
}

impl BlocksJson {
    /// Most blocks in one document.
    pub const MAX_BLOCKS: usize = 64;
}

impl Document for BlocksJson {
    const WHAT: &'static str = "page of blocks";
    const MAX_BYTES: usize = Self::MAX_BLOCKS * BlockJson::MAX_BYTES + 1024;
}

/// A header's place in the history of a later one.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct AncestorJson {
    /// Height of the ancestor.
    pub height: u32,
    /// Height of the header whose history it is.
    pub r#in: u32,
    /// Hash of the ancestor.
    #[serde(with = "super::hex_digest")]
    pub header_hash: Digest,
    /// Path from that hash to the history root of the header at `in`.
    #[serde(with = "super::history_path")]
    pub history_path: HistoryPath,
}

impl Document for AncestorJson {
    const WHAT: &'static str = "ancestor";
    const MAX_BYTES: usize = 8 << 10;
}

/// Why a served block is no candidate.
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
    /// The block says another height or hash than its header has.
    #[error("the block names another {what} than its header has")]
    Label {
        /// What differs.
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
            Self::Label { .. } => "block-label",
        }
    }
}

impl BlockJson {
    /// Returns the candidate that this block is for a client; `head_path` is the path of the
    /// client's head in the block's history, `None` where its head is the parent.
    ///
    /// # Errors
    ///
    /// [`BlockError`].
    pub fn into_candidate(self, head_path: Option<HistoryPath>) -> Result<Candidate, BlockError> {
        let height = self.header.height;
        if self.height != height {
            return Err(BlockError::Label { what: "height" });
        }
        if self.hash != self.header.hash().0 {
            return Err(BlockError::Label { what: "hash" });
        }
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
            certificate: Certificate {
                signed_power: certificate.signed_power,
                signers: certificate.signers,
                set: certificate.set,
            },
        })
    }
}
