//! Following a chain: which headers a client takes, and what has to be proven about each.
//!
//! A candidate passes in two steps. [`TrustedChain::check`] checks every header rule and computes
//! the statement from the headers, never from what a host says. Only once a proof of this very
//! statement has verified does the head move to it. Heights may be skipped within an epoch: the
//! history of the one header that is proven holds all that was skipped.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

mod checkpoint;
mod error;
mod trusted;

pub use self::checkpoint::{Checkpoint, CheckpointError, ParseCheckpointError};
pub use self::error::HeaderError;
pub use self::trusted::{
    Candidate, CheckedCandidate, HeadCircuit, HeadStatement, TrustedChain, TrustedHead,
};

#[cfg(test)]
mod tests;
