//! `LightClient`: drives a session with a transport, a store and a clock.

use core::time::Duration;
use core::{fmt, mem};

use std::sync::Arc;

use rpp_verifier::{
    ClaimError, Evidence, Header, OperationHash, SignedOperation, TrustedHeader, VerifiedSetup,
};

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::conflict::{Choice, ChoiceError};
use crate::error::Error;
use crate::in_flight::InFlight;
use crate::ledger::{self, Ledger};
use crate::session::{Need, Session};
use crate::store::{Store, StoreError};
use crate::transport::{Answer, Request, Transport, TransportError};
use crate::verdict::{Status, Verdict};

/// A light client with one provider.
///
/// Its futures are cancel-safe: the next call redoes whatever was not finished, and no verdict is
/// lost.
pub struct LightClient<T, S, C> {
    session: Session,
    transport: T,
    store: S,
    clock: C,
    store_error: Option<StoreError>,
    check_time: Duration,
    is_told: bool,
}

impl<T: Transport, S: Store, C: Clock> LightClient<T, S, C> {
    /// Returns a client; it reads and requests nothing until [`LightClient::next`] is called.
    ///
    /// # Errors
    ///
    /// [`ConfigError`].
    pub fn new(config: Config, transport: T, store: S, clock: C) -> Result<Self, ConfigError> {
        Ok(Self {
            session: Session::new(config)?,
            transport,
            store,
            clock,
            store_error: None,
            check_time: Duration::ZERO,
            is_told: false,
        })
    }

    /// Waits for the next verdict: on the stored head, on the end of each epoch on the way to the
    /// provider's head, and then on each new head.
    ///
    /// # Errors
    ///
    /// [`Error`], as soon as one occurs. The head stays where it is; the next call waits a little
    /// and carries on, so a caller who keeps calling resumes following a provider that comes back. But
    /// after [`Error::Conflict`] every call returns the same, later ones after 30 s, until the owner
    /// [chooses](LightClient::choose): the evidence was saved before.
    pub async fn next(&mut self) -> Result<Verdict, Error> {
        let mut in_flight = InFlight::default();
        loop {
            match self.session.need(self.clock.now()) {
                Need::Load => {
                    let state = self.store.load().await;
                    if let Some(verdict) = self.session.loaded(state, self.clock.now())? {
                        return Ok(verdict);
                    }
                }
                Need::Fetch(fetches) => {
                    in_flight.keep(|ticket| fetches.iter().any(|fetch| fetch.ticket == ticket));
                    for fetch in fetches {
                        let request = fetch.ask.request();
                        in_flight.start(fetch.ticket, || ask(&self.transport, request));
                    }
                    let (ticket, answer) = in_flight.next().await;
                    let start = self.clock.now();
                    let taken = self.session.answer(ticket, answer, start);
                    self.check_time = self.clock.now().uptime.saturating_sub(start.uptime);
                    taken?;
                }
                Need::Save => {
                    let state = self.session.state().unwrap_or_default();
                    self.store_error = self.store.save(&state).await.err();
                    let is_written = self.store_error.is_none();
                    if let Some(verdict) = self.session.saved(is_written, self.clock.now()) {
                        return Ok(verdict);
                    }
                }
                Need::Choose => {
                    // Whoever keeps calling is not to keep a processor busy.
                    if mem::take(&mut self.is_told) {
                        self.clock.sleep(PATIENCE).await;
                        continue;
                    }
                    self.is_told = true;
                    if let Some(conflict) = self.session.conflict() {
                        return Err(conflict.into());
                    }
                }
                Need::Wait(duration) => self.clock.sleep(duration).await,
            }
        }
    }

    /// Takes the owner's choice between two headers that conflict, or starts again from the checkpoint;
    /// returns the verdict on the head that was chosen, none at the checkpoint.
    ///
    /// The choice is saved before this returns, unless [`LightClient::store_error`] says why not: it then
    /// lasts as long as this client.
    ///
    /// # Errors
    ///
    /// [`ChoiceError`]; nothing has changed.
    pub async fn choose(&mut self, choice: Choice) -> Result<Option<Verdict>, ChoiceError> {
        self.session.choose(choice, self.clock.now())?;
        self.is_told = false;
        let state = self.session.state().unwrap_or_default();
        self.store_error = self.store.save(&state).await.err();
        let is_written = self.store_error.is_none();
        Ok(self.session.saved(is_written, self.clock.now()))
    }

    /// Returns the evidence of the newest conflict: two headers of which the chain can have only one, with
    /// all that proves them. It is kept after the choice.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        self.session.evidence()
    }

    /// Returns `header` as a trusted one, under which accounts and operations are believed, if it is the
    /// client's head: the one of the last verdict. It stays trusted when the head moves on.
    ///
    /// # Errors
    ///
    /// [`ClaimError::NotHead`] if it is not, or if the client is stopped.
    pub fn trust(&self, header: &Header) -> Result<TrustedHeader, ClaimError> {
        self.session.trust(header)
    }

    /// Returns the accounts and operations of the chain up to `header`, as the provider tells them and the
    /// header shows them, if it is the client's head: the one of the last verdict.
    ///
    /// # Errors
    ///
    /// [`ClaimError::NotHead`], as [`LightClient::trust`].
    pub fn ledger(&self, header: &Header) -> Result<Ledger<'_, T>, ClaimError> {
        let ledger = Ledger::new(&self.transport, self.trust(header)?);
        Ok(ledger.keyed(self.session.keys(self.clock.now())))
    }

    /// Hands a signed operation to the provider, and returns its hash: [`Ledger::operation`] says what becomes
    /// of it. The provider has saved it, it says, but no block need take it. The same operation may be handed in
    /// again: where an answer was lost, and also where the provider had it.
    ///
    /// # Errors
    ///
    /// [`Error`]. Where its code is `provider-busy`, the provider may take the operation later; where it is
    /// `provider-refused`, [`ProblemError::provider_code`](crate::ProblemError::provider_code) is the rule by which
    /// it was refused, by the provider's word: no proof that it is invalid, and trying again is of no use.
    pub async fn submit(&self, operation: &SignedOperation) -> Result<OperationHash, Error> {
        ledger::submit(&self.transport, operation).await
    }

    /// Returns the setup that was verified last, which may have expired since: what is verified, on which chain, and who
    /// says so. None before the first, and for a client that was given a checkpoint.
    #[must_use]
    pub fn setup(&self) -> Option<&Arc<VerifiedSetup>> {
        self.session.setup()
    }

    /// Returns where the client stands.
    pub fn status(&self) -> Status {
        self.session.status(self.clock.now())
    }

    /// Returns how long it took to check the last answer: after a verdict, its proof.
    #[must_use]
    pub const fn check_time(&self) -> Duration {
        self.check_time
    }

    /// Returns the transport.
    pub const fn transport(&self) -> &T {
        &self.transport
    }

    /// Returns the store.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// Returns why the last state could not be saved: the client carries on in memory, and after a
    /// restart begins from the previous state.
    #[must_use]
    pub const fn store_error(&self) -> Option<&StoreError> {
        self.store_error.as_ref()
    }
}

/// How long a client that is stopped waits before it says so again.
const PATIENCE: Duration = Duration::from_secs(30);

/// One request, with everything it needs.
async fn ask<T: Transport>(transport: &T, request: Request) -> Result<Answer, TransportError> {
    transport.send(&request).await
}

impl<T, S, C> fmt::Debug for LightClient<T, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("LightClient");
        debug
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}
