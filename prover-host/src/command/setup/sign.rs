//! `prover-host setup sign`.

use rpp_prover_host::clock::system_clock;
use rpp_prover_host::print::print_line;
use rpp_prover_host::setup::{SetupFolder, SetupStatus, Signer, Signing, highest_version};

use super::show::{print_due, print_missing};
use super::{SetupCommandError, passphrase};
use crate::cli::SignArgs;
use crate::command::Outcome;

pub(super) fn run(args: &SignArgs) -> Result<Outcome, SetupCommandError> {
    let folder = SetupFolder::read(&args.dir)?;
    let mut signer = Signer::open(&args.key, &passphrase::known(&args.passphrase)?)?;
    let (id, role) = (signer.id(), signer.role());
    if args.restored && !args.dry_run {
        let seen = highest_version(&folder, role).max(args.above.unwrap_or(0));
        signer.declare_restored(seen)?;
        let next = signer.next_version();
        print_line(format_args!(
            "{id} was restored: it signs versions from {next} on"
        ))?;
    }
    let signing = Signing::of(&folder, &mut signer)?;
    let due = signing.due();
    if due.is_empty() {
        print_line(format_args!(
            "{id} has signed everything that a {role} key signs here"
        ))?;
    }
    if args.dry_run {
        print_due("would sign", &due)?;
        return Ok(Outcome::Quiet);
    }
    let signed = signing.sign(&args.dir)?;
    print_due("signed", &signed)?;
    let folder = SetupFolder::read(&args.dir)?;
    print_missing(&SetupStatus::of(&folder, system_clock())?)?;
    Ok(Outcome::Quiet)
}
