//! `prover-host prove consensus`.

use rpp_verifier::{ConsensusWitness, MAX_WITNESS_BYTES};
use serde_json::json;
use tokio::task::spawn_blocking;

use super::{CommandError, Outcome};
use crate::cli::ProveArgs;
use crate::progress::Progress;
use crate::prove::Prover;
use crate::store::{read_capped, write_atomic};

/// Proves the witness and writes the proof, on a thread of its own.
pub(super) async fn run(args: ProveArgs, progress: Progress) -> Result<Outcome, CommandError> {
    spawn_blocking(move || prove(&args, &progress)).await?
}

fn prove(args: &ProveArgs, progress: &Progress) -> Result<Outcome, CommandError> {
    let bytes = match read_capped(&args.witness, MAX_WITNESS_BYTES) {
        Err(e) if e.is_too_long() => return Ok(Outcome::refused("too-long", &e)),
        read => read?,
    };
    let witness = match ConsensusWitness::from_bytes(&bytes) {
        Err(e) => return Ok(Outcome::refused(e.code(), &e)),
        Ok(witness) => witness,
    };
    let height = witness.statement.height;
    let bar = progress.bar(format!("proving block {height}"), Prover::STEPS + 1);
    let prover = Prover::new(witness.statement.chain_id);
    let proven = match prover.prove(&witness, &bar) {
        Err(e) => return Ok(Outcome::refused(e.code(), &e)),
        Ok(proven) => proven,
    };
    write_atomic(&args.out, &proven.bytes)?;
    bar.step("");
    Ok(Outcome::Done(json!({
        "height": height,
        "proof_id": proven.id.to_string(),
        "proof_bytes": proven.bytes.len(),
        "prove_ms": proven.prove.as_millis(),
        "verify_ms": proven.verify.as_millis(),
    })))
}
