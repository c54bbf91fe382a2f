//! The setup that a host serves: looked at again and again, with what an operator has to know of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rpp_verifier::{ChainFile, HeaderHash};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::host::Host;
use crate::clock::Clock;
use crate::setup::{SetupStatus, Shelf, ShelfError};

impl Host {
    /// Returns what `chain.json` has to say of the chain.
    #[must_use]
    pub fn chain_file(&self) -> ChainFile {
        ChainFile {
            chain_id: self.chain().chain_id,
            genesis_hash: self.chain().genesis.hash(),
            epoch_length: self.chain().epoch_length,
        }
    }

    /// Returns the hash of the header at a height, if the chain has come so far.
    #[must_use]
    pub fn hash_at(&self, height: u32) -> Option<HeaderHash> {
        let ledger = self.ledger();
        (height <= ledger.latest_height()).then(|| ledger.header_hash(height))
    }

    /// Verifies the setup of a folder, as one of this chain and of these circuits.
    ///
    /// # Errors
    ///
    /// [`ShelfError`].
    pub fn open_setup(&self, path: &Path, now_ms: u64) -> Result<Shelf, ShelfError> {
        let (chain, circuits) = (self.chain_file(), self.circuits());
        Shelf::open(path, chain, circuits, |height| self.hash_at(height), now_ms)
    }

    /// Serves this setup from now on.
    ///
    /// # Panics
    ///
    /// If the host serves one already: what comes after it is put into its folder.
    pub fn serve_setup(&self, setup: Arc<Shelf>) {
        let set = self.setup.set(setup);
        assert!(set.is_ok(), "a host serves one setup");
    }

    /// Returns the setup that is served, if there is one.
    #[must_use]
    pub fn setup(&self) -> Option<Arc<Shelf>> {
        self.setup.get().cloned()
    }

    /// Returns the state of the setup at a time, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn setup_status(&self, now_ms: u64) -> Option<SetupStatus> {
        Some(self.setup()?.current().status.at(now_ms))
    }

    /// Reads the folder of the setup every few seconds, and serves what is put there. Says in the log what is served, what is
    /// refused, and what expires.
    pub async fn watch_setup(self: Arc<Self>, clock: Clock, stop: CancellationToken) {
        let Some(shelf) = self.setup() else { return };
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut said = Said::default();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = looks.tick() => {}
            }
            let (host, looked) = (self.clone(), shelf.clone());
            let now_ms = clock();
            let look = move || looked.refresh(|height| host.hash_at(height), now_ms);
            match spawn_blocking(look).await {
                Ok(Ok(is_news)) => said.served(&shelf, is_news),
                Ok(Err(refused)) => said.refused(&shelf, &refused),
                Err(died) => tracing::error!("looking at the setup: {died}"),
            }
            said.expiring(self.setup_status(now_ms).as_ref(), now_ms);
        }
    }
}

/// What the log was told.
#[derive(Default)]
struct Said {
    /// The code of what is refused: the reason names the time, and is another one each time.
    refused: Option<&'static str>,
    expiring: Vec<String>,
    /// When it was told what expires.
    at: Option<Instant>,
}

impl Said {
    fn served(&mut self, shelf: &Shelf, is_news: bool) {
        let was_refused = self.refused.take().is_some();
        if is_news {
            let current = shelf.current();
            let (root, version) = (current.folder.newest_root(), current.setup.version());
            tracing::info!("serving root {root} and circuits {version} of a new setup");
        } else if was_refused {
            tracing::info!("the folder of the setup has again what is served");
        }
    }

    /// Once for each reason, however often it is looked at.
    fn refused(&mut self, shelf: &Shelf, refused: &ShelfError) {
        let (path, code) = (shelf.path().display(), refused.code());
        if self.refused != Some(code) {
            tracing::error!(
                "the setup in {path} is not served, and the one before it goes on: [{code}] {refused}"
            );
            self.refused = Some(code);
        }
    }

    /// At once where something is new, and every few hours.
    fn expiring(&mut self, status: Option<&SetupStatus>, now_ms: u64) {
        let Some(status) = status else { return };
        let now = status.due(now_ms);
        let is_news = now.iter().any(|due| !self.expiring.contains(due));
        let is_due = self.at.is_none_or(|at| at.elapsed() >= REMIND);
        if is_news || (is_due && !now.is_empty()) {
            for warning in &status.warnings {
                tracing::warn!("the setup: {warning}");
            }
            self.at = Some(Instant::now());
        }
        self.expiring = now;
    }
}

/// How often the folder is read.
const LOOK: Duration = Duration::from_secs(3);
/// How often the log says what expires.
const REMIND: Duration = Duration::from_secs(6 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::FileStatus;

    const DAY: u64 = 86_400_000;

    fn status(expires: [u64; 3]) -> SetupStatus {
        let files = ["root.1.json", "circuits.json", "checkpoint.json"];
        let files = files.into_iter().zip(expires);
        let files = files.map(|(file, expires_ms)| FileStatus {
            file: file.into(),
            version: 1,
            issued_ms: 0,
            expires_ms,
            signed_by: Vec::new(),
        });
        SetupStatus {
            chain_id: 7,
            fingerprint: String::new(),
            first_fingerprint: None,
            files: files.collect(),
            listed: Vec::new(),
            unlisted: Vec::new(),
            off_chain: None,
            warnings: Vec::new(),
        }
    }

    #[test]
    fn what_is_due_is_said_when_it_is_another_thing_than_before() {
        let mut said = Said::default();
        let mut told = |status: &SetupStatus, now_ms: u64| {
            let before = said.at;
            said.expiring(Some(&status.at(now_ms)), now_ms);
            said.at != before
        };
        let first = status([300 * DAY, 90 * DAY, 7 * DAY]);
        assert!(!told(&first, 0));
        assert!(told(&first, 5 * DAY));
        // The hours until then are no news.
        assert!(!told(&first, 6 * DAY));
        assert!(told(&first, 7 * DAY), "it has expired");
        // One is renewed at the moment in which another one is due.
        let renewed = status([300 * DAY, 90 * DAY, 100 * DAY]);
        assert!(told(&renewed, 80 * DAY));
        let unlisted = renewed.on_host(vec!["state-1".into()], 80 * DAY);
        assert!(told(&unlisted, 80 * DAY));
        assert!(!told(&unlisted, 81 * DAY));
        let mut off_chain = unlisted;
        off_chain.off_chain = Some("another header".into());
        assert!(told(&off_chain, 81 * DAY));
        assert!(!told(&off_chain, 81 * DAY));
    }
}
