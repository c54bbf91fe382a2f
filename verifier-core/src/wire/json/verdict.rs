//! `VerifiedJson`: a verified statement and what it rests on.

use alloc::string::String;

use serde::Serialize;

use crate::hash::Digest;
use crate::stark::{Circuit, Statement, Verified};

/// The verdict on a proof. It is only written, never read: a verdict in JSON proves nothing.
#[derive(Clone, Debug, Serialize)]
#[serde(bound(serialize = ""))]
pub struct VerifiedJson<C: Circuit> {
    /// `verified`.
    pub verdict: &'static str,
    /// What was proven.
    pub statement: <C::Statement as Statement>::Document,
    /// Name of the circuit.
    pub circuit: &'static str,
    /// Digest of the verifying key.
    #[serde(serialize_with = "super::hex_digest::serialize")]
    pub key_digest: Digest,
    /// Proven soundness of the proof, in bits.
    pub stark_bits: u32,
    /// Collision resistance of the state hash, in bits.
    pub hash_bits: u32,
    /// Version of the signed setup that names the key, if one does.
    pub setup_version: Option<u32>,
}

impl<C: Circuit> VerifiedJson<C> {
    /// Encodes the text.
    ///
    /// # Panics
    ///
    /// Never: it is plain data.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a verdict is plain data")
    }
}

impl<C: Circuit> From<&Verified<C>> for VerifiedJson<C> {
    fn from(verified: &Verified<C>) -> Self {
        Self {
            verdict: "verified",
            statement: verified.statement().document(),
            circuit: verified.circuit().name(),
            key_digest: *verified.key_digest(),
            stark_bits: verified.stark_bits(),
            hash_bits: verified.hash_bits(),
            setup_version: verified.setup_version(),
        }
    }
}
