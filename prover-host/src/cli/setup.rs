//! The command line of `setup`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use rpp_light_client::Checkpoint;
use rpp_verifier::{Digest, FileDigest, MinisignKeyId, Role, RootFingerprint};

/// Arguments of `setup`.
#[derive(Args, Debug)]
pub(crate) struct SetupArgs {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: SetupCommand,
}

/// What to do with a setup.
#[derive(Debug, Subcommand)]
pub(crate) enum SetupCommand {
    /// Makes a key for one role on one chain.
    ///
    /// Writes KEYFILE, locked with a passphrase and for its owner only; KEYFILE.log, which says what the key has signed;
    /// and KEYFILE.pub, which goes to the person who prepares the root. Nothing is ever written over. If it was killed before
    /// KEYFILE.pub was there, the same command writes that.
    ///
    /// Keep KEYFILE and KEYFILE.log together. A key that is restored from a backup may have signed what the backup does not
    /// know of: sign with --restored then. Two files signed as one version would let others sign a third.
    Keygen(KeygenArgs),
    /// Prepares the first setup of a chain in a new folder, for its signers.
    ///
    /// Writes root.1.json, circuits.json, checkpoint.json, chain.json and a file for each circuit of this program. Nobody
    /// has signed them yet: give the folder to each signer for `sign`, and collect their signatures in it.
    Init(InitArgs),
    /// Signs everything in a folder that a key's role signs and that the key has not signed.
    ///
    /// Works without a network: carry the folder to the machine that has the key, and back. The same file gets the same
    /// signature again; another file of a version that the key has signed is refused.
    Sign(SignArgs),
    /// Prepares the next root, circuits and checkpoint: other keys, a renewal, a revoked circuit, another checkpoint.
    ///
    /// Changes the folder itself: work on a copy of the published one, and `publish` that once it is signed. A file that
    /// changes takes the next version, and loses its signatures.
    Rotate(RotateArgs),
    /// Shows who has signed what, what is missing, until when each file is valid, and the fingerprint of the root.
    ///
    /// Exits with status 0 if enough keys have signed everything, and 2 if not.
    Status(StatusArgs),
    /// Verifies a folder as clients do, and its circuits against those of this program.
    Verify(FolderVerifyArgs),
    /// Verifies a folder, and puts it in the place of the published one, in one step.
    ///
    /// A host takes it up within seconds; whoever is served finds all of the old setup or all of the new one. A setup that
    /// clients of the published one would refuse is refused here.
    Publish(PublishArgs),
}

/// A passphrase, from a file or from the terminal.
#[derive(Args, Debug)]
pub(crate) struct PassphraseArgs {
    /// Takes the passphrase from the first line of this file [default: asks on the terminal]. A new one has 12
    /// characters at least.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// Arguments of `setup keygen`.
#[derive(Args, Debug)]
pub(crate) struct KeygenArgs {
    /// What the key is to sign. A key has one role and one owner.
    #[arg(long, value_name = "ROLE", value_parser = roles())]
    pub(crate) role: Role,
    /// Id of the chain; the key is worth nothing on another one.
    #[arg(long, value_name = "ID")]
    pub(crate) chain_id: u32,
    /// Where to write the key; nothing may be there.
    #[arg(value_name = "KEYFILE")]
    pub(crate) key: PathBuf,
    /// Where the passphrase comes from.
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// Arguments of `setup init`.
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// The folder to make; it must be missing or empty.
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Id of the chain.
    #[arg(long, value_name = "ID")]
    pub(crate) chain_id: u32,
    /// Hash of the genesis header, as `/v1/chain` shows it.
    #[arg(long, value_name = "HASH")]
    pub(crate) genesis: Digest,
    /// A header of the chain that its signers have checked: what clients start from.
    #[arg(long, value_name = "HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH")]
    pub(crate) checkpoint: Checkpoint,
    /// The .pub file of a root key; once for each.
    #[arg(long, value_name = "PUB", required = true)]
    pub(crate) root_key: Vec<PathBuf>,
    /// The .pub file of a circuits key; once for each.
    #[arg(long, value_name = "PUB", required = true)]
    pub(crate) circuits_key: Vec<PathBuf>,
    /// The .pub file of a checkpoint key; once for each.
    #[arg(long, value_name = "PUB", required = true)]
    pub(crate) checkpoint_key: Vec<PathBuf>,
    /// How many keys of a role have to sign [default: more than half of them].
    #[arg(long, value_name = "ROLE=N")]
    pub(crate) threshold: Vec<Threshold>,
    /// A released file of the verifier, whose SHA-256 is pinned under this name; once for each.
    #[arg(long, value_name = "NAME=PATH")]
    pub(crate) release: Vec<ReleasePath>,
    /// Says what would be written, and writes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Arguments of `setup sign`.
#[derive(Args, Debug)]
pub(crate) struct SignArgs {
    /// The folder.
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The key.
    #[arg(long, value_name = "KEYFILE")]
    pub(crate) key: PathBuf,
    /// Where the passphrase comes from.
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
    /// Signs only files with these SHA-256, those that you have compared with the other signers; once for each. Nothing is signed
    /// where one of them is not in the folder. The files that circuits.json lists are pinned by it.
    #[arg(long, value_name = "SHA256")]
    pub(crate) expect: Vec<FileDigest>,
    /// Declares that the key file was restored from a backup: from now on it signs only versions above all that are in the
    /// folder. Take the newest setup that was published.
    #[arg(long)]
    pub(crate) restored: bool,
    /// The highest version of the role's file that anybody has seen. Needed where a version is to be signed that is far above
    /// the last one of this key, and with --restored where it is above what is in the folder.
    #[arg(long, value_name = "VERSION")]
    pub(crate) above: Option<u32>,
    /// Signs what was issued more than a day after what the clock of this machine shows, too: for a machine without a network,
    /// whose clock is known to be behind.
    #[arg(long)]
    pub(crate) clock_behind: bool,
    /// Makes the same checks, says what would be signed, and signs nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Arguments of `setup rotate`.
#[derive(Args, Debug)]
pub(crate) struct RotateArgs {
    /// The folder: a copy of the published one.
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Adds a key, by its .pub file.
    #[arg(long, value_name = "PUB")]
    pub(crate) add_key: Vec<PathBuf>,
    /// Takes a key away, by its id. What it may have signed in secret counts no more: the role's file is issued again, and
    /// no earlier version is taken.
    #[arg(long, value_name = "KEYID", value_parser = key_id)]
    pub(crate) remove_key: Vec<MinisignKeyId>,
    /// Sets how many keys of a role have to sign.
    #[arg(long, value_name = "ROLE=N")]
    pub(crate) threshold: Vec<Threshold>,
    /// Issues a role's file again as it is, before it expires.
    #[arg(long, value_name = "ROLE", value_parser = roles())]
    pub(crate) renew: Vec<Role>,
    /// Issues circuits.json or checkpoint.json again as a version above this one: where one of its keys has signed other files as
    /// the versions before, such as a draft that was never published. A key of circuits signs 1023 versions, one of checkpoint 16383.
    #[arg(long, value_name = "ROLE=VERSION")]
    pub(crate) above: Vec<Above>,
    /// Revokes a circuit that may prove what is false, by name and version such as NAME-1: it is listed no more. Clients refuse
    /// its proofs of all heights, and those whose state rests on one go back to the checkpoint.
    #[arg(long, value_name = "CIRCUIT")]
    pub(crate) revoke: Vec<String>,
    /// Retires a circuit that is sound and has a successor, from the height --until on.
    #[arg(long, value_name = "CIRCUIT", requires = "until")]
    pub(crate) retire: Option<String>,
    /// The first height at which a retired circuit is not active any more.
    #[arg(long, value_name = "HEIGHT", requires = "retire")]
    pub(crate) until: Option<u32>,
    /// Lists the circuits of this program that are not listed yet, active from this height on.
    #[arg(long, value_name = "HEIGHT")]
    pub(crate) list_circuits_from: Option<u32>,
    /// Pins a released file of the verifier under a name, in place of one with the same name.
    #[arg(long, value_name = "NAME=PATH")]
    pub(crate) release: Vec<ReleasePath>,
    /// Moves the checkpoint of circuits.json, which is signed offline, forward.
    #[arg(long, value_name = "HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH")]
    pub(crate) offline_checkpoint: Option<Checkpoint>,
    /// Moves the checkpoint of checkpoint.json forward.
    #[arg(long, value_name = "HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH")]
    pub(crate) checkpoint: Option<Checkpoint>,
    /// Says what would be changed, and changes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Arguments of `setup status`.
#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// The folder.
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `setup verify`.
#[derive(Args, Debug)]
pub(crate) struct FolderVerifyArgs {
    /// The folder.
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// A root that you trust, as VERSION:SHA256 [default: the folder's own root.1.json, which shows only that its files
    /// belong together].
    #[arg(long, value_name = "PIN")]
    pub(crate) root: Option<RootFingerprint>,
    /// Compares a file that you have, such as the wasm module or the npm package of a wallet, with the one that is pinned
    /// under its name.
    #[arg(long, value_name = "NAME=PATH")]
    pub(crate) release: Vec<ReleasePath>,
}

/// Arguments of `setup publish`.
#[derive(Args, Debug)]
pub(crate) struct PublishArgs {
    /// The folder that is signed.
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The folder that a host serves; it may be missing.
    #[arg(value_name = "PUBLISHED")]
    pub(crate) published: PathBuf,
    /// Lists a circuit that the published setup does not list, or for fewer heights, by name and version such as NAME-2; once
    /// for each. Any other one is refused: it may have been revoked since the folder was copied.
    #[arg(long, value_name = "CIRCUIT")]
    pub(crate) list: Vec<String>,
    /// Verifies, and publishes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// How many keys of a role have to sign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Threshold {
    pub(crate) role: Role,
    pub(crate) keys: u32,
}

impl FromStr for Threshold {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong =
            "give a role and a number, such as root=2; the roles are root, circuits and checkpoint";
        let (role, keys) = role_and_number(text).ok_or(wrong)?;
        Ok(Self { role, keys })
    }
}

/// A version of a role's file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Above {
    pub(crate) role: Role,
    pub(crate) version: u32,
}

impl FromStr for Above {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "give a role and a version, such as circuits=3";
        let (role, version) = role_and_number(text).ok_or(wrong)?;
        Ok(Self { role, version })
    }
}

fn role_and_number(text: &str) -> Option<(Role, u32)> {
    let (role, number) = text.split_once('=')?;
    Some((Role::by_name(role)?, number.parse().ok()?))
}

/// A released file, and the name that it is pinned under.
#[derive(Clone, Debug)]
pub(crate) struct ReleasePath {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

impl FromStr for ReleasePath {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "give a name and a file, such as verifier.wasm=target/verifier.wasm";
        let (name, path) = text.split_once('=').ok_or(wrong)?;
        let (name, path) = (name.to_owned(), path.into());
        Ok(Self { name, path })
    }
}

fn roles() -> impl TypedValueParser<Value = Role> {
    let names = Role::ALL.map(Role::name);
    PossibleValuesParser::new(names).map(|name| Role::by_name(&name).unwrap_or(Role::Root))
}

/// Takes the id of a key, as `minisign` prints it.
fn key_id(text: &str) -> Result<MinisignKeyId, &'static str> {
    let wrong =
        "give the id of a key, 16 hexadecimal digits as `prover-host setup status` lists them";
    let is_hex = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let id = u64::from_str_radix(text, 16)
        .ok()
        .filter(|_| is_hex)
        .ok_or(wrong)?;
    Ok(MinisignKeyId(id.to_le_bytes()))
}
