//! The devnet: a chain of validators in one process, for trying things out.
//!
//! It has the headers, sets, slots and signatures of a real chain but no consensus protocol: all
//! keys are in this process, and nobody disagrees. The keys, and what they have signed, are kept in
//! a separate folder: see [`Devnet`].
#![forbid(unsafe_code)]

mod account_key;
mod block;
mod body;
mod chain;
mod config;
mod database;
mod epochs;
mod error;
mod faucet;
mod genesis;
mod load;
mod past;
mod progress;
mod restore;
mod roster;
mod steps;
mod supply;
mod timekeeper;
mod turnout;
mod vote_key;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rpp_verifier::{Accounts, Header, SignError, SignedOperation};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep_until};

pub use self::block::{SignedBlock, Vote};
use self::chain::Chain;
pub use self::config::{Clock, DevnetConfig, DevnetOptions, OtherChainError};
use self::database::Draft;
pub use self::database::{Database, DatabaseError, Home, Stage, StoredConfig};
use self::epochs::Epochs;
pub use self::epochs::EpochsError;
pub use self::error::DevnetError;
pub use self::faucet::{Faucet, FaucetError};
pub use self::load::{Load, LoadError, LoadTarget};
pub use self::progress::{Bar, Progress, SharedProgress, Silent};
use self::roster::{Announced, Roster};
pub use self::steps::{Step, Steps, Stopped};
pub use self::supply::{FAUCET_ACCOUNT, SUPPLY};
use self::timekeeper::Timekeeper;
pub use self::vote_key::StoredKeyError;
use self::vote_key::{KeyKind, VoteKey};

/// The devnet, between two blocks.
///
/// **One leaf, one message**, whenever the process ends. A block is signed in this order, each step
/// durable before the next: header and operations are saved, together with a record for each voter that
/// its leaf signs this message; a file beside the database records the header's height; the voters sign;
/// their new keys overwrite the old ones; the old pages are erased from the database's log; the votes go
/// out. If the process ends in between, the next
/// start signs the same header, and so the same message. A header that was not saved was not signed
/// by anyone. At each start the record is checked against the headers, and both against the file: an
/// older copy of the database signs nothing.
///
/// **Its time never runs ahead.** Where the system's clock contradicts the time that has passed, or is
/// behind the newest header, no header is decided, and the log says why.
///
/// Whoever took a block shows that it was kept by asking for its child: see [`Devnet::child_of`].
///
/// The secret keys are in one database rather than in a file each, so that one commit covers them
/// all, and 1,024 are saved as fast as one. Only the owner may access the folder, but nothing in it
/// is encrypted: the keys of a devnet protect nothing of value.
#[derive(Debug)]
pub struct Devnet {
    config: DevnetConfig,
    epochs: Epochs,
    progress: SharedProgress,
    database: Database,
    steps: Steps,
    time: Timekeeper,
    genesis: Header,
    genesis_accounts: Accounts,
    faucet: Arc<Faucet>,
    chain: Arc<Mutex<Chain>>,
    /// The newest block whose leaves and messages are saved: a child of the chain's tip.
    decided: Option<Draft>,
    coming: JoinHandle<Result<Coming, SignError>>,
    /// The set of the epoch after the next, as long as it is not saved.
    announced: Option<Announced>,
    next_at: Instant,
}

/// Where the operations of a block come from: see [`Devnet::child_of`].
pub type Candidates<'a> = dyn Fn() -> Vec<Arc<SignedOperation>> + Send + Sync + 'a;

/// The keys that are announced when the next epoch begins, and the seats that they take.
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

    /// Continues the chain in the database, or draws the keys and the genesis of a new one; must be
    /// called within a Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`DevnetError`]; [`DevnetError::OtherChain`] if the chain does not match this configuration.
    pub async fn start(
        config: DevnetConfig,
        database: Database,
        progress: SharedProgress,
        steps: Steps,
    ) -> Result<Self, DevnetError> {
        let epochs = Epochs::new(config.epoch_length, config.key_height)?;
        let mut time = Timekeeper::new(config.clock);
        match database.config().await? {
            None => {
                database.begin(&config.stored()).await?;
                steps.reached(Step::ConfigSaved)?;
            }
            Some(stored) => {
                config.check_stored(&stored)?;
                database.save_block_time(config.block_time_ms).await?;
            }
        }
        let (chain, decided) = if database.newest().await?.is_some() {
            restore::restore(&config, epochs, &database).await?
        } else {
            let progress = progress.clone();
            let created =
                restore::create(config, epochs, &database, &mut time, progress, &steps).await?;
            (created, None)
        };
        database.complete().await?;
        let genesis = match chain.tip.height {
            0 => chain.tip.clone(),
            _ => {
                let genesis = database.proposal_at(0).await?;
                let missing = DevnetError::Inconsistent("it has no genesis");
                genesis.ok_or(missing)?.header
            }
        };
        let restored = supply::restore(&database, &genesis, steps.clone());
        let (genesis_accounts, faucet) = restored.await?;
        let coming = draw_coming(&config, epochs, &chain.roster, chain.first_slot, &progress);
        Ok(Self {
            config,
            epochs,
            progress,
            database,
            steps,
            time,
            genesis,
            genesis_accounts,
            faucet: Arc::new(faucet),
            chain: Arc::new(Mutex::new(chain)),
            decided,
            coming,
            announced: None,
            next_at: Instant::now() + Duration::from_millis(config.block_time_ms.into()),
        })
    }

    /// Returns what the devnet was made from.
    #[must_use]
    pub const fn config(&self) -> &DevnetConfig {
        &self.config
    }

    /// Returns the header of the genesis.
    #[must_use]
    pub const fn genesis(&self) -> &Header {
        &self.genesis
    }

    /// Returns the accounts that the chain starts with.
    #[must_use]
    pub const fn genesis_accounts(&self) -> &Accounts {
        &self.genesis_accounts
    }

    /// Returns the faucet.
    #[must_use]
    pub const fn faucet(&self) -> &Arc<Faucet> {
        &self.faucet
    }

    /// Returns the signed child of `parent`, one block time after the previous child; the caller
    /// stores it durably.
    ///
    /// Asked again for the child of the same block, in this process or the next one, it returns the
    /// same block. Asked for the child of that block, it makes a new one, since the previous one
    /// must have been kept.
    ///
    /// `state` holds the accounts after `parent`. `candidates` is called when a new block is decided, and
    /// returns the operations that it may contain, in the order in which they are tried; those that the
    /// state does not allow are left out.
    ///
    /// # Errors
    ///
    /// [`DevnetError::OtherParent`] if `parent` is neither the newest block nor the one before it;
    /// [`DevnetError::OtherAccounts`].
    pub async fn child_of(
        &mut self,
        parent: &Header,
        state: &Accounts,
        candidates: &Candidates<'_>,
    ) -> Result<SignedBlock, DevnetError> {
        let height = parent.height;
        if state.root() != parent.state_root {
            return Err(DevnetError::OtherAccounts { height });
        }
        if let Some(decided) = self
            .decided
            .take_if(|decided| decided.proposal.header == *parent)
        {
            self.lock().adopt(&decided.proposal);
        }
        self.check_parent(parent)?;
        if self.decided.is_none() {
            self.turn_epoch().await?;
        }
        sleep_until(self.next_at).await;
        // From now, not from when it was due, so that blocks do not arrive in a burst after a wait.
        let block_time = Duration::from_millis(self.config.block_time_ms.into());
        self.next_at = Instant::now() + block_time;
        let decided = match self.decided.clone() {
            Some(decided) => decided,
            None => self.propose(state, candidates).await?,
        };
        self.decided = Some(decided.clone());
        self.sign(decided, state.clone()).await
    }

    /// Returns what a child that was asked for is waiting for, as it changes: a clock that can be believed.
    /// `None` while nothing keeps it.
    #[must_use]
    pub fn waits(&self) -> watch::Receiver<Option<String>> {
        self.time.waits()
    }

    /// Checks that `parent` is a block that can be built on: the newest one that was signed, or the one
    /// before it if the keys that signed its child are still there.
    ///
    /// Whoever keeps the blocks checks it at the start, since only then is it known that blocks and keys
    /// are of one time.
    ///
    /// # Errors
    ///
    /// [`DevnetError::OtherParent`].
    pub fn check_parent(&self, parent: &Header) -> Result<(), DevnetError> {
        let chain = self.lock();
        let decided = self.decided.as_ref().map(|decided| &decided.proposal);
        let was_kept = decided.is_some_and(|decided| decided.header == *parent);
        let decided = decided.map(|decided| decided.header.height);
        let keys_are_gone = decided.is_some_and(|h| self.epochs.epoch_of(h) != chain.epoch);
        if was_kept || chain.tip == *parent && !keys_are_gone {
            return Ok(());
        }
        Err(DevnetError::OtherParent {
            asked: parent.height,
            newest: decided.unwrap_or(chain.tip.height),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Chain> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a new epoch if the next block is the first of one.
    async fn turn_epoch(&mut self) -> Result<(), DevnetError> {
        let (epoch, height) = {
            let chain = self.lock();
            (chain.epoch + 1, chain.tip.height)
        };
        if height + 1 < self.epochs.first_height(epoch) {
            return Ok(());
        }
        let announced = match self.announced.take() {
            Some(announced) => announced,
            None => self.announce(height).await?,
        };
        // Kept until it is saved: its keys are drawn once.
        let announced = self.announced.insert(announced);
        self.steps.reached(Step::SetDrawn)?;
        let (seats, newcomers) = (announced.members.seats(), &announced.newcomers);
        let saved = self.database.save_epoch(epoch + 1, seats, newcomers);
        saved.await?;
        self.steps.reached(Step::SetSaved)?;
        let Some(announced) = self.announced.take() else {
            return Err(DevnetError::Inconsistent(
                "a set was saved that was not announced",
            ));
        };
        let mut chain = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        chain.roster.advance(announced.members);
        chain.epoch = epoch;
        chain.first_slot = chain.tip.slot + 1;
        let set = chain.roster.present().set().set_root();
        tracing::info!(epoch, %set, "a new epoch begins");
        let (roster, first) = (&chain.roster, chain.first_slot);
        self.coming = draw_coming(&self.config, self.epochs, roster, first, &self.progress);
        Ok(())
    }

    /// Waits for the keys of the set after the next one, and draws its members.
    async fn announce(&mut self, height: u32) -> Result<Announced, DevnetError> {
        if !self.coming.is_finished() {
            tracing::warn!(
                height,
                "the chain waits for the keys of the next validators"
            );
        }
        let coming = (&mut self.coming).await??;
        let announced = self.on_chain(move |chain| {
            let Chain {
                roster, turnout, ..
            } = chain;
            roster.announce(&coming.outgoing, coming.newcomers, turnout)
        });
        Ok(announced.await??)
    }

    /// Decides the next block, and saves what each voter's leaf will sign.
    async fn propose(
        &mut self,
        state: &Accounts,
        candidates: &Candidates<'_>,
    ) -> Result<Draft, DevnetError> {
        let (parent, height) = {
            let tip = &self.lock().tip;
            (tip.timestamp_ms, tip.height + 1)
        };
        // Saved by a commit that was on disk though it was reported as failed: it is signed as it stands.
        if let Some(saved) = self.database.proposal_at(height).await? {
            return Ok(self.database.draft(saved).await?);
        }
        let now = self.time.now(parent).await;
        let (state, candidates) = (state.clone(), candidates());
        let proposed = self.on_chain(move |chain| {
            let draft = chain.propose(now, &state, candidates)?;
            let intent = chain.intent(&draft.proposal);
            Ok::<_, DevnetError>((draft, intent))
        });
        let (draft, intent) = proposed.await??;
        self.steps.reached(Step::Proposed)?;
        let (message, leaves) = (&intent.message, &intent.leaves);
        let saved = self.database.save_proposal(&draft, message, leaves);
        saved.await?;
        self.faucet.header_is_saved();
        self.steps.reached(Step::ProposalSaved)?;
        Ok(draft)
    }

    /// Signs a block whose leaves and messages are already saved.
    async fn sign(&mut self, draft: Draft, state: Accounts) -> Result<SignedBlock, DevnetError> {
        let (database, header) = (self.database.clone(), draft.proposal.header.clone());
        on_thread(move || database.mark(&header)).await??;
        self.steps.reached(Step::Marked)?;
        let signed = self
            .on_chain(move |chain| chain.sign(draft, state))
            .await??;
        self.steps.reached(Step::Signed)?;
        self.database.save_states(&signed.states).await?;
        self.steps.reached(Step::StatesSaved)?;
        self.database.erase().await?;
        self.steps.reached(Step::SecretsErased)?;
        Ok(signed.block)
    }

    /// Runs `work` on the chain, on a thread that may block.
    async fn on_chain<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Chain) -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let chain = self.chain.clone();
        on_thread(move || work(&mut chain.lock().unwrap_or_else(PoisonError::into_inner))).await
    }
}

/// Draws, on a separate thread, the new keys of the set after the next one; `first` is the earliest
/// slot of the current epoch.
fn draw_coming(
    config: &DevnetConfig,
    epochs: Epochs,
    roster: &Roster,
    first: u32,
    progress: &SharedProgress,
) -> JoinHandle<Result<Coming, SignError>> {
    let outgoing = roster.outgoing(epochs, first);
    let start_slot = epochs.earliest_slot(first, 2);
    let (kind, progress) = (key_kind(config), progress.clone());
    spawn_blocking(move || {
        let count = u32::try_from(outgoing.len()).expect("a set has at most 1,024 members");
        let what = format!("generating the new keys of the epoch after the next: {count}");
        let bar = progress.begin(what, kind.leaves(count));
        let draw = |i| VoteKey::draw(kind, start_slot, kind.leaves(i), &*bar);
        let newcomers = (0..count).map(draw).collect::<Result<_, _>>()?;
        Ok(Coming {
            outgoing,
            newcomers,
        })
    })
}

async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    spawn_blocking(work).await
}

const fn key_kind(config: &DevnetConfig) -> KeyKind {
    KeyKind {
        chain_id: config.chain_id,
        height: config.key_height,
    }
}
