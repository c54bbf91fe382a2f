//! `prover-host follow`.

use std::pin::pin;
use std::time::Duration;

use rpp_light_client::{
    Checkpoint, Config, Error, Follow, Freshness, HttpTransport, LightClient, MemoryStore,
    RootFingerprint, RootPin, SetupStatus, Status, SystemClock, Verdict,
};
use rpp_prover_host::clock::system_clock;
use rpp_prover_host::follow::{AnchorError, shown_genesis};
use rpp_prover_host::out_file::OutFile;
use rpp_prover_host::print::{PrintError, print_line};
use rpp_verifier::Lasting;
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
    let start = match (args.checkpoint, args.root.clone()) {
        (Some(checkpoint), _) => Start::Checkpoint(checkpoint),
        (None, Some(root)) => Start::Root(root),
        (None, None) => match wait_for_genesis(&host).await {
            Ok(genesis) => Start::Genesis(genesis),
            Err(e) => return Ok(Outcome::refused(e.code(), &e)),
        },
    };
    let config = start
        .config()
        .follow(Follow::EveryBlock)
        .transitions(args.transitions);
    let client = LightClient::new(config, host, MemoryStore::default(), SystemClock::default())?;
    let mut follower = Follower {
        client,
        is_json: args.json,
        is_told_stale: false,
        told_setup: None,
        looks: looks(),
    };
    let followed = follower.follow(&args, &start).await;
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

/// What is trusted from the start.
enum Start {
    /// The genesis, on the host's word.
    Genesis(Checkpoint),
    /// A checkpoint of the user's.
    Checkpoint(Checkpoint),
    /// A root of the user's.
    Root(RootPin),
}

impl Start {
    fn config(&self) -> Config {
        match self {
            Self::Genesis(checkpoint) | Self::Checkpoint(checkpoint) => Config::new(*checkpoint),
            Self::Root(pin) => Config::from_setup(pin.clone()),
        }
    }

    /// Returns what it is called, and itself as text.
    fn said(&self) -> (&'static str, String) {
        match self {
            Self::Genesis(genesis) => ("genesis", genesis.to_string()),
            Self::Checkpoint(checkpoint) => ("checkpoint", checkpoint.to_string()),
            Self::Root(RootPin::Fingerprint(fingerprint)) => ("root", fingerprint.to_string()),
            Self::Root(RootPin::Keys(keys)) => ("root", keys.to_string()),
            Self::Root(RootPin::File(_)) => ("root", "file that was given".into()),
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
    /// The root and the version of the setup that the reader knows of.
    told_setup: Option<(RootFingerprint, u32)>,
    /// When to look whether it is.
    looks: Interval,
}

impl Follower {
    async fn follow(
        &mut self,
        args: &FollowArgs,
        start: &Start,
    ) -> Result<Result<(), Error>, PrintError> {
        self.print_start(start)?;
        let mut left = args.blocks.unwrap_or(u32::MAX);
        let mut trouble = Trouble::default();
        while left > 0 {
            match self.next().await? {
                Ok(verdict) => {
                    self.print_setup()?;
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

    fn print_start(&self, start: &Start) -> Result<(), PrintError> {
        let (what, trusted) = start.said();
        if self.is_json {
            return print_line(json!({ "verdict": "trusted", what: trusted }));
        }
        print_line(format_args!("trusting the {what} {trusted}"))
    }

    /// Says what the root has led to, where that is new.
    fn print_setup(&mut self) -> Result<(), PrintError> {
        let Some(setup) = self.client.status().setup else {
            return Ok(());
        };
        let SetupStatus { root, version, .. } = setup;
        if self.told_setup.replace((root, version)) == Some((root, version)) {
            return Ok(());
        }
        if self.is_json {
            let expires = setup.expires_ms.to_string();
            let root = root.to_string();
            return print_line(json!({
                "verdict": "setup", "version": version, "root": root, "expires_ms": expires,
            }));
        }
        let left = Lasting(setup.expires_ms.saturating_sub(system_clock()));
        print_line(format_args!(
            "setup {version} verified: signed as root {root} says, valid for {left}"
        ))
    }

    fn print_verdict(&self, verdict: &Verdict) -> Result<(), PrintError> {
        if self.is_json {
            return print_line(verdict.to_json());
        }
        for span in verdict.spans() {
            print_line(format_args!(
                "epochs {} to {}: their ends verified by one proof of {} bytes",
                span.first_epoch(),
                span.last_epoch(),
                span.proof_bytes(),
            ))?;
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
    let (age, direction) = match now.checked_sub(timestamp_ms) {
        Some(age) => (age, "ago"),
        None => (timestamp_ms - now, "ahead of this clock"),
    };
    format!("dated {} {direction}", Lasting(age))
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
