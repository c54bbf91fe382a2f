//! `Prover`: from a witness to a proof.

use alloc::string::{String, ToString};
use core::fmt;

use p3_uni_stark::{QuotientAir, prove};

use super::{Circuit, Config, Proof, Provable, Statement, Trace, VerifyingKey, Witness, widen};
use crate::codec::DecodeError;
use crate::hash::Val;

/// An AIR that a prover can evaluate; builds with debug assertions also check each row.
#[cfg(not(debug_assertions))]
pub trait ProverAir: QuotientAir<Config> {}
#[cfg(not(debug_assertions))]
impl<A: QuotientAir<Config>> ProverAir for A {}

/// An AIR that a prover can evaluate; builds with debug assertions also check each row.
#[cfg(debug_assertions)]
pub trait ProverAir:
    QuotientAir<Config> + for<'a> p3_air::Air<p3_air::DebugConstraintBuilder<'a, Val>>
{
}
#[cfg(debug_assertions)]
impl<A> ProverAir for A where
    A: QuotientAir<Config> + for<'a> p3_air::Air<p3_air::DebugConstraintBuilder<'a, Val>>
{
}

/// Why a witness does not satisfy its statement, for any circuit: a stable code and a message.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct WitnessFault {
    code: &'static str,
    message: String,
}

impl WitnessFault {
    /// Returns the fault with this code, and the text of `error` as its message.
    #[must_use]
    pub fn new(code: &'static str, error: &impl fmt::Display) -> Self {
        let message = error.to_string();
        Self { code, message }
    }

    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }
}

/// Why no proof was made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The bytes do not decode as a witness of the circuit.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The witness does not satisfy its statement.
    #[error(transparent)]
    Witness(#[from] WitnessFault),
    /// The statement is for another chain than the prover's.
    #[error("the statement is for chain {got}, the prover for chain {expected}")]
    WrongChain {
        /// The prover's chain.
        expected: u32,
        /// The statement's chain.
        got: u32,
    },
    /// The witness needs more rows than the key allows.
    #[error("the trace needs {rows} rows, at most 2^{max_log_rows} allowed")]
    TooLarge {
        /// Rows that the witness needs.
        rows: usize,
        /// Log2 of the maximum number of rows.
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
            Self::Decode(error) => error.code(),
            Self::Witness(error) => error.code(),
            Self::WrongChain { .. } => "wrong-chain",
            Self::TooLarge { .. } => "witness-too-large",
            Self::Prover => "prover",
        }
    }
}

/// Makes proofs of a circuit for one chain. Reuse it: it caches the twiddle factors of the
/// transforms.
pub struct Prover<C: Circuit> {
    key: VerifyingKey<C>,
    config: Config,
    air: C::Air,
}

impl<C: Circuit> fmt::Debug for Prover<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prover")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl<C: Provable> Prover<C> {
    /// Returns a prover for the chain `chain_id`, with production parameters.
    #[must_use]
    pub fn new(chain_id: u32) -> Self {
        Self::with_key(VerifyingKey::new(chain_id))
    }

    /// Returns a prover for `key`.
    #[must_use]
    pub fn with_key(key: VerifyingKey<C>) -> Self {
        let config = key.parameters().config(&key.transcript_seed());
        let air = C::Air::default();
        Self { key, config, air }
    }

    /// Returns the key that verifies its proofs.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey<C> {
        &self.key
    }

    /// Checks `witness` and proves its statement.
    ///
    /// # Errors
    ///
    /// [`ProveError::Witness`] with the first part of the statement that does not hold, or another
    /// reason why the witness cannot be proven.
    pub fn prove(&self, witness: &C::Witness) -> Result<Proof, ProveError> {
        let (expected, got) = (self.key.chain_id(), witness.statement().chain_id());
        if got != expected {
            return Err(ProveError::WrongChain { expected, got });
        }
        witness.check()?;
        let (_, max_log_rows) = self.key.log_rows();
        let rows = C::rows(witness);
        if rows > 1 << max_log_rows {
            return Err(ProveError::TooLarge { rows, max_log_rows });
        }
        self.prove_unchecked(witness)
    }

    /// Proves the rows of `witness` without checking that they satisfy the statement.
    pub(crate) fn prove_unchecked(&self, witness: &C::Witness) -> Result<Proof, ProveError> {
        let trace = C::trace(witness, widen(self.key.parameters().log_blowup));
        self.prove_trace(trace, &witness.statement().public_values())
    }

    /// Proves the rows of `trace` without checking that they satisfy the constraints.
    pub(crate) fn prove_trace(
        &self,
        trace: Trace,
        public_values: &[Val],
    ) -> Result<Proof, ProveError> {
        let stark = prove(&self.config, &self.air, trace, public_values);
        Ok(Proof::new(C::ID, stark.map_err(|_| ProveError::Prover)?))
    }
}
