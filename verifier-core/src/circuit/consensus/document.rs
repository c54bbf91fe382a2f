//! What a verdict says of a consensus statement.

use alloc::string::{String, ToString};

use serde::Serialize;

use super::{Consensus, ConsensusStatement};
use crate::stark::Circuit;

/// A [`ConsensusStatement`] in a verdict; digests are 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, Serialize)]
pub struct ConsensusJson {
    /// Name of the circuit.
    pub kind: &'static str,
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
    pub validator_set_root: String,
    /// Sum of the signers' powers.
    pub signed_power: u32,
    /// Sum of all powers.
    pub total_power: u32,
    /// `hash(SIGNERS, bitmap)`.
    pub signers: String,
    /// Randomness of the parent.
    pub parent_randomness: String,
    /// Randomness of the header.
    pub randomness: String,
}

impl From<&ConsensusStatement> for ConsensusJson {
    fn from(statement: &ConsensusStatement) -> Self {
        Self {
            kind: Consensus::ID.name(),
            chain_id: statement.chain_id,
            height: statement.height,
            header_hash: statement.header_hash.to_string(),
            slot: statement.slot,
            proposer: statement.proposer,
            validator_set_root: statement.set.set_root().to_hex(),
            signed_power: statement.signed_power,
            total_power: statement.set.total_power,
            signers: statement.signers.to_hex(),
            parent_randomness: statement.parent_randomness.to_hex(),
            randomness: statement.randomness.to_hex(),
        }
    }
}
