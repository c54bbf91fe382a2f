//! The devnet: a chain of validators in one process, for trying things out.
//!
//! It has the headers, sets, slots and signatures of a real chain and none of its consensus: all
//! keys are here, and nobody disagrees.

mod chain;
mod epochs;
mod genesis;
mod roster;
mod turnout;
mod vote_key;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::Rng;
use rpp_verifier::signature::SignError;
use rpp_verifier::validator::SetError;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep_until};

use self::chain::Chain;
use self::epochs::Epochs;
pub use self::epochs::EpochsError;
use self::genesis::genesis;
use self::roster::Roster;
use self::turnout::Turnout;
use self::vote_key::{KeyKind, VoteKey};
use crate::clock::Clock;
use crate::progress::Progress;
use crate::source::{BlockSource, SignedBlock};
use rpp_verifier::wire::ChainJson;

/// What a devnet is made from.
#[derive(Clone, Copy, Debug)]
pub struct DevnetConfig {
    /// Number of the chain.
    pub chain_id: u32,
    /// Blocks in an epoch.
    pub epoch_length: u32,
    /// Validators in each set.
    pub validators: u32,
    /// Height of the validators' keys.
    pub key_height: u32,
    /// Milliseconds from one block to the next.
    pub block_time_ms: u32,
    /// Where the headers' timestamps come from.
    pub clock: Clock,
}

/// Why the devnet cannot begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevnetError {
    /// Epochs and keys do not fit each other.
    #[error(transparent)]
    Epochs(#[from] EpochsError),
    /// The validators are no set.
    #[error("no validator set: {0}")]
    Set(#[from] SetError),
    /// A key does not sign.
    #[error("a validator cannot sign: {0}")]
    Sign(#[from] SignError),
    /// A thread of the devnet died.
    #[error("a thread of the devnet died: {0}")]
    Thread(#[from] JoinError),
}

/// The devnet, between two blocks.
#[derive(Debug)]
pub struct Devnet {
    config: DevnetConfig,
    epochs: Epochs,
    progress: Progress,
    chain: Arc<Mutex<Chain>>,
    coming: JoinHandle<Result<Coming, SignError>>,
    next_at: Instant,
}

/// The keys that are announced when the next epoch begins, and the places that they take.
#[derive(Debug)]
struct Coming {
    outgoing: Vec<usize>,
    newcomers: Vec<VoteKey>,
}

impl Devnet {
    /// Checks the configuration, before anything is written or generated.
    ///
    /// # Errors
    ///
    /// [`DevnetError::Epochs`].
    pub fn check(config: &DevnetConfig) -> Result<(), DevnetError> {
        Epochs::new(config.epoch_length, config.key_height)?;
        Ok(())
    }

    /// Draws the keys and the genesis; to be called within a Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`DevnetError`].
    pub async fn start(config: DevnetConfig, progress: Progress) -> Result<Self, DevnetError> {
        let epochs = Epochs::new(config.epoch_length, config.key_height)?;
        let bars = progress.clone();
        let (roster, turnout) =
            spawn_blocking(move || first_roster(&config, epochs, &bars)).await??;
        let genesis = genesis(&config, roster.present().set().set_root());
        let chain = Chain::new(genesis, epochs, roster, turnout);
        let coming = draw_coming(&config, epochs, &chain.roster, 0, &progress);
        Ok(Self {
            config,
            epochs,
            progress,
            chain: Arc::new(Mutex::new(chain)),
            coming,
            next_at: Instant::now() + Duration::from_millis(config.block_time_ms.into()),
        })
    }

    /// Returns the chain's numbers and its genesis; to be called before the first block.
    #[must_use]
    pub fn chain_json(&self) -> ChainJson {
        let chain = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        let genesis = chain.tip().clone();
        ChainJson {
            chain_id: self.config.chain_id,
            epoch_length: self.config.epoch_length,
            block_time_ms: self.config.block_time_ms,
            genesis_hash: genesis.hash().0,
            genesis,
        }
    }

    /// Begins a new epoch, where the next block is the first of one.
    async fn turn_epoch(&mut self) -> Result<(), DevnetError> {
        let (height, slot) = self.tip();
        if !self.epochs.is_first(height + 1) {
            return Ok(());
        }
        if !self.coming.is_finished() {
            tracing::warn!(
                height,
                "the chain waits for the keys of the next validators"
            );
        }
        let coming = (&mut self.coming).await??;
        let mut chain = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        let Chain {
            roster, turnout, ..
        } = &mut *chain;
        roster.advance(&coming.outgoing, coming.newcomers, turnout)?;
        let epoch = (height + 1) / self.config.epoch_length;
        let set = roster.present().set().set_root();
        tracing::info!(epoch, %set, "a new epoch begins");
        self.coming = draw_coming(&self.config, self.epochs, roster, slot + 1, &self.progress);
        Ok(())
    }

    fn tip(&self) -> (u32, u32) {
        let chain = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        (chain.tip().height, chain.tip().slot)
    }
}

impl BlockSource for Devnet {
    type Error = DevnetError;

    async fn next_block(&mut self) -> Result<SignedBlock, DevnetError> {
        self.turn_epoch().await?;
        sleep_until(self.next_at).await;
        // From now, not from when it was due: after a wait blocks do not come in a burst.
        let block_time = Duration::from_millis(self.config.block_time_ms.into());
        self.next_at = Instant::now() + block_time;
        let (chain, clock) = (self.chain.clone(), self.config.clock);
        let signed = spawn_blocking(move || {
            let mut chain = chain.lock().unwrap_or_else(PoisonError::into_inner);
            chain.next_block(clock())
        });
        Ok(signed.await??)
    }
}

fn first_roster(
    config: &DevnetConfig,
    epochs: Epochs,
    progress: &Progress,
) -> Result<(Roster, Turnout), DevnetError> {
    let (kind, count) = (key_kind(config), config.validators);
    let what = format!("generating {} validator keys", count + 1);
    let bar = progress.bar(what, kind.leaves(count + 1));
    let first = VoteKey::draw_many(kind, 0, count, &bar)?;
    // The set of epoch 1 is announced with the genesis.
    let newcomers = VoteKey::draw_many(kind, epochs.earliest_slot(0, 1), 1, &bar)?;
    let mut seed = [0; 32];
    rand::rng().fill_bytes(&mut seed);
    let mut turnout = Turnout::new(seed);
    Ok((Roster::new(first, newcomers, &mut turnout)?, turnout))
}

/// Draws, on a thread of its own, the new keys of the set after the next one; `first` is the
/// earliest slot of the present epoch.
fn draw_coming(
    config: &DevnetConfig,
    epochs: Epochs,
    roster: &Roster,
    first: u32,
    progress: &Progress,
) -> JoinHandle<Result<Coming, SignError>> {
    let outgoing = roster.outgoing(epochs, first);
    let start_slot = epochs.earliest_slot(first, 2);
    let (kind, progress) = (key_kind(config), progress.clone());
    spawn_blocking(move || {
        let count = u32::try_from(outgoing.len()).expect("a set has at most 1,024 members");
        let what = format!("generating the new keys of the epoch after the next: {count}");
        let bar = progress.bar(what, kind.leaves(count));
        let newcomers = VoteKey::draw_many(kind, start_slot, count, &bar)?;
        Ok(Coming {
            outgoing,
            newcomers,
        })
    })
}

const fn key_kind(config: &DevnetConfig) -> KeyKind {
    KeyKind {
        chain_id: config.chain_id,
        height: config.key_height,
    }
}
