//! `SetupWatch`: the setup of a client that is pinned to one.

use core::time::Duration;
use std::sync::Arc;

use rpp_verifier::{
    CIRCUITS, Circuit, CircuitError, Document, HeadCircuit, Role, RootPin, SetupBundle, SetupError,
    SetupFault, SetupFileName, SetupTrust, TransitionCircuit, VerifiedSetup,
};

use super::need::{Ask, Ticket, Tickets};
use super::pace::Backoff;
use super::trusted::{RestsOn, Start};
use crate::clock::Now;
use crate::config::{Config, OfflineCheckpoint};
use crate::error::Error;
use crate::keys::Keys;
use crate::remembered::Remembered;
use crate::state::StateError;
use crate::trust_error::TrustError;
use crate::verdict::Anchor;

/// The setup of a client that is pinned to one: what is trusted of it, and when it is asked for again.
#[derive(Debug)]
pub(super) struct SetupWatch {
    trust: SetupTrust,
    /// The setup that was verified last; it may have expired since.
    verified: Option<Arc<VerifiedSetup>>,
    ticket: Ticket,
    /// Up to when there is no need to ask again; also by the calendar, since uptime stands still while a machine sleeps.
    due: Duration,
    due_unix_ms: u64,
    /// Up to when nothing is asked, because the last answer was no good.
    rest: Duration,
    backoff: Backoff,
    /// Why the setup in the store was not valid any more.
    lapsed: Option<SetupError>,
}

impl SetupWatch {
    /// Trusts a pin and nothing else.
    pub(super) fn new(pin: RootPin, tickets: &mut Tickets) -> Result<Self, SetupError> {
        Ok(Self {
            trust: SetupTrust::new(pin)?,
            verified: None,
            ticket: tickets.draw(),
            due: Duration::ZERO,
            due_unix_ms: 0,
            rest: Duration::ZERO,
            backoff: Backoff::default(),
            lapsed: None,
        })
    }

    /// Returns the setup that was verified last, whether it has expired or not.
    pub(super) const fn verified(&self) -> Option<&Arc<VerifiedSetup>> {
        self.verified.as_ref()
    }

    /// Returns the latest time that is known, at least `time_ms`, in milliseconds since the Unix epoch.
    pub(super) fn time_ms(&self, time_ms: u64) -> u64 {
        time_ms.max(self.trust.latest_ms())
    }

    /// Returns the keys that count at a time.
    pub(super) fn keys(&self, time_ms: u64) -> Keys {
        match &self.verified {
            Some(setup) if self.time_ms(time_ms) < setup.expires() => {
                Keys::Listed(Arc::clone(setup))
            }
            _ => Keys::None,
        }
    }

    /// Checks that what was taken last lists the circuits that a head rests on, even if no setup came of it.
    pub(super) fn check_listed(&self, rests_on: &RestsOn) -> Result<(), CircuitError> {
        self.trust.check_listed(&rests_on.head, rests_on.height)?;
        let span = rests_on.span.as_ref();
        span.map_or(Ok(()), |span| self.trust.check_not_revoked(span))
    }

    /// Returns whether a setup is verified, and counts at a time.
    pub(super) fn is_valid(&self, time_ms: u64) -> bool {
        self.left_ms(time_ms) > 0
    }

    /// Returns where a chain is to be started; none before a setup is verified.
    pub(super) fn start(&self, config: &Config) -> Option<Start> {
        let setup = self.verified.as_ref()?;
        Some(match config.offline_checkpoint {
            OfflineCheckpoint::Required => Start {
                checkpoint: setup.offline_checkpoint(),
                anchor: Anchor::Offline,
            },
            OfflineCheckpoint::Waived => Start {
                checkpoint: setup.online_checkpoint(),
                anchor: Anchor::OnlineAlone,
            },
        })
    }

    /// Returns the question for a newer setup, if it is time.
    pub(super) fn open(&self, now: Now, time_ms: u64) -> Option<(Ticket, Ask)> {
        let root = self.trust.next_root();
        let is_due = self.left(now, time_ms).is_zero();
        is_due.then_some((self.ticket, Ask::Setup { root }))
    }

    /// Returns how long it is until the next question.
    pub(super) fn left(&self, now: Now, time_ms: u64) -> Duration {
        let rest = self.rest.saturating_sub(now.uptime);
        if !self.is_valid(time_ms) {
            return rest;
        }
        let due = self.due.saturating_sub(now.uptime);
        let due_unix = Duration::from_millis(self.due_unix_ms.saturating_sub(now.unix_ms));
        due.min(due_unix).max(rest)
    }

    /// Takes what a provider serves: each file that is verified is remembered from then on, whatever comes after it.
    ///
    /// # Errors
    ///
    /// [`Error::Setup`] or [`Error::Trust`]. If it says something newer than what was verified before, that counts no more.
    pub(super) fn take(
        &mut self,
        body: &[u8],
        config: &Config,
        now: Now,
        time_ms: u64,
    ) -> Result<(), Error> {
        let served = SetupBundle::from_bytes(body)?;
        let before = self.trust.clone();
        let verified = self.verify(&served, config, now.unix_ms, time_ms);
        if self.trust.has_seen_more_than(&before) {
            self.verified = None;
        }
        self.verified = Some(Arc::new(verified?));
        self.backoff = Backoff::default();
        let half = Duration::from_millis(self.left_ms(time_ms) / 2);
        let rest = half.clamp(SHORTEST, DAY);
        self.due = now.uptime.saturating_add(rest);
        self.due_unix_ms = now
            .unix_ms
            .saturating_add(u64::try_from(rest.as_millis()).unwrap_or(u64::MAX));
        Ok(())
    }

    /// Notes that an answer was no good, and asks again after a while; where a setup is valid, there is time.
    pub(super) fn fail(
        &mut self,
        named: Option<Duration>,
        now: Now,
        time_ms: u64,
        tickets: &mut Tickets,
    ) {
        self.ticket = tickets.draw();
        let wait = self.backoff.next(named);
        let left = Duration::from_millis(self.left_ms(time_ms));
        self.rest = now.uptime.saturating_add(wait.max(left.min(PATIENCE)));
    }

    /// Returns why there was no good answer. Where the provider has no setup, and the one that is known has expired,
    /// that is what its owner has to know.
    pub(super) fn explain(&self, error: Error, time_ms: u64) -> Error {
        if self.is_valid(time_ms) || error.code() != "provider-refused" {
            return error;
        }
        let expired = self.verified.as_ref().and_then(|setup| {
            let files = setup.files().into_iter();
            let file = files.min_by_key(|file| file.envelope.expires)?;
            let now = self.time_ms(time_ms);
            let expires = file.envelope.expires;
            Some(SetupError {
                file: file_name(file.role, file.envelope.version),
                fault: SetupFault::Expired { expires, now },
            })
        });
        let lapsed = expired.or_else(|| self.lapsed.clone());
        lapsed.map_or(error, Error::Setup)
    }

    /// Draws another ticket: the last question is answered.
    pub(super) const fn reopen(&mut self, tickets: &mut Tickets) {
        self.ticket = tickets.draw();
    }

    /// Returns what is to be kept of the setup.
    pub(super) fn kept(&self) -> Vec<u8> {
        self.trust.to_bytes()
    }

    /// Returns what to store beside what any client keeps.
    pub(super) fn wrap(&self, anchor: Anchor, kept: &[u8]) -> Vec<u8> {
        let remembered = Remembered {
            anchor,
            trust: &self.kept(),
            kept,
        };
        remembered.to_bytes()
    }

    /// Takes what was stored, and verifies the setup in it again, which may be valid still. Returns what any client
    /// keeps, and what its chain was started from.
    ///
    /// # Errors
    ///
    /// [`StateError`]; what is remembered of the setup was taken with [`StateError::Waived`] alone.
    pub(super) fn restore<'a>(
        &mut self,
        bytes: &'a [u8],
        config: &Config,
        time_ms: u64,
    ) -> Result<(&'a [u8], Anchor), StateError> {
        let Remembered {
            anchor,
            trust,
            kept,
        } = Remembered::read(bytes)?;
        let (trust, last) = SetupTrust::restore(self.trust.pin().clone(), trust)?;
        self.trust = trust;
        self.verify_again(&last, config, time_ms, time_ms);
        if anchor == Anchor::OnlineAlone && config.offline_checkpoint == OfflineCheckpoint::Required
        {
            return Err(StateError::Waived);
        }
        Ok((kept, anchor))
    }

    /// Takes what another client has stored, where it has seen more of the setup; returns whether it has.
    ///
    /// # Errors
    ///
    /// [`StateError`]; nothing has changed.
    pub(super) fn join(
        &mut self,
        bytes: &[u8],
        config: &Config,
        now: Now,
        time_ms: u64,
    ) -> Result<bool, StateError> {
        let Remembered { trust, .. } = Remembered::read(bytes)?;
        let Some(last) = self.trust.join(trust)? else {
            return Ok(false);
        };
        self.verified = None;
        self.verify_again(&last, config, now.unix_ms, time_ms);
        Ok(true)
    }

    /// Returns the versions of what was seen, as [`SetupTrust::seen`] has them.
    pub(super) const fn seen(&self) -> [u32; 3] {
        self.trust.seen()
    }

    /// Verifies the setup that was stored. One that is not valid any more is no error: a newer one is asked for.
    fn verify_again(&mut self, last: &SetupBundle, config: &Config, now_ms: u64, time_ms: u64) {
        match self.verify(last, config, now_ms, time_ms) {
            Ok(setup) => self.verified = Some(Arc::new(setup)),
            Err(Error::Setup(error)) if matches!(error.fault, SetupFault::Expired { .. }) => {
                self.lapsed = Some(error);
            }
            Err(_) => {}
        }
    }

    fn verify(
        &mut self,
        served: &SetupBundle,
        config: &Config,
        now_ms: u64,
        time_ms: u64,
    ) -> Result<VerifiedSetup, Error> {
        let setup = self.trust.verify_after(served, now_ms, time_ms)?;
        let needed = [HeadCircuit::ID, TransitionCircuit::ID];
        let needed = if config.transitions {
            &needed[..]
        } else {
            &needed[..1]
        };
        setup.check_circuits(&CIRCUITS, needed)?;
        let timestamp_ms = setup.online_checkpoint().timestamp_ms;
        if config.is_aged(timestamp_ms, self.time_ms(time_ms)) {
            let max_age_ms = config.max_trust_age_ms();
            let error = TrustError::CheckpointTooOld {
                timestamp_ms,
                max_age_ms,
            };
            return Err(error.into());
        }
        Ok(setup)
    }

    /// Returns for how many milliseconds the setup is still valid.
    fn left_ms(&self, time_ms: u64) -> u64 {
        let expires = self.verified.as_ref().map_or(0, |setup| setup.expires());
        expires.saturating_sub(self.time_ms(time_ms))
    }
}

const fn file_name(role: Role, version: u32) -> SetupFileName {
    match role {
        Role::Root => SetupFileName::Root { version },
        Role::Circuits => SetupFileName::Circuits,
        Role::Checkpoint => SetupFileName::Checkpoint,
    }
}

/// The longest time between two questions for a setup.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The shortest time after a good answer.
const SHORTEST: Duration = Duration::from_secs(60);
/// How long a client that has a valid setup waits after an answer that was no good.
const PATIENCE: Duration = Duration::from_secs(600);
