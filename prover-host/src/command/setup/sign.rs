//! `prover-host setup sign`.

use rpp_prover_host::clock::system_clock;
use rpp_prover_host::print::print_line;
use rpp_prover_host::setup::{
    Agreement, Due, DueFiles, OpenedKey, SetupFolder, SetupStatus, Signer, Signing,
};

use super::show::{print_dates, print_due, print_missing};
use super::{SetupCommandError, passphrase};
use crate::cli::SignArgs;
use crate::command::Outcome;

pub(super) fn run(args: &SignArgs) -> Result<Outcome, SetupCommandError> {
    let folder = SetupFolder::read(&args.dir)?;
    Signer::check_private(&args.key)?;
    if args.dry_run {
        return look(args, &folder);
    }
    let mut signer = Signer::open(&args.key, &passphrase::known(&args.passphrase)?)?;
    let agreement = agreement(args, &signer)?;
    if args.restored {
        let given_up = agreement.given_up(&folder, &signer)?;
        signer.declare_restored(given_up)?;
        print_restored(&signer)?;
    }
    let signing = Signing::of(&folder, &mut signer)?.agreed(agreement);
    let due = signing.due();
    // One after the other, so that whoever is left without the rest knows of each that was signed.
    for signed in signing.sign(&args.dir)? {
        print_due("signed", &[signed?])?;
    }
    print_nothing(&signer, &due)?;
    let folder = SetupFolder::read(&args.dir)?;
    let now_ms = system_clock();
    let status = SetupStatus::of(&folder, now_ms)?;
    print_missing(&status)?;
    print_dates(&status, now_ms)?;
    Ok(Outcome::Quiet)
}

/// Says what would be signed, after the checks that signing makes. Nothing is written, nor is the key locked.
fn look(args: &SignArgs, folder: &SetupFolder) -> Result<Outcome, SetupCommandError> {
    let mut key = OpenedKey::look(&args.key, &passphrase::known(&args.passphrase)?)?;
    let agreement = agreement(args, &key)?;
    if args.restored {
        let given_up = agreement.given_up(folder, &key)?;
        key.give_up(given_up);
        print_restored(&key)?;
    }
    key.compare(folder);
    let files = DueFiles::of(folder, &key)?;
    files.check(&key, &agreement)?;
    let due = files.list();
    print_nothing(&key, &due)?;
    print_due("would sign", &due)?;
    Ok(Outcome::Quiet)
}

fn agreement(args: &SignArgs, key: &OpenedKey) -> Result<Agreement, SetupCommandError> {
    let (expected, above) = (args.expect.clone(), args.above.unwrap_or(0));
    let agreement = Agreement::new(key.role(), expected, above)?;
    Ok(match args.clock_behind {
        true => agreement,
        false => agreement.at(system_clock()),
    })
}

fn print_restored(key: &OpenedKey) -> Result<(), SetupCommandError> {
    let (id, next) = (key.id(), key.next_version());
    print_line(format_args!(
        "{id} was restored: it signs versions from {next} on"
    ))?;
    Ok(())
}

fn print_nothing(key: &OpenedKey, due: &[Due]) -> Result<(), SetupCommandError> {
    if due.is_empty() {
        let (id, role) = (key.id(), key.role());
        print_line(format_args!(
            "{id} has signed everything that a {role} key signs here"
        ))?;
    }
    Ok(())
}
