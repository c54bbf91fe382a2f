//! `prover-host setup keygen`.

use rpp_prover_host::print::print_line;
use rpp_prover_host::progress::Progress;
use rpp_prover_host::setup::{OpenedKey, PublicKeyFile, Signer, SignerError, generate};

use super::{SetupCommandError, passphrase};
use crate::cli::KeygenArgs;
use crate::command::Outcome;

pub(super) fn run(args: &KeygenArgs, progress: &Progress) -> Result<Outcome, SetupCommandError> {
    let (signer, did) = match Signer::is_unfinished(&args.key) {
        true => (finish(args)?, "finished"),
        false => (make(args, progress)?, "made"),
    };
    let PublicKeyFile {
        role,
        chain_id,
        key,
    } = signer.public();
    let (id, path) = (key.ed25519.id, args.key.display());
    let public = PublicKeyFile::path_of(&args.key);
    print_line(format_args!(
        "{did} the {role} key {id} of chain {chain_id} in {path}"
    ))?;
    print_line(format_args!(
        "send {} to the person who prepares the root; for minisign, its public key is {}",
        public.display(),
        key.ed25519
    ))?;
    Ok(Outcome::Quiet)
}

fn make(args: &KeygenArgs, progress: &Progress) -> Result<Signer, SetupCommandError> {
    Signer::check_free(&args.key)?;
    let passphrase = passphrase::new(&args.passphrase)?;
    let (role, leaves) = (args.role, 1 << args.role.tree_height());
    let bar = progress.bar(format!("making a {role} key"), leaves);
    let secret = generate(role, args.chain_id, &|done| {
        bar.reach(u64::try_from(done).unwrap_or(leaves));
    })?;
    Ok(Signer::create(&args.key, secret, &passphrase)?)
}

/// Opens a key whose process was killed before it had written the public key, which writes that.
fn finish(args: &KeygenArgs) -> Result<Signer, SetupCommandError> {
    Signer::check_private(&args.key)?;
    let passphrase = passphrase::known(&args.passphrase)?;
    let key = OpenedKey::look(&args.key, &passphrase)?;
    if (key.role(), key.chain_id()) != (args.role, args.chain_id) {
        let path = args.key.clone();
        return Err(SignerError::Exists { path }.into());
    }
    Ok(Signer::open(&args.key, &passphrase)?)
}
