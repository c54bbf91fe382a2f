//! Operations that come from outside: checked, saved, and only then said to be taken.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rpp_verifier::{Accounts, DecodeError, OperationError, OperationHash, SignedOperation};
use tokio::sync::oneshot;

use super::host::Host;
use super::sql::{Database, DatabaseError, Intake, Waiting};
use crate::pool::{DropReason, Entry, Pool, PoolRefusal};
use crate::source::{BlockRoom, Candidates};
use crate::steps::{Step, Stopped};

/// Why an operation is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntakeError {
    /// The bytes are not an operation.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It may not wait.
    #[error(transparent)]
    Refused(#[from] PoolRefusal),
    /// The disk has too little room.
    #[error("the disk of the data folder has too little room")]
    NoRoom,
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A test stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The host is shutting down.
    #[error("the host is shutting down")]
    Closing,
}

/// An operation that was checked against a state.
#[derive(Debug)]
pub struct Checked {
    signed: SignedOperation,
    hash: OperationHash,
    /// The state, whose key offset the signature goes with.
    accounts: Accounts,
    /// Whether the host has it already.
    is_known: bool,
}

/// The operations that wait, and the way of others to them.
#[derive(Debug)]
pub(super) struct Intakes {
    pool: RwLock<Arc<Pool>>,
    /// What is to be saved by whoever gets `order` next.
    queue: Mutex<Vec<Queued>>,
    /// Held by whoever changes what waits.
    pub(super) order: tokio::sync::Mutex<Numbers>,
}

/// The numbers of the next operation that waits, and of the next that is dropped.
#[derive(Debug)]
pub(super) struct Numbers {
    waiting: u64,
    pub(super) dropped: u64,
}

type Answer = Result<(), Arc<IntakeError>>;

#[derive(Debug)]
struct Queued {
    checked: Checked,
    answer: oneshot::Sender<Answer>,
}

/// What becomes of operations that are saved together.
#[derive(Debug, Default)]
struct Batch {
    taken: Vec<Waiting>,
    dropped: Vec<(OperationHash, DropReason)>,
    /// Whoever is to be told once it is saved.
    saving: Vec<oneshot::Sender<Answer>>,
}

impl Batch {
    /// Takes what the pool admits, one after the other, and refuses the rest at once.
    fn admit(
        queue: Vec<Queued>,
        pool: &mut Pool,
        (height, accounts): (u32, &Accounts),
        numbers: &mut Numbers,
    ) -> Self {
        let mut batch = Self::default();
        for Queued { checked, answer } in queue {
            let hash = checked.hash;
            if pool.get(&hash).is_some() {
                batch.saving.push(answer);
                continue;
            }
            let number = numbers.waiting;
            let entry = Entry::new(checked.signed, &checked.accounts, number, height);
            match pool.admit(&entry, accounts) {
                Err(refusal) => drop(answer.send(Err(Arc::new(refusal.into())))),
                Ok(victim) => {
                    numbers.waiting += 1;
                    if let Some(victim) = victim {
                        pool.remove(&victim.0);
                        batch.dropped.push(victim);
                    }
                    batch.taken.push(Waiting {
                        hash,
                        number,
                        height,
                        signed: entry.signed().clone(),
                    });
                    pool.insert(entry);
                    batch.saving.push(answer);
                }
            }
        }
        // One that had to go may have come back, and waits.
        batch.dropped.retain(|(hash, _)| pool.get(hash).is_none());
        batch
    }
}

impl Intakes {
    /// Returns the operations that wait by what the database says, without those that `accounts`, which
    /// are those at `height`, no longer allow.
    pub(super) async fn load(
        database: &Database,
        accounts: &Accounts,
        height: u32,
    ) -> Result<Self, DatabaseError> {
        let mut pool = Pool::default();
        let mut numbers = Numbers {
            waiting: 1,
            dropped: database.last_dropped().await? + 1,
        };
        // What was taken is still admitted; all else is for a database of other bounds.
        let mut dropped = Vec::new();
        for waiting in database.waiting().await? {
            numbers.waiting = waiting.number + 1;
            let Waiting {
                signed,
                number,
                height,
                hash,
            } = waiting;
            let entry = Entry::new(signed, accounts, number, height);
            match pool.admit(&entry, accounts) {
                Err(PoolRefusal::Invalid(error)) => {
                    dropped.push((hash, DropReason::Invalid(error)))
                }
                Err(PoolRefusal::Conflict | PoolRefusal::Full) => {
                    dropped.push((hash, DropReason::Outbid));
                }
                Ok(victim) => {
                    if let Some(victim) = victim {
                        pool.remove(&victim.0);
                        dropped.push(victim);
                    }
                    pool.insert(entry);
                }
            }
        }
        let outdated = pool.outdated(accounts, height, &HashSet::new());
        outdated.iter().for_each(|(hash, _)| pool.remove(hash));
        dropped.extend(outdated);
        if !dropped.is_empty() {
            let saved = database.save_intake(Intake {
                height,
                taken: &[],
                dropped: &dropped,
                drop_number: numbers.dropped,
            });
            saved.await?;
            numbers.dropped += u64::try_from(dropped.len()).unwrap_or(u64::MAX);
        }
        Ok(Self {
            pool: RwLock::new(Arc::new(pool)),
            queue: Mutex::default(),
            order: tokio::sync::Mutex::new(numbers),
        })
    }

    /// Returns the operations that wait at the moment.
    pub(super) fn pool(&self) -> Arc<Pool> {
        self.pool
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn set_pool(&self, pool: Pool) {
        let mut current = self.pool.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(pool);
    }

    fn take_queue(&self) -> Vec<Queued> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *queue)
    }
}

impl Checked {
    /// Returns the hash of the operation.
    #[must_use]
    pub const fn hash(&self) -> OperationHash {
        self.hash
    }
}

impl Host {
    /// Returns the operations that wait.
    #[must_use]
    pub fn pool(&self) -> Arc<Pool> {
        self.intakes.pool()
    }

    /// Checks an operation against the newest state, signature included, which takes a tenth of a
    /// millisecond of a core.
    ///
    /// # Errors
    ///
    /// [`IntakeError`].
    pub async fn check_operation(&self, bytes: &[u8]) -> Result<Checked, IntakeError> {
        let signed = SignedOperation::from_bytes(bytes)?;
        let hash = signed.hash();
        let (_, accounts) = self.newest_accounts();
        let mut checked = Checked {
            signed,
            hash,
            accounts,
            is_known: self.pool().get(&hash).is_some(),
        };
        if checked.is_known {
            return Ok(checked);
        }
        let chain_id = self.chain.chain_id;
        if let Err(error) = checked.accounts.apply(chain_id, &checked.signed) {
            // What a block has is not valid a second time; whoever sends it again lost our answer.
            if !may_be_included(&error) || self.database.operation(&hash).await?.is_none() {
                return Err(PoolRefusal::Invalid(error).into());
            }
            checked.is_known = true;
        }
        Ok(checked)
    }

    /// Saves that a checked operation waits; when this returns it is on disk.
    ///
    /// It goes on when the future is dropped, as when a client hangs up.
    ///
    /// # Errors
    ///
    /// [`IntakeError`].
    pub async fn take_operation(
        self: &Arc<Self>,
        checked: Checked,
    ) -> Result<OperationHash, Arc<IntakeError>> {
        let hash = checked.hash;
        if checked.is_known {
            return Ok(hash);
        }
        if self.is_full().await {
            return Err(Arc::new(IntakeError::NoRoom));
        }
        let (answer, answered) = oneshot::channel();
        let queued = Queued { checked, answer };
        self.intakes
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(queued);
        let host = self.clone();
        // Whoever comes first saves for all who wait: one commit takes as long as another.
        tokio::spawn(async move {
            let mut numbers = host.intakes.order.lock().await;
            let queue = host.intakes.take_queue();
            if !queue.is_empty() {
                host.take_all(queue, &mut numbers).await;
            }
        });
        let taken = answered.await.map_err(|_| Arc::new(IntakeError::Closing))?;
        taken.map(|()| hash)
    }

    /// Checks an operation and saves that it waits, as when a wallet sends it.
    ///
    /// # Errors
    ///
    /// [`IntakeError`].
    pub async fn submit(
        self: &Arc<Self>,
        signed: &SignedOperation,
    ) -> Result<OperationHash, Arc<IntakeError>> {
        let checked = self.check_operation(&signed.to_bytes()).await;
        self.take_operation(checked.map_err(Arc::new)?).await
    }

    async fn take_all(&self, queue: Vec<Queued>, numbers: &mut Numbers) {
        let (height, accounts) = self.newest_accounts();
        let mut pool = Pool::clone(&self.intakes.pool());
        let batch = Batch::admit(queue, &mut pool, (height, &accounts), numbers);
        let saved = self.save_taken(height, &batch, numbers).await;
        let saved = saved.map_err(Arc::new);
        if saved.is_ok() {
            self.intakes.set_pool(pool);
        }
        for answer in batch.saving {
            // Whoever has gone away needs no answer.
            let _ = answer.send(saved.clone());
        }
    }

    async fn save_taken(
        &self,
        height: u32,
        Batch { taken, dropped, .. }: &Batch,
        numbers: &mut Numbers,
    ) -> Result<(), IntakeError> {
        if taken.is_empty() {
            return Ok(());
        }
        let saved = self.database.save_intake(Intake {
            height,
            taken,
            dropped,
            drop_number: numbers.dropped,
        });
        saved.await?;
        numbers.dropped += u64::try_from(dropped.len()).unwrap_or(u64::MAX);
        Ok(self.step(Step::OperationSaved)?)
    }
}

/// Returns whether an operation that a block has may be refused with this error.
const fn may_be_included(error: &OperationError) -> bool {
    matches!(
        error,
        OperationError::NonceUsed { .. }
            | OperationError::Taken { .. }
            | OperationError::Key { .. }
    )
}

impl Candidates for Host {
    fn best(&self, room: BlockRoom) -> Vec<Arc<SignedOperation>> {
        self.pool().best(room)
    }
}

#[cfg(test)]
mod tests {
    use rpp_verifier::{Account, KeyPurpose, Operation, Transfer};

    use super::*;
    use crate::source::ChainInfo;

    /// A transfer with somebody's signature; the pool checks none.
    fn signed(from: u32, fee: u64, nonce: u32) -> SignedOperation {
        let bytes = include_bytes!("../../../vectors/v1/documents/operation.bin");
        let transfer = Transfer {
            from,
            to: 0,
            amount: 1,
            fee,
            nonce,
        };
        SignedOperation {
            operation: Operation::Transfer(transfer),
            ..SignedOperation::from_bytes(bytes).unwrap()
        }
    }

    fn accounts(count: u32) -> Accounts {
        let signed = signed(0, 0, 0);
        let account = Account {
            key_id: signed
                .public_key
                .key_id(KeyPurpose::Account, signed.chain_id),
            balance: 1_000_000,
            nonce: 0,
            key_offset: 0,
        };
        let list: Vec<_> = (0..count).map(|index| (index, account)).collect();
        Accounts::from_sorted(&list).unwrap()
    }

    /// Returns an operation in the queue, and its answer.
    fn queued(signed: SignedOperation, accounts: &Accounts) -> (Queued, oneshot::Receiver<Answer>) {
        let (answer, answered) = oneshot::channel();
        let checked = Checked {
            hash: signed.hash(),
            signed,
            accounts: accounts.clone(),
            is_known: false,
        };
        (Queued { checked, answer }, answered)
    }

    async fn database(data: &tempfile::TempDir) -> Database {
        let database = Database::open(&data.path().join("chain.db")).await.unwrap();
        let chain = ChainInfo::example();
        database.save_chain(&chain, 7, &[]).await.unwrap();
        database
    }

    async fn hashes_on_disk(database: &Database) -> HashSet<OperationHash> {
        let waiting = database.waiting().await.unwrap();
        waiting.into_iter().map(|waiting| waiting.hash).collect()
    }

    /// One of a full pool has to go, comes back in the same batch, and another one goes for it.
    #[tokio::test]
    async fn what_goes_and_comes_back_in_one_batch_waits_on_disk_as_in_memory() {
        let data = tempfile::tempdir().unwrap();
        let database = database(&data).await;
        let accounts = accounts(100);
        let mut pool = Pool::default();
        let mut taken = Vec::new();
        let full = (1..=64).flat_map(|from| (0..64).map(move |nonce| (from, nonce)));
        for (number, (from, nonce)) in (1..).zip(full) {
            let fee = u64::from(from == 1 && nonce == 0);
            let signed = signed(from, 9 - 9 * fee, nonce);
            let hash = signed.hash();
            taken.push(Waiting {
                hash,
                number,
                height: 0,
                signed: signed.clone(),
            });
            pool.insert(Entry::new(signed, &accounts, number, 0));
        }
        let intake = |taken, dropped, drop_number| Intake {
            height: 0,
            taken,
            dropped,
            drop_number,
        };
        database.save_intake(intake(&taken, &[], 1)).await.unwrap();
        let mut numbers = Numbers {
            waiting: 5000,
            dropped: 1,
        };
        let last = signed(1, 9, 63);
        let (queue, answers): (Vec<_>, Vec<_>) = [signed(99, 20, 0), last.clone()]
            .map(|signed| queued(signed, &accounts))
            .into_iter()
            .unzip();
        let batch = Batch::admit(queue, &mut pool, (0, &accounts), &mut numbers);
        assert_eq!((batch.taken.len(), batch.saving.len()), (2, answers.len()));
        let saved = intake(&batch.taken, &batch.dropped, numbers.dropped);
        database.save_intake(saved).await.unwrap();
        assert!(pool.get(&last.hash()).is_some());
        let on_disk = hashes_on_disk(&database).await;
        assert_eq!((on_disk.len(), pool.len()), (4096, 4096));
        assert!(on_disk.iter().all(|hash| pool.get(hash).is_some()));
        assert_eq!(database.dropped(&last.hash()).await.unwrap(), None);
        let gone = database.dropped(&signed(1, 9, 62).hash()).await.unwrap();
        assert_eq!(gone.unwrap().1.to_string(), "operation-outbid");
    }

    #[tokio::test]
    async fn a_database_of_other_bounds_is_loaded_within_these() {
        let data = tempfile::tempdir().unwrap();
        let database = database(&data).await;
        let accounts = accounts(3);
        // One more than an account may have, one that another one's nonce is taken by, and one too poor.
        let mut all: Vec<_> = (0..65).map(|nonce| signed(1, 1, nonce)).collect();
        all.push(signed(2, 1, 0));
        all.push(signed(2, 2, 0));
        all.push(signed(2, 999_999, 1));
        let taken = (1..).zip(&all).map(|(number, signed)| Waiting {
            hash: signed.hash(),
            number,
            height: 0,
            signed: signed.clone(),
        });
        let saved = Intake {
            height: 0,
            taken: &taken.collect::<Vec<_>>(),
            dropped: &[],
            drop_number: 1,
        };
        database.save_intake(saved).await.unwrap();
        let intakes = Intakes::load(&database, &accounts, 0).await.unwrap();
        let pool = intakes.pool();
        assert_eq!(pool.len(), 65);
        let on_disk = hashes_on_disk(&database).await;
        assert_eq!(on_disk.len(), 65);
        assert!(on_disk.iter().all(|hash| pool.get(hash).is_some()));
        for (place, code) in [
            (64, "operation-outbid"),
            (66, "operation-outbid"),
            (67, "operation-balance"),
        ] {
            let dropped = database.dropped(&all[place].hash()).await.unwrap();
            assert_eq!(dropped.unwrap().1.to_string(), code);
        }
        let numbers = intakes.order.into_inner();
        assert_eq!((numbers.waiting, numbers.dropped), (69, 4));
    }
}
