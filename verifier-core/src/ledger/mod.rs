//! Accounts, the operations on them, and how a block of operations changes the account tree.
//!
//! A chain's nodes apply these rules, provers build witnesses with them, and the circuits that prove
//! them are tested against them.

mod account;
mod accounts;
mod apply;
mod block;
mod error;
mod operation;
mod signed;

pub use self::account::{Account, AccountPath, Opening, is_vacant};
pub use self::accounts::Accounts;
pub use self::apply::Applied;
pub use self::block::{TxPath, TxTree, apply_block};
pub use self::error::{BlockOperationsError, OperationError, SupplyError};
pub use self::operation::{Operation, OperationHash, Register, Rekey, Transfer};
pub use self::signed::SignedOperation;

#[cfg(test)]
#[cfg(feature = "signer")]
mod tests;
