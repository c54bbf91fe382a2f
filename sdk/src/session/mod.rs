//! `Session`: every decision of a light client, without any I/O.
//!
//! A driver asks what it [needs](Session::need), does that, and hands in the outcome. Between two
//! calls all state is in the session, so a driver may be cancelled at any point and resume later:
//! it gets the same need again, with the same tickets.

mod anchor;
mod branch;
mod freshness;
mod need;
mod pace;
mod providers;
mod sync;
mod transition;
mod trusted;

use core::mem;

use rpp_verifier::{Checkpoint, ClaimError, Evidence, Header, TrustedHeader};

use self::anchor::Anchoring;
use self::freshness::stale_at_ms;
use self::need::Tickets;
pub use self::need::{Ask, Fetch, Need, Ticket};
use self::pace::Pace;
use self::providers::Provider;
pub use self::providers::ProviderId;
use self::sync::Syncing;
use self::trusted::Trusted;
use crate::clock::Now;
use crate::config::{Config, ConfigError};
use crate::conflict::{Choice, ChoiceError, ConflictError, Seen};
use crate::error::Error;
use crate::kept::Kept;
use crate::store::{StoreError, StoreFault};
use crate::transport::{Answer, TransportError};
use crate::verdict::{Freshness, Status, Verdict};

/// Moves a trusted head along a provider's chain by verified proofs.
#[derive(Debug)]
pub struct Session {
    config: Config,
    stage: Stage,
    tickets: Tickets,
    pace: Pace,
    provider: Provider,
    seen: Option<Box<Seen>>,
}

/// How far a session has got.
#[derive(Debug, Default)]
enum Stage {
    /// The stored state has not been read.
    #[default]
    Load,
    /// Nothing is stored, and the checkpoint's header has not arrived yet.
    Anchor(Anchoring),
    /// A chain is trusted.
    Sync(Box<Syncing>),
}

/// One call from a driver: what a stage may use besides its own state.
struct Turn<'a> {
    config: &'a Config,
    now: Now,
    tickets: &'a mut Tickets,
    pace: &'a mut Pace,
    provider: &'a mut Provider,
    /// The newest conflict.
    seen: &'a mut Option<Box<Seen>>,
}

impl Turn<'_> {
    /// Returns whether a conflict waits for the owner's choice.
    fn is_open(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.is_open())
    }
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
            stage: Stage::Load,
            tickets: Tickets::default(),
            pace: Pace::default(),
            provider: Provider::default(),
            seen: None,
        })
    }

    /// Returns what is needed to continue. Asking changes nothing: the need stays the same until
    /// its outcome is handed in, or a wait is over.
    #[must_use]
    pub fn need(&self, now: Now) -> Need {
        if let Some(left) = self.pace.left(now) {
            return Need::Wait(left);
        }
        match &self.stage {
            Stage::Load => Need::Load,
            Stage::Sync(syncing) if syncing.is_unsaved() => Need::Save,
            Stage::Sync(syncing) if syncing.is_stopped() => Need::Choose,
            Stage::Anchor(_) | Stage::Sync(_) => {
                let provider = self.provider.id;
                let fetch = |(ticket, ask)| Fetch {
                    ticket,
                    provider,
                    ask,
                };
                Need::Fetch(self.open().into_iter().map(fetch).collect())
            }
        }
    }

    /// Takes the stored state, `None` if there is none, and returns the verdict on its head, whose
    /// proof is verified again; none if the client was stopped by a conflict, and is still.
    ///
    /// # Errors
    ///
    /// [`Error::State`], or [`Error::Store`] with [`StoreFault::Foreign`]: the session starts from its
    /// checkpoint. Any other [`Error::Store`]: the next need is to wait a little and read again, since
    /// a state that cannot be read may reach further than the provider shows, and would be overwritten.
    pub fn loaded(
        &mut self,
        state: Result<Option<Vec<u8>>, StoreError>,
        now: Now,
    ) -> Result<Option<Verdict>, Error> {
        if !matches!(self.stage, Stage::Load) {
            return Ok(None);
        }
        let (state, foreign) = match state {
            Err(error) if error.fault == StoreFault::Foreign => (None, Some(error)),
            state => (state.inspect_err(|_| self.pace.back_off(None, now))?, None),
        };
        self.pace.succeed();
        let (_, mut turn) = self.turn(now);
        let kept = state.map(|bytes| Kept::restore(&bytes, &turn.config.checkpoint));
        let (seen, restored) = match kept.transpose() {
            Err(unusable) => (None, Err(unusable)),
            Ok(None) => (None, Ok(None)),
            Ok(Some(kept)) => (kept.seen, kept.restored),
        };
        *turn.seen = seen.map(Box::new);
        let stopped = turn.seen.as_deref().filter(|seen| seen.is_open());
        let (stage, verdict) = match restored {
            Err(unusable) => {
                let anchoring = Anchoring::new(&mut turn);
                (Stage::Anchor(anchoring), Err(unusable.into()))
            }
            Ok(None) => match stopped.map(Syncing::stopped) {
                Some(stopped) => (Stage::Sync(Box::new(stopped)), Ok(None)),
                None => (Stage::Anchor(Anchoring::new(&mut turn)), Ok(None)),
            },
            Ok(Some(restored)) => {
                let (syncing, verdict) = Syncing::resume(restored, &mut turn);
                (Stage::Sync(Box::new(syncing)), Ok(Some(verdict)))
            }
        };
        self.stage = stage;
        foreign.map_or(verdict, |error| Err(error.into()))
    }

    /// Handles the answer to a question of [`Need::Fetch`]. An answer to a question that is not
    /// open is ignored and not counted.
    ///
    /// # Errors
    ///
    /// [`Error`]; the head stays where it is, every open question is dropped, and the next need is
    /// a short wait. A `state` proof that the provider has not made yet is no error, unless that goes on: it
    /// comes a little after the proof of its block, and is waited for.
    pub fn answer(
        &mut self,
        ticket: Ticket,
        answer: Result<Answer, TransportError>,
        now: Now,
    ) -> Result<(), Error> {
        let open = self.open().into_iter();
        let Some((_, ask)) = { open }.find(|(open, _)| *open == ticket) else {
            return Ok(());
        };
        self.provider.count(&answer);
        let retry_after = answer.as_ref().ok().and_then(|answer| answer.retry_after);
        let body = answer.map_err(Error::from);
        let body = body.and_then(|answer| Ok(answer.into_body(&ask.request())?));
        let taken = match (body, &mut self.stage) {
            (Ok(body), _) => self.take(ticket, body, now),
            (Err(error), Stage::Sync(syncing)) => Err(syncing.unanswered(error)),
            (Err(error), _) => Err(error),
        };
        if taken.as_ref().is_err_and(Error::is_gone) && self.pass_over(ask, now) {
            return Ok(());
        }
        if taken.is_err() {
            let (stage, mut turn) = self.turn(now);
            let waits = match stage {
                Stage::Sync(syncing) if taken.as_ref().is_err_and(Error::is_busy) => {
                    syncing.ask_again(ticket, &mut turn)
                }
                _ => false,
            };
            if !waits {
                match stage {
                    Stage::Load => {}
                    Stage::Anchor(anchoring) => anchoring.reopen(&mut turn),
                    Stage::Sync(syncing) => syncing.reopen(&mut turn),
                }
            }
            self.pace.back_off(retry_after, now);
            if waits {
                return Ok(());
            }
        }
        taken
    }

    /// Goes on past a block whose proof the provider keeps no longer; returns whether it can.
    fn pass_over(&mut self, ask: Ask, now: Now) -> bool {
        match self.turn(now) {
            (Stage::Sync(syncing), mut turn) => syncing.pass_over(ask, &mut turn),
            (Stage::Load | Stage::Anchor(_), _) => false,
        }
    }

    /// Returns the bytes to save; `None` unless the current need is [`Need::Save`].
    #[must_use]
    pub fn state(&self) -> Option<Vec<u8>> {
        match &self.stage {
            Stage::Load | Stage::Anchor(_) => None,
            Stage::Sync(syncing) => {
                let encode = || Kept::encode(self.seen.as_deref(), syncing.last());
                syncing.is_unsaved().then(encode)
            }
        }
    }

    /// Reports that the state was written, or could not be, and returns the verdict on the step it
    /// belongs to; `None` if nothing was waiting to be saved, or that was a conflict or a return to the
    /// checkpoint.
    pub fn saved(&mut self, now: Now) -> Option<Verdict> {
        let (stage, mut turn) = self.turn(now);
        match stage {
            Stage::Load | Stage::Anchor(_) => None,
            Stage::Sync(syncing) => syncing.saved(&mut turn),
        }
    }

    /// Ends the current wait: there may be a new head.
    pub const fn wake(&mut self) {
        self.pace.wake();
    }

    /// Takes the owner's choice, which is then to be saved: after [`Session::saved`] the client follows the
    /// chain again, and returns to no choice by itself.
    ///
    /// A provider that shows the header that was not chosen is refused from then on, and stops nobody.
    ///
    /// # Errors
    ///
    /// [`ChoiceError`]; nothing has changed.
    pub fn choose(&mut self, choice: Choice, now: Now) -> Result<(), ChoiceError> {
        let (stage, mut turn) = self.turn(now);
        let Stage::Sync(syncing) = stage else {
            return Err(ChoiceError::NotStopped);
        };
        syncing.choose(choice, &mut turn)?;
        self.pace.wake();
        Ok(())
    }

    /// Returns why the client is stopped.
    #[must_use]
    pub fn conflict(&self) -> Option<ConflictError> {
        let seen = self.seen.as_deref();
        Some(seen.filter(|seen| seen.is_open())?.error())
    }

    /// Returns the evidence of the newest conflict, checked; it is kept after the owner's choice.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        Some(&self.seen.as_ref()?.evidence)
    }

    /// Returns where the client stands.
    #[must_use]
    pub fn status(&self, now: Now) -> Status {
        let checkpoint = &self.config.checkpoint;
        let at_checkpoint = (checkpoint.height, checkpoint.hash, checkpoint.timestamp_ms);
        let head = self.trusted().map(|trusted| {
            let head = trusted.chain.head();
            (head.height, head.hash, head.timestamp_ms)
        });
        let (height, hash, timestamp_ms) = head.unwrap_or(at_checkpoint);
        let stale_at_ms = stale_at_ms(timestamp_ms, &self.config);
        Status {
            checkpoint: *checkpoint,
            head: (height, hash),
            timestamp_ms,
            stale_at_ms,
            freshness: Freshness::at(timestamp_ms, stale_at_ms, now.unix_ms),
            epoch: self.trusted().map(|trusted| trusted.chain.epoch()),
            latest_height: self.provider.latest_height,
            spent: self.provider.spent,
            is_stopped: self.conflict().is_some(),
        }
    }

    /// Returns `header` as a trusted one, under which accounts and operations are believed, if it is the
    /// client's head. It stays trusted when the head moves on.
    ///
    /// # Errors
    ///
    /// [`ClaimError::NotHead`] if it is not, or if the client is stopped.
    pub fn trust(&self, header: &Header) -> Result<TrustedHeader, ClaimError> {
        let chain = self.trusted().filter(|_| self.conflict().is_none());
        chain.ok_or(ClaimError::NotHead)?.chain.trusted(header)
    }

    /// Returns the checkpoint that the session is pinned to.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.config.checkpoint
    }

    /// Handles the body of an answer to an open question.
    fn take(&mut self, ticket: Ticket, body: Vec<u8>, now: Now) -> Result<(), Error> {
        let (stage, mut turn) = self.turn(now);
        let anchoring = match stage {
            Stage::Load => return Ok(()),
            Stage::Sync(syncing) => return syncing.take(ticket, body, &mut turn),
            Stage::Anchor(anchoring) => anchoring,
        };
        anchoring.take(ticket, &body, &mut turn)?;
        let Stage::Anchor(anchoring) = mem::take(stage) else {
            return Ok(());
        };
        let (trusted, head) = match anchoring.finish() {
            Ok(both) => both,
            Err(waiting) => {
                *stage = Stage::Anchor(waiting);
                return Ok(());
            }
        };
        let mut syncing = Syncing::new(trusted, &mut turn);
        let begun = syncing.begin(head, &mut turn);
        *stage = Stage::Sync(Box::new(syncing));
        begun
    }

    fn open(&self) -> Vec<(Ticket, Ask)> {
        match &self.stage {
            Stage::Load => Vec::new(),
            Stage::Anchor(anchoring) => anchoring.open(self.config.checkpoint.height),
            Stage::Sync(syncing) => syncing.open(),
        }
    }

    fn trusted(&self) -> Option<&Trusted> {
        match &self.stage {
            Stage::Load => None,
            Stage::Anchor(anchoring) => anchoring.trusted(),
            Stage::Sync(syncing) => Some(&syncing.trusted),
        }
    }

    const fn turn(&mut self, now: Now) -> (&mut Stage, Turn<'_>) {
        let turn = Turn {
            config: &self.config,
            now,
            tickets: &mut self.tickets,
            pace: &mut self.pace,
            provider: &mut self.provider,
            seen: &mut self.seen,
        };
        (&mut self.stage, turn)
    }
}
