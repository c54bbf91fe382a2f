//! `prover-host setup publish`.

use rpp_prover_host::clock::system_clock;
use rpp_prover_host::print::print_line;
use rpp_prover_host::setup::{
    PlaceLock, SetupFolder, SetupStatus, check_follows, keep_newer_checkpoint, verify_folder,
};

use super::SetupCommandError;
use crate::cli::PublishArgs;
use crate::command::Outcome;

pub(super) fn run(args: &PublishArgs) -> Result<Outcome, SetupCommandError> {
    let mut folder = SetupFolder::read(&args.dir)?;
    let now_ms = system_clock();
    // Whoever keeps the checkpoint recent must not put an older setup back.
    let _lock = PlaceLock::wait(&args.published)?;
    let before = match args.published.exists() {
        true => Some(SetupFolder::read(&args.published)?),
        false => None,
    };
    let kept = before
        .as_ref()
        .and_then(|before| keep_newer_checkpoint(before, &mut folder));
    if let Some(version) = kept {
        print_line(format_args!(
            "kept version {version} of checkpoint.json, which is published and newer"
        ))?;
    }
    let verified = verify_folder(&folder, None, now_ms);
    let followed = verified.and_then(|_| match &before {
        Some(before) => check_follows(before, &folder),
        None => Ok(()),
    });
    if let Err(error) = followed {
        return Ok(Outcome::refused(error.code(), &error));
    }
    let published = args.published.display();
    if args.dry_run {
        print_line(format_args!(
            "would publish {} at {published}",
            args.dir.display()
        ))?;
    } else {
        folder.place(&args.published)?;
        print_line(format_args!(
            "published {} at {published}",
            args.dir.display()
        ))?;
    }
    let status = SetupStatus::of(&folder, now_ms)?;
    print_line(format_args!("root fingerprint {}", status.fingerprint))?;
    Ok(Outcome::Quiet)
}
