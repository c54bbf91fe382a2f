//! `Pipeline`: takes blocks from a source, and has each proven, verified, stored and served.

use std::error::Error;
use std::sync::Arc;

use rpp_verifier::{Certificate, ConsensusWitness};
use tokio::task::{JoinError, spawn_blocking};
use tokio_util::sync::CancellationToken;

use crate::database::{DatabaseError, ListedProof};
use crate::host::{Host, HostError};
use crate::ledger::{NotNextError, Provable};
use crate::progress::{Bar, Progress};
use crate::prove::{ProveFault, ProvenFile, Prover};
use crate::source::{BlockSource, SignedBlock};
use crate::steps::{Step, Steps, Stopped};
use crate::store::StoreError;
use crate::witness::{BlockFault, consensus_witness};

/// Whether the witnesses of proven blocks are kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Witnesses {
    /// They are written to the data folder.
    Keep,
    /// They are gone when the proof is there.
    Drop,
}

/// Why the pipeline stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The source has no next block.
    #[error("no next block: {0}")]
    Source(Box<dyn Error + Send + Sync>),
    /// The source's block does not follow.
    #[error(transparent)]
    NotNext(#[from] NotNextError),
    /// The source's block has a vote from elsewhere.
    #[error(transparent)]
    Block(#[from] BlockFault),
    /// A block gave no proof.
    #[error("block {height}: {source}")]
    Prove {
        /// Height of the block.
        height: u32,
        /// What is wrong.
        source: ProveFault,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A block cannot be saved.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A test stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A thread of the pipeline died.
    #[error("a thread of the pipeline died: {0}")]
    Thread(#[from] JoinError),
}

impl PipelineError {
    /// Returns the stable code of what is wrong with the data folder; none for other faults.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Store(error) => Some(error.code()),
            Self::Database(error) => Some(error.code()),
            Self::Host(error) => Some(error.code()),
            Self::Source(_) | Self::NotNext(_) | Self::Block(_) => None,
            Self::Prove { .. } | Self::Thread(_) | Self::Stopped(_) => None,
        }
    }
}

/// Takes blocks from a source, and has each proven, verified, stored and served.
#[derive(Debug)]
pub struct Pipeline {
    /// Where blocks and proofs are served from.
    pub host: Arc<Host>,
    /// Makes the proofs.
    pub prover: Arc<Prover>,
    /// Shows what is being done.
    pub progress: Progress,
    /// Whether witnesses are kept.
    pub witnesses: Witnesses,
    /// Who hears of each step.
    pub steps: Steps,
}

impl Pipeline {
    /// Runs until `blocks` blocks are proven, the source ends, or `stop` is cancelled; the proof
    /// being made is finished and stored first.
    ///
    /// Blocks that an earlier run left unproven come first, and count.
    ///
    /// # Errors
    ///
    /// [`PipelineError`].
    pub async fn run<S: BlockSource>(
        self,
        source: S,
        blocks: Option<u32>,
        stop: CancellationToken,
    ) -> Result<(), PipelineError> {
        let pipeline = Arc::new(self);
        let (stop, all_made) = (stop.child_token(), CancellationToken::new());
        let make = pipeline.clone().make_blocks(source, blocks, stop.clone());
        let made = all_made.clone();
        let make = tokio::spawn(async move {
            let _made = made.drop_guard();
            make.await
        });
        let proven = pipeline.prove_blocks(blocks, &all_made, &stop).await;
        pipeline.host.stop_proving();
        stop.cancel();
        proven.and(make.await?)
    }

    async fn make_blocks<S: BlockSource>(
        self: Arc<Self>,
        mut source: S,
        blocks: Option<u32>,
        stop: CancellationToken,
    ) -> Result<(), PipelineError> {
        let waiting = u32::try_from(self.host.ledger().unproven()).unwrap_or(u32::MAX);
        let blocks = blocks.map_or(u32::MAX, |blocks| blocks.saturating_sub(waiting));
        let mut behind = false;
        for _ in 0..blocks {
            let next = async {
                self.wait_for_prover(&mut behind).await;
                source.next_block().await
            };
            let block = tokio::select! {
                () = stop.cancelled() => break,
                block = next => block.map_err(|e| PipelineError::Source(e.into()))?,
            };
            self.record(block).await?;
        }
        Ok(())
    }

    /// Waits until the next block has a place in the queue, and says so once until it is empty.
    async fn wait_for_prover(&self, behind: &mut bool) {
        let (unproven, height) = {
            let ledger = self.host.ledger();
            (ledger.unproven(), ledger.latest_height())
        };
        if unproven == 0 && std::mem::take(behind) {
            tracing::info!("proving has caught up");
        }
        if unproven > BACKLOG && !std::mem::replace(behind, true) {
            tracing::warn!(
                height,
                "proving is {BACKLOG} blocks behind: the chain slows down and waits for it"
            );
        }
        let room = self
            .host
            .wait_for(|l| (l.unproven() <= BACKLOG).then_some(()));
        room.await;
    }

    /// Saves a block that its source has signed, and serves it as unproven.
    ///
    /// # Errors
    ///
    /// [`PipelineError`] if it does not follow, or cannot be saved.
    pub async fn record(&self, block: SignedBlock) -> Result<(), PipelineError> {
        let parent = self.host.ledger().latest_header().clone();
        let header = block.header.clone();
        let witness = consensus_witness(block, &parent)?;
        let statement = &witness.statement;
        let certificate = Certificate {
            signed_power: statement.signed_power,
            signers: statement.signers,
            set: statement.set,
        };
        let (height, slot, votes) = (statement.height, statement.slot, witness.votes.len());
        let saved = self.host.save_block(&header, &certificate, &witness);
        saved.await?;
        self.steps.reached(Step::BlockSaved)?;
        self.host
            .change(|ledger| ledger.append(header, certificate))?;
        tracing::info!(height, slot, votes, "signed");
        self.steps.reached(Step::BlockServed)?;
        Ok(())
    }

    async fn prove_blocks(
        self: &Arc<Self>,
        blocks: Option<u32>,
        all_made: &CancellationToken,
        stop: &CancellationToken,
    ) -> Result<(), PipelineError> {
        let mut proven = 0;
        while blocks.is_none_or(|blocks| proven < blocks) {
            let next = tokio::select! {
                biased;
                () = stop.cancelled() => None,
                height = self.host.wait_for(|ledger| ledger.next_unproven()) => Some(height),
                () = all_made.cancelled() => self.host.ledger().next_unproven(),
            };
            let Some(height) = next else {
                return Ok(());
            };
            match self.witness(height).await? {
                Some(witness) => {
                    self.prove_block(witness).await?;
                    proven += 1;
                }
                None => {
                    tracing::error!(height, "the votes are lost, and the block stays unproven");
                    let lost = Provable::VotesLost;
                    self.host.change(|ledger| ledger.set_unproven(height, lost));
                }
            }
        }
        Ok(())
    }

    /// Returns the witness of the block at `height`, none if it is not there or damaged.
    async fn witness(&self, height: u32) -> Result<Option<ConsensusWitness>, PipelineError> {
        let bytes = self.host.database().witness(height).await?;
        let witness = bytes.and_then(|bytes| ConsensusWitness::from_bytes(&bytes).ok());
        let hash = self
            .host
            .ledger()
            .block(height)
            .map(|block| block.header.hash().0);
        Ok(witness.filter(|witness| Some(witness.statement.header_hash.0) == hash))
    }

    async fn prove_block(self: &Arc<Self>, witness: ConsensusWitness) -> Result<(), PipelineError> {
        let height = witness.statement.height;
        let bar = self
            .progress
            .bar(format!("proving block {height}"), Prover::STEPS + 1);
        let pipeline = self.clone();
        let (proven, bar) = spawn_blocking(move || {
            let proven = pipeline.make_proof(&witness, &bar)?;
            Ok::<_, PipelineError>((proven, bar))
        })
        .await??;
        let listed = ListedProof {
            id: proven.id,
            bytes: proven.listed.bytes,
        };
        self.host.database().save_proof(height, &listed).await?;
        self.steps.reached(Step::ProofSaved)?;
        // Only what is on disk is served.
        self.host.change(|ledger| ledger.add_proof(height, listed));
        bar.step("");
        tracing::info!(
            height,
            prove_ms = proven.prove.as_millis(),
            verify_ms = proven.verify.as_millis(),
            bytes = proven.bytes.len(),
            id = %proven.id,
            "proven"
        );
        self.steps.reached(Step::ProofServed)?;
        Ok(())
    }

    /// Makes the proof and writes its file.
    fn make_proof(
        &self,
        witness: &ConsensusWitness,
        bar: &Bar,
    ) -> Result<ProvenFile, PipelineError> {
        let height = witness.statement.height;
        let store = self.host.store();
        if self.witnesses == Witnesses::Keep {
            store.write_witness(height, &witness.to_bytes())?;
        }
        let proven = self.prover.prove(witness, bar);
        let proven = proven.map_err(|source| PipelineError::Prove { height, source })?;
        self.steps.reached(Step::Proven)?;
        store.write_proof(proven.id, &proven.bytes)?;
        self.steps.reached(Step::ProofWritten)?;
        Ok(proven)
    }
}

/// Blocks that may wait for their proofs before the chain waits for the prover.
const BACKLOG: usize = 4;
