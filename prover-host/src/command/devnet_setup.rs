//! The signed setup of a devnet: nobody else holds its keys.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rpp_prover_host::clock::system_clock;
use rpp_prover_host::progress::{Bar, Progress};
use rpp_prover_host::setup::{Kept, OwnKeys};
use rpp_prover_host::state::Host;
use rpp_verifier::{CIRCUITS, Header, NamedHeader, Role};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::devnet::RunError;

/// Makes the setup on the first start, renews what has expired, and has the host serve it.
pub(super) async fn begin(
    data: &Path,
    host: &Arc<Host>,
    progress: &Progress,
) -> Result<OwnKeys, RunError> {
    let keys = OwnKeys::new(&data.join(KEYS), &data.join(SETUP));
    let (begun, host, progress) = (keys.clone(), host.clone(), progress.clone());
    let path = data.join(SETUP);
    let begin = move || {
        let genesis = named(&host.chain().genesis);
        let bars = Role::ALL.map(|role| KeyBar::new(role, &progress));
        let reach = |role: Role, done| {
            let mut bars = bars.iter();
            bars.find(|bar| bar.role == role)
                .into_iter()
                .for_each(|bar| bar.reach(done));
        };
        let now_ms = system_clock();
        begun.begin(host.chain_file(), genesis, &CIRCUITS, now_ms, &reach)?;
        // Otherwise it is served first, and renewed while blocks are made.
        if begun.is_out_of_date(now_ms)? {
            say(&begun.keep(newest(&host), now_ms)?);
        }
        let opened = host.open_setup(&path, now_ms);
        let shelf = opened.map_err(|source| RunError::Setup { path, source })?;
        host.serve_setup(Arc::new(shelf));
        Ok::<_, RunError>(())
    };
    spawn_blocking(begin).await??;
    Ok(keys)
}

/// Keeps the checkpoint recent, from now on, and renews what expires.
pub(super) async fn keep(keys: OwnKeys, host: Arc<Host>, stop: CancellationToken) {
    let mut looks = interval(EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = looks.tick() => {}
        }
        let (kept, header) = (keys.clone(), newest(&host));
        match spawn_blocking(move || kept.keep(header, system_clock())).await {
            Ok(Ok(kept)) => say(&kept),
            Ok(Err(e)) => tracing::error!("the setup is not renewed: [{}] {e}", e.code()),
            Err(died) => tracing::error!("renewing the setup: {died}"),
        }
    }
}

fn say(kept: &Kept) {
    for role in &kept.others {
        tracing::warn!(
            "the {role} file of the setup is due, and this devnet cannot sign it alone: prepare and sign the next one with \
             `prover-host setup rotate`"
        );
    }
    if let Some(version) = kept.lost_root {
        tracing::warn!(
            "the root of the setup is due, and its key has signed version {version}, which the setup lacks: the folder is an \
             old copy; put back the newest one, or begin a new setup"
        );
    }
    if let Some(version) = kept.waiting_root {
        tracing::warn!(
            "the root of the setup is due, and its key has signed version {version} when the clock was ahead: it signs no other one, and \
             that one is published once its time has come; clients that cannot wait need a new setup"
        );
    }
}

/// Returns the newest header that is proven, or the genesis.
fn newest(host: &Host) -> NamedHeader {
    let ledger = host.ledger();
    let proven = ledger
        .proven_height()
        .and_then(|height| ledger.header(height));
    named(proven.unwrap_or(&host.chain().genesis))
}

fn named(header: &Header) -> NamedHeader {
    NamedHeader {
        height: header.height,
        hash: header.hash(),
        timestamp_ms: header.timestamp_ms,
    }
}

/// A bar that is shown once its key is being made.
struct KeyBar<'a> {
    role: Role,
    progress: &'a Progress,
    bar: std::sync::OnceLock<Bar>,
}

impl<'a> KeyBar<'a> {
    fn new(role: Role, progress: &'a Progress) -> Self {
        let bar = std::sync::OnceLock::new();
        Self {
            role,
            progress,
            bar,
        }
    }

    fn reach(&self, done: usize) {
        let leaves = 1 << self.role.tree_height();
        let what = format!("making the {} key of the setup", self.role);
        let bar = self.bar.get_or_init(|| self.progress.bar(what, leaves));
        bar.reach(u64::try_from(done).unwrap_or(leaves));
    }
}

/// Where in the data folder the keys are.
const KEYS: &str = "devnet/setup";
/// Where in the data folder the setup is.
const SETUP: &str = "setup";
/// A client that starts has an hour of epochs to hop over at most, and versions last for two years.
const EVERY: Duration = Duration::from_secs(60 * 60);
