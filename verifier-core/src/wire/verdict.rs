//! `VerifiedJson`: a verified statement and what it rests on.

use alloc::string::{String, ToString};

use serde::Serialize;

use crate::digest::Digest;
use crate::statement::{ConsensusStatement, Statement};
use crate::verify::VerifiedStatement;

/// The verdict on a proof. It is only written, never read: a verdict in JSON proves nothing.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedJson {
    /// `verified`.
    pub verdict: &'static str,
    /// What was proven.
    pub statement: StatementJson,
    /// Name of the circuit.
    pub circuit: &'static str,
    /// Digest of the verifying key.
    #[serde(serialize_with = "super::hex_digest::serialize")]
    pub key_digest: Digest,
    /// Proven soundness of the proof, in bits.
    pub stark_bits: u32,
    /// Collision resistance of the state hash, in bits.
    pub hash_bits: u32,
    /// Version of the signed setup that names the key, if one does.
    pub setup_version: Option<u32>,
}

/// A statement, its kind named in it.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[non_exhaustive]
pub enum StatementJson {
    /// More than two thirds of a set signed a header.
    Consensus(ConsensusJson),
}

/// The statement of a consensus proof.
#[derive(Clone, Debug, Serialize)]
pub struct ConsensusJson {
    /// The chain.
    pub chain_id: u32,
    /// Height of the header.
    pub height: u32,
    /// Hash of the header.
    pub header_hash: String,
    /// Slot of the header.
    pub slot: u32,
    /// Index of the proposer.
    pub proposer: u32,
    /// The set that it rests on.
    #[serde(serialize_with = "super::hex_digest::serialize")]
    pub validator_set_root: Digest,
    /// Sum of the signers' powers.
    pub signed_power: u32,
    /// Sum of all powers.
    pub total_power: u32,
    /// `hash(SIGNERS, bitmap)`.
    #[serde(serialize_with = "super::hex_digest::serialize")]
    pub signers: Digest,
    /// Randomness of the parent.
    #[serde(serialize_with = "super::hex_digest::serialize")]
    pub parent_randomness: Digest,
    /// Randomness of the header.
    #[serde(serialize_with = "super::hex_digest::serialize")]
    pub randomness: Digest,
}

impl VerifiedJson {
    /// Encodes the text.
    ///
    /// # Panics
    ///
    /// Never: it is plain data.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a verdict is plain data")
    }
}

impl From<&VerifiedStatement> for VerifiedJson {
    fn from(verified: &VerifiedStatement) -> Self {
        Self {
            verdict: "verified",
            statement: verified.statement().into(),
            circuit: verified.circuit().name(),
            key_digest: *verified.key_digest(),
            stark_bits: verified.stark_bits(),
            hash_bits: verified.hash_bits(),
            setup_version: verified.setup_version(),
        }
    }
}

impl From<&Statement> for StatementJson {
    fn from(statement: &Statement) -> Self {
        match statement {
            Statement::Consensus(statement) => Self::Consensus(statement.into()),
        }
    }
}

impl From<&ConsensusStatement> for ConsensusJson {
    fn from(statement: &ConsensusStatement) -> Self {
        Self {
            chain_id: statement.chain_id,
            height: statement.height,
            header_hash: statement.header_hash.to_string(),
            slot: statement.slot,
            proposer: statement.proposer,
            validator_set_root: statement.set.set_root(),
            signed_power: statement.signed_power,
            total_power: statement.set.total_power,
            signers: statement.signers,
            parent_randomness: statement.parent_randomness,
            randomness: statement.randomness,
        }
    }
}
