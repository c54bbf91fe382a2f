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
        for waiting in database.waiting().await? {
            numbers.waiting = waiting.number + 1;
            let Waiting {
                signed,
                number,
                height,
                ..
            } = waiting;
            pool.insert(Entry::new(signed, accounts, number, height));
        }
        // A block that was saved took its operations with it; this is for a database of other bounds.
        let dropped = pool.outdated(accounts, height, &HashSet::new());
        if !dropped.is_empty() {
            let saved = database.save_intake(Intake {
                height,
                taken: &[],
                dropped: &dropped,
                drop_number: numbers.dropped,
            });
            saved.await?;
            numbers.dropped += u64::try_from(dropped.len()).unwrap_or(u64::MAX);
            dropped.iter().for_each(|(hash, _)| pool.remove(hash));
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
        let (mut taken, mut dropped, mut saving) = (Vec::new(), Vec::new(), Vec::new());
        for Queued { checked, answer } in queue {
            let hash = checked.hash;
            if pool.get(&hash).is_some() {
                saving.push(answer);
                continue;
            }
            let number = numbers.waiting;
            let entry = Entry::new(checked.signed, &checked.accounts, number, height);
            match pool.admit(&entry, &accounts) {
                Err(refusal) => drop(answer.send(Err(Arc::new(refusal.into())))),
                Ok(victims) => {
                    numbers.waiting += 1;
                    for victim in victims {
                        pool.remove(&victim);
                        dropped.push((victim, DropReason::Outbid));
                    }
                    taken.push(Waiting {
                        hash,
                        number,
                        height,
                        signed: entry.signed().clone(),
                    });
                    pool.insert(entry);
                    saving.push(answer);
                }
            }
        }
        let saved = self.save_taken(height, &taken, &dropped, numbers).await;
        let saved = saved.map_err(Arc::new);
        if saved.is_ok() {
            self.intakes.set_pool(pool);
        }
        for answer in saving {
            // Whoever has gone away needs no answer.
            let _ = answer.send(saved.clone());
        }
    }

    async fn save_taken(
        &self,
        height: u32,
        taken: &[Waiting],
        dropped: &[(OperationHash, DropReason)],
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
