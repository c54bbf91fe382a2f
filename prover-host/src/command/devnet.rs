//! `prover-host devnet`.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rpp_devnet::{Database as Keys, Devnet, DevnetError, DevnetOptions, Home, Load};
use rpp_light_client::Checkpoint;
use rpp_prover_host::clock::system_clock;
use rpp_prover_host::http::{Limits, Site, WebError, WebFolder, chain_document, serve};
use rpp_prover_host::load;
use rpp_prover_host::progress::Progress;
use rpp_prover_host::prove::{Pipeline, PipelineError, Provers, Witnesses};
use rpp_prover_host::setup::{OwnKeysError, ShelfError};
use rpp_prover_host::shutdown::cancel_on_signal;
use rpp_prover_host::source::BlockSource;
use rpp_prover_host::state::{
    DataFolder, Database, DatabaseError, FolderError, Host, HostError, SpaceGuard,
};
use rpp_verifier::CIRCUITS;
use tokio::task::{JoinError, spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::devnet_setup;
use super::key_progress::KeyProgress;
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
    Folder(#[from] FolderError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The chain cannot be served.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The devnet cannot begin.
    #[error(transparent)]
    Devnet(#[from] DevnetError),
    /// The setup cannot be made or kept.
    #[error(transparent)]
    OwnKeys(#[from] OwnKeysError),
    /// The setup is not one that this host can serve.
    #[error(
        "the setup in {} cannot be served: {source}; `prover-host setup status` and `prover-host setup verify` say more",
        path.display()
    )]
    Setup {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        source: ShelfError,
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
            Self::Devnet(error) => error.code(),
            Self::Pipeline(PipelineError::Source(error)) => {
                error.downcast_ref::<DevnetError>()?.code()
            }
            Self::Pipeline(error) => error.code(),
            Self::Folder(error) => Some(error.code()),
            Self::Web(error) => Some(error.code()),
            Self::OwnKeys(error) => Some(error.code()),
            Self::Setup { source, .. } => Some(source.code()),
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
    // Everything that can be refused is refused before the keys are made.
    if !DataFolder::has_chain(&args.data) {
        Devnet::check(&options(&args).resolve(None, system_clock))?;
    }
    let web = args.web.as_deref();
    let web = web
        .map(|web| WebFolder::open(web, &args.data))
        .transpose()?;
    let listener = listen(&args.listen).await;
    let listener = listener.map_err(|source| RunError::Listen {
        address: args.listen.clone(),
        source,
    })?;
    let site = Site::new(web, limits(&args), system_clock, stop.clone());
    let folder = DataFolder::open(&args.data)?;
    cancel_on_signal(stop.clone())?;
    let address = listener.local_addr()?;
    let serving = site.clone();
    let ended = stop.clone().drop_guard();
    let server = tokio::spawn(async move {
        // A chain that nobody can ask for is not made.
        let _ended = ended;
        serve(&listener, serving).await;
    });
    let mut open = Open::default();
    let at = (&site, address);
    let ran = run_chain(&args, folder, progress, at, (&mut open, stop.clone())).await;
    stop.cancel();
    let served = tokio::time::timeout(DRAIN, server).await;
    // Only then: what is still answered may need them.
    open.close().await;
    match served {
        Ok(served) => served?,
        Err(_) => tracing::warn!("requests were still open and are cut off"),
    }
    ran
}

/// The databases that are open.
#[derive(Default)]
struct Open {
    blocks: Option<Database>,
    keys: Option<Keys>,
}

impl Open {
    /// Closes them; everything committed is already in the files.
    async fn close(self) {
        if let Some(blocks) = self.blocks {
            blocks.close().await;
        }
        if let Some(keys) = self.keys {
            keys.close().await;
        }
    }
}

/// Goes on with the chain of the folder or makes one, and serves it at `site`. What it opens is in `open`.
async fn run_chain(
    args: &DevnetArgs,
    folder: DataFolder,
    progress: Progress,
    (site, address): (&Arc<Site>, SocketAddr),
    (open, stop): (&mut Open, CancellationToken),
) -> Result<(), RunError> {
    let keys = args.data.join(KEYS);
    // Before the tables of the blocks are brought up to date: the release that made them could not read them.
    let release = Keys::check_release(&keys).await;
    release.map_err(DevnetError::from)?;
    let database = Database::open(&folder.database_path()).await?;
    open.blocks = Some(database.clone());
    folder.claim(&database).await?;
    let keys = Keys::open(&keys, Home::from(&folder)).await;
    let keys = keys.map_err(DevnetError::from)?;
    open.keys = Some(keys.clone());
    let stored = keys.config().await.map_err(DevnetError::from)?;
    let config = options(args).resolve(stored.as_ref(), system_clock);
    site.say("the keys of the validators are being read, or generated where there are none");
    let shared = Arc::new(KeyProgress {
        inner: progress.clone(),
        site: site.clone(),
    });
    let start = Devnet::start(config, keys, shared, Default::default());
    let devnet = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        devnet = start => devnet?,
    };
    site.say("the blocks of the chain are being read");
    let (chain, accounts) = (devnet.chain(), devnet.genesis_accounts().clone());
    let host = Host::open(folder, database, &chain, &accounts, CIRCUITS).await?;
    let host = host.guarded(SpaceGuard::new(args.min_free));
    let host = Arc::new(host.giving(BlockSource::faucet(&devnet)));
    // Blocks and keys may be of different times; then nothing is served or signed.
    let newest = host.ledger().latest_header().clone();
    devnet.check_parent(&newest)?;
    site.say("the signed setup is being read, or its keys are generated where there are none");
    let setup_keys = devnet_setup::begin(&args.data, &host, &progress).await?;
    let genesis = chain_document(host.chain()).genesis_hash;
    site.open(host.clone());
    tracing::info!("serving http://{address}/v1/chain, genesis {genesis}");
    let checkpoint = Checkpoint::of(devnet.genesis(), config.epoch_length);
    tracing::info!("checkpoint {checkpoint}: what a light client of this chain starts from");
    let faucet = devnet.faucet().clone();
    let (loaded, ended) = (host.clone(), stop.child_token());
    let end = ended.clone();
    let watched = host.clone().watch_setup(system_clock, ended.clone());
    let kept = devnet_setup::keep(setup_keys, host.clone(), ended.clone());
    let setup = tokio::spawn(async { tokio::join!(watched, kept) });
    let load = args
        .load
        .map(|rate| tokio::spawn(load::send(Load::new(faucet, rate), loaded, ended)));
    let pipeline = Pipeline {
        host,
        provers: Arc::new(spawn_blocking(move || Provers::new(CIRCUITS, config.chain_id)).await?),
        progress,
        retention: args.retain,
        pruning: args.prune_behind,
        spans: args.span_epochs,
        witnesses: if args.keep_witnesses {
            Witnesses::Keep
        } else {
            Witnesses::Drop
        },
    };
    let ran = pipeline.run(devnet, args.blocks, stop).await;
    end.cancel();
    setup.await?;
    if let Some(load) = load {
        load.await?;
    }
    Ok(ran?)
}

fn limits(args: &DevnetArgs) -> Limits {
    let number = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let all = args
        .max_connections
        .map_or(Limits::DEFAULT_CONNECTIONS, number);
    let limits = Limits::of_this_process(all);
    let per_client = args
        .max_connections_per_client
        .map_or(limits.per_client, number);
    Limits {
        per_client: per_client.min(limits.connections),
        ..limits
    }
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
