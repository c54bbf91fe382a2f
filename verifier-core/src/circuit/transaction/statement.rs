//! `TransactionStatement`: what a proof of one operation is about.

use alloc::vec::Vec;

use crate::chain::Header;
use crate::gadget::public_values::public_values;
use crate::hash::{Digest, Val, u32_limbs};
use crate::ledger::OperationHash;
use crate::stark::Statement;

/// "This operation, a transfer or a change of key, is valid on this root: it is signed by the key of its
/// account at the leaf of its nonce, which the account has not reached; the account holds amount and fee;
/// and the receiver, on the root after the debit, exists and can take the amount."
///
/// It is no receipt: two operations that exclude each other are both valid on one root. It takes for granted
/// that everything under the root is a well-formed account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TransactionStatement {
    /// The chain that the operation is for.
    pub chain_id: u32,
    /// The root of the accounts that it is valid on.
    pub state_root: Digest,
    /// The operation.
    pub operation: OperationHash,
}

public_values! {
    /// The public values of [`TransactionStatement`].
    pub struct PublicValues {
        /// Chain id, in two limbs of 16 bits.
        chain_id: [2],
        /// Root of the accounts.
        state_root: [8],
        /// Hash of the operation.
        operation: [8],
    }
}

impl TransactionStatement {
    /// Number of public values.
    pub const PUBLIC_VALUES: usize = PublicValues::COUNT;

    /// Returns the statement that `operation` is valid on the accounts that `header` leaves.
    #[must_use]
    pub const fn new(header: &Header, operation: OperationHash) -> Self {
        Self {
            chain_id: header.chain_id,
            state_root: header.state_root,
            operation,
        }
    }
}

impl Statement for TransactionStatement {
    #[cfg(feature = "json")]
    type Document = super::TransactionJson;

    #[cfg(feature = "json")]
    fn document(&self) -> super::TransactionJson {
        self.into()
    }

    fn chain_id(&self) -> u32 {
        self.chain_id
    }

    fn public_values(&self) -> Vec<Val> {
        PublicValues {
            chain_id: u32_limbs(self.chain_id),
            state_root: self.state_root.0,
            operation: self.operation.0.0,
        }
        .into_vec()
    }
}
