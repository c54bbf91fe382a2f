//! `Session`: the light client's decisions, driven from JavaScript.

use std::time::Duration;

use rpp_light_client as sdk;
use rpp_light_client::{Answer, Fetch, Need, Now, Request, Ticket, TransportError, TransportFault};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::config::config;
use crate::error::Failure;

/// A light client without I/O: it says what it needs, and takes what was found.
///
/// `unixMs` is `Date.now()`, `uptimeMs` is `performance.now()`. After an error the session is still
/// good: `need` says how long to wait.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Session(sdk::Session);

#[wasm_bindgen]
impl Session {
    /// Returns the session of a configuration, in JSON.
    ///
    /// # Errors
    ///
    /// Kind `config`.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &str) -> Result<Self, Failure> {
        let session = sdk::Session::new(self::config(config)?)?;
        Ok(Self(session))
    }

    /// Returns what is needed next, in JSON: `load`, `fetch`, `save` or `wait`.
    #[must_use]
    pub fn need(&self, unix_ms: f64, uptime_ms: f64) -> String {
        match self.0.need(now(unix_ms, uptime_ms)) {
            Need::Load => r#"{"need":"load"}"#.into(),
            Need::Save => r#"{"need":"save"}"#.into(),
            Need::Wait(wait) => format!(r#"{{"need":"wait","ms":{}}}"#, wait.as_millis() + 1),
            Need::Fetch(fetches) => {
                let fetches: Vec<_> = fetches.iter().map(fetch).collect();
                format!(r#"{{"need":"fetch","fetches":[{}]}}"#, fetches.join(","))
            }
        }
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
    ) -> Result<Option<String>, Failure> {
        let verdict = self.0.loaded(Ok(state), now(unix_ms, uptime_ms))?;
        Ok(verdict.map(|verdict| verdict.to_json()))
    }

    /// Takes the answer to the question with this ticket; to one that is not open it does nothing.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with it.
    pub fn answer(
        &mut self,
        unix_ms: f64,
        uptime_ms: f64,
        ticket: u32,
        status: u16,
        retry_after_ms: Option<f64>,
        body: Vec<u8>,
    ) -> Result<(), Failure> {
        let retry_after = retry_after_ms.map(|ms| Duration::from_millis(whole(ms)));
        let answer = Answer {
            status,
            retry_after,
            body,
        };
        let ticket = Ticket::from_number(ticket);
        Ok(self.0.answer(ticket, Ok(answer), now(unix_ms, uptime_ms))?)
    }

    /// Says that there is no whole answer to the question with this ticket: `unreachable`, `timeout` or
    /// `too-long`.
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
    ) -> Result<(), Failure> {
        let fault = match code {
            "timeout" => TransportFault::Timeout,
            "too-long" => TransportFault::TooLong,
            _ => TransportFault::Unreachable,
        };
        let error = TransportError { fault, detail };
        let ticket = Ticket::from_number(ticket);
        Ok(self.0.answer(ticket, Err(error), now(unix_ms, uptime_ms))?)
    }

    /// Returns the bytes to save; none where nothing is to be saved.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        self.0.state().unwrap_or_default()
    }

    /// Says that the bytes were saved, or could not be; returns the verdict on the step.
    pub fn saved(&mut self, unix_ms: f64, uptime_ms: f64) -> Option<String> {
        let verdict = self.0.saved(now(unix_ms, uptime_ms));
        verdict.map(|verdict| verdict.to_json())
    }

    /// Returns where the client stands, in JSON.
    #[must_use]
    pub fn status(&self, unix_ms: f64, uptime_ms: f64) -> String {
        self.0.status(now(unix_ms, uptime_ms)).to_json()
    }

    /// Ends the present wait: there may be a new head.
    pub fn wake(&mut self) {
        self.0.wake();
    }
}

/// Names and numbers only: nothing in them needs to be escaped.
fn fetch(fetch: &Fetch) -> String {
    let Request {
        path,
        accept,
        max_bytes,
    } = fetch.ask.request();
    let (ticket, provider) = (fetch.ticket.number(), fetch.provider.index());
    format!(
        r#"{{"ticket":{ticket},"provider":{provider},"path":"{path}","accept":"{accept}","max_bytes":{max_bytes}}}"#
    )
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
