//! The verdict on a block: one JSON object, or one line for a person.

use std::time::Duration;

use rpp_verifier::statement::Statement;
use serde_json::{Value, json};

use crate::check::CheckedBlock;

/// Returns the verdict on a verified block as JSON.
#[must_use]
pub fn to_json(block: &CheckedBlock) -> Value {
    let verified = &block.verified;
    let statement = match verified.statement() {
        Statement::Consensus(statement) => json!({
            "kind": "consensus",
            "chain_id": statement.chain_id,
            "height": statement.height,
            "header_hash": statement.header_hash.to_string(),
            "slot": statement.slot,
            "proposer": statement.proposer,
            "validator_set_root": statement.set.set_root().to_string(),
            "signed_power": statement.signed_power,
            "total_power": statement.set.total_power,
            "signers": statement.signers.to_string(),
            "parent_randomness": statement.parent_randomness.to_string(),
            "randomness": statement.randomness.to_string(),
        }),
        _ => Value::Null,
    };
    json!({
        "verdict": "verified",
        "statement": statement,
        "circuit": verified.circuit().name(),
        "key_digest": verified.key_digest().to_string(),
        "stark_bits": verified.stark_bits(),
        "hash_bits": verified.hash_bits(),
        "proof_id": block.proof_id.to_string(),
        "proof_bytes": block.proof_bytes,
        "verify_ms": milliseconds(block.verify),
        "setup_version": verified.setup_version(),
    })
}

/// Returns the verdict on a verified block as a line.
#[must_use]
pub fn to_line(block: &CheckedBlock) -> String {
    let verified = &block.verified;
    let (signed, total) = match verified.statement() {
        Statement::Consensus(statement) => (statement.signed_power, statement.set.total_power),
        _ => (0, 0),
    };
    format!(
        "height {:>6}  power {signed}/{total}  {}-bit proof, {}-bit hash  {} bytes  {:.1} ms  verified",
        block.trusted.head().height,
        verified.stark_bits(),
        verified.hash_bits(),
        block.proof_bytes,
        milliseconds(block.verify),
    )
}

/// Returns a duration in milliseconds, to the hundredth.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}
