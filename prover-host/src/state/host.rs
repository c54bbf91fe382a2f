//! `Host`: what the HTTP handlers and the pipeline share.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use rpp_verifier::{Accounts, CircuitId, Circuits, HeaderHash, ProofKey};
use tokio::sync::watch;

use super::accounts::{AccountHistory, HeightError};
use super::blobs::{BlobError, Blobs};
use super::folder::DataFolder;
use super::folder_error::FolderError;
use super::intake::Intakes;
use super::ledger::{Ledger, NotNextError, Provable};
use super::leftovers::{self, Listed};
use super::load::load_accounts;
use super::proof_id::ProofId;
use super::room::Space;
use super::space::SpaceGuard;
use super::sql::{Database, DatabaseError, ProofFile, StoredProof, StoredRange};
use super::tallies::Tallies;
use crate::files::FileError;
use crate::setup::Shelf;
use crate::source::{ChainInfo, Faucet};
use crate::steps::{Step, Steps, Stopped};

/// A chain: its in-memory ledger, for readers, on top of its database and its files.
///
/// What the ledger shows is already on disk. Only `publish` changes it.
#[derive(Debug)]
pub struct Host {
    pub(super) chain: ChainInfo,
    pub(super) circuits: Circuits,
    ledger: RwLock<Ledger>,
    accounts: RwLock<AccountHistory>,
    pub(super) intakes: Intakes,
    /// Held by whoever adds a proof that was asked for.
    pub(super) requests: tokio::sync::Mutex<()>,
    changes: watch::Sender<()>,
    pub(super) blobs: Blobs,
    pub(super) database: Database,
    pub(super) folder: DataFolder,
    pub(super) steps: Steps,
    /// Held by whoever takes proofs off the list.
    pub(super) upkeep: tokio::sync::Mutex<()>,
    pub(super) space: Space,
    pub(super) tallies: Tallies,
    faucet: Giver,
    pub(super) setup: OnceLock<Arc<Shelf>>,
    suspects: Mutex<HashSet<ProofId>>,
    proving: AtomicBool,
    troubles: Mutex<BTreeMap<&'static str, String>>,
}

/// What gives funds away, if the chain has it.
#[derive(Clone, Default)]
struct Giver(Option<Arc<dyn Faucet>>);

impl fmt::Debug for Giver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Giver").field(&self.0.is_some()).finish()
    }
}

/// Why a host cannot start or continue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The data folder is not whole.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The proof files cannot be used.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// A block does not follow.
    #[error(transparent)]
    NotNext(#[from] NotNextError),
    /// There are proofs of blocks that the database does not have.
    #[error(
        "the data folder holds {found} proofs that no block lists, but only {due} are still to be \
         made: chain.db is older than its proofs; put back a copy of the whole folder that no process \
         has run on since, or name another one with --data"
    )]
    LaterProofs {
        /// How many no block lists.
        found: usize,
        /// How many are to be made.
        due: usize,
    },
    /// The folder holds a different chain from the one that the source makes.
    #[error(
        "the data folder holds the chain with genesis {stored}, but its blocks come from one with \
         genesis {given}: put back a copy of the whole folder that no process has run on since, or \
         name another one with --data"
    )]
    OtherChain {
        /// Hash of the stored genesis.
        stored: rpp_verifier::Digest,
        /// Hash of the source's genesis.
        given: rpp_verifier::Digest,
    },
}

impl HostError {
    /// Returns the stable code of what is wrong with the data folder.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Folder(error) => error.code(),
            Self::Database(error) => error.code(),
            Self::Blobs(error) => error.code(),
            Self::OtherChain { .. } => "data-other-chain",
            Self::NotNext(_) => "data-damaged",
            Self::LaterProofs { .. } => "data-damaged",
        }
    }
}

impl Host {
    /// Returns the host of the chain that the database holds, or of a new one that starts with `accounts`,
    /// with proofs of these circuits.
    ///
    /// A proof whose file is missing, or has the wrong length, is taken off the list, to be made
    /// again. When this returns the folder is complete, and the source may sign.
    ///
    /// # Errors
    ///
    /// [`HostError`]; [`HostError::OtherChain`] if the database holds a chain other than `chain`.
    pub async fn open(
        mut folder: DataFolder,
        database: Database,
        chain: &ChainInfo,
        accounts: &Accounts,
        circuits: Circuits,
    ) -> Result<Self, HostError> {
        folder.claim(&database).await?;
        match database.chain().await? {
            None => {
                let accounts: Vec<_> = accounts.iter().map(|(i, account)| (i, *account)).collect();
                let number = folder.id().number();
                database.save_chain(chain, number, &accounts).await?;
            }
            Some(stored) if stored.genesis == chain.genesis => {
                database.save_block_time(chain.block_time_ms).await?;
                tracing::info!("going on with the chain of the data folder");
            }
            Some(stored) => {
                let hash = |chain: &ChainInfo| chain.genesis.hash().0;
                let (stored, given) = (hash(&stored), hash(chain));
                return Err(HostError::OtherChain { stored, given });
            }
        }
        let blobs = Blobs::in_folder(&folder.proofs_path())?;
        let mut ledger = load_blocks(chain, &database).await?;
        let accounts = load_accounts(&ledger, &database).await?;
        let (newest, state) = accounts.newest();
        let intakes = Intakes::load(&database, state, newest).await?;
        let lengths = blobs.lengths().await?;
        let (listed, missing) = load_proofs(&mut ledger, circuits, &lengths, &database).await?;
        load_spans(&mut ledger, chain.epoch_length, &database).await?;
        load_pruned(&mut ledger, chain.epoch_length, &database).await?;
        leftovers::remove_unlisted(&folder, &blobs, &lengths, &listed).await?;
        // Only in a folder that is of one time: the rows are what shows that it is not.
        for key in missing {
            database.clear_proof(&key).await?;
        }
        folder.complete(&database).await?;
        Ok(Self {
            chain: chain.clone(),
            circuits,
            ledger: RwLock::new(ledger),
            accounts: RwLock::new(accounts),
            intakes,
            requests: tokio::sync::Mutex::default(),
            changes: watch::Sender::new(()),
            blobs,
            database,
            folder,
            steps: Steps::default(),
            upkeep: tokio::sync::Mutex::default(),
            space: Space::default(),
            tallies: Tallies::default(),
            faucet: Giver::default(),
            setup: OnceLock::new(),
            suspects: Mutex::default(),
            proving: AtomicBool::new(true),
            troubles: Mutex::default(),
        })
    }

    /// Returns the host with an observer of each step.
    #[must_use]
    pub fn watched(self, steps: Steps) -> Self {
        Self { steps, ..self }
    }

    /// Returns the host with another guard of its disk.
    #[must_use]
    pub fn guarded(self, guard: SpaceGuard) -> Self {
        let space = Space::guarded(guard);
        Self { space, ..self }
    }

    /// Returns the host with what gives funds away on its chain.
    #[must_use]
    pub fn giving(self, faucet: Option<Arc<dyn Faucet>>) -> Self {
        let faucet = Giver(faucet);
        Self { faucet, ..self }
    }

    /// Returns what gives funds away, where the chain has it.
    #[must_use]
    pub fn faucet(&self) -> Option<Arc<dyn Faucet>> {
        self.faucet.0.clone()
    }

    /// Returns the chain's numbers and its genesis.
    #[must_use]
    pub const fn chain(&self) -> &ChainInfo {
        &self.chain
    }

    /// Returns the circuit of this name, if this host makes proofs of it.
    #[must_use]
    pub fn circuit(&self, name: &str) -> Option<CircuitId> {
        self.circuits.by_name(name).map(|circuit| circuit.id())
    }

    /// Returns the circuits that this host makes proofs of.
    #[must_use]
    pub const fn circuits(&self) -> Circuits {
        self.circuits
    }

    /// Returns the data folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.folder.root()
    }

    /// Writes a witness to the data folder, so that a person can prove it again.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    pub(crate) fn write_witness(&self, key: &ProofKey, bytes: &[u8]) -> Result<(), FileError> {
        self.folder.write_witness(key, bytes)
    }

    /// Tells the observer that a step is reached.
    pub(crate) fn step(&self, step: Step) -> Result<(), Stopped> {
        self.steps.reached(step)
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

    /// Returns the accounts under the newest header, and its height.
    #[must_use]
    pub fn newest_accounts(&self) -> (u32, Accounts) {
        let history = self.accounts.read();
        let history = history.unwrap_or_else(PoisonError::into_inner);
        let (height, accounts) = history.newest();
        (height, accounts.clone())
    }

    /// Returns the accounts under the header at `height`, or under the newest one, with its height and
    /// hash.
    ///
    /// # Errors
    ///
    /// [`HeightError`].
    pub fn accounts_at(
        &self,
        height: Option<u32>,
    ) -> Result<(u32, HeaderHash, Accounts), HeightError> {
        let (height, accounts) = {
            let history = self.accounts.read();
            let history = history.unwrap_or_else(PoisonError::into_inner);
            let height = height.unwrap_or_else(|| history.newest().0);
            (height, history.at(height)?.clone())
        };
        // The ledger has every block whose accounts are known.
        let hash = self.ledger().header_hash(height);
        Ok((height, hash, accounts))
    }

    /// Adds the accounts after a block that the ledger has.
    pub(super) fn push_accounts(&self, accounts: Accounts) {
        let history = self.accounts.write();
        let mut history = history.unwrap_or_else(PoisonError::into_inner);
        history.push(accounts);
    }

    /// Changes the ledger, and wakes everyone waiting for it to change.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> T {
        let mut ledger = self.ledger.write().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut ledger);
        drop(ledger);
        self.changes.send_replace(());
        changed
    }

    /// Waits until `find` finds something in the ledger.
    pub async fn wait_for<T>(&self, mut find: impl FnMut(&Ledger) -> Option<T>) -> T {
        self.wait(|| find(&self.ledger())).await
    }

    /// Returns a proof file that was reported as damaged.
    pub(crate) fn suspect(&self) -> Option<ProofId> {
        self.lock_suspects().iter().next().copied()
    }

    /// Waits until `find` finds something in the shared state.
    pub(crate) async fn wait<T>(&self, mut find: impl FnMut() -> Option<T>) -> T {
        // Subscribed before the first look, so that no change is missed.
        let mut changes = self.changes.subscribe();
        loop {
            if let Some(found) = find() {
                return found;
            }
            // It fails only if there is no sender, and this host holds the sender.
            let _ = changes.changed().await;
        }
    }

    /// Reads a listed proof. For a damaged one it returns `None` and tells the pipeline, which
    /// checks it and has it made again; `None` as well for one that is listed no longer.
    ///
    /// # Errors
    ///
    /// [`BlobError`] if the file may be good and cannot be read.
    pub async fn read_proof(&self, id: ProofId) -> Result<Option<Vec<u8>>, BlobError> {
        match self.blobs.read(id).await {
            // It was retired while it was asked for.
            Err(e) if e.is_damage() && self.ledger().keys_of(id).is_empty() => Ok(None),
            Err(e) if e.is_damage() => {
                // Once, however many ask for it until it is inspected.
                if self.lock_suspects().insert(id) {
                    tracing::error!(%id, "{e}");
                    self.changes.send_replace(());
                }
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    /// Returns whether the file of a proof is damaged.
    pub(super) async fn is_damaged(&self, id: ProofId) -> bool {
        let read = self.blobs.read(id).await;
        read.is_err_and(|e| e.is_damage())
    }

    /// Forgets that a proof file may be damaged.
    pub(super) fn clear_suspect(&self, id: ProofId) {
        self.lock_suspects().remove(&id);
    }

    fn lock_suspects(&self) -> MutexGuard<'_, HashSet<ProofId>> {
        self.suspects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether blocks are still being proven.
    #[must_use]
    pub fn is_proving(&self) -> bool {
        self.proving.load(Ordering::Relaxed)
    }

    /// Records that no more blocks will be proven.
    pub fn stop_proving(&self) {
        self.proving.store(false, Ordering::Relaxed);
    }

    /// Returns how many seconds a client should wait before it asks for a missing proof again.
    #[must_use]
    pub fn retry_after_s(&self) -> u32 {
        self.chain.block_time_ms.div_ceil(1000).max(1)
    }

    /// Returns what the host cannot do at the moment and tries again.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.lock_troubles().values().next().cloned()
    }

    /// Records what cannot be done at the moment, by what was being done; `None` once it can. Returns
    /// whether that is news.
    pub(crate) fn set_trouble(&self, doing: &'static str, trouble: Option<String>) -> bool {
        let mut troubles = self.lock_troubles();
        match trouble {
            None => troubles.remove(doing).is_some(),
            Some(trouble) => troubles.insert(doing, trouble).is_none(),
        }
    }

    fn lock_troubles(&self) -> MutexGuard<'_, BTreeMap<&'static str, String>> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn load_blocks(chain: &ChainInfo, database: &Database) -> Result<Ledger, HostError> {
    let mut ledger = Ledger::new(chain.genesis.clone());
    loop {
        let page = database.blocks(ledger.latest_height() + 1, PAGE).await?;
        if page.is_empty() {
            return Ok(ledger);
        }
        for block in page {
            let (latest, got) = (ledger.latest_height(), block.header.height);
            let certificate = block.certificate.ok_or(NotNextError { latest, got })?;
            ledger.append(block.header, certificate)?;
        }
    }
}

/// Fills the ledger. Returns what the database lists, and the proofs whose files are missing or have
/// another length.
async fn load_proofs(
    ledger: &mut Ledger,
    circuits: Circuits,
    lengths: &HashMap<ProofId, u64>,
    database: &Database,
) -> Result<(Listed, Vec<ProofKey>), HostError> {
    let (mut listed, mut missing) = (Listed::default(), Vec::new());
    let usable = |proof: &ProofFile| lengths.get(&proof.id) == Some(&u64::from(proof.bytes));
    let mut last: Option<StoredProof> = None;
    loop {
        let page = database.proofs(last.as_ref(), PAGE).await?;
        if page.is_empty() {
            return Ok((listed, missing));
        }
        for stored in &page {
            match stored.proof {
                Some(proof) if usable(&proof) && !stored.is_retired => {
                    listed.ids.insert(proof.id);
                }
                Some(proof) => drop(listed.given_up.insert(proof.id)),
                None => listed.unmade += usize::from(stored.has_witness),
            }
            let Some(circuit) = circuits.by_name(&stored.circuit) else {
                tracing::warn!(circuit = stored.circuit, "a proof of an unknown circuit");
                continue;
            };
            let key = ProofKey {
                circuit: circuit.id(),
                subject: stored.subject,
            };
            ledger.add_due(key, stored.due);
            match stored.proof {
                Some(proof) if stored.is_retired => ledger.set_retired(&key, proof.id),
                Some(proof) if usable(&proof) => ledger.add_proof(&key, proof),
                Some(proof) => {
                    tracing::error!(%key, id = %proof.id, "the file of a proof is missing");
                    missing.push(key);
                    ledger.set_missing(&key, provable(stored));
                }
                None => ledger.set_missing(&key, provable(stored)),
            }
        }
        last = page.into_iter().next_back();
    }
}

/// Fills in which blocks are pruned, once the ledger has their proofs.
async fn load_pruned(
    ledger: &mut Ledger,
    epoch_length: u32,
    database: &Database,
) -> Result<(), DatabaseError> {
    for StoredRange {
        range,
        freed,
        is_done,
    } in database.pruned().await?
    {
        let follows = range.first == ledger.prune_report().before && range.first <= range.last;
        if !follows || range.last >= ledger.latest_height() {
            return Err(database.other_pruned(range));
        }
        ledger.prune(range, &[], epoch_length);
        if is_done {
            ledger.finish_pruned(freed);
        }
    }
    Ok(())
}

/// Fills in which spans the host makes by itself, once the ledger has its proofs.
async fn load_spans(
    ledger: &mut Ledger,
    epoch_length: u32,
    database: &Database,
) -> Result<(), DatabaseError> {
    for span in database.spans().await? {
        let is_over = span
            .heights(epoch_length)
            .is_some_and(|(_, last)| last <= ledger.latest_height());
        if !is_over || !span.is_run() || span.first < ledger.spans_end() {
            return Err(database.other_span(span));
        }
        ledger.add_span(span);
    }
    Ok(())
}

fn provable(stored: &StoredProof) -> Provable {
    if stored.has_witness {
        return Provable::Yes;
    }
    let (circuit, subject) = (&stored.circuit, stored.subject);
    tracing::error!(circuit, %subject, "no proof, and nothing to make one from");
    Provable::WitnessLost
}

/// Rows read at a time.
const PAGE: u32 = 4096;
