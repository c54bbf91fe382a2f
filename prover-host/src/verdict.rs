//! The verdict on a block as one JSON object.

use std::time::Duration;

use rpp_verifier::{HeadCircuit, VerifiedJson};
use serde::Serialize;
use serde_json::{Value, json};

use crate::check::CheckedBlock;

#[derive(Serialize)]
struct VerdictJson {
    #[serde(flatten)]
    verified: VerifiedJson<HeadCircuit>,
    proof_id: String,
    proof_bytes: usize,
    verify_ms: f64,
}

/// Returns the verdict on a verified block.
#[must_use]
pub fn to_json(block: &CheckedBlock) -> Value {
    json!(VerdictJson {
        verified: (&block.verified).into(),
        proof_id: block.proof_id.to_string(),
        proof_bytes: block.proof_bytes,
        verify_ms: milliseconds(block.verify),
    })
}

/// Returns a duration in milliseconds, to the hundredth.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}
