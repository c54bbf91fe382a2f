//! `Session`: the light client's decisions, driven from JavaScript.

use std::time::Duration;

use rpp_light_client as sdk;
use rpp_light_client::{
    Answer, Checkpoint, Choice, Config, Evidence, Floor, Follow, Now, Ticket, TransportError,
    TransportFault,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::error::Failure;
use crate::verdict;

/// A light client without I/O: it says what it needs, and takes what was found.
///
/// `unixMs` is `Date.now()`, `uptimeMs` is `performance.now()`. After an error the session is still
/// good: `need` says how long to wait.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Session(sdk::Session);

#[wasm_bindgen]
impl Session {
    /// Returns the session of a client that starts from `checkpoint`, which is
    /// `HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH`.
    ///
    /// `every_ms` is the time from one question for the head to the next; without it, every block is verified.
    /// With `transitions`, a block is taken only with a `state` proof of what it did.
    /// What JavaScript passes is converted to the types here: the package has checked it before.
    ///
    /// # Errors
    ///
    /// Kind `config`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        checkpoint: &str,
        every_ms: Option<u32>,
        transitions: bool,
        max_head_age_ms: u32,
        min_stark_bits: u32,
        min_hash_bits: u32,
    ) -> Result<Self, Failure> {
        let checkpoint: Checkpoint = checkpoint.parse().map_err(|e| Failure::config(&e))?;
        let millis = |ms: u32| Duration::from_millis(ms.into());
        let config = Config::new(checkpoint)
            .follow(every_ms.map_or(Follow::EveryBlock, |ms| Follow::Every(millis(ms))))
            .transitions(transitions)
            .max_head_age(millis(max_head_age_ms))
            .floor(Floor {
                stark_bits: min_stark_bits,
                hash_bits: min_hash_bits,
            });
        Ok(Self(sdk::Session::new(config)?))
    }

    /// Returns what is needed next: `{ need: "load" }`, `{ need: "fetch", fetches }`, `{ need: "save" }`,
    /// `{ need: "wait", ms }`, or `{ need: "choose", error }` where the client is stopped. A fetch is `{ ticket, provider, path, accept, maxBytes }`; all of them may
    /// be under way at once.
    #[must_use]
    pub fn need(&self, unix_ms: f64, uptime_ms: f64) -> JsValue {
        let need = verdict::need(self.0.need(now(unix_ms, uptime_ms)));
        let Some(conflict) = self.0.conflict() else {
            return need.into();
        };
        let error = Failure::from(sdk::Error::from(conflict));
        need.with("error", error).into()
    }

    /// Takes the stored bytes, and returns the verdict on their head.
    ///
    /// # Errors
    ///
    /// Kind `state`: the session starts from its checkpoint.
    pub fn loaded(
        &mut self,
        unix_ms: f64,
        uptime_ms: f64,
        state: Option<Vec<u8>>,
    ) -> Result<Option<JsValue>, Failure> {
        let verdict = self.0.loaded(Ok(state), now(unix_ms, uptime_ms))?;
        Ok(verdict.map(|verdict| verdict::verdict(&verdict).into()))
    }

    /// Takes the answer to the question with this ticket; to one that is not open it does nothing.
    /// `content_type` is the header's value, empty where there is none.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with it.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a value that crosses as it is; an object would have to be taken apart"
    )]
    pub fn answer(
        &mut self,
        unix_ms: f64,
        uptime_ms: f64,
        ticket: u32,
        status: u16,
        retry_after_ms: Option<f64>,
        body: Vec<u8>,
        content_type: String,
    ) -> Result<(), Failure> {
        let retry_after = retry_after_ms.map(|ms| Duration::from_millis(whole(ms)));
        let answer = Answer {
            status,
            content_type,
            retry_after,
            body,
        };
        let ticket = Ticket::from_number(ticket);
        Ok(self.0.answer(ticket, Ok(answer), now(unix_ms, uptime_ms))?)
    }

    /// Says that there is no whole answer to the question with this ticket: `unreachable`, `timeout` or
    /// `too-long`. `bytes` is how much of one came.
    ///
    /// # Errors
    ///
    /// Kind `transport`, where the question is open.
    pub fn failed(
        &mut self,
        unix_ms: f64,
        uptime_ms: f64,
        ticket: u32,
        code: &str,
        detail: String,
        bytes: f64,
    ) -> Result<(), Failure> {
        let fault = match code {
            "timeout" => TransportFault::Timeout,
            "too-long" => TransportFault::TooLong,
            _ => TransportFault::Unreachable,
        };
        let error = TransportError {
            fault,
            detail,
            bytes: whole(bytes),
        };
        let ticket = Ticket::from_number(ticket);
        Ok(self.0.answer(ticket, Err(error), now(unix_ms, uptime_ms))?)
    }

    /// Returns the bytes to save; none where nothing is to be saved.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        self.0.state().unwrap_or_default()
    }

    /// Says that the bytes were saved, or could not be; returns the verdict on the step.
    pub fn saved(&mut self, unix_ms: f64, uptime_ms: f64) -> Option<JsValue> {
        let verdict = self.0.saved(now(unix_ms, uptime_ms));
        verdict.map(|verdict| verdict::verdict(&verdict).into())
    }

    /// Takes the owner's choice: `head`, `conflicting` or `checkpoint`. What `state` returns is then to be saved.
    ///
    /// # Errors
    ///
    /// Kind `config`.
    pub fn choose(&mut self, unix_ms: f64, uptime_ms: f64, choice: &str) -> Result<(), Failure> {
        let choice = match choice {
            "head" => Choice::Head,
            "conflicting" => Choice::Conflicting,
            "checkpoint" => Choice::Checkpoint,
            _ => return Err(Failure::config(&"not a choice")),
        };
        Ok(self.0.choose(choice, now(unix_ms, uptime_ms))?)
    }

    /// Returns the evidence of the newest conflict; none where there was none.
    #[must_use]
    pub fn evidence(&self) -> Option<Vec<u8>> {
        self.0.evidence().map(Evidence::to_bytes)
    }

    /// Returns where the client stands.
    #[must_use]
    pub fn status(&self, unix_ms: f64, uptime_ms: f64) -> JsValue {
        verdict::status(&self.0.status(now(unix_ms, uptime_ms))).into()
    }

    /// Ends the present wait: there may be a new head.
    pub fn wake(&mut self) {
        self.0.wake();
    }
}

fn now(unix_ms: f64, uptime_ms: f64) -> Now {
    Now {
        unix_ms: whole(unix_ms),
        uptime: Duration::from_micros(whole(uptime_ms * 1000.0)),
    }
}

/// JavaScript's numbers as whole ones: what is negative or no number is 0, what is too large the most there is.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates"
)]
const fn whole(x: f64) -> u64 {
    x as u64
}
