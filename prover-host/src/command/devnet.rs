//! `prover-host devnet`.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::{CommandError, Outcome};
use crate::cli::DevnetArgs;
use crate::clock::system_clock;
use crate::devnet::{Devnet, DevnetConfig};
use crate::host::Host;
use crate::pipeline::{Pipeline, Witnesses};
use crate::progress::Progress;
use crate::prove::Prover;
use crate::service::serve;
use crate::shutdown::cancel_on_signal;
use crate::store::Store;
use rpp_verifier::wire::Document;

/// Runs the chain until it has its blocks, or a signal comes.
pub(super) async fn run(args: DevnetArgs, progress: Progress) -> Result<Outcome, CommandError> {
    let config = DevnetConfig {
        chain_id: args.chain_id,
        epoch_length: args.epoch_length,
        validators: args.validators,
        key_height: args.key_height,
        block_time_ms: args.block_time_ms,
        clock: system_clock,
    };
    // Everything that can be refused is refused before the keys are made.
    Devnet::check(&config)?;
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.map_err(|source| CommandError::Listen {
        address: args.listen,
        source,
    })?;
    let store = Store::create(&args.data)?;
    let stop = CancellationToken::new();
    cancel_on_signal(stop.clone())?;
    let devnet = tokio::select! {
        () = stop.cancelled() => return Ok(Outcome::Quiet),
        devnet = Devnet::start(config, progress.clone()) => devnet?,
    };
    let chain = devnet.chain_json();
    store.write_chain(&chain.to_json())?;
    let host = Arc::new(Host::new(chain, store));
    let address = listener.local_addr()?;
    let genesis = host.chain().genesis_hash;
    tracing::info!("serving http://{address}/v1/chain, genesis {genesis}");
    let chain_id = args.chain_id;
    let pipeline = Pipeline {
        host: host.clone(),
        prover: Arc::new(spawn_blocking(move || Prover::new(chain_id)).await?),
        progress,
        witnesses: if args.keep_witnesses {
            Witnesses::Keep
        } else {
            Witnesses::Drop
        },
    };
    let server = tokio::spawn(serve(listener, host, stop.clone().cancelled_owned()));
    let ran = pipeline.run(devnet, args.blocks, stop.clone()).await;
    stop.cancel();
    match tokio::time::timeout(DRAIN, server).await {
        Ok(served) => served??,
        Err(_) => tracing::warn!("requests were still open and are cut off"),
    }
    ran?;
    Ok(Outcome::Quiet)
}

/// How long requests in flight have at the end.
const DRAIN: std::time::Duration = std::time::Duration::from_secs(5);
