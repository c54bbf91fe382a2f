//! The measurements of one proof.

use std::io::{self, Write};

use p3_air::BaseAir;
use rpp_verifier::hazmat::{Provable, Statement, Val, Witness};
use rpp_verifier::{CIRCUITS, Consensus, HASH_BITS, Proof, Prover, SUITE, VerifyingKey};
use serde_json::{Value, json};

use crate::chain::TestChain;
use crate::memory::peak_rss_bytes;
use crate::timings::Timings;

/// Proves `witness` `runs` times, from witness bytes to proof-file bytes, and returns the figures
/// and the last proof.
///
/// # Panics
///
/// If the witness does not decode or cannot be proven.
#[must_use]
pub fn prove<C: Provable<Air: Send + Sync>>(witness: &[u8], runs: usize) -> (Value, Vec<u8>) {
    let decoded = decode::<C>(witness);
    let rows = C::rows(&decoded)
        .next_power_of_two()
        .max(1 << C::KEY.min_log_rows);
    let prover = Prover::<C>::new(decoded.statement().chain_id());
    let mut timings = Timings::default();
    let mut proof = Vec::new();
    for run in 1..=runs {
        proof = timings.time(|| {
            let proof = prover
                .prove(&decode::<C>(witness))
                .expect("the witness shows its statement");
            proof.to_bytes()
        });
        // Whoever does not read it gets the figures all the same.
        let _ = writeln!(io::stderr(), "proof {run} of {runs}");
    }
    let figures = json!({
        "prove_ms": timings.to_json(),
        "proof_bytes": proof.len(),
        "trace_rows": rows,
        "trace_columns": BaseAir::<Val>::width(&C::Air::default()),
        "peak_rss_bytes": peak_rss_bytes(),
    });
    (figures, proof)
}

/// Verifies `proof` for `witness`'s statement `runs` times, from proof-file bytes to verdict, and
/// returns the figures.
///
/// # Panics
///
/// If the proof does not verify.
#[must_use]
pub fn verify<C: Provable>(witness: &[u8], proof: &[u8], runs: usize) -> Value {
    let statement = decode::<C>(witness).statement().clone();
    let key = VerifyingKey::<C>::new(statement.chain_id());
    let mut timings = Timings::default();
    for _ in 0..runs {
        let verified = timings.time(|| {
            let proof = Proof::from_bytes(proof, &CIRCUITS)?;
            key.verify(statement.clone(), &proof)
        });
        assert!(verified.is_ok(), "{verified:?}");
    }
    json!({ "verify_native_ms": timings.to_json() })
}

/// Returns the parameters that every proof is made with.
#[must_use]
pub fn parameters() -> Value {
    let key = VerifyingKey::<Consensus>::new(TestChain::CHAIN_ID);
    let parameters = key.parameters();
    json!({
        "suite": SUITE,
        "log_blowup": parameters.log_blowup,
        "log_final_poly_len": parameters.log_final_poly_len,
        "max_log_arity": parameters.max_log_arity,
        "num_queries": parameters.num_queries,
        "batch_proof_of_work_bits": parameters.batch_proof_of_work_bits,
        "commit_proof_of_work_bits": parameters.commit_proof_of_work_bits,
        "query_proof_of_work_bits": parameters.query_proof_of_work_bits,
        "ood_proof_of_work_bits": parameters.ood_proof_of_work_bits,
        "cap_height": parameters.cap_height,
        "stark_bits": key.stark_bits(),
        "hash_bits": HASH_BITS,
    })
}

/// Returns the statement of an encoded witness, as a verdict has it.
///
/// # Panics
///
/// Panics if `witness` does not decode.
pub fn statement<C: Provable>(witness: &[u8]) -> Value {
    let document = decode::<C>(witness).statement().document();
    serde_json::to_value(document).expect("a statement in JSON")
}

fn decode<C: Provable>(witness: &[u8]) -> C::Witness {
    C::Witness::from_bytes(witness).expect("the bytes of a witness")
}
