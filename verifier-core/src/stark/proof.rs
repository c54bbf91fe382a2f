//! `Proof`: decoded and bounded, but not yet verified.
//!
//! ```text
//! magic "RPPF"  format u16  suite u16  circuit u16  reserved u16 = 0  length u32  payload
//! ```
//!
//! Integers are little-endian. The payload is Plonky3's proof in postcard. Postcard accepts
//! over-long integers and ignores trailing bytes, so after decoding nothing may be left over, and
//! the proof must encode to the same bytes again: a file has one meaning, and a proof has one file.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;
use core::fmt;

use crate::codec::{DecodeError, Reader, Writer};
use crate::limits::MAX_PROOF_BYTES;

use super::{CircuitId, Circuits, Config, SUITE, VerifyError};

/// Plonky3's proof under suite 1.
pub type StarkProof = p3_uni_stark::Proof<Config>;

/// A decoded proof; only a verifying key can tell whether it proves anything.
pub struct Proof {
    circuit: CircuitId,
    stark: StarkProof,
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Proof");
        debug
            .field("circuit", &self.circuit)
            .field("log_rows", &self.stark.degree_bits);
        debug.finish_non_exhaustive()
    }
}

impl Proof {
    const MAGIC: [u8; 4] = *b"RPPF";
    const FORMAT: u16 = 1;

    /// Wraps what Plonky3's prover returned.
    #[cfg(feature = "prover")]
    #[must_use]
    pub(crate) const fn new(circuit: CircuitId, stark: StarkProof) -> Self {
        Self { circuit, stark }
    }

    /// Returns the circuit that the file names.
    #[must_use]
    pub const fn circuit(&self) -> CircuitId {
        self.circuit
    }

    pub(crate) const fn stark(&self) -> &StarkProof {
        &self.stark
    }

    /// Decodes a proof file for one of `circuits`: steps V1 to V8 of `docs/PROTOCOL.md`.
    ///
    /// # Errors
    ///
    /// The first step that `bytes` fails.
    pub fn from_bytes(bytes: &[u8], circuits: &Circuits) -> Result<Self, VerifyError> {
        Self::decode(bytes, |number| Some(circuits.by_number(number)?.id()))
    }

    /// [`Proof::from_bytes`], with `known` mapping numbers to circuits.
    pub(super) fn decode(
        bytes: &[u8],
        known: impl Fn(u16) -> Option<CircuitId>,
    ) -> Result<Self, VerifyError> {
        if bytes.len() > MAX_PROOF_BYTES {
            let (max, got) = (MAX_PROOF_BYTES, bytes.len());
            return Err(DecodeError::TooLong {
                what: "proof",
                max,
                got,
            }
            .into());
        }
        let mut r = Reader::new(bytes);
        if r.array("magic")? != Self::MAGIC {
            return Err(DecodeError::BadMagic { what: "proof" }.into());
        }
        expect_number(r.u16("format")?, Self::FORMAT, "proof format")?;
        expect_number(r.u16("suite")?, SUITE, "suite")?;
        let got = r.u16("circuit")?;
        let circuit = known(got).ok_or(VerifyError::UnknownCircuit { got })?;
        expect_number(r.u16("reserved")?, 0, "reserved field")?;
        let length = r.u32("length")?;
        let length =
            usize::try_from(length).map_err(|_| DecodeError::Truncated { field: "payload" })?;
        let payload = r.bytes(length, "payload")?;
        r.finish()?;
        let (stark, rest) = postcard::take_from_bytes::<StarkProof>(payload)
            .map_err(|_| VerifyError::MalformedPayload)?;
        let encoded = postcard::to_allocvec(&stark).map_err(|_| VerifyError::MalformedPayload)?;
        if !rest.is_empty() || encoded != payload {
            return Err(VerifyError::NonCanonicalPayload);
        }
        Ok(Self { circuit, stark })
    }

    /// Returns the proof file. Its id is the file's SHA-256.
    ///
    /// # Panics
    ///
    /// If the proof is longer than 4 GiB; with any sensible parameters it is far shorter.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let payload = postcard::to_allocvec(&self.stark).expect("a vector takes any proof");
        let mut w = Writer::new();
        w.bytes(&Self::MAGIC);
        w.u16(Self::FORMAT);
        w.u16(SUITE);
        w.u16(self.circuit.number());
        w.u16(0);
        w.u32(u32::try_from(payload.len()).expect("a proof is far below 4 GiB"));
        w.bytes(&payload);
        w.finish()
    }
}

fn expect_number(got: u16, expected: u16, what: &'static str) -> Result<(), DecodeError> {
    if got == expected {
        return Ok(());
    }
    let (expected, got) = (expected.into(), got.into());
    Err(DecodeError::UnsupportedVersion {
        what,
        expected,
        got,
    })
}
