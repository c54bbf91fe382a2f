//! Everything that changes what an open host serves, in the order that keeps it correct: file, row,
//! ledger. Only what is on disk is served, wherever the process ends.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

use rpp_verifier::{
    Account, Accounts, BlockOperationsError, OperationHash, ProofKey, Proposer, SignedOperation,
    TxTree, apply_block,
};
use tokio::task::{JoinError, spawn_blocking};

use super::accounts::AccountHistory;
use super::blobs::BlobError;
use super::host::Host;
use super::ledger::{NotNextError, ProofStatus, Provable};
use super::proof_id::ProofId;
use super::sql::{DatabaseError, NewBlock, ProofFile};
use crate::pool::Pool;
use crate::source::{DueProof, SourceBlock};
use crate::steps::{Step, Stopped};

/// Why something cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The block does not follow.
    #[error(transparent)]
    NotNext(#[from] NotNextError),
    /// The block names a different validator set from its certificate.
    #[error("the certificate of block {height} is not about the header's validator set")]
    OtherSet {
        /// Height of the block.
        height: u32,
    },
    /// The members are not those of the set that the certificate opens.
    #[error(
        "the members of the set that come with block {height} are not those of its certificate"
    )]
    OtherMembers {
        /// Height of the block.
        height: u32,
    },
    /// The block names other votes for its parent than those that come with it.
    #[error(
        "the votes for its parent that come with block {height} are not those that its header names"
    )]
    OtherVotes {
        /// Height of the block.
        height: u32,
    },
    /// The block names a different proposer from the one that comes with it.
    #[error("the proposer of block {height} is not the member of its set that the header names")]
    OtherProposer {
        /// Height of the block.
        height: u32,
    },
    /// The operations break a rule.
    #[error("block {height}: {source}")]
    Operations {
        /// Height of the block.
        height: u32,
        /// The rule.
        source: Box<BlockOperationsError>,
    },
    /// The operations are not those of the header, or do not lead to its state.
    #[error("the operations of block {height} do not give the {what} of its header")]
    OtherRoot {
        /// Height of the block.
        height: u32,
        /// The root that differs.
        what: &'static str,
    },
    /// A thread died.
    #[error("a thread died: {0}")]
    Thread(#[from] JoinError),
    /// A proof is due that this host cannot make.
    #[error("{key} is due, but this host has no prover for it")]
    UnknownCircuit {
        /// The proof.
        key: ProofKey,
    },
    /// A proof that was already due is due again.
    #[error("{key} is due a second time")]
    DueBefore {
        /// The proof.
        key: ProofKey,
    },
    /// The file of a proof cannot be written.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The folder of the proofs is gone, or another one is in its place.
    #[error(
        "{} does not say that the folder is of this chain: put back the disk or the folder, and the chain \
         goes on where it stopped",
        mark.display()
    )]
    ProofsGone {
        /// The file that should say so.
        mark: PathBuf,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A test stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl PublishError {
    /// Returns whether the same may work later, without anybody mending anything.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Blob(error) => error.is_passing(),
            Self::Database(error) => error.is_passing(),
            Self::ProofsGone { .. } => true,
            Self::NotNext(_) | Self::OtherSet { .. } | Self::UnknownCircuit { .. } => false,
            Self::OtherProposer { .. } | Self::Operations { .. } | Self::OtherRoot { .. } => false,
            Self::OtherMembers { .. } | Self::OtherVotes { .. } | Self::Thread(_) => false,
            Self::DueBefore { .. } | Self::Stopped(_) => false,
        }
    }

    /// Returns the stable code of what is wrong with the data folder; `None` for other faults.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Blob(error) => Some(error.code()),
            Self::Database(error) => Some(error.code()),
            Self::ProofsGone { .. } => Some("file"),
            Self::NotNext(_) | Self::OtherSet { .. } | Self::UnknownCircuit { .. } => None,
            Self::OtherProposer { .. } | Self::Operations { .. } | Self::OtherRoot { .. } => None,
            Self::OtherMembers { .. } | Self::OtherVotes { .. } | Self::Thread(_) => None,
            Self::DueBefore { .. } | Self::Stopped(_) => None,
        }
    }
}

impl Host {
    /// Saves a signed block with all that changes with it, and serves it as unproven.
    ///
    /// # Errors
    ///
    /// [`PublishError`] if it does not follow, if its operations do not lead from the state of its parent
    /// to its own, or if it cannot be saved.
    pub async fn publish_block(&self, block: SourceBlock) -> Result<(), PublishError> {
        let height = block.header.height;
        self.ledger().check_next(&block.header)?;
        if block.certificate.set.set_root() != block.header.validator_set_root {
            return Err(PublishError::OtherSet { height });
        }
        if block.set.opening() != block.certificate.set {
            return Err(PublishError::OtherMembers { height });
        }
        if block.parent_votes.participation_root() != block.header.participation_root {
            return Err(PublishError::OtherVotes { height });
        }
        let due = block.due.iter();
        due.map(|due| &due.key)
            .try_for_each(|key| self.check_due(key))?;
        let (_, before) = self.newest_accounts();
        let (block, outcome) = spawn_blocking(move || {
            let outcome = Outcome::of(&block, &before);
            (block, outcome)
        })
        .await?;
        let outcome = outcome?;
        // What waits stays as it is until the block is served, or is not.
        let mut numbers = self.intakes.order.lock().await;
        let pool = self.pool();
        let dropped = pool.outdated(&outcome.accounts, height, &outcome.hashes);
        let SourceBlock {
            header,
            certificate,
            set,
            parent_votes,
            operations,
            proposer,
            due,
        } = block;
        let proposer = Proposer {
            height,
            validator: proposer.validator,
            path: proposer.path,
        };
        let saved = self.database.save_block(NewBlock {
            header: &header,
            certificate: &certificate,
            set: &set,
            parent_votes: &parent_votes,
            proposer: &proposer,
            operations: &operations,
            accounts: &outcome.changed,
            accounts_from: AccountHistory::kept_from(height),
            dropped: &dropped,
            drop_number: numbers.dropped,
            due: &due,
            forget_below: height.saturating_sub(WITNESSES_KEPT),
            epoch_length: self.chain.epoch_length,
        });
        let on_disk = saved.await?;
        numbers.dropped += u64::try_from(dropped.len()).unwrap_or(u64::MAX);
        self.step(Step::BlockSaved)?;
        self.change(|ledger| {
            ledger.append(header, certificate)?;
            for due in due {
                ledger.add_due(due.key, height);
            }
            // Whoever is told of the block finds its accounts.
            self.push_accounts(outcome.accounts);
            Ok::<_, NotNextError>(())
        })?;
        self.step(Step::BlockServed)?;
        let mut pool = Pool::clone(&pool);
        let gone = dropped.iter().map(|(hash, _)| hash);
        gone.chain(&outcome.hashes)
            .for_each(|hash| pool.remove(hash));
        if let Some(on_disk) = on_disk {
            pool.retain(&on_disk);
        }
        self.intakes.set_pool(pool);
        drop(numbers);
        Ok(())
    }

    /// Saves that a proof is due that belongs to no block (a proof on request), with its witness; it is
    /// about what the chain was at `height`.
    ///
    /// # Errors
    ///
    /// [`PublishError::UnknownCircuit`], [`PublishError::DueBefore`] or [`PublishError::Database`].
    pub async fn publish_due(&self, height: u32, due: DueProof) -> Result<(), PublishError> {
        self.check_due(&due.key)?;
        self.database.save_due(height, &due).await?;
        self.change(|ledger| ledger.add_due(due.key, height));
        Ok(())
    }

    /// Checks that the folder of the proofs is still there: it may be on a disk of its own, and would be
    /// made anew without a word.
    async fn check_proofs(&self) -> Result<(), PublishError> {
        let (mark, line) = self.folder.proofs_mark();
        let path = mark.clone();
        let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
        if matches!(read, Ok(Ok(read)) if read == line.as_bytes()) {
            return Ok(());
        }
        Err(PublishError::ProofsGone { mark })
    }

    /// Saves a proof that was verified, and serves it.
    ///
    /// # Errors
    ///
    /// [`PublishError`] if it cannot be saved.
    pub(crate) async fn publish_proof(
        &self,
        key: &ProofKey,
        bytes: Vec<u8>,
    ) -> Result<ProofFile, PublishError> {
        let listed = ProofFile {
            id: ProofId::of(&bytes),
            bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        };
        self.check_proofs().await?;
        self.blobs.put(listed.id, bytes).await?;
        self.step(Step::ProofWritten)?;
        self.database.save_proof(key, &listed).await?;
        self.step(Step::ProofSaved)?;
        self.change(|ledger| ledger.add_proof(key, listed));
        self.step(Step::ProofServed)?;
        Ok(listed)
    }

    /// Stops serving a proof if its file is damaged; it will be made again if its witness is still
    /// stored.
    ///
    /// # Errors
    ///
    /// [`PublishError`] if that cannot be saved.
    pub(crate) async fn withdraw_damaged(&self, id: ProofId) -> Result<(), PublishError> {
        let _upkeep = self.upkeep.lock().await;
        let keys = self.ledger().keys_of(id).to_vec();
        if !keys.is_empty() && self.is_damaged(id).await {
            for key in keys {
                self.withdraw_proof(&key, id).await?;
            }
            if let Err(cause) = self.blobs.remove(id).await {
                tracing::error!(%id, %cause, "a proof that is no good cannot be removed");
            }
        }
        self.clear_suspect(id);
        Ok(())
    }

    async fn withdraw_proof(&self, key: &ProofKey, id: ProofId) -> Result<(), PublishError> {
        self.database.clear_proof(key).await?;
        let provable = if self.database.witness(key).await?.is_some() {
            tracing::error!(%key, %id, "a proof changed on disk; it is made again");
            Provable::Yes
        } else {
            tracing::error!(%key, %id, "a proof changed on disk, and its witness is not kept");
            Provable::WitnessLost
        };
        self.change(|ledger| ledger.set_missing(key, provable));
        Ok(())
    }

    /// Stops serving a proof whose file is whole and proves something else, and forgets what it was made from: it is to be made
    /// anew.
    ///
    /// # Errors
    ///
    /// [`PublishError`] if that cannot be saved.
    pub(super) async fn withdraw_refused(
        &self,
        key: &ProofKey,
        id: ProofId,
    ) -> Result<(), PublishError> {
        let _upkeep = self.upkeep.lock().await;
        if !self.ledger().keys_of(id).contains(key) {
            return Ok(());
        }
        self.database.clear_proof(key).await?;
        self.database.forget_witness(key).await?;
        self.change(|ledger| ledger.set_missing(key, Provable::WitnessLost));
        if self.ledger().keys_of(id).is_empty() {
            self.blobs.remove(id).await?;
        }
        Ok(())
    }

    /// Marks a due proof as one that cannot be made, because its witness is gone.
    pub(crate) fn withdraw_job(&self, key: &ProofKey) {
        self.change(|ledger| ledger.set_missing(key, Provable::WitnessLost));
    }

    fn check_due(&self, key: &ProofKey) -> Result<(), PublishError> {
        let known = self.circuits.by_number(key.circuit.number());
        if known.is_none_or(|circuit| circuit.id() != key.circuit) {
            return Err(PublishError::UnknownCircuit { key: *key });
        }
        match self.ledger().status(key) {
            ProofStatus::NotDue => Ok(()),
            _ => Err(PublishError::DueBefore { key: *key }),
        }
    }
}

/// What a block's operations do.
struct Outcome {
    /// Their hashes.
    hashes: HashSet<OperationHash>,
    /// The accounts after them.
    accounts: Accounts,
    /// Those that changed.
    changed: Vec<(u32, Account)>,
}

impl Outcome {
    /// Applies a block's operations to the accounts after its parent, and checks that they are those of
    /// the header.
    fn of(block: &SourceBlock, before: &Accounts) -> Result<Self, PublishError> {
        let (header, operations) = (&block.header, &block.operations);
        let height = header.height;
        let proposer = &block.proposer;
        let set = &block.certificate.set;
        let leads_to = proposer
            .path
            .root(proposer.validator.leaf(), header.proposer);
        if header.proposer >= set.n || leads_to != set.root {
            return Err(PublishError::OtherProposer { height });
        }
        let rule = |error| PublishError::Operations {
            height,
            source: Box::new(error),
        };
        let account = proposer.validator.account;
        let accounts = apply_block(before, header.chain_id, operations, account).map_err(rule)?;
        let hashes: Vec<_> = operations.iter().map(SignedOperation::hash).collect();
        let tx_root = TxTree::new(&hashes).map_err(rule)?.tx_root();
        for (what, is_same) in [
            ("tx_root", tx_root == header.tx_root),
            ("state_root", accounts.root() == header.state_root),
        ] {
            if !is_same {
                return Err(PublishError::OtherRoot { height, what });
            }
        }
        let touched = operations.iter();
        let mut touched: BTreeSet<u32> = touched
            .flat_map(|signed| signed.operation.accounts())
            .collect();
        touched.insert(account);
        let changed = touched.into_iter().filter_map(|index| {
            let account = accounts.get(index)?;
            (before.get(index) != Some(account)).then_some((index, *account))
        });
        Ok(Self {
            hashes: hashes.into_iter().collect(),
            changed: changed.collect(),
            accounts,
        })
    }
}

/// For how many blocks proofs can be made again if their files are damaged, besides the last block
/// of each epoch, which is the only way into the next: a witness of 1,024 votes is 2 MiB, six times
/// its proof.
const WITNESSES_KEPT: u32 = 256;
