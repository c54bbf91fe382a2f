//! `prover-host follow`.

use std::io::{self, Write};

use serde_json::json;

use super::{CommandError, Outcome};
use crate::check::CheckedBlock;
use crate::cli::FollowArgs;
use crate::clock::system_clock;
use crate::follow::{Client, FollowError, Follower};
use crate::verdict;

/// Prints one line a block until one is refused.
pub(super) async fn run(args: FollowArgs) -> Result<Outcome, CommandError> {
    let client = Client::new(&args.url)?;
    match follow(&args, client).await? {
        Ok(()) => Ok(Outcome::Quiet),
        Err(e) => Ok(Outcome::refused(e.code(), &e)),
    }
}

async fn follow(args: &FollowArgs, client: Client) -> io::Result<Result<(), FollowError>> {
    let mut follower = match Follower::start(client, args.checkpoint, system_clock).await {
        Ok(follower) => follower,
        Err(e) => return Ok(Err(e)),
    };
    print_anchor(args, &follower)?;
    for _ in 0..args.blocks.unwrap_or(u32::MAX) {
        match follower.next_block().await {
            Ok(block) => print_block(args, &follower, &block)?,
            Err(e) => return Ok(Err(e)),
        }
    }
    Ok(Ok(()))
}

fn print_anchor(args: &FollowArgs, follower: &Follower) -> io::Result<()> {
    let (params, head) = (follower.trusted().params(), follower.trusted().head());
    let anchor = if args.checkpoint.is_some() {
        "checkpoint"
    } else {
        "genesis"
    };
    let (chain_id, height, hash) = (params.chain_id(), head.height, head.hash);
    let mut out = io::stdout();
    if args.json {
        let hash = hash.to_string();
        let trusted = json!({ "chain_id": chain_id, "height": height, "header_hash": hash });
        return writeln!(out, "{}", json!({ "verdict": "trusted", anchor: trusted }));
    }
    writeln!(
        out,
        "chain {chain_id}, trusting its {anchor}: height {height}, hash {hash}"
    )
}

fn print_block(args: &FollowArgs, follower: &Follower, block: &CheckedBlock) -> io::Result<()> {
    let mut out = io::stdout();
    if args.json {
        return writeln!(out, "{}", verdict::to_json(block));
    }
    writeln!(out, "{}", verdict::to_line(block))?;
    let trusted = follower.trusted();
    if trusted.params().ends_epoch(trusted.head().height) {
        let (epoch, set) = (trusted.epoch(), trusted.set_root());
        writeln!(out, "epoch {epoch} begins: validator set {set}")?;
    }
    Ok(())
}
