//! The parts that AIRs share, each with its columns, its constraints and its trace.

pub mod bits;
pub(crate) mod columns;
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
pub mod inverse;
pub mod limbs;
#[cfg(feature = "prover")]
pub mod meddle;
pub mod operation;
pub mod permutation;
pub(crate) mod public_values;
pub mod row;
#[cfg(feature = "prover")]
pub mod rows;
pub mod signature;
pub mod sponge;
pub mod update;
pub mod walk;
