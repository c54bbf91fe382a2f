//! WebAssembly module of the verifier: glue only, no decision is made here.
//!
//! What is thrown is an `Error` with a stable `code`, the same as in Rust and over HTTP. A trap is
//! a crash of the verifier, not a verdict: whoever holds the instance drops it.

mod answered;
mod digest;
mod error;
mod ledger_verifier;
mod outcome;
mod plain;
mod question;
mod session;
mod setup;
mod verdict;

use rpp_verifier::{
    CIRCUITS, Certificate, HeadCircuit, HeadStatement, Header, Proof, VerifyingKey,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::error::Failure;
pub use crate::ledger_verifier::LedgerVerifier;
pub use crate::question::Question;
pub use crate::session::Session;
pub use crate::setup::SetupVerifier;

/// Verifies the consensus proofs of one chain.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ConsensusVerifier(VerifyingKey<HeadCircuit>);

#[wasm_bindgen]
impl ConsensusVerifier {
    /// Returns the verifier of the chain `chain_id`.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(chain_id: u32) -> Self {
        Self(VerifyingKey::new(chain_id))
    }

    /// Checks that `proof` proves that `header`, a child of `parent`, was signed as `certificate`
    /// says; returns the verdict, an object that names the validator set that it rests on.
    ///
    /// Whether that set is to be trusted, and whether the header keeps the header rules, is for
    /// the caller to check. `certificate` is 76 bytes, integers little-endian: signed power
    /// (`u32`), signers (32 bytes), then root (32 bytes), size and total power (`u32`) of the set.
    ///
    /// # Errors
    ///
    /// The first rule that the bytes break, with its code.
    pub fn verify(
        &self,
        header: &[u8],
        parent: &[u8],
        certificate: &[u8],
        proof: &[u8],
    ) -> Result<JsValue, Failure> {
        let statement = statement(header, parent, certificate)?;
        let proof = Proof::from_bytes(proof, &CIRCUITS)?;
        let verified = self.0.verify(statement, &proof)?;
        Ok(verdict::verified(&verified).into())
    }
}

fn statement(header: &[u8], parent: &[u8], certificate: &[u8]) -> Result<HeadStatement, Failure> {
    let (header, parent) = (Header::from_bytes(header)?, Header::from_bytes(parent)?);
    let certificate = Certificate::from_bytes(certificate)?;
    Ok(HeadStatement::new(&header, &parent, &certificate)?)
}
