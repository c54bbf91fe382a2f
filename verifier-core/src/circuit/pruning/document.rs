//! What a verdict says of a pruning statement.

use alloc::string::{String, ToString};

use serde::Serialize;

use super::{Pruning, PruningStatement};
use crate::stark::Circuit;

/// A [`PruningStatement`] in a verdict; digests are 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, Serialize)]
pub struct PruningJson {
    /// Name of the circuit.
    pub kind: &'static str,
    /// The chain.
    pub chain_id: u32,
    /// Height of the first header.
    pub start_height: u32,
    /// Its hash.
    pub start_hash: String,
    /// Height of the header after the last one.
    pub end_height: u32,
    /// Hash of the last one.
    pub last_hash: String,
    /// History root of the first header.
    pub start_history: String,
    /// History root of the header after the last one.
    pub end_history: String,
    /// The fold before the range.
    pub fold_before: String,
    /// The fold after it.
    pub fold_after: String,
}

impl From<&PruningStatement> for PruningJson {
    fn from(statement: &PruningStatement) -> Self {
        Self {
            kind: Pruning::ID.name(),
            chain_id: statement.chain_id,
            start_height: statement.start_height,
            start_hash: statement.start_hash.to_string(),
            end_height: statement.end_height,
            last_hash: statement.last_hash.to_string(),
            start_history: statement.start_history.to_hex(),
            end_history: statement.end_history.to_hex(),
            fold_before: statement.fold_before.to_hex(),
            fold_after: statement.fold_after.to_hex(),
        }
    }
}
