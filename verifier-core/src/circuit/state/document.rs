//! What a verdict says of a state statement.

use alloc::string::String;

use serde::Serialize;

use super::{State, StateStatement};
use crate::stark::Circuit;

/// A [`StateStatement`] in a verdict; digests are 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, Serialize)]
pub struct StateJson {
    /// Name of the circuit.
    pub kind: &'static str,
    /// The chain.
    pub chain_id: u32,
    /// Root of the accounts before the block.
    pub before: String,
    /// Root of the accounts after it.
    pub after: String,
    /// The block's operations.
    pub tx_root: String,
    /// The account that takes the fees.
    pub proposer_account: u32,
}

impl From<&StateStatement> for StateJson {
    fn from(statement: &StateStatement) -> Self {
        Self {
            kind: State::ID.name(),
            chain_id: statement.chain_id,
            before: statement.before.to_hex(),
            after: statement.after.to_hex(),
            tx_root: statement.tx_root.to_hex(),
            proposer_account: statement.proposer,
        }
    }
}
