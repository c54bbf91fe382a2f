//! What a verdict says of an uptime statement.

use alloc::string::{String, ToString};

use serde::Serialize;

use super::{Uptime, UptimeStatement};
use crate::stark::Circuit;

/// An [`UptimeStatement`] in a verdict; digests are 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, Serialize)]
pub struct UptimeJson {
    /// Name of the circuit.
    pub kind: &'static str,
    /// The chain.
    pub chain_id: u32,
    /// Hash of the header after the last one whose votes are counted.
    pub head_hash: String,
    /// Height of the first header whose votes are counted.
    pub first: u32,
    /// Height of the last one.
    pub last: u32,
    /// Root of the set.
    pub validator_set_root: String,
    /// The validator's place in it.
    pub index: u32,
    /// Its key.
    pub key_id: String,
    /// For how many of these headers it has voted.
    pub signed: u32,
}

impl From<&UptimeStatement> for UptimeJson {
    fn from(statement: &UptimeStatement) -> Self {
        Self {
            kind: Uptime::ID.name(),
            chain_id: statement.chain_id,
            head_hash: statement.head_hash.to_string(),
            first: statement.first,
            last: statement.last,
            validator_set_root: statement.validator_set_root.to_hex(),
            index: statement.index,
            key_id: statement.key_id.to_hex(),
            signed: statement.signed,
        }
    }
}
