//! What a verdict says of a transaction statement.

use alloc::string::{String, ToString};

use serde::Serialize;

use super::{Transaction, TransactionStatement};
use crate::stark::Circuit;

/// A [`TransactionStatement`] in a verdict; digests are 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, Serialize)]
pub struct TransactionJson {
    /// Name of the circuit.
    pub kind: &'static str,
    /// The chain.
    pub chain_id: u32,
    /// Root of the accounts.
    pub state_root: String,
    /// Hash of the operation.
    pub operation: String,
}

impl From<&TransactionStatement> for TransactionJson {
    fn from(statement: &TransactionStatement) -> Self {
        Self {
            kind: Transaction::ID.name(),
            chain_id: statement.chain_id,
            state_root: statement.state_root.to_hex(),
            operation: statement.operation.to_string(),
        }
    }
}
