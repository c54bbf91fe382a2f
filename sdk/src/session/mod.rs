//! `Session`: every decision of a light client, without any I/O.
//!
//! A driver asks what it [needs](Session::need), does that, and hands in the outcome. Between two
//! calls all state is in the session, so a driver may be cancelled at any point and resume later:
//! it gets the same need again, with the same tickets.

mod anchor;
mod branch;
mod freshness;
mod leap;
mod load;
mod need;
mod pace;
mod providers;
mod reach;
mod renew;
mod saving;
mod setup;
mod stage;
mod step;
mod sync;
mod task;
mod transition;
mod trusted;
mod view;

use core::time::Duration;

use self::leap::About;
use self::need::Tickets;
pub use self::need::{Ask, Fetch, Need, Ticket};
use self::pace::Pace;
use self::providers::Provider;
pub use self::providers::ProviderId;
use self::saving::Saving;
use self::setup::SetupWatch;
use self::stage::{Stage, Turn};
use self::trusted::Start;
use crate::clock::Now;
use crate::config::{Config, ConfigError, Pin};
use crate::conflict::{Choice, ChoiceError, Seen};
use crate::error::Error;
use crate::kept::Kept;
use crate::transport::{Answer, TransportError};
use crate::verdict::{Anchor, Verdict};

/// Moves a trusted head along a provider's chain by verified proofs.
#[derive(Debug)]
pub struct Session {
    config: Config,
    /// None for a client that was given a checkpoint.
    setup: Option<Box<SetupWatch>>,
    stage: Stage,
    tickets: Tickets,
    pace: Pace,
    provider: Provider,
    seen: Option<Box<Seen>>,
    saving: Saving,
}

impl Session {
    /// Returns the session of a client that trusts `config`'s checkpoint, or its pin, and nothing else.
    ///
    /// # Errors
    ///
    /// [`ConfigError`].
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let mut tickets = Tickets::default();
        let setup = match &config.pin {
            Pin::Checkpoint(_) => None,
            Pin::Setup(pin) => Some(Box::new(SetupWatch::new(pin.clone(), &mut tickets)?)),
        };
        Ok(Self {
            config,
            setup,
            stage: Stage::Load,
            tickets,
            pace: Pace::default(),
            provider: Provider::default(),
            seen: None,
            saving: Saving::default(),
        })
    }

    /// Returns what is needed to continue. Asking changes nothing: the need stays the same until
    /// its outcome is handed in, or a wait is over.
    #[must_use]
    pub fn need(&self, now: Now) -> Need {
        let wait = self.pace.left(now);
        if matches!(self.stage, Stage::Load) {
            return wait.map_or(Need::Load, Need::Wait);
        }
        if matches!(self.stage, Stage::Sealed) {
            return Need::Wait(SEALED);
        }
        if self.has_news() {
            return Need::Save;
        }
        let is_due = self.saving.left(now) == Some(Duration::ZERO);
        if self.stage.is_stopped() {
            return if is_due { Need::Save } else { Need::Choose };
        }
        let provider = self.provider.id;
        let open = self.open(now).into_iter();
        // A new setup is asked for while the rest waits.
        let open = open.filter(|(_, ask)| wait.is_none() || matches!(ask, Ask::Setup { .. }));
        let fetches = open.map(|(ticket, ask)| Fetch {
            ticket,
            provider,
            ask,
        });
        let fetches: Vec<_> = fetches.collect();
        if !fetches.is_empty() {
            return Need::Fetch(fetches);
        }
        if is_due {
            return Need::Save;
        }
        Need::Wait(self.left(wait, now))
    }

    /// Returns how long it is until there is something to ask.
    fn left(&self, wait: Option<Duration>, now: Now) -> Duration {
        let setup = self.setup.as_ref();
        let setup = setup.map(|watch| watch.left(now, self.time_ms(now)));
        let waits = wait.into_iter().chain(setup).chain(self.saving.left(now));
        waits.min().unwrap_or(SEALED)
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
        let open = self.open(now).into_iter();
        let Some((_, ask)) = { open }.find(|(open, _)| *open == ticket) else {
            return Ok(());
        };
        self.provider.count(&answer);
        let retry_after = answer.as_ref().ok().and_then(|answer| answer.retry_after);
        let body = answer.map_err(Error::from);
        let body = body.and_then(|answer| Ok(answer.into_body(&ask.request())?));
        if let Ask::Setup { .. } = ask {
            return self.take_setup(body, retry_after, now);
        }
        let about = match &self.stage {
            Stage::Sync(syncing) => syncing.about(),
            _ => About::Other,
        };
        let taken = match (body, &mut self.stage) {
            (Ok(body), _) => self.take(ticket, body, now),
            (Err(error), Stage::Sync(syncing)) => Err(syncing.unanswered(error)),
            (Err(error), _) => Err(error),
        };
        let Err(error) = &taken else { return taken };
        if self.pass_over(ask, error, now) {
            return Ok(());
        }
        let waits = error.is_busy() && self.ask_again(ticket, now);
        if !waits {
            let (stage, mut turn) = self.turn(now);
            stage.reopen(&mut turn);
            if let Stage::Sync(syncing) = stage {
                syncing.set_back(about, error, &turn);
            }
        }
        self.pace.back_off(retry_after, now);
        if waits { Ok(()) } else { taken }
    }

    /// Asks again for what the provider may have later, and drops nothing; returns whether that was the question.
    fn ask_again(&mut self, ticket: Ticket, now: Now) -> bool {
        match self.turn(now) {
            (Stage::Sync(syncing), mut turn) => syncing.ask_again(ticket, &mut turn),
            _ => false,
        }
    }

    /// Goes on past a block whose proof the provider keeps no longer, or without a span that it has not; returns whether it can.
    fn pass_over(&mut self, ask: Ask, error: &Error, now: Now) -> bool {
        let (Stage::Sync(syncing), mut turn) = self.turn(now) else {
            return false;
        };
        error.is_missing() && syncing.pass_over_span(ask, error, &mut turn)
            || error.is_gone() && syncing.pass_over(ask, &mut turn)
    }

    /// Returns the bytes to save; `None` unless the current need is [`Need::Save`].
    #[must_use]
    pub fn state(&self) -> Option<Vec<u8>> {
        if !self.has_news() && self.saving.is_saved() {
            return None;
        }
        let seen = self.seen.as_deref();
        let watch = self.setup.as_ref();
        // Of a client with a setup, that alone may be all there is.
        let may_be_bare = watch.is_some() && seen.is_none();
        let kept = match &self.stage {
            Stage::Load | Stage::Sealed => return None,
            Stage::Held { kept, .. } => kept.clone(),
            Stage::Anchor(_) if may_be_bare => Vec::new(),
            Stage::Anchor(_) => Kept::encode(seen, None),
            Stage::Sync(syncing) if may_be_bare && syncing.is_new() => Vec::new(),
            Stage::Sync(syncing) => Kept::encode(seen, syncing.last()),
        };
        Some(match watch {
            None => kept,
            Some(watch) => watch.wrap(self.anchor(), &kept),
        })
    }

    /// Reports whether the state was written, and returns the verdict on the step it
    /// belongs to; `None` if nothing was waiting to be saved, or that was a conflict, a return to the
    /// checkpoint or a setup. What could not be written is tried again after a while.
    pub fn saved(&mut self, is_written: bool, now: Now) -> Option<Verdict> {
        self.saving.saved(is_written, now);
        let (stage, mut turn) = self.turn(now);
        match stage {
            Stage::Sync(syncing) => syncing.saved(&mut turn),
            Stage::Load | Stage::Held { .. } | Stage::Sealed | Stage::Anchor(_) => None,
        }
    }

    /// Ends the current wait: there may be a new head.
    pub const fn wake(&mut self) {
        self.pace.wake();
    }

    /// Takes the owner's choice, which is then to be saved: after [`Session::saved`] the client follows the
    /// chain again, and returns to no choice by itself.
    ///
    /// A provider that shows the header that was not chosen is refused from then on, and stops nobody. Where the setup has revoked what the
    /// choice rests on, the client goes back to the checkpoint.
    ///
    /// # Errors
    ///
    /// [`ChoiceError`]; nothing has changed.
    pub fn choose(&mut self, choice: Choice, now: Now) -> Result<(), ChoiceError> {
        if choice == Choice::Checkpoint && self.stage.is_held() {
            self.saving.note();
            self.start_anew(now);
            return Ok(());
        }
        let (stage, mut turn) = self.turn(now);
        let Stage::Sync(syncing) = stage else {
            return Err(ChoiceError::NotStopped);
        };
        syncing.choose(choice, &mut turn)?;
        self.pace.wake();
        // A setup may have revoked what it rests on, while nobody went on from there.
        drop(self.leave_revoked(now));
        Ok(())
    }

    /// Handles the body of an answer to an open question.
    fn take(&mut self, ticket: Ticket, body: Vec<u8>, now: Now) -> Result<(), Error> {
        let (stage, mut turn) = self.turn(now);
        match stage {
            Stage::Load | Stage::Held { .. } | Stage::Sealed => Ok(()),
            Stage::Sync(syncing) => syncing.take(ticket, body, &mut turn),
            Stage::Anchor(anchoring) => {
                anchoring.take(ticket, &body, &mut turn)?;
                self.finish_anchoring(now)
            }
        }
    }

    /// Returns the open questions: without a setup that counts, none but for a newer one, and for the head.
    fn open(&self, now: Now) -> Vec<(Ticket, Ask)> {
        if self.has_news()
            || self.stage.is_stopped()
            || matches!(self.stage, Stage::Load | Stage::Sealed)
        {
            return Vec::new();
        }
        let setup = self.setup.as_ref();
        let setup = setup.and_then(|watch| watch.open(now, self.time_ms(now)));
        let is_certain = self.is_certain(now);
        let is_anchoring = matches!(self.stage, Stage::Anchor(_));
        let open = self.stage.open().into_iter();
        let open = open.filter(|(_, ask)| is_certain || is_anchoring && *ask == Ask::Head);
        setup.into_iter().chain(open).collect()
    }

    /// Returns whether there is something to be saved before anything else.
    fn has_news(&self) -> bool {
        self.stage.is_unsaved() || self.saving.has_news()
    }

    /// Returns whether what is verified counts at this time: the owner gave a checkpoint, or a setup is valid.
    fn is_certain(&self, now: Now) -> bool {
        let setup = self.setup.as_ref();
        setup.is_none_or(|watch| watch.is_valid(self.time_ms(now)))
    }

    /// Returns the latest time that is known, in milliseconds since the Unix epoch: no clock is right that shows an
    /// earlier one than a header that was proven.
    fn time_ms(&self, now: Now) -> u64 {
        let trusted = self.stage.trusted();
        let head = trusted.map_or(0, |trusted| trusted.shown().head().timestamp_ms);
        now.unix_ms.max(head)
    }

    /// Returns where a chain is to be started.
    fn start(&self) -> Option<Start> {
        let given = self.config.given().map(|&checkpoint| Start {
            checkpoint,
            anchor: Anchor::Given,
        });
        given.or_else(|| self.setup.as_ref()?.start(&self.config))
    }

    /// Returns on whose word the chain is started.
    fn anchor(&self) -> Anchor {
        let start = self.stage.trusted().map(|trusted| trusted.start);
        match (&self.stage, start.or_else(|| self.start())) {
            (Stage::Held { anchor, .. }, _) => *anchor,
            (_, Some(start)) => start.anchor,
            (_, None) => Anchor::Offline,
        }
    }

    fn turn(&mut self, now: Now) -> (&mut Stage, Turn<'_>) {
        let (time_ms, keys) = (self.time_ms(now), self.keys(now));
        let watch = self.setup.as_ref();
        let time_ms = watch.map_or(time_ms, |watch| watch.time_ms(time_ms));
        let turn = Turn {
            config: &self.config,
            now,
            time_ms,
            keys,
            tickets: &mut self.tickets,
            pace: &mut self.pace,
            provider: &mut self.provider,
            seen: &mut self.seen,
        };
        (&mut self.stage, turn)
    }
}

/// How long there is nothing to be done where nothing is asked.
const SEALED: Duration = Duration::from_secs(60 * 60);
