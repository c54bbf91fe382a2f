//! The AIRs, one folder a statement, and the parts they share.

pub mod consensus;
pub mod fingerprint;
pub(crate) mod known_degree;
pub mod poseidon2;
pub mod row;
pub mod signature;
