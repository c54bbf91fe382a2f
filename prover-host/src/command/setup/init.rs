//! `prover-host setup init`.

use std::fs;
use std::path::{Path, PathBuf};

use rpp_prover_host::clock::system_clock;
use rpp_prover_host::print::print_line;
use rpp_prover_host::setup::{Plan, PublicKeyFile, SetupStatus};
use rpp_verifier::{
    CIRCUITS, ChainFile, Delegation, HeaderHash, Role, RoleKeys, RootFile, SetupKey,
};

use super::show::print_missing;
use super::{SetupCommandError, header, release};
use crate::cli::InitArgs;
use crate::command::Outcome;

pub(super) fn run(args: &InitArgs) -> Result<Outcome, SetupCommandError> {
    let is_taken = fs::read_dir(&args.dir).is_ok_and(|mut entries| entries.next().is_some());
    if is_taken {
        let dir = args.dir.display();
        let usage = format!(
            "{dir} is not empty: name a new folder; `setup rotate` changes a setup that is there"
        );
        return Err(SetupCommandError::Usage(usage));
    }
    let chain = ChainFile {
        chain_id: args.chain_id,
        genesis_hash: HeaderHash(args.genesis),
        epoch_length: args.checkpoint.epoch_length,
    };
    let delegation = |role, keys| {
        Ok::<_, SetupCommandError>(Delegation {
            keys: role_keys(args, role, keys)?,
            min_version: 1,
        })
    };
    let releases = args.release.iter().map(release);
    let now_ms = system_clock();
    let plan = Plan {
        chain,
        root: RootFile {
            root: role_keys(args, Role::Root, &args.root_key)?,
            circuits: delegation(Role::Circuits, &args.circuits_key)?,
            checkpoint: delegation(Role::Checkpoint, &args.checkpoint_key)?,
        },
        checkpoint: header(&args.checkpoint),
        releases: releases.collect::<Result<_, _>>()?,
        now_ms,
    };
    let folder = plan.prepare(&CIRCUITS)?;
    let what = if args.dry_run {
        "would write"
    } else {
        folder.place(&args.dir)?;
        "wrote"
    };
    for name in folder.names() {
        print_line(format_args!("{what} {}", args.dir.join(name).display()))?;
    }
    let status = SetupStatus::of(&folder, now_ms)?;
    print_line(format_args!("root fingerprint {}", status.fingerprint))?;
    print_missing(&status)?;
    Ok(Outcome::Quiet)
}

fn role_keys(
    args: &InitArgs,
    role: Role,
    paths: &[PathBuf],
) -> Result<RoleKeys, SetupCommandError> {
    let keys = paths.iter().map(|path| public_key(args, role, path));
    let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
    let given = args.threshold.iter().rev().find(|given| given.role == role);
    let majority = u32::try_from(keys.len() / 2 + 1).unwrap_or(u32::MAX);
    let threshold = given.map_or(majority, |given| given.keys);
    Ok(RoleKeys { keys, threshold })
}

fn public_key(args: &InitArgs, role: Role, path: &Path) -> Result<SetupKey, SetupCommandError> {
    let public = PublicKeyFile::read(path)?;
    let (path, expected) = (path.display(), args.chain_id);
    if public.role != role {
        let got = public.role;
        let usage = format!("{path} is a {got} key, not a {role} key: give it with --{got}-key");
        return Err(SetupCommandError::Usage(usage));
    }
    if public.chain_id != expected {
        let got = public.chain_id;
        let usage = format!(
            "{path} is a key of chain {got}, not {expected}: ask its owner for one of this chain"
        );
        return Err(SetupCommandError::Usage(usage));
    }
    Ok(public.key)
}
