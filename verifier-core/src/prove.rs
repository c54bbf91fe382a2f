//! `ConsensusProver`: from a witness to a proof.

use p3_uni_stark::prove;

use crate::air::consensus::{ConsensusAir, rows, trace};
use crate::key::VerifyingKey;
use crate::proof::{CircuitId, Proof};
use crate::suite::{Config, widen};
use crate::witness::{ConsensusWitness, WitnessError};

/// Why there is no proof.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The witness does not show its statement.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// The statement is about another chain than the prover's.
    #[error("the statement is about chain {got}, the prover is for chain {expected}")]
    WrongChain {
        /// The prover's chain.
        expected: u32,
        /// The statement's chain.
        got: u32,
    },
    /// The witness needs another number of rows than the key allows.
    #[error("{rows} rows, at most 2^{max_log_rows} allowed")]
    TooLarge {
        /// Rows that the witness needs.
        rows: usize,
        /// Log2 of the most rows allowed.
        max_log_rows: u32,
    },
    /// Plonky3's prover refused its input.
    #[error("the prover refused its input")]
    Prover,
}

impl ProveError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Witness(error) => error.code(),
            Self::WrongChain { .. } => "wrong-chain",
            Self::TooLarge { .. } => "witness-too-large",
            Self::Prover => "prover",
        }
    }
}

/// Makes consensus proofs for one chain; keep it, since it caches the transforms' twiddles.
pub struct ConsensusProver {
    key: VerifyingKey,
    config: Config,
    air: ConsensusAir,
}

impl core::fmt::Debug for ConsensusProver {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ConsensusProver")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl ConsensusProver {
    /// Returns a prover for the chain `chain_id`, with production parameters.
    #[must_use]
    pub fn new(chain_id: u32) -> Self {
        Self::with_key(VerifyingKey::consensus(chain_id))
    }

    pub(crate) fn with_key(key: VerifyingKey) -> Self {
        let config = key.parameters.config(&key.transcript_seed());
        Self {
            key,
            config,
            air: ConsensusAir::default(),
        }
    }

    /// Checks `witness` and proves its statement.
    ///
    /// # Errors
    ///
    /// [`ProveError::Witness`] with the first sentence that does not hold; else what keeps the
    /// witness from being proven.
    pub fn prove(&self, witness: &ConsensusWitness) -> Result<Proof, ProveError> {
        if witness.statement.chain_id != self.key.chain_id {
            let (expected, got) = (self.key.chain_id, witness.statement.chain_id);
            return Err(ProveError::WrongChain { expected, got });
        }
        witness.check()?;
        let (rows, max_log_rows) = (rows(witness), self.key.max_log_rows);
        if rows > 1 << max_log_rows {
            return Err(ProveError::TooLarge { rows, max_log_rows });
        }
        self.prove_unchecked(witness)
    }

    /// Makes what the rows of `witness` give, whether they hold or not.
    pub(crate) fn prove_unchecked(&self, witness: &ConsensusWitness) -> Result<Proof, ProveError> {
        let trace = trace::generate(witness, widen(self.key.parameters.log_blowup));
        let public_values = witness.statement.public_values();
        let stark = prove(&self.config, &self.air, trace, &public_values);
        Ok(Proof::new(
            CircuitId::Consensus,
            stark.map_err(|_| ProveError::Prover)?,
        ))
    }
}
