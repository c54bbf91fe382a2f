//! The consensus AIR.
mod columns;
mod constraints;
#[cfg(feature = "prover")]
mod registers;
#[cfg(feature = "prover")]
pub(crate) mod trace;

pub use columns::{KINDS, Kind, Row, WIDTH};
pub use constraints::{ConsensusAir, MAX_CONSTRAINT_DEGREE};
#[cfg(feature = "prover")]
pub use trace::rows;

#[cfg(test)]
#[cfg(feature = "prover")]
mod tests;
