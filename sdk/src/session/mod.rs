//! `Session`: every decision of a light client, without any I/O.
//!
//! A driver asks what it [needs](Session::need), does that, and hands in the outcome. Between two
//! calls all state is in the session, so a driver may be cancelled at any point and resume later:
//! it gets the same need again, with the same tickets.

mod anchor;
mod freshness;
mod need;
mod pace;
mod providers;
mod sync;
mod trusted;

use core::mem;

use rpp_verifier::Checkpoint;

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
use crate::error::Error;
use crate::state::State;
use crate::store::StoreError;
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
            Stage::Sync(syncing) if syncing.unsaved().is_some() => Need::Save,
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
    /// proof is verified again.
    ///
    /// # Errors
    ///
    /// [`Error::State`]: the session starts from its checkpoint. [`Error::Store`]: the next need is
    /// to wait a little and read again, since a state that cannot be read may reach further than
    /// the provider shows, and would be overwritten.
    pub fn loaded(
        &mut self,
        state: Result<Option<Vec<u8>>, StoreError>,
        now: Now,
    ) -> Result<Option<Verdict>, Error> {
        if !matches!(self.stage, Stage::Load) {
            return Ok(None);
        }
        let state = state.inspect_err(|_| self.pace.back_off(None, now))?;
        self.pace.succeed();
        let (_, mut turn) = self.turn(now);
        let restored = state.map(|bytes| State::restore(&bytes, &turn.config.checkpoint));
        let (stage, verdict) = match restored {
            None => (Stage::Anchor(Anchoring::new(&mut turn)), Ok(None)),
            Some(Err(unusable)) => {
                let anchoring = Anchoring::new(&mut turn);
                (Stage::Anchor(anchoring), Err(unusable.into()))
            }
            Some(Ok(restored)) => {
                let (syncing, verdict) = Syncing::resume(restored, &mut turn);
                (Stage::Sync(Box::new(syncing)), Ok(Some(verdict)))
            }
        };
        self.stage = stage;
        verdict
    }

    /// Handles the answer to a question of [`Need::Fetch`]. An answer to a question that is not
    /// open is ignored and not counted.
    ///
    /// # Errors
    ///
    /// [`Error`]; the head stays where it is, every open question is dropped, and the next need is
    /// a short wait.
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
        let taken = body.and_then(|body| self.take(ticket, body, now));
        if taken.is_err() {
            let (stage, mut turn) = self.turn(now);
            match stage {
                Stage::Load => {}
                Stage::Anchor(anchoring) => anchoring.reopen(&mut turn),
                Stage::Sync(syncing) => syncing.reopen(&mut turn),
            }
            self.pace.back_off(retry_after, now);
        }
        taken
    }

    /// Returns the bytes to save; `None` unless the current need is [`Need::Save`].
    #[must_use]
    pub fn state(&self) -> Option<Vec<u8>> {
        match &self.stage {
            Stage::Load | Stage::Anchor(_) => None,
            Stage::Sync(syncing) => syncing.unsaved().map(State::to_bytes),
        }
    }

    /// Reports that the state was written, or could not be, and returns the verdict on the step it
    /// belongs to; `None` if nothing was waiting to be saved.
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
        Status {
            checkpoint: *checkpoint,
            head: (height, hash),
            timestamp_ms,
            stale_at_ms: stale_at_ms(timestamp_ms, &self.config),
            freshness: Freshness::of(timestamp_ms, &self.config, now),
            epoch: self.trusted().map(|trusted| trusted.chain.epoch()),
            latest_height: self.provider.latest_height,
            spent: self.provider.spent,
        }
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
        };
        (&mut self.stage, turn)
    }
}
