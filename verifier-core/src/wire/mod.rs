//! What a host serves and a client reads: shapes, encodings and caps, and no rule of a chain.
//!
//! Each document is one type with a binary encoding ([`Document`]) and, behind the feature `json`, a
//! text in JSON ([`JsonDocument`]) for people and other tools.

mod account;
mod ancestor;
mod block;
mod blocks;
mod document;
mod file_digest;
mod head;
#[cfg(feature = "json")]
mod json;
mod key_accounts;
mod listed_proof;
mod proposer;
mod range_proof;
mod route;
mod span;
mod submitted;
#[cfg(test)]
mod tests;
mod transaction;
mod transactions;
mod uptime;

pub use self::account::ServedAccount;
pub use self::ancestor::Ancestor;
pub use self::block::{Block, BlockError, Parent};
pub use self::blocks::Blocks;
pub use self::document::{
    BLOCK_MEDIA_TYPE, Document, DocumentError, OPERATION_MEDIA_TYPE, PROOF_MEDIA_TYPE,
};
pub use self::file_digest::FileDigest;
pub use self::head::Head;
#[cfg(feature = "json")]
pub use self::json::{ChainJson, HeaderWire, JsonDocument, JsonError, JsonFault, VerifiedJson};
pub use self::key_accounts::KeyAccounts;
pub use self::listed_proof::{CircuitName, CircuitNameError, ListedProof};
pub use self::proposer::Proposer;
pub use self::range_proof::RangeProof;
pub use self::route::{Route, RouteError, parse_height};
pub use self::span::ServedSpan;
pub use self::submitted::Submitted;
pub use self::transaction::{DropCode, DropCodeError, TransactionStatus};
pub use self::transactions::{ListedTransaction, ParseTxPlaceError, Transactions, TxPlace};
pub use self::uptime::ServedUptime;
