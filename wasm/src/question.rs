//! `Question`: what a host is asked once, under a trusted header.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use rpp_light_client::{Answer, Error, Keys, Ledger, Request, Transport, TransportError, submit};
use rpp_verifier::{
    Digest, HeaderHash, OperationHash, Route, SignedOperation, TrustedHeader, VerifiedAccount,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::error::Failure;
use crate::plain::Plain;
use crate::{answered, outcome};

/// A question without I/O: it says what to ask a host for, takes what was answered, and in the end has a value.
#[wasm_bindgen]
pub struct Question {
    /// None once it is answered.
    work: Option<Work>,
    line: Line,
}

type Work = Pin<Box<dyn Future<Output = Result<JsValue, Error>>>>;

#[wasm_bindgen]
impl Question {
    /// Returns `{ request }`, which is to be sent, or `{ value }`. A request is `{ path, accept, maxBytes }`, with
    /// `contentType` and `body` where it is a `POST`.
    ///
    /// # Errors
    ///
    /// Why there is no value. After that, and after the value, there is nothing left to ask.
    pub fn need(&mut self) -> Result<JsValue, Failure> {
        let Some(work) = &mut self.work else {
            return Err(Failure::config(&"it is answered"));
        };
        // Nobody has to be woken: who hands an answer in calls this again.
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            self.work = None;
            return Ok(Plain::new().with("value", done?).into());
        }
        let asked = self.line.exchange().asked.take();
        let request = asked.ok_or_else(|| Failure::config(&"its request is not answered"))?;
        let request = answered::request(request);
        Ok(Plain::new().with("request", request).into())
    }

    /// Takes an answer, as a session does.
    pub fn answer(
        &mut self,
        status: u16,
        retry_after_ms: Option<f64>,
        body: Vec<u8>,
        content_type: String,
    ) {
        let answer = outcome::answer(status, retry_after_ms, body, content_type);
        self.line.exchange().answered = Some(Ok(answer));
    }

    /// Takes that there is no whole answer, as a session does.
    pub fn failed(&mut self, code: &str, detail: String, bytes: f64) {
        let error = outcome::failure(code, detail, bytes);
        self.line.exchange().answered = Some(Err(error));
    }
}

impl Question {
    /// Asks under a header, or under the one at an earlier height.
    pub(crate) fn new(under: TrustedHeader, height: Option<u32>, about: About) -> Self {
        Self::over(async move |line| {
            let mut ledger = Ledger::new(line, under);
            if let Some(height) = height {
                ledger = ledger.at(height).await?;
            }
            Ok(match about {
                About::Header => answered::header(ledger.under()).into(),
                About::History(from, to) => {
                    answered::history(&ledger.history(from, to).await?).into()
                }
                About::Account(index) => {
                    let account = ledger.account(index).await?;
                    line.shown(&ledger, &account).into()
                }
                About::AccountsOf(key_id, most) => {
                    let of_key = ledger.accounts_of(&key_id, most).await?;
                    let accounts = of_key.accounts.iter();
                    let accounts = accounts.map(|account| line.shown(&ledger, account));
                    answered::key_ledger(accounts, of_key.is_whole).into()
                }
                About::Operation(hash) => {
                    answered::operation(&hash, &ledger.operation(&hash).await?).into()
                }
                About::TransactionInHistory(operation, block) => {
                    let state = ledger.transaction_in_history(&operation, &block);
                    answered::operation(&operation.hash(), &state.await?).into()
                }
                About::Transition(keys) => {
                    answered::transition(&ledger.keyed(keys).transition().await?).into()
                }
                About::Uptime(keys, validator, epoch) => {
                    answered::uptime(&ledger.keyed(keys).uptime(validator, epoch).await?).into()
                }
            })
        })
    }

    /// Hands in a signed operation.
    pub(crate) fn submit(operation: SignedOperation) -> Self {
        Self::over(async move |line| {
            let hash = submit(line, &operation).await?;
            Ok(hash.to_string().into())
        })
    }

    fn over(ask: impl AsyncFnOnce(&Line) -> Result<JsValue, Error> + 'static) -> Self {
        let line = Line::default();
        let held = line.clone();
        let work: Work = Box::pin(async move { ask(&held).await });
        let work = Some(work);
        Self { work, line }
    }
}

/// What is asked.
pub(crate) enum About {
    /// The header itself.
    Header,
    /// The headers from one height to another.
    History(u32, u32),
    /// What is at an account number.
    Account(u32),
    /// Which accounts a key signs for, with the most numbers to look at.
    AccountsOf(Digest, usize),
    /// What became of an operation.
    Operation(OperationHash),
    /// Whether an operation is in the block with this hash.
    TransactionInHistory(Box<SignedOperation>, HeaderHash),
    /// For the proof of what the block did, under these keys.
    Transition(Keys),
    /// How often a validator has voted in an epoch, under these keys.
    Uptime(Keys, u32, u32),
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").finish_non_exhaustive()
    }
}

/// The way to JavaScript: one request at a time.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<Exchange>>);

#[derive(Default)]
struct Exchange {
    asked: Option<Request>,
    answered: Option<Result<Answer, TransportError>>,
    /// The documents of accounts, by their paths: whoever is shown an account can show it to others.
    accounts: Vec<(String, Vec<u8>)>,
}

impl Line {
    fn exchange(&self) -> MutexGuard<'_, Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns an account with what shows it.
    fn shown(&self, ledger: &Ledger<'_, Self>, account: &VerifiedAccount) -> Plain {
        let route = Route::Account {
            index: account.index(),
            height: Some(account.height()),
        };
        let path = route.to_string();
        let exchange = self.exchange();
        let mut documents = exchange.accounts.iter();
        let document = documents.find(|(of, _)| *of == path);
        let document = document.map_or(&[][..], |(_, document)| document);
        answered::account(account, ledger.under().header(), document)
    }
}

impl Transport for Line {
    async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
        self.exchange().asked = Some(request.clone());
        let answer = poll_fn(|_| match self.exchange().answered.take() {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        });
        let answer = answer.await?;
        if request.path.starts_with("/v1/accounts/") {
            let (path, body) = (request.path.clone(), answer.body.clone());
            self.exchange().accounts.push((path, body));
        }
        Ok(answer)
    }
}
