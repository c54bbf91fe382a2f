//! Proving and verifying any circuit: suite, keys, proof files. Nothing here names a circuit.
//!
//! A circuit is typed outside ([`Circuit`], [`VerifyingKey`], [`Verified`]) and erased inside
//! ([`Key`], `VerifierAir`), so that a program contains Plonky3's verifier only once, however many
//! circuits it verifies.

#[cfg(any(test, feature = "hazmat"))]
mod audit;
mod circuit;
mod erased;
mod error;
mod fingerprint;
mod key;
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
pub(crate) mod mutation;
mod proof;
#[cfg(feature = "prover")]
mod prove;
mod registry;
mod shape;
mod suite;
mod verify;

#[cfg(test)]
pub(crate) use self::audit::SymbolicAir;
#[cfg(any(test, feature = "hazmat"))]
pub use self::audit::{Audit, least_queries, proven_bits};
pub use self::circuit::{Circuit, CircuitId, KeyConstants, Statement};
#[cfg(feature = "prover")]
pub use self::circuit::{Provable, Trace, Witness};
pub use self::erased::VerifierAir;
pub use self::error::{StatementFault, VerifyError};
pub use self::fingerprint::fingerprint;
pub use self::key::{HASH_BITS, Key, VerifyingKey};
pub use self::proof::{Proof, StarkProof};
#[cfg(feature = "prover")]
pub use self::prove::{ProveError, Prover, ProverAir, WitnessFault};
#[cfg(feature = "prover")]
pub use self::registry::AnyProver;
pub use self::registry::{AnyCircuit, Circuits, Registered};
#[cfg(any(test, feature = "hazmat"))]
pub(crate) use self::suite::COMMITMENT_COLLISION_BITS;
pub use self::suite::{Challenge, Config, EXTENSION_DEGREE, SUITE, StarkParameters, widen};
pub use self::verify::Verified;
