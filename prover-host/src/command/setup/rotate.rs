//! `prover-host setup rotate`.

use rpp_light_client::Checkpoint;
use rpp_prover_host::clock::system_clock;
use rpp_prover_host::print::print_line;
use rpp_prover_host::setup::{PublicKeyFile, Rotation, SetupFolder, SetupStatus};
use rpp_verifier::{CIRCUITS, ChainFile, SetupFileName};

use super::show::{print_dates, print_missing};
use super::{SetupCommandError, header, release};
use crate::cli::RotateArgs;
use crate::command::Outcome;

pub(super) fn run(args: &RotateArgs) -> Result<Outcome, SetupCommandError> {
    let before = SetupFolder::read(&args.dir)?;
    let now_ms = system_clock();
    let mut rotation = Rotation::of(before.clone(), now_ms)?;
    for path in &args.add_key {
        rotation.add_key(PublicKeyFile::read(path)?)?;
    }
    for key in &args.remove_key {
        rotation.remove_key(*key)?;
    }
    for threshold in &args.threshold {
        rotation.set_threshold(threshold.role, threshold.keys);
    }
    for role in &args.renew {
        rotation.renew(*role);
    }
    for above in &args.above {
        rotation.renew_above(above.role, above.version)?;
    }
    change_circuits(args, &mut rotation)?;
    for checkpoint in [&args.offline_checkpoint, &args.checkpoint]
        .into_iter()
        .flatten()
    {
        check_chain(&before, checkpoint)?;
    }
    if let Some(checkpoint) = &args.offline_checkpoint {
        rotation.move_offline(header(checkpoint))?;
    }
    if let Some(checkpoint) = &args.checkpoint {
        rotation.move_online(header(checkpoint))?;
    }
    let (after, changed) = rotation.finish()?;
    let what = if args.dry_run {
        "would prepare"
    } else {
        after.update(&args.dir, &before)?;
        "prepared"
    };
    for file in changed {
        print_line(format_args!(
            "{what} {}",
            args.dir.join(file.to_string()).display()
        ))?;
    }
    let status = SetupStatus::of(&after, now_ms)?;
    print_line(format_args!("root fingerprint {}", status.fingerprint))?;
    print_missing(&status)?;
    print_dates(&status, now_ms)?;
    Ok(Outcome::Quiet)
}

fn change_circuits(args: &RotateArgs, rotation: &mut Rotation) -> Result<(), SetupCommandError> {
    if let (Some(circuit), Some(until)) = (&args.retire, args.until) {
        rotation.retire(circuit, until)?;
    }
    if let Some(from) = args.list_circuits_from {
        rotation.list_circuits(&CIRCUITS, from);
    }
    // After that, so that what is revoked is not listed again.
    for circuit in &args.revoke {
        rotation.revoke(circuit)?;
    }
    for pinned in &args.release {
        rotation.pin_release(release(pinned)?);
    }
    Ok(())
}

/// Checks that a checkpoint is of a chain with these epochs; whoever takes one from another chain finds it out here.
fn check_chain(folder: &SetupFolder, checkpoint: &Checkpoint) -> Result<(), SetupCommandError> {
    let status = SetupStatus::of(folder, system_clock())?;
    let chain = folder.file(&SetupFileName::Chain).unwrap_or_default();
    let chain = ChainFile::decode(chain, status.chain_id);
    let file = SetupFileName::Chain;
    let chain = chain.map_err(|fault| rpp_verifier::SetupError { file, fault })?;
    let (expected, got) = (chain.epoch_length, checkpoint.epoch_length);
    if got != expected {
        let usage = format!(
            "the checkpoint {checkpoint} has epochs of {got} blocks, and chain.json of {expected}: it is of another chain"
        );
        return Err(SetupCommandError::Usage(usage));
    }
    Ok(())
}
