//! `VerifyError`: why a proof was rejected.

use crate::codec::DecodeError;

/// Why a proof was rejected: one variant for each rule of the V steps in `docs/PROTOCOL.md`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// V1 to V4 and V6: the file is too long, or its envelope is not one of this format.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// V5: no circuit of this build has that number.
    #[error("circuit {got} is not one that this build knows")]
    UnknownCircuit {
        /// The circuit that the file names.
        got: u16,
    },
    /// V7: the payload is not a STARK proof.
    #[error("the payload is not the encoding of a proof")]
    MalformedPayload,
    /// V8: the payload decodes, but is not what its proof encodes to.
    #[error("the payload is not the canonical encoding of its proof")]
    NonCanonicalPayload,
    /// V9: the proof is of another circuit than the key or the statement.
    #[error("the proof is of circuit {got}, the key of circuit {expected}")]
    WrongCircuit {
        /// The key's circuit.
        expected: u16,
        /// The circuit of the proof or of the statement.
        got: u16,
    },
    /// V10: the statement is about another chain than the key.
    #[error("the statement is about chain {got}, the key is for chain {expected}")]
    WrongChain {
        /// The key's chain.
        expected: u32,
        /// The statement's chain.
        got: u32,
    },
    /// V11: the trace height is not one that the key allows.
    #[error("trace of 2^{got} rows, 2^{min} to 2^{max} allowed")]
    TraceHeight {
        /// Log2 of the fewest rows allowed.
        min: u32,
        /// Log2 of the most rows allowed.
        max: u32,
        /// Log2 of the rows that the proof claims.
        got: u32,
    },
    /// V12: a list of the proof has another length than the key asks for.
    #[error("{what}: {got} entries, {expected} expected")]
    Shape {
        /// The list.
        what: &'static str,
        /// The length that the key asks for.
        expected: usize,
        /// The length in the proof.
        got: usize,
    },
    /// V13: no quorum; the constraints say so too.
    #[error("signed power {signed} of {total} is not more than two thirds")]
    BelowThreshold {
        /// The signed power of the statement.
        signed: u32,
        /// The set's total power.
        total: u32,
    },
    /// V14: the grinding witness before the out-of-domain point misses its target; the others are
    /// checked with the openings.
    #[error("a proof-of-work witness misses its target")]
    ProofOfWork,
    /// V15: an opening does not belong to its commitment, or the low-degree test fails.
    #[error("the openings do not belong to the commitments")]
    Opening,
    /// V16: the constraints do not hold at the out-of-domain point `zeta`.
    #[error("the constraints do not match the quotient at the out-of-domain point")]
    ConstraintMismatch,
}

impl VerifyError {
    /// Returns the stable code, the same in every language and over HTTP.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.code(),
            Self::UnknownCircuit { .. } => "unknown-circuit",
            Self::MalformedPayload => "malformed-payload",
            Self::NonCanonicalPayload => "non-canonical-payload",
            Self::WrongCircuit { .. } => "wrong-circuit",
            Self::WrongChain { .. } => "wrong-chain",
            Self::TraceHeight { .. } => "trace-height",
            Self::Shape { .. } => "proof-shape",
            Self::BelowThreshold { .. } => "below-threshold",
            Self::ProofOfWork => "proof-of-work",
            Self::Opening => "opening",
            Self::ConstraintMismatch => "constraint-mismatch",
        }
    }
}
