//! What a verdict says of a span statement.

use alloc::string::{String, ToString};

use serde::Serialize;

use super::{Span, SpanStatement};
use crate::stark::Circuit;

/// A [`SpanStatement`] in a verdict; digests are 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, Serialize)]
pub struct SpanJson {
    /// Name of the circuit.
    pub kind: &'static str,
    /// The chain.
    pub chain_id: u32,
    /// How many heights an epoch has.
    pub epoch_length: u32,
    /// Height of the first header.
    pub first_height: u32,
    /// Root of the set that signs it.
    pub validator_set_root: String,
    /// How many headers there are.
    pub ends: u32,
    /// Hash of the last one.
    pub last_hash: String,
}

impl From<&SpanStatement> for SpanJson {
    fn from(statement: &SpanStatement) -> Self {
        Self {
            kind: Span::ID.name(),
            chain_id: statement.chain_id,
            epoch_length: statement.epoch_length.get(),
            first_height: statement.first_height,
            validator_set_root: statement.validator_set_root.to_hex(),
            ends: statement.ends,
            last_hash: statement.last_hash.to_string(),
        }
    }
}
