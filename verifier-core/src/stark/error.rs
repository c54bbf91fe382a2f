//! `VerifyError`: why a proof was rejected.

use crate::codec::DecodeError;

/// What is false in a statement, by the rule of its circuit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct StatementFault {
    /// The stable code.
    pub code: &'static str,
    /// The same in a sentence.
    pub message: &'static str,
}

/// Why a proof was rejected: one variant per rule of the V steps in `docs/PROTOCOL.md`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// V1 to V4 and V6: the file is too long, or its header does not follow the format.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// V5: this build has no circuit with that number.
    #[error("this build does not know circuit {got}")]
    UnknownCircuit {
        /// The circuit that the file names.
        got: u16,
    },
    /// V7: the payload does not decode as a STARK proof.
    #[error("the payload does not decode as a proof")]
    MalformedPayload,
    /// V8: the payload decodes, but its proof does not encode to the same bytes.
    #[error("the payload is not the canonical encoding of its proof")]
    NonCanonicalPayload,
    /// V9: the proof is for another circuit than the key or the statement.
    #[error("the proof is for circuit {got}, the key for circuit {expected}")]
    WrongCircuit {
        /// The key's circuit.
        expected: u16,
        /// The circuit of the proof or of the statement.
        got: u16,
    },
    /// V10: the statement is for another chain than the key.
    #[error("the statement is for chain {got}, the key for chain {expected}")]
    WrongChain {
        /// The key's chain.
        expected: u32,
        /// The statement's chain.
        got: u32,
    },
    /// V11: the key does not allow the trace height.
    #[error("the trace has 2^{got} rows, 2^{min} to 2^{max} allowed")]
    TraceHeight {
        /// Log2 of the minimum number of rows.
        min: u32,
        /// Log2 of the maximum number of rows.
        max: u32,
        /// Log2 of the number of rows that the proof claims.
        got: u32,
    },
    /// V12: a list in the proof does not have the length that the key requires.
    #[error("{what}: {got} entries, expected {expected}")]
    Shape {
        /// The list.
        what: &'static str,
        /// The length that the key requires.
        expected: usize,
        /// The length in the proof.
        got: usize,
    },
    /// Step V13: the statement is false, as can be seen without the proof.
    #[error(transparent)]
    Statement(#[from] StatementFault),
    /// V14: the grinding witness before the out-of-domain point misses its target. The other
    /// grinding witnesses are checked with the openings.
    #[error("the proof-of-work witness misses its target")]
    ProofOfWork,
    /// V15: an opening does not match its commitment, or the low-degree test fails.
    #[error("the openings do not match the commitments")]
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
            Self::Statement(fault) => fault.code,
            Self::ProofOfWork => "proof-of-work",
            Self::Opening => "opening",
            Self::ConstraintMismatch => "constraint-mismatch",
        }
    }
}
