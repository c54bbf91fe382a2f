//! `ListedProof`: a proof that a host has, as it is listed with its block.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::FileDigest;
use super::document::{is_name, read_name, write_length};
use crate::codec::{DecodeError, Reader, Writer};
use crate::limits::MAX_CIRCUIT_NAME_BYTES;
use crate::stark::CircuitId;

/// A proof that the host has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedProof {
    /// The circuit that it is a proof for. A reader need not know it.
    pub circuit: CircuitName,
    /// SHA-256 of the proof file.
    pub id: FileDigest,
    /// Length of the proof file.
    pub bytes: u32,
}

impl ListedProof {
    pub(super) const MAX_BYTES: usize = 4 + MAX_CIRCUIT_NAME_BYTES + FileDigest::BYTES + 4;

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            circuit: CircuitName::read(r)?,
            id: FileDigest(r.array("proof id")?),
            bytes: r.u32("length of the proof")?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        write_length(w, self.circuit.0.len());
        w.bytes(self.circuit.0.as_bytes());
        w.bytes(&self.id.0);
        w.u32(self.bytes);
    }
}

/// The name of a circuit, of this release or of another: 1 to 32 of `a` to `z`, `0` to `9`, `-`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CircuitName(String);

/// The text is not a name that a circuit may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "the name of a circuit is 1 to {MAX_CIRCUIT_NAME_BYTES} lower-case letters, digits and hyphens"
)]
pub struct CircuitNameError;

impl CircuitName {
    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        read_name(r, MAX_CIRCUIT_NAME_BYTES, "circuit name")
    }
}

impl From<CircuitId> for CircuitName {
    fn from(circuit: CircuitId) -> Self {
        Self(circuit.name().to_owned())
    }
}

impl FromStr for CircuitName {
    type Err = CircuitNameError;

    fn from_str(text: &str) -> Result<Self, CircuitNameError> {
        if is_name(text, MAX_CIRCUIT_NAME_BYTES) {
            return Ok(Self(text.to_owned()));
        }
        Err(CircuitNameError)
    }
}

impl fmt::Display for CircuitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
