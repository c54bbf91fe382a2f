//! `prover-host follow`.

use std::pin::pin;
use std::time::Duration;

use rpp_light_client::{
    Checkpoint, Config, Error, Follow, Freshness, HttpTransport, LightClient, MemoryStore, Status,
    SystemClock, Verdict,
};
use rpp_prover_host::clock::system_clock;
use rpp_prover_host::follow::{AnchorError, shown_genesis};
use rpp_prover_host::out_file::OutFile;
use rpp_prover_host::print::{PrintError, print_line};
use serde_json::json;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use super::{CommandError, Outcome};
use crate::cli::FollowArgs;

type Client = LightClient<HttpTransport, MemoryStore, SystemClock>;

/// Prints one line per verdict until something is refused, or nobody reads the lines any more.
pub(super) async fn run(args: FollowArgs) -> Result<Outcome, CommandError> {
    let host = HttpTransport::new(&args.url).map_err(|e| CommandError::Url { url: e.url })?;
    if host.url().starts_with("https:") {
        return Err(CommandError::NoTls { url: args.url });
    }
    // A place that takes nothing is found before there is anything to lose.
    let evidence_file = args.evidence.as_deref().map(OutFile::open).transpose()?;
    let checkpoint = match args.checkpoint {
        Some(checkpoint) => checkpoint,
        None => match wait_for_genesis(&host).await {
            Ok(genesis) => genesis,
            Err(e) => return Ok(Outcome::refused(e.code(), &e)),
        },
    };
    let config = Config::new(checkpoint)
        .follow(Follow::EveryBlock)
        .transitions(args.transitions);
    let client = LightClient::new(config, host, MemoryStore::default(), SystemClock::default())?;
    let mut follower = Follower {
        client,
        is_json: args.json,
        is_told_stale: false,
        looks: looks(),
    };
    let followed = follower.follow(&args, &checkpoint).await;
    if let (Some(file), Some(evidence)) = (evidence_file, follower.client.evidence())
        && let Err(e) = file.write(&evidence.to_bytes())
    {
        // What was found counts more than that it could not be kept.
        tracing::error!("the evidence is not saved: {e}");
    }
    match followed {
        Ok(Ok(())) | Err(PrintError::Gone) => Ok(Outcome::Quiet),
        Ok(Err(e)) => Ok(Outcome::refused(e.code(), &e)),
        Err(e) => Err(e.into()),
    }
}

async fn wait_for_genesis(host: &HttpTransport) -> Result<Checkpoint, AnchorError> {
    let mut trouble = Trouble::default();
    loop {
        match shown_genesis(host).await {
            Err(e) if e.is_transient() => {
                trouble.say(&e);
                // Whoever has the address wrong reads it here: nothing else of this host has answered yet.
                if trouble.is_first && matches!(e, AnchorError::Refused(_)) {
                    tracing::warn!("if this goes on: is a prover-host at {}?", host.url());
                }
                sleep(AWAY).await;
            }
            genesis => return genesis,
        }
    }
}

/// What its reader has been told of what keeps a client from going on.
#[derive(Default)]
struct Trouble {
    said: String,
    is_first: bool,
}

impl Trouble {
    /// Says it, but not what was said just before.
    fn say(&mut self, trouble: &impl ToString) {
        let text = trouble.to_string();
        self.is_first = self.said.is_empty();
        if self.said != text {
            tracing::warn!("{text}; asking again");
            self.said = text;
        }
    }
}

/// A client, and what its reader has been told.
struct Follower {
    client: Client,
    is_json: bool,
    /// Whether the reader knows that the head is stale.
    is_told_stale: bool,
    /// When to look whether it is.
    looks: Interval,
}

impl Follower {
    async fn follow(
        &mut self,
        args: &FollowArgs,
        checkpoint: &Checkpoint,
    ) -> Result<Result<(), Error>, PrintError> {
        self.print_anchor(args, checkpoint)?;
        let mut left = args.blocks.unwrap_or(u32::MAX);
        let mut trouble = Trouble::default();
        while left > 0 {
            match self.next().await? {
                Ok(verdict) => {
                    self.print_verdict(&verdict)?;
                    self.is_told_stale = verdict.freshness(system_clock()) == Freshness::Stale;
                    self.looks.reset();
                    trouble = Trouble::default();
                    left -= 1;
                }
                Err(e) if e.is_transient() => trouble.say(&e),
                Err(e) => return Ok(Err(e)),
            }
        }
        Ok(Ok(()))
    }

    /// Waits for the next verdict, and says meanwhile when the head becomes stale: a host that shows
    /// nothing new looks like one that is well.
    async fn next(&mut self) -> Result<Result<Verdict, Error>, PrintError> {
        let status = self.client.status();
        let mut next = pin!(self.client.next());
        loop {
            tokio::select! {
                next = &mut next => return Ok(next),
                _ = self.looks.tick() => {}
            }
            let is_stale = system_clock() > status.stale_at_ms;
            if is_stale && !std::mem::replace(&mut self.is_told_stale, true) {
                print_stale(&status, self.is_json)?;
            }
        }
    }

    fn print_anchor(&self, args: &FollowArgs, checkpoint: &Checkpoint) -> Result<(), PrintError> {
        let anchor = if args.checkpoint.is_some() {
            "checkpoint"
        } else {
            "genesis"
        };
        if self.is_json {
            let trusted = checkpoint.to_string();
            return print_line(json!({ "verdict": "trusted", anchor: trusted }));
        }
        print_line(format_args!("trusting the {anchor} {checkpoint}"))
    }

    fn print_verdict(&self, verdict: &Verdict) -> Result<(), PrintError> {
        if self.is_json {
            return print_line(verdict.to_json());
        }
        let (statement, verified) = (verdict.statement(), verdict.verified());
        let (signed, total) = (statement.signed_power, statement.set.total_power);
        let (stark_bits, hash_bits) = (verified.stark_bits(), verified.hash_bits());
        let stale = match verdict.freshness(system_clock()) {
            Freshness::Fresh => String::new(),
            Freshness::Stale => format!(", but stale: {}", dated(verdict.header().timestamp_ms)),
        };
        let accounts = match verdict.transitions_since() {
            None => String::new(),
            Some(since) => format!(", accounts since block {since}"),
        };
        print_line(format_args!(
            "height {:>6}  power {signed}/{total}  {stark_bits}-bit proof, {hash_bits}-bit hash  {} \
             bytes  {:.1} ms  verified{accounts}{stale}",
            statement.height,
            verdict.proof_bytes(),
            self.client.check_time().as_secs_f64() * 1e3,
        ))?;
        if verdict.ends_epoch() {
            let (epoch, set) = (
                verdict.epoch() + 1,
                verdict.header().next_validator_set_root,
            );
            print_line(format_args!("epoch {epoch} begins: validator set {set}"))?;
        }
        Ok(())
    }
}

fn print_stale(status: &Status, is_json: bool) -> Result<(), PrintError> {
    let Some((height, hash)) = status.head else {
        return Ok(());
    };
    if is_json {
        return print_line(json!({
            "verdict": "stale",
            "height": height,
            "header_hash": hash.to_string(),
            "timestamp_ms": status.timestamp_ms.to_string(),
        }));
    }
    let dated = dated(status.timestamp_ms);
    print_line(format_args!(
        "height {height:>6}  stale: {dated}, and nothing newer could be verified"
    ))
}

/// Says how far from now a header is dated.
fn dated(timestamp_ms: u64) -> String {
    let now = system_clock();
    let (apart, direction) = match now.checked_sub(timestamp_ms) {
        Some(age) => (age, "ago"),
        None => (timestamp_ms - now, "ahead of this clock"),
    };
    let seconds = apart / 1000;
    let (count, unit) = match seconds {
        0..120 => (seconds, "s"),
        120..7_200 => (seconds / 60, "min"),
        7_200..172_800 => (seconds / 3_600, "h"),
        _ => (seconds / 86_400, "days"),
    };
    format!("dated {count} {unit} {direction}")
}

fn looks() -> Interval {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Not at once: on the way from an old checkpoint each verdict says how old it is.
    looks.reset();
    looks
}

/// How long to wait for a host that is away.
const AWAY: Duration = Duration::from_secs(1);
/// How often to look whether the head has become stale. The clock may jump, so that it cannot be
/// waited for.
const LOOK: Duration = Duration::from_secs(1);
