//! `prover-host setup keygen`.

use rpp_prover_host::print::print_line;
use rpp_prover_host::progress::Progress;
use rpp_prover_host::setup::{PublicKeyFile, Signer, generate};

use super::{SetupCommandError, passphrase};
use crate::cli::KeygenArgs;
use crate::command::Outcome;

pub(super) fn run(args: &KeygenArgs, progress: &Progress) -> Result<Outcome, SetupCommandError> {
    Signer::check_free(&args.key)?;
    let passphrase = passphrase::new(&args.passphrase)?;
    let (role, leaves) = (args.role, 1 << args.role.tree_height());
    let bar = progress.bar(format!("making a {role} key"), leaves);
    let secret = generate(role, args.chain_id, &|done| {
        bar.reach(u64::try_from(done).unwrap_or(leaves));
    })?;
    let signer = Signer::create(&args.key, secret, &passphrase)?;
    drop(bar);
    let PublicKeyFile { chain_id, key, .. } = signer.public();
    let (id, path) = (key.ed25519.id, args.key.display());
    let public = PublicKeyFile::path_of(&args.key);
    print_line(format_args!(
        "made the {role} key {id} of chain {chain_id} in {path}"
    ))?;
    print_line(format_args!(
        "send {} to the person who prepares the root; for minisign, its public key is {}",
        public.display(),
        key.ed25519
    ))?;
    Ok(Outcome::Quiet)
}
