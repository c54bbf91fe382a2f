//! What a verdict says of an identity statement.

use alloc::string::{String, ToString};

use serde::Serialize;

use super::{Identity, IdentityStatement};
use crate::stark::Circuit;

/// An [`IdentityStatement`] in a verdict; digests are 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, Serialize)]
pub struct IdentityJson {
    /// Name of the circuit.
    pub kind: &'static str,
    /// The chain.
    pub chain_id: u32,
    /// Root of the accounts before the registration.
    pub before: String,
    /// Root of the accounts after it.
    pub after: String,
    /// Hash of the registration.
    pub operation: String,
}

impl From<&IdentityStatement> for IdentityJson {
    fn from(statement: &IdentityStatement) -> Self {
        Self {
            kind: Identity::ID.name(),
            chain_id: statement.chain_id,
            before: statement.before.to_hex(),
            after: statement.after.to_hex(),
            operation: statement.operation.to_string(),
        }
    }
}
