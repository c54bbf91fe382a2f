//! Proves a witness, and believes the proof only after it is verified.

use std::time::{Duration, Instant};

use rpp_verifier::{CIRCUITS, Consensus, ConsensusWitness, Proof, ProveError, VerifyError};

use crate::progress::Bar;
use crate::proof_id::ProofId;
use rpp_verifier::{FileDigest, ListedProof};

/// Proves and verifies for one chain.
#[derive(Debug)]
pub struct Prover {
    prover: rpp_verifier::Prover<Consensus>,
}

/// A proof file that verifies.
#[derive(Clone, Debug)]
pub struct ProvenFile {
    /// SHA-256 of the file.
    pub id: ProofId,
    /// The file.
    pub bytes: Vec<u8>,
    /// Its entry in a block's list of proofs.
    pub listed: ListedProof,
    /// How long the proof took.
    pub prove: Duration,
    /// How long its verification took.
    pub verify: Duration,
}

/// Why a witness gave no proof.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProveFault {
    /// The witness cannot be proven.
    #[error("cannot prove: {0}")]
    Prove(#[from] ProveError),
    /// The proof was made and does not verify: a fault of the prover, never to be served.
    #[error("the proof just made does not verify: {0}")]
    SelfVerify(#[from] VerifyError),
}

impl ProveFault {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Prove(error) => error.code(),
            Self::SelfVerify(error) => error.code(),
        }
    }
}

impl Prover {
    /// How many steps [`Prover::prove`] moves its bar.
    pub const STEPS: u64 = 2;

    /// Returns the prover of the chain `chain_id`.
    #[must_use]
    pub fn new(chain_id: u32) -> Self {
        Self {
            prover: rpp_verifier::Prover::new(chain_id),
        }
    }

    /// Proves `witness` and verifies the bytes of the proof, as a client would.
    ///
    /// # Errors
    ///
    /// [`ProveFault`].
    pub fn prove(&self, witness: &ConsensusWitness, bar: &Bar) -> Result<ProvenFile, ProveFault> {
        bar.say("proving");
        let start = Instant::now();
        let bytes = self.prover.prove(witness)?.to_bytes();
        let prove = start.elapsed();
        bar.step("verifying");
        let start = Instant::now();
        let proof = Proof::from_bytes(&bytes, &CIRCUITS)?;
        let key = self.prover.key();
        let verified = key.verify(witness.statement.clone(), &proof)?;
        let verify = start.elapsed();
        bar.step("storing");
        let id = ProofId::of(&bytes);
        let listed = ListedProof {
            circuit: verified.circuit().into(),
            id: FileDigest(*id.as_bytes()),
            bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        };
        Ok(ProvenFile {
            id,
            bytes,
            listed,
            prove,
            verify,
        })
    }
}
