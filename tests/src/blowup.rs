//! The cost of another blowup: fewer queries and a smaller proof, for more work.

use rpp_verifier::hazmat::{Circuit, Provable, least_queries};
use rpp_verifier::{
    CIRCUITS, Consensus, ConsensusWitness, Proof, Prover, StarkParameters, VerifyingKey,
};
use serde_json::{Value, json};

use crate::memory::peak_rss_bytes;
use crate::timings::Timings;

/// Proves and verifies `witness` `runs` times, with the given blowup and the minimum number of
/// queries that proves as many bits at its height as the key claims.
///
/// # Panics
///
/// If the witness does not decode or cannot be proven, or no number of queries is enough.
#[must_use]
pub fn measure(witness: &[u8], log_blowup: u32, runs: usize) -> Value {
    let decode = || ConsensusWitness::from_bytes(witness).expect("the bytes of a witness");
    let statement = decode().statement;
    let rows = Consensus::rows(&decode()).next_power_of_two().ilog2();
    let key = Consensus::KEY;
    let parameters = StarkParameters {
        log_blowup,
        ..key.parameters
    };
    let least = |rows| least_queries::<Consensus>(&parameters, rows, key.stark_bits);
    let num_queries = least(rows..=rows).expect("enough queries for this height");
    let key = VerifyingKey::new(statement.chain_id).with_parameters(StarkParameters {
        num_queries,
        ..parameters
    });
    let prover = Prover::<Consensus>::with_key(key);
    let (mut proving, mut verifying) = (Timings::default(), Timings::default());
    let mut proof = Vec::new();
    for _ in 0..runs {
        proof = proving.time(|| {
            let proof = prover.prove(&decode());
            proof.expect("the witness shows its statement").to_bytes()
        });
        for _ in 0..5 {
            let verified = verifying.time(|| {
                let proof = Proof::from_bytes(&proof, &CIRCUITS)?;
                prover.key().verify(statement.clone(), &proof)
            });
            assert!(verified.is_ok(), "{verified:?}");
        }
    }
    json!({
        "log_rows": rows,
        "queries": num_queries,
        "queries_at_every_height": least(Consensus::KEY.min_log_rows..=Consensus::KEY.max_log_rows),
        "proof_bytes": proof.len(),
        "prove_ms": proving.to_json(),
        "verify_native_ms": verifying.to_json(),
        "peak_rss_bytes": peak_rss_bytes(),
    })
}
