//! `prover-host setup publish`.

use std::path::PathBuf;

use rpp_prover_host::clock::system_clock;
use rpp_prover_host::print::print_line;
use rpp_prover_host::setup::{
    PlaceLock, SetupFolder, SetupStatus, check_clients, check_follows, check_listing,
    check_nothing_lost, keep_newer_checkpoint, keep_newer_circuits, verify_folder,
};
use rpp_verifier::SetupError;

use super::SetupCommandError;
use crate::cli::PublishArgs;
use crate::command::Outcome;

pub(super) fn run(args: &PublishArgs) -> Result<Outcome, SetupCommandError> {
    let mut folder = SetupFolder::read(&args.dir)?;
    let now_ms = system_clock();
    // Whoever keeps the checkpoint recent must not put an older setup back.
    PlaceLock::check_owner(&args.published)?;
    let lock = (!args.dry_run).then(|| PlaceLock::wait(&args.published));
    let lock = lock.transpose()?;
    let before = match args.published.exists() {
        true => Some(SetupFolder::read(&args.published)?),
        false => None,
    };
    check_nothing_lost(&args.published)?;
    let kept = before
        .as_ref()
        .and_then(|before| keep_newer_circuits(before, &mut folder, now_ms));
    if let Some(version) = kept {
        print_line(format_args!(
            "kept circuits.json as it is published, version {version}; of what {} has, the next root is taken",
            args.dir.display()
        ))?;
    }
    let kept = before
        .as_ref()
        .and_then(|before| keep_newer_checkpoint(before, &mut folder, now_ms));
    if let Some(version) = kept {
        print_line(format_args!(
            "kept version {version} of checkpoint.json, which is published and newer"
        ))?;
    }
    let verified = verify_folder(&folder, None, now_ms);
    if let Err(error) = verified {
        return Ok(Outcome::refused(error.code(), &error));
    }
    let published = args.published.display();
    let followed = before.as_ref().map_or(Ok(()), |before| {
        check_follows(before, &folder)?;
        check_clients(before, &folder, now_ms)
    });
    if let Err(error) = followed {
        let published = args.published.clone();
        let behind = Behind { error, published };
        return Ok(Outcome::refused(behind.error.code(), &behind));
    }
    if let Err(error) = check_listing(before.as_ref(), &folder, &args.list) {
        return Ok(Outcome::refused(error.code(), &error));
    }
    let what = match lock {
        Some(lock) => {
            lock.place(&folder)?;
            "published"
        }
        None => "would publish",
    };
    let dir = args.dir.display();
    print_line(format_args!("{what} {dir} at {published}"))?;
    let status = SetupStatus::of(&folder, now_ms)?;
    print_line(format_args!("root fingerprint {}", status.fingerprint))?;
    Ok(Outcome::Quiet)
}

/// A folder does not follow what is published.
#[derive(Debug, thiserror::Error)]
#[error(
    "{error}; what is published in {} does not lead here: rotate a copy of it as it is now. A root that enough keys have signed \
     goes into that copy first, root.N.json with its signatures, for they sign no other one as that version",
    published.display()
)]
struct Behind {
    error: SetupError,
    published: PathBuf,
}
