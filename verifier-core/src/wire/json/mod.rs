//! The documents in JSON, for people and other tools.
//!
//! 64-bit numbers are decimal strings, digests 64 lower-case hexadecimal digits. What is hashed or
//! proven takes no unknown field: a header with another field is a header of another version.
//!
//! The types here mirror the documents field by field. Beside them they have labels, such as a block's
//! height and hash, for readers who do not hash headers: a text whose labels are wrong is refused.

mod account;
mod block;
mod bounded;
mod certificate;
mod chain;
mod decimal;
mod document;
mod head;
mod header;
mod hex_bytes;
mod hex_digest;
mod objects;
mod path;
mod proposer;
mod range_proof;
mod span;
mod text;
mod transaction;
mod transactions;
mod uptime;
mod verdict;

pub use self::chain::ChainJson;
pub use self::document::{JsonDocument, JsonError, JsonFault};
pub use self::header::HeaderWire;
pub use self::verdict::VerifiedJson;
