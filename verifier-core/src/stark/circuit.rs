//! `Circuit`: what each circuit defines. A circuit is a folder in `circuit/` and a line in its
//! registry.

use alloc::vec::Vec;
use core::fmt::Debug;

use super::{StarkParameters, StatementFault, VerifierAir};
use crate::hash::{Digest, Val};

/// The number of a circuit in files, and its name in URLs and verdicts.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct CircuitId {
    number: u16,
    name: &'static str,
}

impl CircuitId {
    /// Returns the id with this number and name.
    #[must_use]
    pub const fn new(number: u16, name: &'static str) -> Self {
        Self { number, name }
    }

    /// Returns the number in files.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.number
    }

    /// Returns the name in URLs and verdicts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }
}

/// The constants of a verifying key: everything except the circuit's id and the chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyConstants {
    /// Version of the circuit; it changes whenever the fingerprint does.
    pub version: u32,
    /// [`fingerprint`](super::fingerprint()) of the AIR; a test recomputes it.
    pub fingerprint: Digest,
    /// The parameters of FRI.
    pub parameters: StarkParameters,
    /// Log2 of the minimum number of rows of a trace.
    pub min_log_rows: u32,
    /// Log2 of the maximum number of rows of a trace.
    pub max_log_rows: u32,
    /// Proven soundness at every allowed height, in bits; a test recomputes it.
    pub stark_bits: u32,
    /// The same at the smallest and at the largest allowed height.
    pub stark_bits_at: [u32; 2],
    /// The public values in their order: the name of each, and how many field elements it is.
    pub public_values: &'static [(&'static str, usize)],
}

/// The claim that a proof is about, computed by the verifier from data that it trusts.
pub trait Statement: Clone + Debug + Eq {
    /// The claim as it appears in a JSON verdict.
    #[cfg(feature = "json")]
    type Document: Clone + Debug + serde::Serialize;

    /// Returns the chain that the claim is about. The transcript binds it, whether or not a public
    /// value does.
    fn chain_id(&self) -> u32;

    /// Checks what the verifier can check without the proof: step V13.
    ///
    /// # Errors
    ///
    /// The part of the claim that is false.
    fn check(&self) -> Result<(), StatementFault> {
        Ok(())
    }

    /// Returns the public values, in the order in which the AIR reads them.
    fn public_values(&self) -> Vec<Val>;

    /// Returns the claim as it appears in a JSON verdict.
    #[cfg(feature = "json")]
    fn document(&self) -> Self::Document;
}

/// What a verifier needs to know about a circuit.
pub trait Circuit: Sized + 'static {
    /// Number and name.
    const ID: CircuitId;
    /// The constants of its verifying keys.
    const KEY: KeyConstants;
    /// What its proofs are about.
    type Statement: Statement;
    /// Its constraints.
    type Air: VerifierAir + Default;
}

/// The matrix that a prover commits to, row by row.
#[cfg(feature = "prover")]
pub type Trace = p3_matrix::dense::RowMajorMatrix<Val>;

/// The prover's input.
#[cfg(feature = "prover")]
pub trait Witness: Sized {
    /// The claim that it proves.
    type Statement: Statement;

    /// Returns the claim.
    fn statement(&self) -> &Self::Statement;

    /// Checks natively that the witness satisfies its statement, so that a prover can say what is
    /// wrong rather than make a proof that nobody accepts. Soundness does not depend on this.
    ///
    /// # Errors
    ///
    /// The first part of the statement that does not hold.
    fn check(&self) -> Result<(), super::WitnessFault>;

    /// Decodes a witness.
    ///
    /// # Errors
    ///
    /// The first rule of the encoding that `bytes` break.
    fn from_bytes(bytes: &[u8]) -> Result<Self, crate::codec::DecodeError>;
}

/// What a prover needs in addition.
#[cfg(feature = "prover")]
pub trait Provable: Circuit<Air: super::ProverAir> {
    /// The prover's input.
    type Witness: Witness<Statement = Self::Statement>;

    /// Returns the number of rows that the witness needs, before padding to a power of two.
    fn rows(witness: &Self::Witness) -> usize;

    /// Returns the trace of `witness`, with room for an extension by 2^`log_blowup`.
    ///
    /// Nothing is checked: a witness for a false statement gives a trace that breaks the matching
    /// constraints.
    fn trace(witness: &Self::Witness, log_blowup: usize) -> Trace;
}
