//! The JSON that a host serves and a client reads: shapes and caps, no rule of a chain.
//!
//! 64-bit numbers are decimal strings, digests 64 lower-case hexadecimal digits. What is hashed or
//! proven takes no unknown field: a header with another field is a header of another version.

mod block;
mod chain;
mod decimal;
mod document;
mod header;
mod hex_digest;
mod history_path;
mod verdict;

pub use block::{
    AncestorJson, BlockError, BlockJson, BlocksJson, CertificateJson, HeadJson, ParentJson,
    ProofJson,
};
pub use chain::ChainJson;
pub use document::{Document, DocumentError, JsonFault};
pub use header::HeaderWire;
pub use verdict::VerifiedJson;
