//! `IdentityStatement`: what a proof of a registration is about.

use alloc::vec::Vec;

use crate::chain::Header;
use crate::gadget::public_values::public_values;
use crate::hash::{Digest, Val, u32_limbs};
use crate::ledger::{Account, AccountPath, Operation, OperationHash, Register, is_vacant};
use crate::limits::MAX_TREE_HEIGHT;
use crate::stark::Statement;

/// "This registration leads from one root to the other: there was no account at its number; it is signed
/// by the key that it names, at its leaf; the new account has that key, no balance, the next leaf as its
/// nonce and key offset 0; and nothing else in the tree moved."
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IdentityStatement {
    /// The chain that the registration is for.
    pub chain_id: u32,
    /// The root of the accounts before it.
    pub before: Digest,
    /// The root after it.
    pub after: Digest,
    /// The registration.
    pub operation: OperationHash,
}

public_values! {
    /// The public values of [`IdentityStatement`].
    pub struct PublicValues {
        /// Chain id, in two limbs of 16 bits.
        chain_id: [2],
        /// Root of the accounts before.
        before: [8],
        /// Root of the accounts after.
        after: [8],
        /// Hash of the registration.
        operation: [8],
    }
}

/// Why a registration and a path do not make a statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The path does not show that the number is vacant.
    #[error("the path does not lead from no account at {index} to the header's state root")]
    NotVacant {
        /// The number.
        index: u32,
    },
    /// No key has such a leaf.
    #[error("leaf {leaf} is above those of the largest key")]
    LeafPastEnd {
        /// The leaf.
        leaf: u32,
    },
}

impl IdentityError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotVacant { .. } => "identity-not-vacant",
            Self::LeafPastEnd { .. } => "identity-leaf-past-end",
        }
    }
}

impl IdentityStatement {
    /// Number of public values.
    pub const PUBLIC_VALUES: usize = PublicValues::COUNT;

    /// Returns the statement about `register` on the accounts that `header` leaves; `path` is that of its
    /// number in them, which is vacant. The root after follows from both.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotVacant`] or [`IdentityError::LeafPastEnd`].
    pub fn new(
        header: &Header,
        register: &Register,
        path: &AccountPath,
    ) -> Result<Self, IdentityError> {
        let Register {
            index,
            key_id,
            leaf,
        } = *register;
        if !is_vacant(index, path, &header.state_root) {
            return Err(IdentityError::NotVacant { index });
        }
        // The hash has it in one element, of which a larger number would be another reading.
        if leaf >> MAX_TREE_HEIGHT != 0 {
            return Err(IdentityError::LeafPastEnd { leaf });
        }
        let account = Account {
            key_id,
            balance: 0,
            nonce: leaf + 1,
            key_offset: 0,
        };
        Ok(Self {
            chain_id: header.chain_id,
            before: header.state_root,
            after: path.root(account.leaf(), index),
            operation: Operation::Register(*register).hash(header.chain_id),
        })
    }
}

impl Statement for IdentityStatement {
    #[cfg(feature = "json")]
    type Document = super::IdentityJson;

    #[cfg(feature = "json")]
    fn document(&self) -> super::IdentityJson {
        self.into()
    }

    fn chain_id(&self) -> u32 {
        self.chain_id
    }

    fn public_values(&self) -> Vec<Val> {
        PublicValues {
            chain_id: u32_limbs(self.chain_id),
            before: self.before.0,
            after: self.after.0,
            operation: self.operation.0.0,
        }
        .into_vec()
    }
}
