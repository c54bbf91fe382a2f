//! `prover-host prove`.

use rpp_prover_host::files::read_capped;
use rpp_prover_host::out_file::OutFile;
use rpp_prover_host::progress::Progress;
use rpp_prover_host::prove::Provers;
use rpp_prover_host::state::ProofId;
use rpp_verifier::{CIRCUITS, MAX_WITNESS_BYTES};
use serde_json::json;
use tokio::task::spawn_blocking;

use super::{CommandError, Outcome};
use crate::cli::ProveArgs;

/// Proves the witness and writes the proof, on a thread of its own.
pub(super) async fn run(args: ProveArgs, progress: Progress) -> Result<Outcome, CommandError> {
    spawn_blocking(move || prove(&args, &progress)).await?
}

fn prove(args: &ProveArgs, progress: &Progress) -> Result<Outcome, CommandError> {
    let witness = match read_capped(&args.witness, MAX_WITNESS_BYTES) {
        Err(e) if e.is_too_long() => return Ok(Outcome::refused("too-long", &e)),
        read => read?,
    };
    let circuit = CIRCUITS.by_name(&args.circuit);
    let circuit = circuit.expect("the command line takes the names of these circuits only");
    let chain_id = match circuit.chain_id(&witness) {
        Err(e) => return Ok(Outcome::refused(e.code(), &e)),
        Ok(chain_id) => chain_id,
    };
    let out = OutFile::open(&args.out)?;
    let bar = progress.bar(format!("proving {}", args.circuit), Provers::STEPS + 1);
    let provers = Provers::new(CIRCUITS, chain_id);
    let proven = match provers.prove(circuit.id(), &witness, &bar) {
        Err(e) => return Ok(Outcome::refused(e.code(), &e)),
        Ok(proven) => proven,
    };
    out.write(&proven.bytes)?;
    bar.step("");
    Ok(Outcome::Done(json!({
        "circuit": args.circuit,
        "proof_id": ProofId::of(&proven.bytes).to_string(),
        "proof_bytes": proven.bytes.len(),
        "prove_ms": proven.prove.as_millis(),
        "verify_ms": proven.verify.as_millis(),
    })))
}
