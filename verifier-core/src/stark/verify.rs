//! The V steps of `docs/PROTOCOL.md`, from a decoded proof to a verified statement.

use p3_uni_stark::{VerificationError, verify};

use super::erased::Erased;
use super::{
    Circuit, CircuitId, HASH_BITS, Key, Proof, StarkProof, Statement, VerifierAir, VerifyError,
    VerifyingKey,
};
use crate::hash::{Digest, Val};

/// A statement of the circuit `C` whose proof this process has checked; only
/// [`VerifyingKey::verify`] makes one.
#[must_use]
pub struct Verified<C: Circuit> {
    statement: C::Statement,
    key_digest: Digest,
    stark_bits: u32,
    setup_version: Option<u32>,
}

impl<C: Circuit> Verified<C> {
    /// Returns the statement.
    #[must_use]
    pub const fn statement(&self) -> &C::Statement {
        &self.statement
    }

    /// Returns the circuit that proved it.
    #[must_use]
    pub const fn circuit(&self) -> CircuitId {
        C::ID
    }

    /// Returns the digest of the key used for verification.
    #[must_use]
    pub const fn key_digest(&self) -> &Digest {
        &self.key_digest
    }

    /// Returns the proven soundness of the proof, in bits.
    #[must_use]
    pub const fn stark_bits(&self) -> u32 {
        self.stark_bits
    }

    /// Returns the collision resistance of the state hash, in bits.
    #[must_use]
    pub const fn hash_bits(&self) -> u32 {
        HASH_BITS
    }

    /// Returns the version of the signed setup that lists the key; `None` for a key that no setup stands behind.
    #[must_use]
    pub const fn setup_version(&self) -> Option<u32> {
        self.setup_version
    }
}

impl<C: Circuit> Clone for Verified<C> {
    fn clone(&self) -> Self {
        Self {
            statement: self.statement.clone(),
            key_digest: self.key_digest,
            stark_bits: self.stark_bits,
            setup_version: self.setup_version,
        }
    }
}

impl<C: Circuit> core::fmt::Debug for Verified<C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Verified")
            .field("circuit", &C::ID.name())
            .field("statement", &self.statement)
            .field("key_digest", &self.key_digest)
            .field("stark_bits", &self.stark_bits)
            .field("setup_version", &self.setup_version)
            .finish()
    }
}

impl<C: Circuit> Eq for Verified<C> {}

impl<C: Circuit> PartialEq for Verified<C> {
    fn eq(&self, other: &Self) -> bool {
        (
            &self.statement,
            self.key_digest,
            self.stark_bits,
            self.setup_version,
        ) == (
            &other.statement,
            other.key_digest,
            other.stark_bits,
            other.setup_version,
        )
    }
}

impl<C: Circuit> VerifyingKey<C> {
    /// Checks that `proof` proves `statement` under this key: steps V9 to V16.
    ///
    /// The caller computes the statement from data that it trusts, such as headers, and checks the
    /// header rules.
    ///
    /// # Errors
    ///
    /// The first rule that `proof` breaks, in the order of the V steps.
    pub fn verify(
        &self,
        statement: C::Statement,
        proof: &Proof,
    ) -> Result<Verified<C>, VerifyError> {
        self.check_circuit(proof.circuit())?;
        let (expected, got) = (self.chain_id(), statement.chain_id());
        if got != expected {
            return Err(VerifyError::WrongChain { expected, got });
        }
        let air = C::Air::default();
        self.check_height(proof.stark())?;
        self.check_shape(&air, proof.stark())?;
        statement.check()?;
        self.check_stark(&air, &statement.public_values(), proof.stark())?;
        Ok(Verified {
            statement,
            key_digest: self.digest(),
            stark_bits: self.stark_bits(),
            setup_version: self.setup_version(),
        })
    }
}

impl Key {
    /// V9: key and proof are for the same circuit. The statement's type already guarantees its own.
    fn check_circuit(&self, circuit: CircuitId) -> Result<(), VerifyError> {
        if circuit == self.circuit {
            return Ok(());
        }
        let (expected, got) = (self.circuit.number(), circuit.number());
        Err(VerifyError::WrongCircuit { expected, got })
    }

    /// V11: the key allows the trace height, which the prover chooses.
    fn check_height(&self, proof: &StarkProof) -> Result<(), VerifyError> {
        let got = u32::try_from(proof.degree_bits).unwrap_or(u32::MAX);
        let (min, max) = self.log_rows();
        if (min..=max).contains(&got) {
            return Ok(());
        }
        Err(VerifyError::TraceHeight { min, max, got })
    }

    /// V14 to V16: Plonky3's verifier.
    pub(crate) fn check_stark(
        &self,
        air: &dyn VerifierAir,
        public_values: &[Val],
        proof: &StarkProof,
    ) -> Result<(), VerifyError> {
        let config = self.parameters().config(&self.transcript_seed());
        verify(&config, &Erased(air), proof, public_values).map_err(|error| match error {
            VerificationError::OodEvaluationMismatch { .. } => VerifyError::ConstraintMismatch,
            VerificationError::InvalidOodPowWitness => VerifyError::ProofOfWork,
            _ => VerifyError::Opening,
        })
    }
}
