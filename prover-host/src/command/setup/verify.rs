//! `prover-host setup verify`.

use rpp_prover_host::clock::system_clock;
use rpp_prover_host::setup::{
    MismatchError, SetupFolder, check_host, check_release, verify_folder,
};
use rpp_verifier::{CIRCUITS, Release, VerifiedSetup};
use serde_json::{Value, json};

use super::{SetupCommandError, release};
use crate::cli::FolderVerifyArgs;
use crate::command::Outcome;

pub(super) fn run(args: &FolderVerifyArgs) -> Result<Outcome, SetupCommandError> {
    let folder = SetupFolder::read(&args.dir)?;
    let verified = verify_folder(&folder, args.root, system_clock()).map_err(MismatchError::from);
    let checked = verified.and_then(|setup| {
        check_host(&folder, &setup, setup.chain(), &CIRCUITS)?;
        Ok(setup)
    });
    let setup = match checked {
        Ok(setup) => setup,
        Err(error) => return Ok(Outcome::refused(error.code(), &error)),
    };
    let mut compared = Vec::new();
    for path in &args.release {
        let given = release(path)?;
        if let Err(error) = check_release(&setup, &given) {
            return Ok(Outcome::refused(error.code(), &error));
        }
        compared.push(given);
    }
    Ok(Outcome::Done(json(&setup, &compared)))
}

/// Returns what is known of a verified setup.
fn json(setup: &VerifiedSetup, compared: &[Release]) -> Value {
    let files = setup.files().map(|file| {
        let signers = file.signers.iter().map(ToString::to_string);
        json!({
            "file": file.role.name(),
            "version": file.envelope.version,
            "expires_ms": file.envelope.expires.to_string(),
            "threshold": file.threshold,
            "signers": signers.collect::<Vec<_>>(),
        })
    });
    json!({
        "verdict": "accept",
        "chain_id": setup.chain().chain_id,
        "setup_version": setup.version(),
        "expires_ms": setup.expires().to_string(),
        "offline_checkpoint": setup.offline_checkpoint().to_string(),
        "checkpoint": setup.online_checkpoint().to_string(),
        "files": files,
        "releases": compared.iter().map(|same| json!({
            "name": same.name,
            "sha256": same.file.sha256.to_string(),
            "is_pinned": true,
        })).collect::<Vec<_>>(),
    })
}
