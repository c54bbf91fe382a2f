//! `prover-host follow`.

use std::io::{self, Write};
use std::time::Duration;

use rpp_light_client::{
    Checkpoint, Config, Error, Follow, HttpTransport, LightClient, MemoryStore, SystemClock,
    Verdict,
};
use rpp_prover_host::follow::{AnchorError, shown_genesis};
use serde_json::json;
use tokio::time::sleep;

use super::{CommandError, Outcome};
use crate::cli::FollowArgs;

type Client = LightClient<HttpTransport, MemoryStore, SystemClock>;

/// Prints one line per verdict until something is refused.
pub(super) async fn run(args: FollowArgs) -> Result<Outcome, CommandError> {
    let host = HttpTransport::new(&args.url)?;
    let checkpoint = match args.checkpoint {
        Some(checkpoint) => checkpoint,
        None => match wait_for_genesis(&host).await {
            Ok(genesis) => genesis,
            Err(e) => return Ok(Outcome::refused(e.code(), &e)),
        },
    };
    print_anchor(&args, &checkpoint)?;
    let config = Config::new(checkpoint).follow(Follow::EveryBlock);
    let client = LightClient::new(config, host, MemoryStore::default(), SystemClock::default())?;
    match follow(&args, client).await? {
        Ok(()) => Ok(Outcome::Quiet),
        Err(e) => Ok(Outcome::refused(e.code(), &e)),
    }
}

async fn wait_for_genesis(host: &HttpTransport) -> Result<Checkpoint, AnchorError> {
    let mut said = false;
    loop {
        match shown_genesis(host).await {
            Err(e) if e.is_transient() => {
                if !std::mem::replace(&mut said, true) {
                    tracing::warn!("{e}; asking again");
                }
                sleep(AWAY).await;
            }
            genesis => return genesis,
        }
    }
}

async fn follow(args: &FollowArgs, mut client: Client) -> io::Result<Result<(), Error>> {
    let mut left = args.blocks.unwrap_or(u32::MAX);
    let mut away = false;
    while left > 0 {
        match client.next().await {
            Ok(verdict) => {
                print_verdict(args, &verdict, client.check_time())?;
                away = false;
                left -= 1;
            }
            Err(e) if e.is_transient() => {
                if !std::mem::replace(&mut away, true) {
                    tracing::warn!("{e}; asking again");
                }
            }
            Err(e) => return Ok(Err(e)),
        }
    }
    Ok(Ok(()))
}

fn print_anchor(args: &FollowArgs, checkpoint: &Checkpoint) -> io::Result<()> {
    let anchor = if args.checkpoint.is_some() {
        "checkpoint"
    } else {
        "genesis"
    };
    let mut out = io::stdout();
    if args.json {
        let trusted = checkpoint.to_string();
        return writeln!(out, "{}", json!({ "verdict": "trusted", anchor: trusted }));
    }
    writeln!(out, "trusting the {anchor} {checkpoint}")
}

fn print_verdict(args: &FollowArgs, verdict: &Verdict, took: Duration) -> io::Result<()> {
    let mut out = io::stdout();
    if args.json {
        return writeln!(out, "{}", verdict.to_json());
    }
    let (statement, verified) = (verdict.statement(), verdict.verified());
    let (signed, total) = (statement.signed_power, statement.set.total_power);
    let (stark_bits, hash_bits) = (verified.stark_bits(), verified.hash_bits());
    writeln!(
        out,
        "height {:>6}  power {signed}/{total}  {stark_bits}-bit proof, {hash_bits}-bit hash  {} \
         bytes  {:.1} ms  verified",
        statement.height,
        verdict.proof_bytes(),
        took.as_secs_f64() * 1e3,
    )?;
    if verdict.ends_epoch() {
        let (epoch, set) = (
            verdict.epoch() + 1,
            verdict.header().next_validator_set_root,
        );
        writeln!(out, "epoch {epoch} begins: validator set {set}")?;
    }
    Ok(())
}

/// How long to wait for a host that is away.
const AWAY: Duration = Duration::from_secs(1);
