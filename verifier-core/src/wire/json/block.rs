//! `Block` in JSON.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::certificate::CertificateWire;
use super::document::{JsonDocument, JsonError, decode, encode};
use super::header::HeaderWire;
use crate::chain::{Certificate, Header, HistoryPath};
use crate::hash::Digest;
use crate::limits::MAX_LISTED_PROOFS;
use crate::wire::{Block, CircuitName, FileDigest, ListedProof, Parent};

#[derive(Serialize, Deserialize)]
pub(super) struct BlockJson {
    height: u32,
    #[serde(with = "super::hex_digest")]
    hash: Digest,
    #[serde(with = "HeaderWire")]
    header: Header,
    parent: Option<ParentJson>,
    certificate: Option<CertificateJson>,
    #[serde(deserialize_with = "super::bounded::deserialize::<_, _, MAX_LISTED_PROOFS>")]
    proofs: Vec<ProofJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParentJson {
    #[serde(with = "HeaderWire")]
    header: Header,
    #[serde(with = "super::path")]
    history_path: HistoryPath,
}

/// [`CertificateWire`], where there may be none.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct CertificateJson(#[serde(with = "CertificateWire")] Certificate);

#[derive(Serialize, Deserialize)]
pub(super) struct ProofJson {
    /// The name of the circuit as well: the last part of the proof's URL.
    #[serde(with = "super::text")]
    kind: CircuitName,
    #[serde(with = "super::text")]
    id: FileDigest,
    bytes: u32,
    #[serde(with = "super::text")]
    circuit: CircuitName,
}

impl From<&Block> for BlockJson {
    fn from(block: &Block) -> Self {
        Self {
            height: block.header.height,
            hash: block.header.hash().0,
            header: block.header.clone(),
            parent: block.parent.as_ref().map(ParentJson::from),
            certificate: block.certificate.map(CertificateJson),
            proofs: block.proofs.iter().map(ProofJson::from).collect(),
        }
    }
}

impl TryFrom<BlockJson> for Block {
    type Error = JsonError;

    fn try_from(json: BlockJson) -> Result<Self, JsonError> {
        if json.height != json.header.height {
            return Err(JsonError::Label { what: "height" });
        }
        if json.hash != json.header.hash().0 {
            return Err(JsonError::Label { what: "hash" });
        }
        Ok(Self {
            header: json.header,
            parent: json.parent.map(Parent::from),
            certificate: json.certificate.map(|certificate| certificate.0),
            proofs: json
                .proofs
                .into_iter()
                .map(ListedProof::try_from)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl From<&Parent> for ParentJson {
    fn from(parent: &Parent) -> Self {
        Self {
            header: parent.header.clone(),
            history_path: parent.history_path,
        }
    }
}

impl From<ParentJson> for Parent {
    fn from(json: ParentJson) -> Self {
        Self {
            header: json.header,
            history_path: json.history_path,
        }
    }
}

impl From<&ListedProof> for ProofJson {
    fn from(proof: &ListedProof) -> Self {
        Self {
            kind: proof.circuit.clone(),
            id: proof.id,
            bytes: proof.bytes,
            circuit: proof.circuit.clone(),
        }
    }
}

impl TryFrom<ProofJson> for ListedProof {
    type Error = JsonError;

    fn try_from(json: ProofJson) -> Result<Self, JsonError> {
        if json.kind != json.circuit {
            return Err(JsonError::Label { what: "circuit" });
        }
        Ok(Self {
            circuit: json.circuit,
            id: json.id,
            bytes: json.bytes,
        })
    }
}

impl JsonDocument for Block {
    const WHAT: &'static str = "block file";
    const MAX_JSON_BYTES: usize = 32 << 10;

    fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        decode::<Self, BlockJson>(bytes)?.try_into()
    }

    fn to_json(&self) -> Vec<u8> {
        encode(&BlockJson::from(self))
    }
}
