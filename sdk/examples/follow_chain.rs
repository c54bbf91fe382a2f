//! Follows a chain from a checkpoint, and keeps what it has verified in a file.
//!
//! `cargo run --example follow_chain -- http://127.0.0.1:8645 HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH`

use std::error::Error;
use std::io::Write;

use rpp_light_client::{Config, FileStore, HttpTransport, LightClient, SystemClock};

/// Follows the chain of the provider at `url` for ever; a later call goes on from the file `state`.
pub(crate) async fn follow(url: &str, checkpoint: &str, state: &str) -> Result<(), Box<dyn Error>> {
    let config = Config::new(checkpoint.parse()?);
    let (host, store) = (HttpTransport::new(url)?, FileStore::open(state)?);
    let mut client = LightClient::new(config, host, store, SystemClock::default())?;
    let mut out = std::io::stdout();
    loop {
        let line = match client.next().await {
            Ok(verdict) => format!("{} {}", verdict.header().height, verdict.header().hash()),
            Err(away) if away.is_transient() => format!("{away}; asking again"),
            Err(refused) => format!("refused, {}: {refused}", refused.code()),
        };
        writeln!(out, "{line}")?;
        if let Some(fault) = client.store_error() {
            writeln!(out, "not saved: {fault}")?;
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(checkpoint)) = (arguments.next(), arguments.next()) else {
        return Err("usage: follow_chain URL CHECKPOINT".into());
    };
    follow(&url, &checkpoint, "light-client.state").await
}
