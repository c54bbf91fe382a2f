//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use rpp_light_client::Checkpoint;

/// Turns the blocks of an rpp chain into Plonky3 proofs, checks them, and serves them over HTTP.
///
/// To see it work, start `prover-host devnet` in one terminal and
/// `prover-host follow http://127.0.0.1:8645` in another one: the first makes a chain and proves its blocks, the
/// second believes nothing of it and checks every proof.
///
/// Log lines and progress bars go to standard error (RUST_LOG sets their level), results to
/// standard output.
#[derive(Debug, Parser)]
#[command(name = "prover-host", version, after_help = EXIT_STATUS)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs a chain in this process, proves each block and serves it.
    ///
    /// Its validators have real keys, and some of them miss a slot or a vote. Each block is signed,
    /// proven, verified again, stored, and only then served as proven. SIGTERM or Ctrl-C ends it
    /// after the proof that is being made.
    ///
    /// However it ended, started again with the same --data it goes on with its chain: options that
    /// you leave out are as they were, and those that make the chain what it is cannot change.
    Devnet(DevnetArgs),
    /// Makes one proof from a witness file.
    #[command(subcommand)]
    Prove(ProveCommand),
    /// Checks one proof file against a block and its chain.
    ///
    /// Prints the verdict as one JSON object. The statement is computed from the headers in the
    /// block file, never read from a claim. The verdict names the validator set that it rests on:
    /// whether that is the chain's is for whoever has a trusted head to say, as `follow` does.
    Verify(VerifyArgs),
    /// Follows a host: fetches each new block and its proof, checks both, and says so.
    ///
    /// Starts from the genesis that the host shows, or better from a checkpoint that you have from
    /// elsewhere; prints it, and from there on believes only what is proven. Waits while the host
    /// is away; the first thing that does not hold ends it with status 2 and its code.
    Follow(FollowArgs),
}

/// Arguments of `devnet`.
#[derive(Args, Debug)]
pub struct DevnetArgs {
    /// Where to serve; there is no TLS and no login, so keep it on loopback.
    #[arg(long, default_value = "127.0.0.1:8645", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Where to keep keys, blocks and proofs; a chain that is there goes on.
    ///
    /// One process at a time works on it. Do not run a copy of it beside it or after it: their
    /// keys would sign twice.
    #[arg(long, default_value = "devnet-data", value_name = "DIR")]
    pub data: PathBuf,
    /// Validators in each set [default: as in DIR, else 16].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub validators: Option<u32>,
    /// A key of height H signs 2^H slots; making one takes time in proportion [default: as in DIR,
    /// else 10].
    #[arg(long, value_name = "H", value_parser = clap::value_parser!(u32).range(4..=20))]
    pub key_height: Option<u32>,
    /// Milliseconds from one block to the next; may change from start to start [default: as in DIR,
    /// else 4000].
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=3_600_000))]
    pub block_time_ms: Option<u32>,
    /// Blocks in an epoch; the validator set changes with each [default: as in DIR, else 32].
    #[arg(long, value_name = "BLOCKS", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub epoch_length: Option<u32>,
    /// Number of the chain; signatures and proofs of one are worth nothing on another [default: as
    /// in DIR, else 1].
    #[arg(long, value_name = "ID")]
    pub chain_id: Option<u32>,
    /// Ends with status 0 after this many more proven blocks.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub blocks: Option<u32>,
    /// Writes each block's witness to DIR/witnesses, for `prove consensus`.
    #[arg(long)]
    pub keep_witnesses: bool,
    /// Serves the files of this folder at /, beside the API; it has an index.html.
    #[arg(long, value_name = "DIR")]
    pub web: Option<PathBuf>,
}

/// Which statement to prove.
#[derive(Debug, Subcommand)]
pub enum ProveCommand {
    /// Proves that more than two thirds of a validator set signed a header.
    ///
    /// The proof is verified before it is written, and written in full or not at all. Prints one
    /// JSON object with its id.
    Consensus(ProveArgs),
}

/// Arguments of `prove consensus`.
#[derive(Args, Debug)]
pub struct ProveArgs {
    /// The witness, as `devnet --keep-witnesses` writes it.
    #[arg(long, value_name = "FILE")]
    pub witness: PathBuf,
    /// Where to write the proof.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Arguments of `verify`.
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// The proof, as served at /v1/blocks/HEIGHT/proofs/consensus.
    #[arg(long, value_name = "FILE")]
    pub proof: PathBuf,
    /// The block, as served at /v1/blocks/HEIGHT.
    #[arg(long, value_name = "FILE")]
    pub block: PathBuf,
    /// The chain, as served at /v1/chain.
    #[arg(long, value_name = "FILE")]
    pub chain: PathBuf,
}

/// Arguments of `follow`.
#[derive(Args, Debug)]
pub struct FollowArgs {
    /// The host, such as `http://127.0.0.1:8645`.
    pub url: String,
    /// A header that you trust, its timestamp and the blocks of an epoch; without it, the genesis
    /// that the host shows.
    #[arg(long, value_name = "HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH")]
    pub checkpoint: Option<Checkpoint>,
    /// Ends with status 0 after this many verified blocks.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub blocks: Option<u32>,
    /// Prints one JSON object a block.
    #[arg(long)]
    pub json: bool,
}

const EXIT_STATUS: &str = "Exit status: 0 done, or verified; 2 refused, with a stable code on \
standard output; 1 anything else: a file that cannot be read, a port that is taken, wrong usage.";
