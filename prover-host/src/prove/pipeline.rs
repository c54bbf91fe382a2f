//! `Pipeline`: takes blocks from a source, and has each proven, verified, stored and served.

use std::error::Error;
use std::sync::Arc;

use rpp_verifier::{ProofKey, Subject};
use tokio::task::{JoinError, spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::jobs::{self, Work};
use super::registry::{ProveFault, ProvenFile, Provers};
use crate::files::FileError;
use crate::progress::{Bar, Progress};
use crate::source::{BlockSource, SourceBlock};
use crate::state::{Host, PublishError};
use crate::steps::{Step, Stopped};

/// Whether the witnesses of proven blocks are kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Witnesses {
    /// They are written to the data folder.
    Keep,
    /// They are dropped once the proof is made.
    Drop,
}

/// Why the pipeline stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The source has no next block.
    #[error("no next block: {0}")]
    Source(Box<dyn Error + Send + Sync>),
    /// A witness yielded no proof.
    #[error("{key}: {source}")]
    Prove {
        /// The proof.
        key: ProofKey,
        /// What is wrong.
        source: ProveFault,
    },
    /// A witness cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A block or a proof cannot be saved and served.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A test stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A thread of the pipeline died.
    #[error("a thread of the pipeline died: {0}")]
    Thread(#[from] JoinError),
}

impl PipelineError {
    /// Returns the stable code of what is wrong with the data folder; `None` for other faults.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::File(error) => Some(error.code()),
            Self::Publish(error) => error.code(),
            Self::Source(_) | Self::Prove { .. } | Self::Thread(_) | Self::Stopped(_) => None,
        }
    }
}

/// Takes blocks from a source, and has each proven, verified, stored and served.
#[derive(Debug)]
pub struct Pipeline {
    /// Where blocks and proofs are served from.
    pub host: Arc<Host>,
    /// Makes the proofs.
    pub provers: Arc<Provers>,
    /// Shows what is being done.
    pub progress: Progress,
    /// Whether witnesses are kept.
    pub witnesses: Witnesses,
}

impl Pipeline {
    /// Runs until `blocks` more blocks have all their proofs, the source ends, or `stop` is
    /// cancelled; the proof being made is finished and stored first.
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
        jobs::check_suspects(&pipeline.host).await?;
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
                let parent = self.host.ledger().latest_header().clone();
                source.child_of(&parent).await
            };
            let block = tokio::select! {
                () = stop.cancelled() => break,
                block = next => block.map_err(|e| PipelineError::Source(e.into()))?,
            };
            self.record(block).await?;
        }
        Ok(())
    }

    /// Waits until the queue has room for the next block, and logs the wait once until the queue is
    /// empty.
    async fn wait_for_prover(&self, behind: &mut bool) {
        let (jobs, height) = {
            let ledger = self.host.ledger();
            (ledger.jobs(), ledger.latest_height())
        };
        if jobs == 0 && std::mem::take(behind) {
            tracing::info!("proving has caught up");
        }
        if jobs > BACKLOG && !std::mem::replace(behind, true) {
            tracing::warn!(
                height,
                "proving is {BACKLOG} proofs behind: the chain slows down and waits for it"
            );
        }
        let room = self.host.wait_for(|l| (l.jobs() <= BACKLOG).then_some(()));
        room.await;
    }

    /// Saves a block that its source has signed, and serves it as unproven.
    ///
    /// # Errors
    ///
    /// [`PipelineError`] if it does not follow, or cannot be saved.
    pub async fn record(&self, block: SourceBlock) -> Result<(), PipelineError> {
        let (height, slot) = (block.header.height, block.header.slot);
        let power = block.certificate.signed_power;
        self.host.publish_block(block).await?;
        tracing::info!(height, slot, power, "signed");
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
            let work = tokio::select! {
                biased;
                () = stop.cancelled() => None,
                work = jobs::wait(&self.host) => Some(work),
                () = all_made.cancelled() => jobs::look(&self.host),
            };
            match work {
                None => return Ok(()),
                Some(Work::Check(id)) => self.host.withdraw_damaged(id).await?,
                Some(Work::Prove(key)) => {
                    if let Some(witness) = jobs::witness(&self.host, &key).await? {
                        self.prove(key, witness).await?;
                        proven += u32::from(self.completes_a_block(&key));
                    }
                }
            }
        }
        Ok(())
    }

    /// Returns whether this was the last proof that its block was waiting for.
    fn completes_a_block(&self, key: &ProofKey) -> bool {
        match key.subject {
            Subject::Height(height) => self.host.ledger().is_proven(height),
            _ => false,
        }
    }

    async fn prove(self: &Arc<Self>, key: ProofKey, witness: Vec<u8>) -> Result<(), PipelineError> {
        let what = format!("proving {key}");
        let bar = self.progress.bar(what, Provers::STEPS + 1);
        let pipeline = self.clone();
        let (proven, bar) = spawn_blocking(move || {
            let proven = pipeline.make_proof(&key, &witness, &bar)?;
            Ok::<_, PipelineError>((proven, bar))
        })
        .await??;
        self.host.step(Step::Proven)?;
        let listed = self.host.publish_proof(&key, proven.bytes).await?;
        bar.step("");
        tracing::info!(
            circuit = key.circuit.name(),
            subject = %key.subject,
            prove_ms = proven.prove.as_millis(),
            verify_ms = proven.verify.as_millis(),
            bytes = listed.bytes,
            id = %listed.id,
            "proven"
        );
        Ok(())
    }

    fn make_proof(
        &self,
        key: &ProofKey,
        witness: &[u8],
        bar: &Bar,
    ) -> Result<ProvenFile, PipelineError> {
        if self.witnesses == Witnesses::Keep {
            self.host.write_witness(key, witness)?;
        }
        let proven = self.provers.prove(key.circuit, witness, bar);
        proven.map_err(|source| PipelineError::Prove { key: *key, source })
    }
}

/// The number of proofs that may be queued before the chain waits for the prover.
const BACKLOG: usize = 4;
