//! Cross-crate end-to-end tests and their helpers, and what `cargo xtask bench` measures.

pub mod blowup;
pub mod chain;
pub mod circuit;
pub mod corpus;
pub mod ends;
pub mod figures;
pub mod fixture;
pub mod floor;
pub mod forgery;
pub mod headers;
pub mod ledger;
pub mod memory;
pub mod provider;
pub mod setup;
pub mod setup_figures;
pub mod spans;
pub mod timings;
pub mod votes;
pub mod wallet;
