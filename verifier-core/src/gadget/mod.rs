//! The parts that AIRs share, each with its columns and its constraints.

pub mod permutation;
pub mod row;
pub mod signature;
pub mod walk;
