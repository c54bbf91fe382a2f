//! `prover-host devnet`.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rpp_devnet::{Database as Keys, Devnet, DevnetError, DevnetOptions};
use rpp_light_client::Checkpoint;
use rpp_prover_host::clock::system_clock;
use rpp_prover_host::files::FileError;
use rpp_prover_host::http::{WebError, WebFolder, chain_document, serve};
use rpp_prover_host::progress::Progress;
use rpp_prover_host::prove::{Pipeline, PipelineError, Provers, Witnesses};
use rpp_prover_host::shutdown::cancel_on_signal;
use rpp_prover_host::source::BlockSource;
use rpp_prover_host::state::{DataFolder, Database, DatabaseError, Host, HostError};
use rpp_verifier::CIRCUITS;
use tokio::task::{JoinError, spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::listen::listen;
use super::{CommandError, Outcome};
use crate::cli::DevnetArgs;

/// What kept a chain from being run and served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RunError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another with --listen")]
    Listen {
        /// The address, as it was given.
        address: String,
        /// What the operating system answers.
        source: io::Error,
    },
    /// The folder of the page is none.
    #[error(transparent)]
    Web(#[from] WebError),
    /// The data folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FileError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The chain cannot be served.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The devnet cannot begin.
    #[error(transparent)]
    Devnet(#[from] DevnetError),
    /// The chain has lost its keys.
    #[error(
        "the data folder holds a chain but not its validators' keys, which were in {}: put \
         back a copy of the whole folder that no process has run on since, or name another one with \
         --data",
        folder.display()
    )]
    NoKeys {
        /// Where the keys should be.
        folder: std::path::PathBuf,
    },
    /// Blocks are not proven any more.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A thread died.
    #[error("a thread died: {0}")]
    Thread(#[from] JoinError),
}

impl RunError {
    /// Returns the stable code, where there is one.
    pub(super) fn code(&self) -> Option<&'static str> {
        match self {
            Self::NoKeys { .. } => Some("data-damaged"),
            Self::Devnet(error) => error.code(),
            Self::Pipeline(PipelineError::Source(error)) => {
                error.downcast_ref::<DevnetError>()?.code()
            }
            Self::Pipeline(error) => error.code(),
            Self::Folder(error) => Some(error.code()),
            Self::Web(error) => Some(error.code()),
            Self::Database(error) => Some(error.code()),
            Self::Host(error) => Some(error.code()),
            Self::Listen { .. } | Self::Io(_) | Self::Thread(_) => None,
        }
    }
}

/// Runs the chain until it has its blocks, or a signal comes.
pub(super) async fn run(args: DevnetArgs, progress: Progress) -> Result<Outcome, CommandError> {
    let stop = CancellationToken::new();
    run_until(args, progress, stop).await?;
    Ok(Outcome::Quiet)
}

async fn run_until(
    args: DevnetArgs,
    progress: Progress,
    stop: CancellationToken,
) -> Result<(), RunError> {
    let options = options(&args);
    // Everything that can be refused is refused before the keys are made.
    if !DataFolder::has_chain(&args.data) {
        Devnet::check(&options.resolve(None, system_clock))?;
    }
    let web = args.web.as_deref().map(WebFolder::open).transpose()?;
    let listener = listen(&args.listen).await;
    let listener = listener.map_err(|source| RunError::Listen {
        address: args.listen.clone(),
        source,
    })?;
    let folder = DataFolder::open(&args.data)?;
    cancel_on_signal(stop.clone())?;
    let database = Database::open(&folder.database_path()).await?;
    let keys = open_keys(&args.data.join(KEYS), &database).await?;
    let stored = keys.config().await.map_err(DevnetError::from)?;
    let config = options.resolve(stored.as_ref(), system_clock);
    let shared = Arc::new(progress.clone());
    let start = Devnet::start(config, keys.clone(), shared, Default::default());
    let devnet = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        devnet = start => devnet?,
    };
    let host = Host::open(folder, database.clone(), &devnet.chain(), CIRCUITS).await?;
    let host = Arc::new(host);
    let address = listener.local_addr()?;
    let genesis = chain_document(host.chain()).genesis_hash;
    tracing::info!("serving http://{address}/v1/chain, genesis {genesis}");
    let checkpoint = Checkpoint::of(devnet.genesis(), config.epoch_length);
    tracing::info!("checkpoint {checkpoint}: what a light client of this chain starts from");
    let pipeline = Pipeline {
        host: host.clone(),
        provers: Arc::new(spawn_blocking(move || Provers::new(CIRCUITS, config.chain_id)).await?),
        progress,
        witnesses: if args.keep_witnesses {
            Witnesses::Keep
        } else {
            Witnesses::Drop
        },
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
    keys.close().await;
    Ok(())
}

/// Opens the keys of the chain that the database holds; those of a new chain are still to be drawn.
async fn open_keys(folder: &Path, database: &Database) -> Result<Keys, RunError> {
    let no_keys = || RunError::NoKeys {
        folder: folder.to_path_buf(),
    };
    let has_chain = database.chain().await?.is_some();
    if has_chain && !Keys::exists(folder) {
        return Err(no_keys());
    }
    let keys = Keys::open(folder).await.map_err(DevnetError::from)?;
    let config = keys.config().await.map_err(DevnetError::from)?;
    if has_chain && config.is_none() {
        return Err(no_keys());
    }
    Ok(keys)
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

/// Where in the data folder the validators' keys are. What is served is beside it.
const KEYS: &str = "devnet";
/// How long requests in flight have at the end.
const DRAIN: Duration = Duration::from_secs(5);
