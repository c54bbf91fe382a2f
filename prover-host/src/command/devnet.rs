//! `prover-host devnet`.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::{CommandError, Outcome};
use crate::cli::DevnetArgs;
use crate::clock::system_clock;
use crate::database::Database;
use crate::devnet::{Devnet, DevnetOptions};
use crate::host::Host;
use crate::pipeline::{Pipeline, Witnesses};
use crate::progress::Progress;
use crate::prove::Prover;
use crate::service::serve;
use crate::shutdown::cancel_on_signal;
use crate::steps::Steps;
use crate::store::Store;
use crate::web::WebFolder;

/// Runs the chain until it has its blocks, or a signal comes.
pub(super) async fn run(args: DevnetArgs, progress: Progress) -> Result<Outcome, CommandError> {
    let options = options(&args);
    // Everything that can be refused is refused before the keys are made.
    if !Store::exists(&args.data) {
        Devnet::check(&options.resolve(None, system_clock))?;
    }
    let web = args.web.as_deref().map(WebFolder::open).transpose()?;
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.map_err(|source| CommandError::Listen {
        address: args.listen,
        source,
    })?;
    let store = Store::open(&args.data)?;
    let stop = CancellationToken::new();
    cancel_on_signal(stop.clone())?;
    let database = Database::open(&store.database_path()).await?;
    let config = options.resolve(database.chain().await?.as_ref(), system_clock);
    let start = Devnet::start(config, database.clone(), progress.clone(), Steps::default());
    let devnet = tokio::select! {
        () = stop.cancelled() => return Ok(Outcome::Quiet),
        devnet = start => devnet?,
    };
    let host = Arc::new(Host::open(store, database.clone()).await?);
    let address = listener.local_addr()?;
    let genesis = host.chain().genesis_hash;
    tracing::info!("serving http://{address}/v1/chain, genesis {genesis}");
    let pipeline = Pipeline {
        host: host.clone(),
        prover: Arc::new(spawn_blocking(move || Prover::new(config.chain_id)).await?),
        progress,
        witnesses: if args.keep_witnesses {
            Witnesses::Keep
        } else {
            Witnesses::Drop
        },
        steps: Steps::default(),
    };
    let shutdown = stop.clone().cancelled_owned();
    let server = tokio::spawn(async move { serve(listener, host, web.as_ref(), shutdown).await });
    let ran = pipeline.run(devnet, args.blocks, stop.clone()).await;
    stop.cancel();
    match tokio::time::timeout(DRAIN, server).await {
        Ok(served) => served??,
        Err(_) => tracing::warn!("requests were still open and are cut off"),
    }
    ran?;
    database.close().await;
    Ok(Outcome::Quiet)
}

const fn options(args: &DevnetArgs) -> DevnetOptions {
    DevnetOptions {
        chain_id: args.chain_id,
        epoch_length: args.epoch_length,
        validators: args.validators,
        key_height: args.key_height,
        block_time_ms: args.block_time_ms,
    }
}

/// How long requests in flight have at the end.
const DRAIN: std::time::Duration = std::time::Duration::from_secs(5);
