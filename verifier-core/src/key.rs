//! `VerifyingKey`: what is verified, and the numbers it is verified with.

use alloc::vec::Vec;

use p3_baby_bear::BabyBear;

use crate::digest::Digest;
use crate::domain::Domain;
use crate::field::{Val, u32_limbs};
use crate::hash::hash;
use crate::proof::CircuitId;
use crate::suite::{SUITE, StarkParameters};

/// The AIR of a circuit by its fingerprint, FRI parameters and bounds, for one chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifyingKey {
    pub(crate) circuit: CircuitId,
    pub(crate) version: u32,
    pub(crate) chain_id: u32,
    pub(crate) fingerprint: Digest,
    pub(crate) parameters: StarkParameters,
    pub(crate) min_log_rows: u32,
    pub(crate) max_log_rows: u32,
    pub(crate) stark_bits: u32,
}

/// Collision resistance of the eight-element state hash, in bits: half of 8 · log2(p), rounded down.
pub const HASH_BITS: u32 = 123;
/// Fewest rows of a consensus trace, as log2.
pub const CONSENSUS_MIN_LOG_ROWS: u32 = 8;
/// Most rows of a consensus trace, as log2: 1,024 votes by keys of height 20.
pub const CONSENSUS_MAX_LOG_ROWS: u32 = 18;
/// Proven soundness of a consensus proof at every allowed height, in bits.
pub const CONSENSUS_STARK_BITS: u32 = 128;
/// Fingerprint of the consensus AIR.
pub const CONSENSUS_FINGERPRINT: Digest = Digest(BabyBear::new_array([
    434_060_165,
    1_334_771_649,
    1_715_228_533,
    249_805_023,
    1_099_161_694,
    280_372_565,
    415_490,
    961_249_066,
]));

impl VerifyingKey {
    /// Returns the key of the consensus circuit for the chain `chain_id`.
    #[must_use]
    pub const fn consensus(chain_id: u32) -> Self {
        Self {
            circuit: CircuitId::Consensus,
            version: 1,
            chain_id,
            fingerprint: CONSENSUS_FINGERPRINT,
            parameters: StarkParameters::PRODUCTION,
            min_log_rows: CONSENSUS_MIN_LOG_ROWS,
            max_log_rows: CONSENSUS_MAX_LOG_ROWS,
            stark_bits: CONSENSUS_STARK_BITS,
        }
    }

    /// Returns the consensus key with parameters that prove nothing, fast.
    #[cfg(test)]
    pub(crate) const fn consensus_test(chain_id: u32) -> Self {
        let parameters = StarkParameters {
            num_queries: 4,
            batch_proof_of_work_bits: 1,
            commit_proof_of_work_bits: 1,
            query_proof_of_work_bits: 1,
            ood_proof_of_work_bits: 1,
            ..StarkParameters::PRODUCTION
        };
        Self {
            parameters,
            stark_bits: 0,
            ..Self::consensus(chain_id)
        }
    }

    /// Returns the circuit.
    #[must_use]
    pub const fn circuit(&self) -> CircuitId {
        self.circuit
    }

    /// Returns the chain that the key is for.
    #[must_use]
    pub const fn chain_id(&self) -> u32 {
        self.chain_id
    }

    /// Returns the FRI parameters.
    #[must_use]
    pub const fn parameters(&self) -> &StarkParameters {
        &self.parameters
    }

    /// Returns the proven soundness at every allowed height, in bits.
    #[must_use]
    pub const fn stark_bits(&self) -> u32 {
        self.stark_bits
    }

    /// Returns the digest over everything in the key but the chain.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut elements = self.identity();
        for x in [
            self.min_log_rows,
            self.max_log_rows,
            self.stark_bits,
            HASH_BITS,
        ] {
            elements.extend(u32_limbs(x));
        }
        hash(Domain::VerifyingKey, &elements)
    }

    /// Returns the seed of the transcript:
    /// `hash(TRANSCRIPT, suite ‖ circuit ‖ version ‖ fingerprint ‖ parameters ‖ chain_id)`.
    ///
    /// Plonky3's transcript binds the shape of an AIR, not its constraints and not the application.
    #[must_use]
    pub fn transcript_seed(&self) -> Digest {
        let mut elements = self.identity();
        elements.extend(u32_limbs(self.chain_id));
        hash(Domain::Transcript, &elements)
    }

    fn identity(&self) -> Vec<Val> {
        let numbers = [SUITE.into(), self.circuit.number().into(), self.version];
        let mut elements: Vec<_> = numbers.into_iter().flat_map(u32_limbs).collect();
        elements.extend(self.fingerprint.0);
        elements.extend(self.parameters.to_array().into_iter().flat_map(u32_limbs));
        elements
    }
}
