//! `Host`: what the HTTP handlers and the pipeline share.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use rpp_verifier::{Certificate, ChainJson, ConsensusWitness};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use rpp_verifier::Header;

use crate::database::{Database, DatabaseError, ListedProof};
use crate::ledger::{Ledger, NotNextError, Provable};
use crate::proof_id::ProofId;
use crate::store::Store;

/// A chain: its ledger in memory, for who reads, over its database and its files.
///
/// What the ledger shows is on the disk already.
#[derive(Debug)]
pub struct Host {
    chain: ChainJson,
    ledger: RwLock<Ledger>,
    changes: watch::Sender<()>,
    store: Store,
    database: Database,
    proving: AtomicBool,
    streams: Arc<Semaphore>,
    closing: CancellationToken,
}

/// Why a host cannot begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A block does not follow.
    #[error(transparent)]
    NotNext(#[from] NotNextError),
    /// The folder holds no chain.
    #[error("the data folder holds no chain")]
    NoChain,
}

impl HostError {
    /// Returns the stable code of what is wrong with the data folder.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Database(error) => error.code(),
            Self::NotNext(_) | Self::NoChain => "data-damaged",
        }
    }
}

impl Host {
    /// Returns the host of the chain that the database holds.
    ///
    /// A proof whose file is missing, or of another length, is taken off its block: it is to be
    /// made again.
    ///
    /// # Errors
    ///
    /// [`HostError`].
    pub async fn open(store: Store, database: Database) -> Result<Self, HostError> {
        let stored = database.chain().await?.ok_or(HostError::NoChain)?;
        let genesis = database.header(0).await?.ok_or(HostError::NoChain)?;
        let chain = ChainJson {
            chain_id: stored.chain_id,
            epoch_length: stored.epoch_length,
            block_time_ms: stored.block_time_ms,
            genesis_hash: genesis.hash().0,
            genesis,
        };
        let ledger = load(&chain, &store, &database).await?;
        Ok(Self {
            chain,
            ledger: RwLock::new(ledger),
            changes: watch::Sender::new(()),
            store,
            database,
            proving: AtomicBool::new(true),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            closing: CancellationToken::new(),
        })
    }

    /// Returns the chain's numbers and its genesis.
    #[must_use]
    pub const fn chain(&self) -> &ChainJson {
        &self.chain
    }

    /// Returns the data folder.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Returns the database.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// Locks the ledger for reading; never held while something is proven, signed or written.
    pub fn ledger(&self) -> RwLockReadGuard<'_, Ledger> {
        self.ledger.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the ledger, and wakes whoever waits for a change of it.
    pub fn change<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> T {
        let mut ledger = self.ledger.write().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut ledger);
        drop(ledger);
        self.changes.send_replace(());
        changed
    }

    /// Waits until `find` finds something in the ledger.
    pub async fn wait_for<T>(&self, mut find: impl FnMut(&Ledger) -> Option<T>) -> T {
        // Subscribed before the first look, so that no change is missed.
        let mut changes = self.changes.subscribe();
        loop {
            if let Some(found) = find(&self.ledger()) {
                return found;
            }
            // It fails only where there is no sender, and this host has it.
            let _ = changes.changed().await;
        }
    }

    /// Saves a signed block with its witness; it is not served yet.
    ///
    /// # Errors
    ///
    /// [`HostError`].
    pub(crate) async fn save_block(
        &self,
        header: &Header,
        certificate: &Certificate,
        witness: &ConsensusWitness,
    ) -> Result<(), HostError> {
        self.ledger().check_next(header)?;
        let forget_below = header.height.saturating_sub(WITNESSES_KEPT);
        let database = &self.database;
        database
            .save_block(
                header,
                certificate,
                witness,
                forget_below,
                self.chain.epoch_length,
            )
            .await?;
        Ok(())
    }

    /// Takes a proof whose file is no good off its block. Its place in the queue of what is to be
    /// proven is its block's, if the votes are still there.
    pub(crate) async fn lose_proof(&self, id: ProofId) {
        let Some(height) = self.change(|ledger| ledger.drop_proof(id)) else {
            return;
        };
        if let Err(cause) = self.store.remove_proof(id) {
            tracing::error!(height, %id, %cause, "a proof that is no good cannot be removed");
        }
        let deleted = self.database.delete_proof(height).await;
        let witness = match deleted {
            Ok(()) => self.database.witness(height).await,
            Err(e) => Err(e),
        };
        match witness {
            Ok(Some(_)) => {
                tracing::error!(height, %id, "a proof changed on disk; it is made again");
                self.change(|ledger| ledger.set_unproven(height, Provable::Yes));
            }
            Ok(None) => tracing::error!(
                height,
                %id,
                "a proof changed on disk, and the votes that it was made from are not kept"
            ),
            Err(cause) => tracing::error!(height, %id, %cause, "a proof changed on disk"),
        }
    }

    /// Returns whether blocks are still being proven.
    #[must_use]
    pub fn is_proving(&self) -> bool {
        self.proving.load(Ordering::Relaxed)
    }

    /// Says that no block will be proven any more.
    pub fn stop_proving(&self) {
        self.proving.store(false, Ordering::Relaxed);
    }

    /// Returns how many seconds a client waits before it asks for a missing proof again.
    #[must_use]
    pub fn retry_after_s(&self) -> u32 {
        self.chain.block_time_ms.div_ceil(1000).max(1)
    }

    /// Takes one of the places for open streams; none if all are taken.
    pub(crate) fn open_stream(&self) -> Option<OwnedSemaphorePermit> {
        self.streams.clone().try_acquire_owned().ok()
    }

    /// Returns what is cancelled when streams are to end.
    pub(crate) const fn closing(&self) -> &CancellationToken {
        &self.closing
    }
}

async fn load(chain: &ChainJson, store: &Store, database: &Database) -> Result<Ledger, HostError> {
    let witnesses: HashSet<u32> = database.witness_heights().await?.into_iter().collect();
    let mut ledger = Ledger::new(chain.genesis.clone());
    loop {
        let page = database.blocks(ledger.latest_height() + 1, PAGE).await?;
        if page.is_empty() {
            return Ok(ledger);
        }
        for block in page {
            let height = block.header.height;
            let (latest, got) = (ledger.latest_height(), height);
            let certificate = block.certificate.ok_or(NotNextError { latest, got })?;
            ledger.append(block.header, certificate)?;
            let usable = |proof: &ListedProof| store.has_proof(proof.id, proof.bytes);
            match block.proof {
                Some(proof) if usable(&proof) => ledger.add_proof(height, proof),
                Some(proof) => {
                    tracing::error!(height, id = %proof.id, "the file of a proof is missing");
                    database.delete_proof(height).await?;
                }
                None => {}
            }
            if !witnesses.contains(&height) && ledger.is_unproven(height) {
                tracing::error!(height, "no proof, and no votes to make one from");
                ledger.set_unproven(height, Provable::VotesLost);
            }
        }
    }
}

/// How many blocks can be proven again, should their proofs be damaged, beside the last one of each
/// epoch, which is the only way into the next: the votes of 1,024 validators are 2 MiB a block, six
/// times its proof.
const WITNESSES_KEPT: u32 = 256;
/// A stream costs a socket and a task; this many are enough for a devnet.
const MAX_STREAMS: usize = 256;
/// Rows read at a time.
const PAGE: u32 = 4096;
