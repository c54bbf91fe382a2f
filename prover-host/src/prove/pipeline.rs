//! `Pipeline`: takes blocks from a source, and has each proven, verified, stored and served.

use std::collections::HashSet;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use rpp_verifier::{ProofKey, Subject};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::jobs::{self, Work};
use super::prune::prune;
use super::registry::{ProveFault, Provers};
use super::retry::{After, Retry, until_done};
use super::spans::make_spans;
use super::upkeep;
use crate::files::FileError;
use crate::progress::Progress;
use crate::source::{BlockSource, SourceBlock};
use crate::state::{
    Host, KeptProofError, Lane, Ledger, PruneBehind, PublishError, Retention, SpanEpochs,
};
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
    /// Old blocks cannot be pruned, or no spans of epochs made.
    #[error(transparent)]
    KeptProof(Box<KeptProofError>),
    /// A test stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A thread of the pipeline died.
    #[error("a thread of the pipeline died: {0}")]
    Thread(#[from] JoinError),
}

impl From<KeptProofError> for PipelineError {
    fn from(error: KeptProofError) -> Self {
        Self::KeptProof(error.into())
    }
}

impl PipelineError {
    /// Returns whether the same may work later, without anybody mending anything. Whether the source
    /// may is its own to say.
    const fn is_passing(&self) -> bool {
        match self {
            Self::File(error) => error.is_passing(),
            Self::Publish(error) => error.is_passing(),
            Self::KeptProof(error) => error.is_passing(),
            Self::Source(_) | Self::Prove { .. } | Self::Thread(_) | Self::Stopped(_) => false,
        }
    }

    /// Returns the stable code of what is wrong with the data folder; `None` for other faults.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::File(error) => Some(error.code()),
            Self::Publish(error) => error.code(),
            Self::KeptProof(error) => error.code(),
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
    /// Which proofs are kept.
    pub retention: Retention,
    /// Which blocks are pruned; `None` for none but those of a range that an earlier run has begun.
    pub pruning: Option<PruneBehind>,
    /// Which spans of epochs are made that nobody asks for.
    pub spans: SpanEpochs,
}

impl Pipeline {
    /// Runs until `blocks` more blocks have all their proofs, the source ends, or `stop` is
    /// cancelled; the proof being made is finished and stored first.
    ///
    /// Blocks that an earlier run left unproven come first, and count. Of the proofs that somebody asks for
    /// those are made before it ends that were asked for when the last block was complete.
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
        let retry = Retry::new(&pipeline.host, "checking proof files", &stop);
        let check = until_done!(
            retry,
            PublishError::is_passing,
            jobs::check_suspects(&pipeline.host)
        );
        if check.is_none() {
            return Ok(());
        }
        let (stop, all_made) = (stop.child_token(), CancellationToken::new());
        let make = pipeline.clone().make_blocks(source, blocks, stop.clone());
        let made = all_made.clone();
        let make = tokio::spawn(async move {
            let _made = made.drop_guard();
            make.await
        });
        let (host, watched) = (pipeline.host.clone(), stop.clone());
        let watch = spawn(&stop, async move {
            upkeep::watch_disk(host, watched).await;
            Ok(())
        });
        let (host, retention) = (pipeline.host.clone(), pipeline.retention);
        let retire = upkeep::retire(host, retention, stop.clone());
        let retire = spawn(&stop, async { Ok(retire.await?) });
        pipeline.host.set_pruning(pipeline.pruning);
        let prune = prune(pipeline.host.clone(), stop.clone());
        let prune = spawn(&stop, async { Ok(prune.await?) });
        let span = make_spans(pipeline.host.clone(), pipeline.spans, stop.clone());
        let span = spawn(&stop, async { Ok(span.await?) });
        let proven = pipeline.prove_blocks(blocks, &all_made, &stop).await;
        pipeline.host.stop_proving();
        stop.cancel();
        let (watched, retired, pruned, spanned, made) =
            tokio::join!(watch, retire, prune, span, make);
        let done = proven.and(watched?).and(retired?);
        done.and(pruned?).and(spanned?).and(made?)
    }

    async fn make_blocks<S: BlockSource>(
        self: Arc<Self>,
        mut source: S,
        blocks: Option<u32>,
        stop: CancellationToken,
    ) -> Result<(), PipelineError> {
        let waiting = u32::try_from(self.host.ledger().unproven()).unwrap_or(u32::MAX);
        let blocks = blocks.map_or(u32::MAX, |blocks| blocks.saturating_sub(waiting));
        let mut behind = [false; 2];
        let mut waits = source.waits();
        for _ in 0..blocks {
            self.wait_for_provers(&mut behind, &stop).await;
            upkeep::wait_for_room(&self.host, &stop).await;
            if stop.is_cancelled() {
                break;
            }
            let parent = self.host.ledger().latest_header().clone();
            let (_, accounts) = self.host.newest_accounts();
            let retry = Retry::new(&self.host, "making a block", &stop);
            let next = async {
                let next = until_done!(
                    retry,
                    S::is_passing,
                    source.child_of(&parent, &accounts, &*self.host)
                );
                Ok::<_, S::Error>(next)
            };
            let block = tokio::select! {
                () = stop.cancelled() => break,
                block = next => block.map_err(|e| PipelineError::Source(e.into()))?,
                () = upkeep::show(&self.host, waits.as_mut()) => break,
            };
            self.host.set_trouble(upkeep::WAITING, None);
            let Some(block) = block else { break };
            let retry = Retry::new(&self.host, "saving a block", &stop);
            let is_passing = PipelineError::is_passing;
            if until_done!(retry, is_passing, self.record(block.clone())).is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Waits until both queues have room for the next block, and logs each wait once until that queue is
    /// empty.
    async fn wait_for_provers(&self, behind: &mut [bool; 2], stop: &CancellationToken) {
        for (lane, behind) in [Lane::Head, Lane::Rest].into_iter().zip(behind) {
            let (jobs, height) = {
                let ledger = self.host.ledger();
                (ledger.block_jobs(lane), ledger.latest_height())
            };
            let (most, what) = (backlog(lane), what(lane));
            if jobs == 0 && std::mem::take(behind) {
                tracing::info!("making {what} has caught up");
            }
            if jobs > most && !std::mem::replace(behind, true) {
                tracing::warn!(
                    height,
                    "{most} {what} are still to be made: the chain slows down and waits for them"
                );
            }
            let has_room = move |ledger: &Ledger| (ledger.block_jobs(lane) <= most).then_some(());
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.host.wait_for(has_room) => {}
            }
        }
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

    /// Proves in both lanes at a time, so that no head waits for what else there is to prove.
    async fn prove_blocks(
        self: &Arc<Self>,
        blocks: Option<u32>,
        all_made: &CancellationToken,
        stop: &CancellationToken,
    ) -> Result<(), PipelineError> {
        let counted = Arc::new(Counted::new(blocks));
        let [head, rest] = [&[Lane::Head][..], &[Lane::Rest, Lane::Requested]].map(|lanes| {
            let (pipeline, counted) = (self.clone(), counted.clone());
            let (all_made, stop) = (all_made.clone(), stop.clone());
            spawn(&stop.clone(), async move {
                let proven = pipeline.prove_lanes(lanes, &counted, &all_made, &stop);
                proven.await
            })
        });
        let (head, rest) = tokio::join!(head, rest);
        head?.and(rest?)
    }

    /// Makes what there is in some lanes, which take turns. When no block comes any more, it finishes what is
    /// about blocks, and what was asked for until then.
    async fn prove_lanes(
        self: &Arc<Self>,
        lanes: &[Lane],
        counted: &Counted,
        all_made: &CancellationToken,
        stop: &CancellationToken,
    ) -> Result<(), PipelineError> {
        let makes_heads = lanes.contains(&Lane::Head);
        let mut lanes = lanes.to_vec();
        let mut asked: Option<Vec<ProofKey>> = None;
        loop {
            lanes.rotate_left(1);
            let work = tokio::select! {
                biased;
                () = stop.cancelled() => None,
                // The last head may be made before what else its block is waiting for.
                () = counted.enough.cancelled(), if makes_heads => None,
                () = either(&counted.enough, all_made) => {
                    let asked = asked.get_or_insert_with(|| {
                        self.host.ledger().unmade_requests().copied().collect()
                    });
                    jobs::look_at_last(&self.host, &lanes, asked)
                }
                work = jobs::wait(&self.host, &lanes) => Some(work),
            };
            let done = match work {
                None => return Ok(()),
                Some(Work::Check(id)) => {
                    let retry = Retry::new(&self.host, "checking proof files", stop);
                    until_done!(
                        retry,
                        PublishError::is_passing,
                        self.host.withdraw_damaged(id)
                    )
                }
                Some(Work::Prove(key)) => {
                    let done = match self.find_room(&key, stop).await? {
                        None => None,
                        Some(()) => self.do_job(key, stop).await?,
                    };
                    if done.is_some() && self.completes_a_block(&key) {
                        counted.count(key.subject);
                    }
                    done
                }
            };
            if done.is_none() {
                return Ok(());
            }
        }
    }

    /// Returns whether this was the last proof that its block was waiting for.
    fn completes_a_block(&self, key: &ProofKey) -> bool {
        match key.subject {
            Subject::Height(height) => self.host.ledger().is_proven(height),
            _ => false,
        }
    }

    /// Waits until there is room for a proof on the disk; `None` if it was stopped. Meanwhile the proofs are made that make
    /// room, which half of what is kept back is enough for.
    async fn find_room(
        self: &Arc<Self>,
        key: &ProofKey,
        stop: &CancellationToken,
    ) -> Result<Option<()>, PipelineError> {
        let lane = self.host.ledger().lane(key);
        while self.host.is_full().await {
            let may_prune = !self.host.is_half_gone().await;
            if may_prune && lane == Lane::Pruning {
                break;
            }
            let pruning = self.host.ledger().next_job(Lane::Pruning);
            match pruning.filter(|_| may_prune && lane != Lane::Head) {
                Some(pruning) => drop(self.do_job(pruning, stop).await?),
                None => upkeep::look_again(stop).await,
            }
            if stop.is_cancelled() {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }

    /// Makes a proof and serves it; `None` if it was stopped before that.
    async fn do_job(
        self: &Arc<Self>,
        key: ProofKey,
        stop: &CancellationToken,
    ) -> Result<Option<()>, PipelineError> {
        let retry = Retry::new(&self.host, "reading a witness", stop);
        let read = until_done!(
            retry,
            PublishError::is_passing,
            jobs::witness(&self.host, &key)
        );
        let witness = match read {
            None => return Ok(None),
            Some(None) => return Ok(Some(())),
            Some(Some(witness)) => witness,
        };
        if self.witnesses == Witnesses::Keep {
            let retry = Retry::new(&self.host, "writing a witness", stop);
            let keep = async || self.host.write_witness(&key, &witness);
            if until_done!(retry, FileError::is_passing, keep()).is_none() {
                return Ok(None);
            }
        }
        let what = format!("proving {key}");
        let bar = self.progress.bar(what, Provers::STEPS + 1);
        let pipeline = self.clone();
        let made = spawn_blocking(move || {
            let proven = pipeline.provers.prove(key.circuit, &witness, &bar);
            (proven, bar)
        });
        let (proven, bar) = made.await?;
        let proven = match proven {
            Ok(proven) => proven,
            Err(source) => {
                // The chain goes on: a later proof covers the block, except at the end of an epoch.
                let cause = PipelineError::Prove { key, source };
                tracing::error!(%key, "{cause}: there is no proof of it");
                self.host.withdraw_job(&key);
                return Ok(Some(()));
            }
        };
        self.host.step(Step::Proven)?;
        let retry = Retry::new(&self.host, "storing a proof", stop);
        let is_passing = PublishError::is_passing;
        let publish = || self.host.publish_proof(&key, proven.bytes.clone());
        let Some(listed) = until_done!(retry, is_passing, publish()) else {
            return Ok(None);
        };
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
        if !matches!(key.subject, Subject::Height(_)) {
            let retired = self.host.unserve_requested().await?;
            if !retired.is_empty() {
                let retry = Retry::new(&self.host, "retiring proofs that were asked for", stop);
                let is_passing = PublishError::is_passing;
                return Ok(until_done!(retry, is_passing, self.host.forget(&retired)));
            }
        }
        Ok(Some(()))
    }
}

/// Runs a part of the pipeline beside the others. Where it fails, or dies, the others are told to stop.
fn spawn<T: Send + 'static>(
    stop: &CancellationToken,
    part: impl Future<Output = Result<T, PipelineError>> + Send + 'static,
) -> JoinHandle<Result<T, PipelineError>> {
    let failed = stop.clone().drop_guard();
    tokio::spawn(async move {
        let done = part.await;
        if done.is_ok() {
            failed.disarm();
        }
        done
    })
}

/// Waits until one of two tokens is cancelled.
async fn either(one: &CancellationToken, other: &CancellationToken) {
    tokio::select! {
        () = one.cancelled() => {}
        () = other.cancelled() => {}
    }
}

/// The blocks that have all their proofs since the start.
#[derive(Debug)]
struct Counted {
    most: Option<usize>,
    complete: Mutex<HashSet<Subject>>,
    /// Cancelled when there are as many as there have to be.
    enough: CancellationToken,
}

impl Counted {
    fn new(blocks: Option<u32>) -> Self {
        let counted = Self {
            most: blocks.map(|blocks| usize::try_from(blocks).unwrap_or(usize::MAX)),
            complete: Mutex::default(),
            enough: CancellationToken::new(),
        };
        if counted.most == Some(0) {
            counted.enough.cancel();
        }
        counted
    }

    /// Counts a block, once: both lanes may find that it is complete.
    fn count(&self, block: Subject) {
        let mut complete = self.complete.lock().unwrap_or_else(PoisonError::into_inner);
        // Nothing is to be counted where there is no end.
        if let Some(most) = self.most {
            complete.insert(block);
            if complete.len() >= most {
                self.enough.cancel();
            }
        }
    }
}

/// Returns how many proofs about blocks may wait in a lane before the chain waits for them.
const fn backlog(lane: Lane) -> usize {
    match lane {
        Lane::Head => 4,
        // What a head waits for goes first on a machine that does both.
        Lane::Rest | Lane::Requested | Lane::Pruning | Lane::Span => 8,
    }
}

/// Returns what is made in a lane.
const fn what(lane: Lane) -> &'static str {
    match lane {
        Lane::Head => "proofs that blocks were signed",
        Lane::Rest | Lane::Requested | Lane::Pruning | Lane::Span => "other proofs about blocks",
    }
}
