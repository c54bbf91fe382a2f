//! Following a chain: which headers a client accepts, and what has to be proven about each.
//!
//! A candidate is accepted in two steps. [`TrustedChain::check`] checks every header rule and
//! computes the statement from the headers, never from what a host claims. The head moves to the
//! candidate only once a proof of exactly this statement has verified. Heights may be skipped
//! within an epoch: the history of the one proven header contains all skipped ones.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

mod checkpoint;
mod claim;
mod error;
mod evidence;
mod rules;
mod span;
mod trusted;
mod trusted_header;
mod verified_range;

pub use self::checkpoint::{Checkpoint, CheckpointError, ParseCheckpointError};
pub use self::claim::{
    ClaimError, VerifiedAccount, VerifiedInclusion, VerifiedTransition, VerifiedUptime,
};
pub use self::error::HeaderError;
pub use self::evidence::{Ancestry, Conflict, Evidence, EvidenceError, SignedHeader};
pub use self::span::{CheckedSpan, SpanCandidate};
pub use self::trusted::{
    Candidate, CheckedCandidate, CheckedMove, HeadCircuit, HeadStatement, TrustedChain, TrustedHead,
};
pub use self::trusted_header::TrustedHeader;
pub use self::verified_range::VerifiedRange;
#[cfg(feature = "prover")]
use crate::circuit::consensus::ConsensusWitness;
use crate::circuit::pruning::Pruning;
use crate::circuit::span::{Span, SpanStatement};
use crate::circuit::state::{State, StateStatement};
use crate::circuit::uptime::Uptime;

/// The circuit whose proofs show what a block does to the accounts.
pub type TransitionCircuit = State;
/// What has to be proven about the operations of a block.
pub type TransitionStatement = StateStatement;
/// What a proof that moves a head is made from.
#[cfg(feature = "prover")]
pub type HeadWitness = ConsensusWitness;
/// The circuit whose proofs lead over ends of epochs.
pub type SpanCircuit = Span;
/// The circuit whose proofs show that blocks follow each other, and bind their operations.
pub type RangeCircuit = Pruning;
/// The circuit whose proofs show how often a validator has voted.
pub type UptimeCircuit = Uptime;

#[cfg(test)]
mod claim_tests;
#[cfg(test)]
#[cfg(feature = "prover")]
mod range_tests;
#[cfg(test)]
mod span_tests;
#[cfg(test)]
mod tests;
