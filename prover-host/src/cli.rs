//! The command line.

mod setup;

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use rpp_light_client::Checkpoint;
use rpp_prover_host::files::read_capped;
#[cfg(feature = "devnet")]
use rpp_prover_host::state::{PruneBehind, Retention, SpaceGuard, SpanEpochs};
use rpp_verifier::{CIRCUITS, Role, RootPin};

pub(crate) use self::setup::{
    FolderVerifyArgs, InitArgs, KeygenArgs, PassphraseArgs, PublishArgs, ReleasePath, RotateArgs,
    SetupArgs, SetupCommand, SignArgs, StatusArgs,
};

/// Turns the blocks of an rpp chain into Plonky3 proofs, verifies them, and serves them over HTTP.
///
/// To see it work, start `prover-host devnet` in one terminal and
/// `prover-host follow http://127.0.0.1:8645` in another: the first makes a chain and proves its
/// blocks; the second takes nothing on trust and verifies every proof.
///
/// Log lines and progress bars go to standard error, results to standard output. RUST_LOG sets the
/// log level and NO_COLOR leaves colours out. Work never waits for whoever reads the log: lines that
/// nobody takes are dropped, counted, and mentioned once somebody reads again.
#[derive(Debug, Parser)]
#[command(name = "prover-host", version, after_help = EXIT_STATUS)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a chain in this process, and proves and serves each block.
    ///
    /// Its validators have real keys, and some of them miss a slot or a vote. Each block is signed,
    /// proven, verified again, stored, and only then served as proven. SIGTERM, Ctrl-C or, unless it is ignored,
    /// SIGHUP stops it once the current proof is finished.
    ///
    /// However it was stopped, starting it again with the same --data continues its chain. Options
    /// that you leave out keep their previous values; those that define the chain cannot change.
    #[cfg(feature = "devnet")]
    Devnet(DevnetArgs),
    /// Makes one proof from a witness file.
    ///
    /// The proof is verified before it is written, and is written in full or not at all. Prints one
    /// JSON object with its id.
    Prove(ProveArgs),
    /// Verifies one proof file against a block and its chain.
    ///
    /// Prints the verdict as one JSON object. The statement is computed from the headers in the
    /// block file and never taken from a claim. The verdict names the validator set that it depends
    /// on. To know whether that is the chain's set you need a trusted head, as `follow` has.
    Verify(VerifyArgs),
    /// Follows a host: fetches each new block and its proof, verifies both, and reports the result.
    ///
    /// Starts from the genesis that the host shows or, better, from what you obtained elsewhere: a checkpoint, or the root
    /// of those who sign the chain's setup. Prints it, and from then on accepts only what is proven. Waits while the host is
    /// unreachable or busy, or something else answers in its place, and says so; says when the newest verified block becomes too old. The
    /// first check that fails ends it with status 2 and an error code. Ends with status 0 when
    /// nobody reads its output any more.
    Follow(FollowArgs),
    /// Makes, signs, rotates and checks the signed setup of a chain: what clients verify, and who says so.
    ///
    /// Three files say it, each signed by the keys of a role: root.json names the keys of all roles, circuits.json what is
    /// verified and on which chain, checkpoint.json a recent header. Each signature is two, one by Ed25519, so that the program
    /// minisign verifies every file, and one hash-based. None of these commands needs a network or a running host.
    ///
    /// First `keygen` for each signer; `init` with their .pub files; `sign` by each; then `publish`. Later `rotate` a
    /// copy, `sign` and `publish` again. `status` says at any time who is missing and what expires. docs/setup.md has it
    /// step by step.
    Setup(SetupArgs),
}

/// Arguments of `devnet`.
#[cfg(feature = "devnet")]
#[derive(Args, Debug)]
pub(crate) struct DevnetArgs {
    /// Address to serve on; there is no TLS and no login, so keep it on loopback.
    #[arg(long, default_value = "127.0.0.1:8645", value_name = "HOST:PORT", value_parser = host_and_port)]
    pub(crate) listen: String,
    /// Folder for blocks and proofs, with the validators' keys in DIR/devnet; a chain already there
    /// is continued.
    ///
    /// It grows by about 300 KB an empty block, 6.5 GB a day at a block every four seconds, nearly
    /// all of it proofs: see --retain. A block with 180 transfers takes 1.5 MB.
    ///
    /// Only one process at a time may use it. Never run a copy of the folder, either alongside the
    /// original or later: its keys would sign twice.
    #[arg(long, default_value = "devnet-data", value_name = "DIR", value_parser = utf8_path())]
    pub(crate) data: PathBuf,
    /// Number of validators in each set [default: as in DIR, else 16].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) validators: Option<u32>,
    /// A key of height H signs 2^H slots, and takes proportionally long to generate [default: as in
    /// DIR, else 10].
    #[arg(long, value_name = "H", value_parser = clap::value_parser!(u32).range(4..=20))]
    pub(crate) key_height: Option<u32>,
    /// Milliseconds between blocks; may differ from one start to the next [default: as in DIR, else
    /// 4000].
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=3_600_000))]
    pub(crate) block_time_ms: Option<u32>,
    /// Blocks per epoch; the validator set changes with each epoch [default: as in DIR, else 32].
    #[arg(long, value_name = "BLOCKS", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub(crate) epoch_length: Option<u32>,
    /// Id of the chain; its signatures and proofs are worthless on any other chain [default: as in
    /// DIR, else 1].
    #[arg(long, value_name = "ID")]
    pub(crate) chain_id: Option<u32>,
    /// Exits with status 0 after this many more proven blocks.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) blocks: Option<u32>,
    /// Has 16 accounts pay each other, with this many transfers per second in all.
    ///
    /// They register, take from the faucet and send as wallets do, and change their keys when these run
    /// out. A signature takes about 1 ms of a core, which the provers then lack; a block has at most 256
    /// operations. The accounts and what is in them are lost when the process ends.
    #[arg(long, value_name = "OPS_PER_SECOND", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) load: Option<u32>,
    /// Keeps the proofs of the newest N blocks, 256 or more, and those of the last block of each epoch,
    /// which lead a client from one epoch to the next; deletes older ones for good. `all` keeps every
    /// proof.
    ///
    /// A proof that was deleted is answered with `proof-retired`. What stays grows by about 9 KB a block,
    /// 200 MB a day: proofs of epoch ends, headers and keys. The option is not remembered: without it,
    /// nothing more is deleted.
    #[arg(long, value_name = "N|all", default_value = "all")]
    pub(crate) retain: Retention,
    /// Prunes blocks once N newer ones are proven, 32 or more: proves their headers in ranges, then deletes for good the
    /// operations in them and the proofs about them.
    ///
    /// A range has 2^K headers, as many as N and 1,024 allow, and takes one proof, which is made when there is nothing else
    /// to prove, and verified before anything is deleted. Headers stay, as do the hashes and places of operations, so that whoever has
    /// an operation can still show that it was in its block; and the proof that the last block of each epoch was signed. What is gone is
    /// answered with `pruned` and the range. The database uses the room for what comes and does not shrink. The option is not
    /// remembered: without it, no further range is begun.
    #[arg(long, value_name = "N")]
    pub(crate) prune_behind: Option<PruneBehind>,
    /// Proves the ends of at most N epochs, 2 to 1024, in one proof, which takes a client over all of them; with 0, only when
    /// somebody asks.
    ///
    /// Such a span is made once N epochs are over, or as many as fit one proof (about 24 with 96 validators), when there is nothing else to
    /// prove. The largest take several seconds of all cores and 3 GB of memory: give a smaller N where there is less. Which epochs a span has never changes: another N is for those that follow.
    #[arg(long, value_name = "N", default_value_t = SpanEpochs::DEFAULT)]
    pub(crate) span_epochs: SpanEpochs,
    /// Makes no more blocks and proofs while fewer than this many MiB are free on a disk of DIR; with
    /// 0, goes on until the disk is full.
    ///
    /// Days before that, the log and /health/ready warn.
    #[arg(long, value_name = "MIB", default_value_t = SpaceGuard::DEFAULT_MIN_FREE_MIB)]
    pub(crate) min_free: u32,
    /// Writes each proof's witness to DIR/witnesses/CIRCUIT/SUBJECT, for `prove`.
    #[arg(long)]
    pub(crate) keep_witnesses: bool,
    /// Most open connections; 128 of the descriptors that the process may open are kept back in any
    /// case [default: 2048, or as many as there are descriptors for; the log says how many].
    ///
    /// While there is no room, a newcomer takes the place of a connection that asks nothing or is read
    /// slowly, of the client that has the most; below 4 KiB/s for 20 seconds, one is closed anyway.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_connections: Option<u32>,
    /// Most open connections of one client, an IPv4 address or an IPv6 network of 64 bits [default:
    /// an eighth of all]. Behind a proxy, give it as many as there may be in all.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_connections_per_client: Option<u32>,
    /// Serves the files of this folder at /, alongside the API; it must have an index.html.
    ///
    /// They are read once, at the start. No file is served whose name begins with a dot, or that is
    /// behind a link out of the folder. A folder that holds a chain's data or a database is refused.
    #[arg(long, value_name = "DIR")]
    pub(crate) web: Option<PathBuf>,
}

/// Arguments of `prove`.
#[derive(Args, Debug)]
pub(crate) struct ProveArgs {
    /// The circuit that the witness is for.
    #[arg(value_name = "CIRCUIT", value_parser = circuit_names())]
    pub(crate) circuit: String,
    /// The witness file, such as `devnet --keep-witnesses` writes; docs/PROTOCOL.md has its format for each circuit.
    #[arg(long, value_name = "FILE")]
    pub(crate) witness: PathBuf,
    /// Where to write the proof: a file, which is replaced as a whole, or a device, a pipe or an open
    /// descriptor such as /dev/stdout.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// Arguments of `verify`.
#[derive(Args, Debug)]
#[command(after_help = "One of the files may be -, for standard input.")]
pub(crate) struct VerifyArgs {
    /// The proof, as served at /v1/blocks/HEIGHT/proofs/CIRCUIT.
    #[arg(long, value_name = "FILE")]
    pub(crate) proof: PathBuf,
    /// The block, as served at /v1/blocks/HEIGHT.
    #[arg(long, value_name = "FILE")]
    pub(crate) block: PathBuf,
    /// The chain, as served at /v1/chain.
    #[arg(long, value_name = "FILE")]
    pub(crate) chain: PathBuf,
}

/// Arguments of `follow`.
#[derive(Args, Debug)]
pub(crate) struct FollowArgs {
    /// URL of the host, such as `http://127.0.0.1:8645`; there is no TLS in this program.
    pub(crate) url: String,
    /// A header that you trust, with its timestamp and the number of blocks per epoch; by default,
    /// the genesis that the host shows.
    #[arg(long, value_name = "HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH")]
    pub(crate) checkpoint: Option<Checkpoint>,
    /// The root that you trust: VERSION:SHA256 as `setup status` prints it, or the path of a root file. Circuits, chain and
    /// checkpoint are taken from what its keys have signed. Nothing is kept for the next run, which starts from this root anew.
    #[arg(long, value_name = "VERSION:SHA256|FILE", value_parser = root_pin, conflicts_with = "checkpoint")]
    pub(crate) root: Option<RootPin>,
    /// Exits with status 0 after this many verified blocks.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) blocks: Option<u32>,
    /// Takes a block only with a `state` proof that its operations lead from its parent's accounts to its own,
    /// whoever signed it.
    #[arg(long)]
    pub(crate) transitions: bool,
    /// Where to write what shows a split of the chain: two signed headers of which it can have only one. Such a
    /// split ends it with status 2 and `conflicting-headers`.
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Option<PathBuf>,
    /// Prints one JSON object per line: what is trusted, each block, and when the newest is stale.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Takes a host, by name or address, and a port; who that is, is looked up later.
fn host_and_port(text: &str) -> Result<String, &'static str> {
    let wrong = "give a host and a port, such as 127.0.0.1:8645, localhost:8645 or [::1]:8645";
    let (host, port) = text.rsplit_once(':').ok_or(wrong)?;
    let is_bare_ipv6 = host.contains(':') && !host.starts_with('[');
    if host.is_empty() || is_bare_ipv6 || port.parse::<u16>().is_err() {
        return Err(wrong);
    }
    Ok(text.to_owned())
}

/// Takes a root as text, or else the file that has it; a file that is none is found when it is verified.
fn root_pin(text: &str) -> Result<RootPin, String> {
    text.parse::<RootPin>().or_else(|not_a_pin| {
        let file = read_capped(Path::new(text), Role::Root.max_bytes())
            .map_err(|e| format!("{not_a_pin}; and as a file: {e}"))?;
        Ok(RootPin::File(file))
    })
}

/// Takes a path that SQLite can be told, too.
fn utf8_path() -> impl TypedValueParser<Value = PathBuf> {
    StringValueParser::new().map(PathBuf::from)
}

fn circuit_names() -> PossibleValuesParser {
    let names = CIRCUITS.iter().map(|circuit| circuit.id().name());
    PossibleValuesParser::new(names)
}

const EXIT_STATUS: &str = "Exit status: 0 done, or verified; 2 refused, with a stable code on \
standard output; 1 anything else: a file that cannot be read, a port that is taken, wrong usage. \
The status of `prove` and `verify` holds even where their output cannot be written.";
