//! `Session`: every decision of a light client, and no I/O.
//!
//! Whoever drives it asks what it [needs](Session::need), does that, and hands in the outcome.
//! Between two calls everything is in the session, so that a driver may be cancelled at any point
//! and go on later: it is told the same need again.

use core::mem;
use core::time::Duration;

use rpp_verifier::{
    AncestorJson, BlockError, BlockJson, CIRCUITS, Candidate, CheckedCandidate, Checkpoint, Digest,
    Document, HeadCircuit, HeadJson, Header, HistoryPath, MAX_CLOCK_DRIFT_MS, MAX_PROOF_BYTES,
    Proof, TrustedChain, VerifyingKey,
};

use crate::answer::{body, document};
use crate::backoff::Backoff;
use crate::clock::Now;
use crate::config::{Config, ConfigError, Follow};
use crate::error::{AnswerError, Error};
use crate::state::{Restored, State};
use crate::store::StoreError;
use crate::transport::{Answer, TransportError};
use crate::verdict::{Freshness, Spent, Status, Step, Verdict};

/// What a session needs from outside before it can go on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Need {
    /// Read the stored state, and hand it to [`Session::loaded`].
    Load,
    /// Ask the provider, and hand the answer to [`Session::answer`].
    Fetch(Request),
    /// Write [`Session::state`] to the store, and call [`Session::saved`].
    Save,
    /// Wait this long, and ask again what is needed.
    Wait(Duration),
}

/// A question to the provider.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// Path and query, such as `/v1/head`.
    pub path: String,
    /// Most bytes that the body may have.
    pub max_bytes: usize,
}

/// Moves a trusted head along a provider's chain by verified proofs.
#[derive(Debug)]
pub struct Session {
    config: Config,
    phase: Phase,
    /// The checkpoint's header and what is believed, once the header is there.
    trusted: Option<Trusted>,
    /// Height of the provider's head: how far to go, not whom to believe.
    goal: Option<u32>,
    latest_height: Option<u32>,
    wait_until: Option<Duration>,
    head_asked: Duration,
    backoff: Backoff,
    spent: Spent,
    /// The newest state, encoded when it is asked for.
    state: Option<State>,
}

#[derive(Debug)]
struct Trusted {
    anchor: Header,
    chain: TrustedChain,
    keys: Vec<Digest>,
    unskipped_since: u32,
}

/// What is asked for next.
#[derive(Debug)]
enum Phase {
    Load,
    Anchor,
    Head,
    Block { height: u32 },
    Path { block: Box<BlockJson> },
    Proof { step: Box<Candidacy> },
    Save { verdict: Box<Verdict> },
}

/// A header that keeps every rule and lacks its proof.
#[derive(Debug)]
struct Candidacy {
    candidate: Candidate,
    checked: CheckedCandidate,
}

impl Session {
    /// Returns the session of a client that trusts `config`'s checkpoint and nothing else.
    ///
    /// # Errors
    ///
    /// [`ConfigError`].
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            config,
            phase: Phase::Load,
            trusted: None,
            goal: None,
            latest_height: None,
            wait_until: None,
            head_asked: Duration::ZERO,
            backoff: Backoff::default(),
            spent: Spent::default(),
            state: None,
        })
    }

    /// Returns what is needed to go on.
    pub fn need(&mut self, now: Now) -> Need {
        let left = |until: Duration| until.saturating_sub(now.uptime);
        if let Some(left) = self.wait_until.map(left).filter(|left| !left.is_zero()) {
            return Need::Wait(left);
        }
        self.wait_until = None;
        match self.phase {
            Phase::Load => Need::Load,
            Phase::Save { .. } => Need::Save,
            _ => Need::Fetch(self.request()),
        }
    }

    /// Takes the stored state, `None` if there is none, and returns the verdict on its head, whose
    /// proof is verified again.
    ///
    /// # Errors
    ///
    /// [`Error::State`]: the session starts from its checkpoint. [`Error::Store`]: the next need is to
    /// wait a little and read again. What cannot be read may lead further than the provider shows,
    /// and would be written over.
    pub fn loaded(
        &mut self,
        state: Result<Option<Vec<u8>>, StoreError>,
        now: Now,
    ) -> Result<Option<Verdict>, Error> {
        if !matches!(self.phase, Phase::Load) {
            return Ok(None);
        }
        let state = state.inspect_err(|_| {
            let wait = self.backoff.next(None);
            self.wait(wait, now);
        })?;
        self.backoff = Backoff::default();
        self.phase = Phase::Anchor;
        let Some(bytes) = state else {
            return Ok(None);
        };
        let restored = State::restore(&bytes, &self.config.checkpoint)?;
        Ok(Some(self.resume(restored, now)))
    }

    /// Takes the provider's answer to the last [`Need::Fetch`].
    ///
    /// # Errors
    ///
    /// [`Error`]; the head stays where it is, and the next need is to wait a little.
    pub fn answer(
        &mut self,
        answer: Result<Answer, TransportError>,
        now: Now,
    ) -> Result<(), Error> {
        if let Ok(answer) = &answer {
            self.spent.requests += 1;
            self.spent.bytes += u64::try_from(answer.body.len()).unwrap_or(u64::MAX);
        }
        let retry_after = answer.as_ref().ok().and_then(|answer| answer.retry_after);
        let taken = answer
            .map_err(Error::from)
            .and_then(|answer| self.take(&answer, now));
        if taken.is_err() {
            self.start_over();
            let wait = self.backoff.next(retry_after);
            self.wait(wait, now);
        }
        taken
    }

    /// Returns the bytes to save.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        self.state.as_ref().map_or_else(Vec::new, State::to_bytes)
    }

    /// Says that the state was written, or that it could not be, and returns the verdict on the
    /// step that it is about; `None` if nothing was to be saved.
    pub fn saved(&mut self, now: Now) -> Option<Verdict> {
        if !matches!(self.phase, Phase::Save { .. }) {
            return None;
        }
        let Phase::Save { mut verdict } = mem::replace(&mut self.phase, Phase::Head) else {
            return None;
        };
        self.go_on(now);
        // Saving may have taken long.
        verdict.freshness = self.freshness(verdict.header.timestamp_ms, now);
        Some(*verdict)
    }

    /// Ends the present wait: there may be a new head.
    pub fn wake(&mut self) {
        self.wait_until = None;
    }

    /// Returns where the client stands.
    #[must_use]
    pub fn status(&self, now: Now) -> Status {
        let checkpoint = &self.config.checkpoint;
        let at_checkpoint = (checkpoint.height, checkpoint.hash, checkpoint.timestamp_ms);
        let head = self.trusted.as_ref().map(|trusted| {
            let head = trusted.chain.head();
            (head.height, head.hash, head.timestamp_ms)
        });
        let (height, hash, timestamp_ms) = head.unwrap_or(at_checkpoint);
        Status {
            checkpoint: *checkpoint,
            head: (height, hash),
            timestamp_ms,
            stale_at_ms: self.stale_at_ms(timestamp_ms),
            freshness: self.freshness(timestamp_ms, now),
            epoch: self.trusted.as_ref().map(|trusted| trusted.chain.epoch()),
            latest_height: self.latest_height,
            spent: self.spent,
        }
    }

    fn request(&self) -> Request {
        let (path, max_bytes) = match &self.phase {
            Phase::Load | Phase::Anchor => {
                let height = self.config.checkpoint.height;
                (format!("/v1/blocks/{height}"), BlockJson::MAX_BYTES)
            }
            Phase::Head | Phase::Save { .. } => ("/v1/head".into(), HeadJson::MAX_BYTES),
            Phase::Block { height } => (format!("/v1/blocks/{height}"), BlockJson::MAX_BYTES),
            Phase::Path { block } => {
                let (height, within) = (self.head_height(), block.header.height);
                let path = format!("/v1/ancestors/{height}?in={within}");
                (path, AncestorJson::MAX_BYTES)
            }
            Phase::Proof { step } => {
                let height = step.candidate.header.height;
                let path = format!("/v1/blocks/{height}/proofs/consensus");
                (path, MAX_PROOF_BYTES)
            }
        };
        Request { path, max_bytes }
    }

    /// Takes an answer in the phase that asked for it.
    fn take(&mut self, answer: &Answer, now: Now) -> Result<(), Error> {
        let path = self.request().path;
        match mem::replace(&mut self.phase, Phase::Head) {
            Phase::Load => self.phase = Phase::Load,
            Phase::Save { verdict } => self.phase = Phase::Save { verdict },
            Phase::Anchor => self.take_anchor(document(answer, &path)?)?,
            Phase::Head => self.take_head(document(answer, &path)?, now)?,
            Phase::Block { height } => {
                let block: BlockJson = document(answer, &path)?;
                if block.height != height {
                    let (expected, got) = (height, block.height);
                    return Err(AnswerError::OtherHeight { expected, got }.into());
                }
                check_label(&block)?;
                self.take_block(block, now)?;
            }
            Phase::Path { block } => {
                let path = self.take_path(document(answer, &path)?, &block)?;
                self.check(*block, Some(path), now)?;
            }
            Phase::Proof { step } => self.take_proof(*step, body(answer, &path)?, now)?,
        }
        Ok(())
    }

    fn take_anchor(&mut self, block: BlockJson) -> Result<(), Error> {
        let chain = self.config.checkpoint.start(&block.header)?;
        self.trusted = Some(Trusted {
            anchor: block.header,
            unskipped_since: chain.head().height.saturating_add(1),
            chain,
            keys: Vec::new(),
        });
        Ok(())
    }

    fn take_head(&mut self, head: HeadJson, now: Now) -> Result<(), Error> {
        let block = head.block;
        self.head_asked = now.uptime;
        self.latest_height = Some(head.latest_height);
        check_label(&block)?;
        let got = block.header.height;
        let own = *self.trusted().chain.head();
        if got < own.height {
            let head = own.height;
            return Err(AnswerError::HeadBehind { head, got }.into());
        }
        if got == own.height {
            if block.header.hash() != own.hash {
                return Err(AnswerError::OtherHead { height: got }.into());
            }
            self.rest(now);
            return Ok(());
        }
        self.goal = Some(got);
        let target = self.target(got);
        if target == got {
            return self.take_block(block, now);
        }
        self.phase = Phase::Block { height: target };
        Ok(())
    }

    /// Asks for the place of the head in the block's history, unless it is the block's parent.
    fn take_block(&mut self, block: BlockJson, now: Now) -> Result<(), Error> {
        if block.header.height.checked_sub(1) == Some(self.head_height()) {
            return self.check(block, None, now);
        }
        let block = Box::new(block);
        self.phase = Phase::Path { block };
        Ok(())
    }

    fn take_path(&self, ancestor: AncestorJson, block: &BlockJson) -> Result<HistoryPath, Error> {
        let own = self.trusted().chain.head();
        let (height, within) = (own.height, block.header.height);
        let told = (ancestor.height, ancestor.r#in, ancestor.header_hash);
        if told != (height, within, own.hash.0) {
            return Err(AnswerError::OtherAncestor { height, within }.into());
        }
        Ok(ancestor.history_path)
    }

    /// Checks every header rule before the proof is fetched.
    fn check(
        &mut self,
        block: BlockJson,
        head_path: Option<HistoryPath>,
        now: Now,
    ) -> Result<(), Error> {
        let candidate = block.into_candidate(head_path).map_err(AnswerError::from)?;
        let checked = self.trusted().chain.check(&candidate, now.unix_ms)?;
        let step = Box::new(Candidacy { candidate, checked });
        self.phase = Phase::Proof { step };
        Ok(())
    }

    fn take_proof(&mut self, step: Candidacy, bytes: &[u8], now: Now) -> Result<(), Error> {
        let Candidacy { candidate, checked } = step;
        let key = VerifyingKey::<HeadCircuit>::new(candidate.header.chain_id);
        let proof = Proof::from_bytes(bytes, &CIRCUITS)?;
        let verified = key.verify(checked.statement().clone(), &proof)?;
        let height = candidate.header.height;
        let trusted = self.trusted_mut();
        let (before, epoch) = (trusted.chain.head().height, trusted.chain.epoch());
        let ends_epoch = trusted.chain.params().ends_epoch(height);
        trusted.chain.accept(checked, &verified)?;
        if height - before > 1 {
            trusted.unskipped_since = height;
        }
        if !trusted.keys.contains(verified.key_digest()) {
            trusted.keys.push(*verified.key_digest());
        }
        let (anchor, keys) = (trusted.anchor.clone(), trusted.keys.clone());
        let unskipped_since = trusted.unskipped_since;
        let verdict = Box::new(Verdict {
            step: if self.goal == Some(height) {
                Step::Head
            } else {
                Step::Hop
            },
            freshness: self.freshness(candidate.header.timestamp_ms, now),
            header: candidate.header.clone(),
            verified,
            proof_bytes: bytes.len(),
            spent: self.spent,
            epoch,
            ends_epoch,
            unskipped_since,
        });
        self.state = Some(State {
            checkpoint: self.config.checkpoint,
            anchor,
            keys,
            header: candidate.header,
            parent: candidate.parent,
            certificate: candidate.certificate,
            proof: bytes.to_vec(),
        });
        self.backoff = Backoff::default();
        self.phase = Phase::Save { verdict };
        Ok(())
    }

    fn resume(&mut self, restored: Restored, now: Now) -> Verdict {
        let Restored {
            state,
            chain,
            verified,
        } = restored;
        let height = state.header.height;
        let verdict = Verdict {
            step: Step::Stored,
            freshness: self.freshness(state.header.timestamp_ms, now),
            header: state.header.clone(),
            verified,
            proof_bytes: state.proof.len(),
            spent: self.spent,
            epoch: chain.params().epoch(height),
            ends_epoch: chain.params().ends_epoch(height),
            // What was verified before is the store's word.
            unskipped_since: height,
        };
        self.trusted = Some(Trusted {
            anchor: state.anchor.clone(),
            chain,
            keys: state.keys.clone(),
            unskipped_since: height,
        });
        self.state = Some(state);
        self.phase = Phase::Head;
        verdict
    }

    /// Goes on to the provider's head, or rests where it is reached.
    fn go_on(&mut self, now: Now) {
        let head = self.head_height();
        match self.goal.filter(|&goal| goal > head) {
            Some(goal) => {
                let height = self.target(goal);
                self.phase = Phase::Block { height };
            }
            None => self.rest(now),
        }
    }

    /// Asks for the provider's head when the policy says so.
    fn rest(&mut self, now: Now) {
        self.goal = None;
        self.phase = Phase::Head;
        self.backoff = Backoff::default();
        let every = match self.config.follow {
            Follow::Every(every) => every.max(SHORTEST_POLL),
            Follow::EveryBlock => POLL,
        };
        let since = now.uptime.saturating_sub(self.head_asked);
        self.wait(every.saturating_sub(since), now);
    }

    /// Returns the height to verify next on the way to `goal`, above the head: epochs are not
    /// skipped, since the last header of each names the next set.
    fn target(&self, goal: u32) -> u32 {
        let chain = &self.trusted().chain;
        match self.config.follow {
            Follow::EveryBlock => chain.head().height.saturating_add(1),
            Follow::Every(_) => goal.min(chain.epoch_end()),
        }
    }

    /// After an error everything that was not verified is dropped.
    fn start_over(&mut self) {
        if matches!(self.phase, Phase::Load | Phase::Save { .. }) {
            return;
        }
        self.goal = None;
        self.phase = match self.trusted {
            None => Phase::Anchor,
            Some(_) => Phase::Head,
        };
    }

    fn wait(&mut self, duration: Duration, now: Now) {
        self.wait_until = Some(now.uptime.saturating_add(duration));
    }

    /// A verified header that is further ahead of the clock than headers may be shows that the clock is
    /// behind, and then nothing is known of any age.
    fn freshness(&self, timestamp_ms: u64, now: Now) -> Freshness {
        let is_old = now.unix_ms > self.stale_at_ms(timestamp_ms);
        let clock_is_behind = timestamp_ms > now.unix_ms.saturating_add(MAX_CLOCK_DRIFT_MS);
        if is_old || clock_is_behind {
            Freshness::Stale
        } else {
            Freshness::Fresh
        }
    }

    fn stale_at_ms(&self, timestamp_ms: u64) -> u64 {
        let age = u64::try_from(self.config.max_head_age.as_millis()).unwrap_or(u64::MAX);
        timestamp_ms.saturating_add(age)
    }

    fn head_height(&self) -> u32 {
        self.trusted().chain.head().height
    }

    fn trusted(&self) -> &Trusted {
        let trusted = self.trusted.as_ref();
        trusted.expect("after the checkpoint's header, there is a chain")
    }

    fn trusted_mut(&mut self) -> &mut Trusted {
        let trusted = self.trusted.as_mut();
        trusted.expect("after the checkpoint's header, there is a chain")
    }

    /// Returns the checkpoint that the session is pinned to.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.config.checkpoint
    }
}

fn check_label(block: &BlockJson) -> Result<(), AnswerError> {
    if block.height == block.header.height {
        return Ok(());
    }
    Err(BlockError::Label { what: "height" }.into())
}

/// How often a client that verifies every block asks for the head.
const POLL: Duration = Duration::from_secs(1);
/// How often any client asks at most.
const SHORTEST_POLL: Duration = Duration::from_millis(250);
