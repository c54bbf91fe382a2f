//! `away`: what it takes a client to come back to a chain after many epochs, as JSON.
//!
//! A chain of short epochs is made, whose validators sign the end of each; the ends are proven in spans, as many in one as fit, and those
//! one by one that a client needs which begins in the middle of a span. Then clients follow it from the start of a span and from the worst
//! place, over no network: the time is that of the checks. What they were answered is written to a file, so that a client in a browser
//! can go the same ways.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use clap::Parser;
use rpp_light_client::{
    Answer, Clock, Config, LightClient, MemoryStore, Now, Request, Transport, TransportError,
    Verdict,
};
use rpp_tests::provider::Provider;
use rpp_tests::spans::witness;
use rpp_verifier::SpanSize;
use serde_json::{Value, json};

/// Measures what a client takes that was away.
#[derive(Clone, Parser)]
struct Options {
    /// The file to write with the ways and all answers, as JSON.
    file: PathBuf,
    /// How many epochs it was away.
    #[arg(long, default_value_t = 365)]
    epochs: u32,
    /// Validators of each set, all of whom vote.
    #[arg(long, default_value_t = 96)]
    validators: u32,
    /// How often each way is gone; the median counts.
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

static OPTIONS: LazyLock<Options> = LazyLock::new(Options::parse);
static CHAIN: LazyLock<Provider> = LazyLock::new(|| chain(&OPTIONS));
static ANSWERS: Mutex<BTreeMap<String, Answer>> = Mutex::new(BTreeMap::new());

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let Options {
        ref file,
        epochs,
        validators,
        runs,
    } = *OPTIONS;
    let aligned = follow(ALIGNED, runs).await?;
    let worst = follow(WORST, runs).await?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, recorded().to_string())?;
    let figures = json!({
        "epochs": epochs,
        "validators": validators,
        "aligned": aligned,
        "worst": worst,
        "single_proof_bytes": CHAIN.proof(top(epochs)).len(),
    });
    writeln!(io::stdout(), "{figures}")?;
    Ok(())
}

/// Returns the chain, with the proofs that its clients need.
fn chain(
    &Options {
        epochs, validators, ..
    }: &Options,
) -> Provider {
    let top = top(epochs);
    let is_end = move |height| height % LENGTH == LENGTH - 1 || height == top;
    // Which ends are proven one by one depends on how many fit one span, and that on their votes.
    let signed = Provider::proving(validators, top, LENGTH, is_end, |_| false);
    let runs = runs(&signed, epochs);
    let each = runs.first().map_or(0, |(_, last)| last + 1);
    let after = runs.last().map_or(0, |(_, last)| last + 1);
    let is_proven = move |height| {
        let epoch = height / LENGTH;
        is_end(height) && (height == top || epoch < each || epoch >= after)
    };
    Provider::proving(validators, top, LENGTH, is_end, is_proven).with_spans(&runs)
}

/// Returns the first and the last epoch of each span that a host would make: as many ends as fit, one after the other.
fn runs(chain: &Provider, epochs: u32) -> Vec<(u32, u32)> {
    let (mut runs, mut first, mut size) = (Vec::new(), 0, SpanSize::EMPTY);
    for epoch in 0..epochs {
        let end = &witness(chain, epoch, epoch).ends[0];
        // As one that has another before it: its path is not there yet.
        if !size.with(end).fits() {
            runs.push((first, epoch - 1));
            (first, size) = (epoch, SpanSize::EMPTY);
        }
        size = size.with(end);
    }
    runs
}

/// Follows the chain from a checkpoint to its head, and returns what that took.
async fn follow(checkpoint: u32, runs: usize) -> Result<Value, Box<dyn Error>> {
    let mut times = Vec::new();
    let mut way = None;
    for _ in 0..runs.max(1) {
        let config = Config::new(CHAIN.checkpoint(checkpoint));
        let store = MemoryStore::default();
        let mut client = LightClient::new(config, InMemory, store, Started(Instant::now()))?;
        let start = Instant::now();
        let (mut spans, mut singles) = (0, 0);
        let last: Verdict = loop {
            let verdict = client.next().await?;
            (spans, singles) = (spans + verdict.spans().len(), singles + 1);
            if verdict.header().height == CHAIN.height() {
                break verdict;
            }
        };
        times.push(start.elapsed());
        // The page asks for this one as well.
        client.ledger(last.header())?.ancestor(ANCESTOR).await?;
        way = Some((spans, singles, last.spent()));
    }
    times.sort();
    let (spans, singles, spent) = way.ok_or("no run")?;
    Ok(json!({
        "spans": spans,
        "singles": singles,
        "bytes": spent.bytes,
        "requests": spent.requests,
        "ms_p50": millis(times[times.len() / 2]),
        "ms_max": millis(times[times.len() - 1]),
    }))
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e4).round() / 10.0
}

/// Answers at once, and keeps what it has answered.
struct InMemory;

impl Transport for InMemory {
    async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
        let mut answers = ANSWERS.lock().expect("whoever holds it does not panic");
        let answer = answers.entry(request.path.clone());
        let answer = answer.or_insert_with(|| CHAIN.get(&request.path, CHAIN.height()));
        Ok(answer.clone())
    }
}

/// Returns the ways that were gone, and all that was answered on them.
fn recorded() -> Value {
    let answers = ANSWERS.lock().expect("whoever holds it does not panic");
    let answers = answers.iter().map(|(path, answer)| {
        let answer = json!({
            "status": answer.status,
            "type": answer.content_type,
            "body": hex::encode(&answer.body),
        });
        (path.clone(), answer)
    });
    json!({
        "now_ms": Started(Instant::now()).now().unix_ms,
        "head": CHAIN.height(),
        "ancestor": ANCESTOR,
        "ways": {
            "aligned": CHAIN.checkpoint(ALIGNED).to_string(),
            "worst": CHAIN.checkpoint(WORST).to_string(),
        },
        "answers": Value::Object(answers.collect()),
    })
}

/// A clock that shows one second after the newest block, and on which nobody waits.
struct Started(Instant);

impl Clock for Started {
    fn now(&self) -> Now {
        Now {
            unix_ms: CHAIN.header(CHAIN.height()).timestamp_ms + 1000,
            uptime: self.0.elapsed(),
        }
    }

    async fn sleep(&self, _duration: Duration) {}
}

/// The height of the head: in the middle of the epoch after the last one.
const fn top(epochs: u32) -> u32 {
    epochs * LENGTH
}

/// Where a client begins with the first span.
const ALIGNED: u32 = 0;

/// Where the first span has just begun: this is the end of epoch 0.
const WORST: u32 = LENGTH - 1;

/// A header that neither way goes over: the first of an epoch.
const ANCESTOR: u32 = 3 * LENGTH;

/// How many heights an epoch has: nothing here depends on it.
const LENGTH: u32 = 2;
