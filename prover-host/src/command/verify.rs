//! `prover-host verify`.

use rpp_prover_host::check::{CheckedBlock, check_files};
use rpp_prover_host::clock::system_clock;
use rpp_prover_host::files::{FileError, read_file_or_stdin};
use rpp_prover_host::verdict;
use rpp_verifier::{Block, ChainJson, JsonDocument, MAX_PROOF_BYTES};
use tokio::task::spawn_blocking;

use super::{CommandError, Outcome};
use crate::cli::VerifyArgs;

/// Checks the three files.
pub(super) async fn run(args: VerifyArgs) -> Result<Outcome, CommandError> {
    match spawn_blocking(move || verify(&args)).await? {
        Ok(outcome) => Ok(outcome),
        Err(e) if e.is_too_long() => Ok(Outcome::refused("too-long", &e)),
        Err(e) => Err(e.into()),
    }
}

fn verify(args: &VerifyArgs) -> Result<Outcome, FileError> {
    let proof = read_file_or_stdin(&args.proof, MAX_PROOF_BYTES)?;
    let block = read_file_or_stdin(&args.block, Block::MAX_JSON_BYTES)?;
    let chain = read_file_or_stdin(&args.chain, ChainJson::MAX_JSON_BYTES)?;
    let checked = check_files(&proof, &block, &chain, system_clock());
    Ok(checked.as_ref().map_or_else(
        |e| Outcome::refused(e.code(), e),
        |checked: &CheckedBlock| Outcome::Done(verdict::to_json(checked)),
    ))
}
