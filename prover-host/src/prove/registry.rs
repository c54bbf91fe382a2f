//! `Provers`: one for each circuit that a host makes proofs for, none of them referred to by name.
//!
//! Whoever starts a host chooses the circuits: the binary passes all those of verifier-core, a test
//! adds its own.

use std::fmt;
use std::time::{Duration, Instant};

use rpp_verifier::{AnyProver, CircuitId, Circuits, ProveError, VerifyError};

use crate::progress::Bar;

/// The provers of a chain. Keep them: each caches the transforms' twiddles.
pub struct Provers(Vec<(CircuitId, Box<dyn AnyProver>)>);

impl fmt::Debug for Provers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|(circuit, _)| circuit.name());
        f.debug_list().entries(names).finish()
    }
}

/// A proof file that has been verified.
#[derive(Clone, Debug)]
pub struct ProvenFile {
    /// The file.
    pub bytes: Vec<u8>,
    /// How long the proof took.
    pub prove: Duration,
    /// How long its verification took.
    pub verify: Duration,
}

/// Why a witness yielded no proof.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProveFault {
    /// The circuit is not one of the host's.
    #[error("there is no prover for circuit {}", circuit.name())]
    UnknownCircuit {
        /// The circuit.
        circuit: CircuitId,
    },
    /// The witness cannot be proven.
    #[error("cannot prove: {0}")]
    Prove(#[from] ProveError),
    /// The proof was made but does not verify: a fault of the prover; such a proof is never served.
    #[error("the proof just made does not verify: {0}")]
    SelfVerify(#[from] VerifyError),
}

impl ProveFault {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownCircuit { .. } => "unknown-circuit",
            Self::Prove(error) => error.code(),
            Self::SelfVerify(error) => error.code(),
        }
    }
}

impl Provers {
    /// How many steps the progress bar of [`Provers::prove`] has.
    pub const STEPS: u64 = 2;

    /// Returns the provers for the chain `chain_id`.
    #[must_use]
    pub fn new(circuits: Circuits, chain_id: u32) -> Self {
        let circuits = circuits.iter();
        Self(circuits.map(|c| (c.id(), c.prover(chain_id))).collect())
    }

    /// Proves an encoded witness, and verifies the bytes of the proof as a client would.
    ///
    /// # Errors
    ///
    /// [`ProveFault`].
    pub fn prove(
        &self,
        circuit: CircuitId,
        witness: &[u8],
        bar: &Bar,
    ) -> Result<ProvenFile, ProveFault> {
        let prover = self.0.iter().find(|(id, _)| *id == circuit);
        let (_, prover) = prover.ok_or(ProveFault::UnknownCircuit { circuit })?;
        bar.say("proving");
        let start = Instant::now();
        let bytes = prover.prove(witness)?;
        let prove = start.elapsed();
        bar.step("verifying");
        let start = Instant::now();
        prover.verify(witness, &bytes)?;
        let verify = start.elapsed();
        bar.step("storing");
        Ok(ProvenFile {
            bytes,
            prove,
            verify,
        })
    }
}
