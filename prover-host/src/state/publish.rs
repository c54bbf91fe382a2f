//! Everything that changes what an open host serves, in the order that keeps it correct: file, row,
//! ledger. Only what is on disk is served, wherever the process ends.

use std::path::PathBuf;

use rpp_verifier::ProofKey;

use super::blobs::BlobError;
use super::host::Host;
use super::ledger::{NotNextError, ProofStatus, Provable};
use super::proof_id::ProofId;
use super::sql::{DatabaseError, ProofFile};
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
            Self::DueBefore { .. } | Self::Stopped(_) => None,
        }
    }
}

impl Host {
    /// Saves a signed block with the witnesses of its proofs, and serves it as unproven.
    ///
    /// # Errors
    ///
    /// [`PublishError`] if it does not follow, or cannot be saved.
    pub async fn publish_block(&self, block: SourceBlock) -> Result<(), PublishError> {
        let SourceBlock {
            header,
            certificate,
            due,
        } = block;
        let height = header.height;
        self.ledger().check_next(&header)?;
        if certificate.set.set_root() != header.validator_set_root {
            return Err(PublishError::OtherSet { height });
        }
        due.iter().try_for_each(|due| self.check_due(&due.key))?;
        let forget_below = height.saturating_sub(WITNESSES_KEPT);
        let epoch_length = self.chain.epoch_length;
        let database = &self.database;
        let saved = database.save_block(&header, &certificate, &due, forget_below, epoch_length);
        saved.await?;
        self.step(Step::BlockSaved)?;
        self.change(|ledger| {
            ledger.append(header, certificate)?;
            for due in due {
                ledger.add_due(due.key, height);
            }
            Ok::<_, NotNextError>(())
        })?;
        self.step(Step::BlockServed)?;
        Ok(())
    }

    /// Saves that a proof is due that belongs to no block (a proof on request), with its witness.
    ///
    /// # Errors
    ///
    /// [`PublishError::UnknownCircuit`], [`PublishError::DueBefore`] or [`PublishError::Database`].
    pub async fn publish_due(&self, due: DueProof) -> Result<(), PublishError> {
        self.check_due(&due.key)?;
        let newest = self.ledger().latest_height();
        self.database.save_due(newest, &due).await?;
        self.change(|ledger| ledger.add_due(due.key, newest));
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

/// For how many blocks proofs can be made again if their files are damaged, besides the last block
/// of each epoch, which is the only way into the next: a witness of 1,024 votes is 2 MiB, six times
/// its proof.
const WITNESSES_KEPT: u32 = 256;
