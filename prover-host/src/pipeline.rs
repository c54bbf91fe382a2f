//! `Pipeline`: takes blocks from a source, and has each proven, verified, stored and served.

use std::error::Error;
use std::sync::Arc;

use rpp_verifier::witness::ConsensusWitness;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::{JoinError, spawn_blocking};
use tokio_util::sync::CancellationToken;

use crate::host::Host;
use crate::ledger::NotNextError;
use crate::progress::Progress;
use crate::prove::{ProveFault, Prover};
use crate::source::{BlockSource, SignedBlock};
use crate::store::StoreError;
use crate::witness::{BlockFault, consensus_witness};
use rpp_verifier::wire::{CertificateJson, Document, ProofJson};

/// Whether the witnesses of proven blocks are kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Witnesses {
    /// They are written to the data directory.
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
    /// A thread of the pipeline died.
    #[error("a thread of the pipeline died: {0}")]
    Thread(#[from] JoinError),
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
}

impl Pipeline {
    /// Runs until `blocks` blocks are proven, the source ends, or `stop` is cancelled; the proof
    /// being made is finished and stored first.
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
        let (jobs, queue) = mpsc::channel(BACKLOG);
        let pipeline = Arc::new(self);
        let take = pipeline
            .clone()
            .take_blocks(source, blocks, jobs, stop.clone());
        let take = tokio::spawn(take);
        let proven = pipeline.prove_blocks(queue, stop).await;
        pipeline.host.stop_proving();
        // Where proving failed, the queue is closed, and taking blocks ends at its next one.
        proven.and(take.await?)
    }

    async fn take_blocks<S: BlockSource>(
        self: Arc<Self>,
        mut source: S,
        blocks: Option<u32>,
        jobs: Sender<ConsensusWitness>,
        stop: CancellationToken,
    ) -> Result<(), PipelineError> {
        let mut behind = false;
        for _ in 0..blocks.unwrap_or(u32::MAX) {
            let next = async {
                self.wait_for_prover(&jobs, &mut behind).await;
                source.next_block().await
            };
            let block = tokio::select! {
                () = stop.cancelled() => break,
                () = jobs.closed() => break,
                block = next => block.map_err(|e| PipelineError::Source(e.into()))?,
            };
            let witness = self.announce(block).await?;
            if jobs.send(witness).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Waits until the next block has a place in the queue, and says so once until it is empty.
    async fn wait_for_prover(&self, jobs: &Sender<ConsensusWitness>, behind: &mut bool) {
        if jobs.capacity() == BACKLOG && std::mem::take(behind) {
            tracing::info!("proving has caught up");
        }
        if jobs.capacity() == 0 {
            let height = self.host.ledger().latest_height();
            if !std::mem::replace(behind, true) {
                tracing::warn!(
                    height,
                    "proving is {BACKLOG} blocks behind: the chain slows down and waits for it"
                );
            }
            // The permit goes back at once: nobody else sends.
            let _ = jobs.reserve().await;
        }
    }

    /// Serves the block as unproven.
    async fn announce(&self, block: SignedBlock) -> Result<ConsensusWitness, PipelineError> {
        let parent = {
            let ledger = self.host.ledger();
            ledger.latest_header().clone()
        };
        let header = block.header.clone();
        let witness = consensus_witness(block, &parent)?;
        let statement = &witness.statement;
        let certificate = CertificateJson {
            signed_power: statement.signed_power,
            signers: statement.signers,
            set: statement.set,
        };
        let (height, slot, votes) = (statement.height, statement.slot, witness.votes.len());
        self.host.ledger_mut().append(header, certificate)?;
        let host = self.host.clone();
        spawn_blocking(move || write_block(&host, height, None)).await??;
        tracing::info!(height, slot, votes, "signed");
        Ok(witness)
    }

    async fn prove_blocks(
        self: &Arc<Self>,
        mut queue: Receiver<ConsensusWitness>,
        stop: CancellationToken,
    ) -> Result<(), PipelineError> {
        loop {
            let witness = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                witness = queue.recv() => witness,
            };
            let Some(witness) = witness else {
                return Ok(());
            };
            let pipeline = self.clone();
            spawn_blocking(move || pipeline.prove_block(&witness)).await??;
        }
    }

    fn prove_block(&self, witness: &ConsensusWitness) -> Result<(), PipelineError> {
        let height = witness.statement.height;
        let bar = self
            .progress
            .bar(format!("proving block {height}"), Prover::STEPS + 1);
        if self.witnesses == Witnesses::Keep {
            self.host
                .store()
                .write_witness(height, &witness.to_bytes())?;
        }
        let proven = self.prover.prove(witness, &bar);
        let proven = proven.map_err(|source| PipelineError::Prove { height, source })?;
        self.host.store().write_proof(proven.id, &proven.bytes)?;
        write_block(&self.host, height, Some(&proven.listed))?;
        // Only what is on disk is served.
        let mut ledger = self.host.ledger_mut();
        ledger.add_proof(height, proven.id, proven.listed);
        drop(ledger);
        bar.step("");
        tracing::info!(
            height,
            prove_ms = proven.prove.as_millis(),
            verify_ms = proven.verify.as_millis(),
            bytes = proven.bytes.len(),
            id = %proven.id,
            "proven"
        );
        Ok(())
    }
}

fn write_block(host: &Host, height: u32, proof: Option<&ProofJson>) -> Result<(), StoreError> {
    let block = host.ledger().block(height);
    let mut block = block.expect("a block is written after it is appended");
    block.proofs.extend(proof.cloned());
    host.store().write_block(height, &block.to_json())
}

/// Blocks that may wait for their proofs before the chain waits for the prover.
const BACKLOG: usize = 4;
