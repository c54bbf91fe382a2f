//! Plonky3's types and the parts of circuits: for those who write a circuit, measure one, or forge
//! a proof to see it refused. Nothing here is covered by semantic versioning.

use alloc::vec::Vec;

#[cfg(feature = "prover")]
pub use crate::circuit::MUTATIONS;
pub use crate::circuit::consensus::{ConsensusAir, WIDTH as CONSENSUS_WIDTH};
#[cfg(feature = "prover")]
pub use crate::gadget::permutation::permutation_trace;
pub use crate::gadget::permutation::{
    COLUMNS as PERMUTATION_COLUMNS, Permutation, PermutationAir, assert_permutation,
    permutation_air,
};
pub use crate::hash::{Domain, Val, hash, permute, u32_limbs, u64_limbs};
#[cfg(feature = "prover")]
pub use crate::stark::mutation::{
    Attempt, Finding, Forgeable, Forged, Forgery, Mutations, Redundant, Report, broken,
    check_forgery, constraint_names, mutate, try_attempts,
};
pub use crate::stark::{
    Audit, Challenge, Circuit, Config, KeyConstants, StarkProof, Statement, VerifierAir,
    fingerprint, least_queries, proven_bits,
};
#[cfg(feature = "prover")]
pub use crate::stark::{Provable, ProverAir, Trace, Witness};

use crate::hash::Digest;
use crate::signature::{PublicKey, Signature};
use crate::stark::StarkParameters;

/// Returns the digest with these elements.
#[must_use]
pub const fn digest_of(elements: [Val; Digest::ELEMENTS]) -> Digest {
    Digest(elements)
}

/// Returns the elements of a digest.
pub const fn elements_of(digest: &Digest) -> [Val; Digest::ELEMENTS] {
    digest.0
}

/// Returns the randomizer of a signature, to change it.
pub const fn randomizer_mut(signature: &mut Signature) -> &mut [Val; 7] {
    &mut signature.randomizer
}

/// Returns the chain values of a signature, to change them.
pub const fn chain_values_mut(signature: &mut Signature) -> &mut [[Val; 4]; 78] {
    &mut signature.chain_values
}

/// Returns a key with these parts, whether they are a key's or not.
#[must_use]
pub const fn public_key(tree_height: u32, parameter: [Val; 5], root: Digest) -> PublicKey {
    PublicKey {
        tree_height,
        parameter,
        root,
    }
}

/// Returns the parameter of a key.
pub const fn parameter_of(key: &PublicKey) -> &[Val; 5] {
    &key.parameter
}

/// Returns Plonky3's configuration of suite 1; its transcript starts from `seed`.
#[must_use]
pub fn config(parameters: &StarkParameters, seed: &Digest) -> Config {
    parameters.config(seed)
}

/// Returns the public values of a statement, in the order in which its AIR reads them.
#[must_use]
pub fn public_values(statement: &impl Statement) -> Vec<Val> {
    statement.public_values()
}

/// Makes what the rows of `trace` give, whether they hold or not.
///
/// # Errors
///
/// [`ProveError::Prover`](crate::ProveError::Prover) if Plonky3 refuses its input.
#[cfg(feature = "prover")]
pub fn prove_trace<C: Provable>(
    prover: &crate::Prover<C>,
    trace: Trace,
    public_values: &[Val],
) -> Result<crate::Proof, crate::ProveError> {
    prover.prove_trace(trace, public_values)
}
