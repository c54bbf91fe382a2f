//! Cross-crate end-to-end tests and their helpers, and what `cargo xtask bench` measures.

pub mod floor;
pub mod memory;
pub mod timings;
