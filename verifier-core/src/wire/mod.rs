//! What a host serves and a client reads: shapes, encodings and caps, and no rule of a chain.
//!
//! Each document is one type with a binary encoding ([`Document`]) and, behind the feature `json`, a
//! text in JSON ([`JsonDocument`]) for people and other tools.

mod ancestor;
mod block;
mod blocks;
mod document;
mod file_digest;
mod head;
#[cfg(feature = "json")]
mod json;
mod listed_proof;
mod route;
#[cfg(test)]
mod tests;

pub use self::ancestor::Ancestor;
pub use self::block::{Block, BlockError, Parent};
pub use self::blocks::Blocks;
pub use self::document::{BLOCK_MEDIA_TYPE, Document, DocumentError, PROOF_MEDIA_TYPE};
pub use self::file_digest::FileDigest;
pub use self::head::Head;
#[cfg(feature = "json")]
pub use self::json::{ChainJson, HeaderWire, JsonDocument, JsonError, JsonFault, VerifiedJson};
pub use self::listed_proof::{CircuitName, CircuitNameError, ListedProof};
pub use self::route::{Route, RouteError, parse_height};
