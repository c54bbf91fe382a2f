//! `Session`: the light client's decisions, driven from JavaScript.

use std::time::Duration;

use rpp_light_client as sdk;
use rpp_light_client::{
    Checkpoint, Choice, Config, Evidence, Floor, Follow, Now, OfflineCheckpoint, Ticket, Verdict,
};
use rpp_verifier::{HeaderHash, OperationHash, SignedOperation, TrustedHeader};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::digest::digest;
use crate::error::Failure;
use crate::outcome::{self, whole};
use crate::plain::or_null;
use crate::question::{About, Question};
use crate::setup;
use crate::verdict;

/// A light client without I/O: it says what it needs, and takes what was found.
///
/// `unixMs` is `Date.now()`, `uptimeMs` is `performance.now()`. After an error the session is still
/// good: `need` says how long to wait.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Session {
    client: sdk::Session,
    /// The header of the last verdict, from then on: the client goes on to the next one before that is saved.
    head: Option<TrustedHeader>,
}

#[wasm_bindgen]
impl Session {
    /// Returns the session of a client that starts from `checkpoint`, which is
    /// `HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH`; or, without it, from the setup that the pin `root` leads to.
    ///
    /// `every_ms` is the time from one question for the head to the next; without it, every block is verified.
    /// With `transitions`, a block is taken only with a `state` proof of what it did. With `waive_offline_checkpoint`, the
    /// chain is started from the setup's online checkpoint.
    /// What JavaScript passes is converted to the types here: the package has checked it before.
    ///
    /// # Errors
    ///
    /// Kind `config`.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a value that crosses as it is; an object would have to be taken apart"
    )]
    #[wasm_bindgen(constructor)]
    pub fn new(
        checkpoint: Option<String>,
        every_ms: Option<u32>,
        transitions: bool,
        max_head_age_ms: u32,
        min_stark_bits: u32,
        min_hash_bits: u32,
        max_trust_age_ms: u32,
        root: Option<String>,
        waive_offline_checkpoint: bool,
    ) -> Result<Self, Failure> {
        let millis = |ms: u32| Duration::from_millis(ms.into());
        let config = pinned(checkpoint, root, waive_offline_checkpoint)?
            .follow(every_ms.map_or(Follow::EveryBlock, |ms| Follow::Every(millis(ms))))
            .transitions(transitions)
            .max_head_age(millis(max_head_age_ms))
            .max_trust_age(millis(max_trust_age_ms))
            .floor(Floor {
                stark_bits: min_stark_bits,
                hash_bits: min_hash_bits,
            });
        let client = sdk::Session::new(config)?;
        Ok(Self { client, head: None })
    }

    /// Returns what is needed next: `{ need: "load" }`, `{ need: "fetch", fetches }`, `{ need: "save" }`,
    /// `{ need: "wait", ms }`, or `{ need: "choose", error }` where the client is stopped. A fetch is `{ ticket, provider, path, accept, maxBytes }`; all of them may
    /// be under way at once.
    #[must_use]
    pub fn need(&self, unix_ms: f64, uptime_ms: f64) -> JsValue {
        let need = verdict::need(self.client.need(now(unix_ms, uptime_ms)));
        let Some(conflict) = self.client.conflict() else {
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
        let verdict = self.client.loaded(Ok(state), now(unix_ms, uptime_ms))?;
        Ok(verdict.map(|verdict| self.reached(&verdict)))
    }

    /// Takes what another client of the same store has saved, where it has seen more of the setup.
    ///
    /// # Errors
    ///
    /// Kind `state`: the bytes are of no use, or the session goes back to its checkpoint.
    pub fn join(&mut self, unix_ms: f64, uptime_ms: f64, state: Vec<u8>) -> Result<(), Failure> {
        let joined = self.client.join(&state, now(unix_ms, uptime_ms));
        if joined.is_err() {
            self.head = None;
        }
        Ok(joined?)
    }

    /// Returns the newest versions that were seen of a setup's root, `circuits.json` and `checkpoint.json`, eight hexadecimal digits each.
    /// Empty for a client with a checkpoint.
    #[must_use]
    pub fn seen(&self) -> JsValue {
        let seen = self.client.seen();
        let text = seen.map_or_else(String::new, |versions| {
            versions.map(|version| format!("{version:08x}")).concat()
        });
        text.into()
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
        let answer = outcome::answer(status, retry_after_ms, body, content_type);
        let ticket = Ticket::from_number(ticket);
        let answered = self
            .client
            .answer(ticket, Ok(answer), now(unix_ms, uptime_ms));
        // It rests on what the setup has revoked: the client is back where it began.
        if matches!(answered, Err(sdk::Error::State(_))) {
            self.head = None;
        }
        Ok(answered?)
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
        let error = outcome::failure(code, detail, bytes);
        let ticket = Ticket::from_number(ticket);
        Ok(self
            .client
            .answer(ticket, Err(error), now(unix_ms, uptime_ms))?)
    }

    /// Returns the bytes to save; none where nothing is to be saved.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        self.client.state().unwrap_or_default()
    }

    /// Says whether the bytes were saved; returns the verdict on the step.
    pub fn saved(&mut self, unix_ms: f64, uptime_ms: f64, is_written: bool) -> Option<JsValue> {
        let verdict = self.client.saved(is_written, now(unix_ms, uptime_ms))?;
        Some(self.reached(&verdict))
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
        self.client.choose(choice, now(unix_ms, uptime_ms))?;
        self.head = None;
        Ok(())
    }

    /// Returns the evidence of the newest conflict; none where there was none.
    #[must_use]
    pub fn evidence(&self) -> Option<Vec<u8>> {
        self.client.evidence().map(Evidence::to_bytes)
    }

    /// Returns where the client stands.
    #[must_use]
    pub fn status(&self, unix_ms: f64, uptime_ms: f64) -> JsValue {
        let status = self.client.status(now(unix_ms, uptime_ms));
        let setup = self.client.setup().map(|setup| setup::signed(setup));
        verdict::status(&status)
            .with("setup", or_null(setup))
            .into()
    }

    /// Ends the present wait: there may be a new head.
    pub fn wake(&mut self) {
        self.client.wake();
    }

    /// Asks for the header at a height, which the head has in its history.
    ///
    /// # Errors
    ///
    /// `no-head`, as all questions.
    pub fn ancestor(&self, height: u32) -> Result<Question, Failure> {
        Ok(Question::new(self.trusted()?, Some(height), About::Header))
    }

    /// Asks for the headers from one height to another, both included, which the head has in its history.
    ///
    /// # Errors
    ///
    /// `no-head`, as all questions.
    pub fn history(&self, from: u32, to: u32) -> Result<Question, Failure> {
        let about = About::History(from, to);
        Ok(Question::new(self.trusted()?, None, about))
    }

    /// Asks what is at an account number, under the head or the block at an earlier height.
    ///
    /// # Errors
    ///
    /// `no-head`, as all questions.
    pub fn account(&self, height: Option<u32>, index: u32) -> Result<Question, Failure> {
        let about = About::Account(index);
        Ok(Question::new(self.trusted()?, height, about))
    }

    /// Asks which accounts a key signs for; at most `most` numbers are looked at.
    ///
    /// # Errors
    ///
    /// Kind `config`.
    #[wasm_bindgen(js_name = accountsOf)]
    pub fn accounts_of(
        &self,
        height: Option<u32>,
        key_id: &str,
        most: u32,
    ) -> Result<Question, Failure> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let about = About::AccountsOf(digest(key_id)?, most);
        Ok(Question::new(self.trusted()?, height, about))
    }

    /// Asks what became of an operation.
    ///
    /// # Errors
    ///
    /// Kind `config`.
    pub fn operation(&self, height: Option<u32>, hash: &str) -> Result<Question, Failure> {
        let about = About::Operation(OperationHash(digest(hash)?));
        Ok(Question::new(self.trusted()?, height, about))
    }

    /// Asks whether the block with this hash has an operation, which somebody else has handed over.
    ///
    /// # Errors
    ///
    /// Kind `decode`: it is no signed operation; kind `config`.
    #[wasm_bindgen(js_name = transactionInHistory)]
    pub fn transaction_in_history(
        &self,
        operation: &[u8],
        block: &str,
    ) -> Result<Question, Failure> {
        let operation = Box::new(SignedOperation::from_bytes(operation)?);
        let block = HeaderHash(digest(block)?);
        let about = About::TransactionInHistory(operation, block);
        Ok(Question::new(self.trusted()?, None, about))
    }

    /// Asks for the proof of what the block did, under the keys that count now.
    ///
    /// # Errors
    ///
    /// Kind `config`.
    pub fn transition(
        &self,
        height: Option<u32>,
        unix_ms: f64,
        uptime_ms: f64,
    ) -> Result<Question, Failure> {
        let keys = self.client.keys(now(unix_ms, uptime_ms));
        Ok(Question::new(
            self.trusted()?,
            height,
            About::Transition(keys),
        ))
    }

    /// Asks for the proof of how often the validator at an index has voted in an epoch, under the keys that count now.
    ///
    /// # Errors
    ///
    /// Kind `config`.
    pub fn uptime(
        &self,
        validator: u32,
        epoch: u32,
        unix_ms: f64,
        uptime_ms: f64,
    ) -> Result<Question, Failure> {
        let keys = self.client.keys(now(unix_ms, uptime_ms));
        let about = About::Uptime(keys, validator, epoch);
        Ok(Question::new(self.trusted()?, None, about))
    }

    /// Hands in a signed operation: no head is needed for that.
    ///
    /// # Errors
    ///
    /// Kind `decode`: it is no signed operation.
    pub fn submit(&self, operation: &[u8]) -> Result<Question, Failure> {
        Ok(Question::submit(SignedOperation::from_bytes(operation)?))
    }

    fn reached(&mut self, verdict: &Verdict) -> JsValue {
        self.head = self.client.trust(verdict.header()).ok();
        verdict::verdict(verdict).into()
    }

    /// Returns the head, unless nothing is verified yet, or the client is stopped: two headers conflict.
    fn trusted(&self) -> Result<TrustedHeader, Failure> {
        if let Some(conflict) = self.client.conflict() {
            return Err(sdk::Error::from(conflict).into());
        }
        self.head.clone().ok_or_else(Failure::no_head)
    }
}

/// Returns the configuration of a client with this checkpoint, or else with this pin.
fn pinned(
    checkpoint: Option<String>,
    root: Option<String>,
    waive_offline_checkpoint: bool,
) -> Result<Config, Failure> {
    if let Some(text) = checkpoint {
        let checkpoint: Checkpoint = text.parse().map_err(|e| Failure::config(&e))?;
        return Ok(Config::new(checkpoint));
    }
    let config = Config::from_setup(setup::pin(root, None)?);
    Ok(match waive_offline_checkpoint {
        true => config.offline_checkpoint(OfflineCheckpoint::Waived),
        false => config,
    })
}

fn now(unix_ms: f64, uptime_ms: f64) -> Now {
    Now {
        unix_ms: whole(unix_ms),
        uptime: Duration::from_micros(whole(uptime_ms * 1000.0)),
    }
}
