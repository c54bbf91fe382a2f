//! Follows a chain from a checkpoint, and keeps what it has verified in a file.
//!
//! `cargo run --example follow_chain -- http://127.0.0.1:8645 HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH`

use std::error::Error;

use rpp_light_client::{Config, FileStore, HttpTransport, LightClient, SystemClock, Verdict};

/// Opens a client of the provider at `url`.
pub(crate) fn open(
    url: &str,
    checkpoint: &str,
    state: &str,
) -> Result<LightClient<HttpTransport, FileStore, SystemClock>, Box<dyn Error>> {
    let config = Config::new(checkpoint.parse()?);
    let (provider, store) = (HttpTransport::new(url)?, FileStore::open(state)?);
    Ok(LightClient::new(
        config,
        provider,
        store,
        SystemClock::default(),
    )?)
}

/// Returns the line about a verdict.
pub(crate) fn describe(verdict: &Verdict) -> String {
    let (statement, step) = (verdict.statement(), verdict.step().name());
    let (signed, total) = (statement.signed_power, statement.set.total_power);
    let bits = verdict.verified().stark_bits();
    format!(
        "{step} {}: {signed} of {total} signed, {bits} bits",
        statement.height
    )
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(checkpoint)) = (arguments.next(), arguments.next()) else {
        return Err("usage: follow_chain URL CHECKPOINT".into());
    };
    let mut client = open(&url, &checkpoint, "light-client.state")?;
    loop {
        match client.next().await {
            Ok(verdict) => println!("{}", describe(&verdict)),
            Err(away) if away.is_transient() => eprintln!("{away}; asking again"),
            Err(refused) => eprintln!("refused, {}: {refused}", refused.code()),
        }
    }
}
