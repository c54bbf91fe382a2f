//! `Refusal`: what the wallet refuses, as JavaScript sees it.

use std::fmt;

use js_sys::Error;
use rpp_light_client::{RandomError, SignerError, WordsError};
use rpp_verifier::{CheckpointError, ClaimError, DecodeError, DocumentError, SignError};
use wasm_bindgen::{JsCast, JsValue};

use crate::plain::Plain;

/// Why something was refused: a stable code, what it is about, and a message for people.
#[derive(Debug)]
pub struct Refusal {
    code: &'static str,
    kind: &'static str,
    message: String,
    /// Hash of the operation that is or may be under way.
    operation: Option<String>,
}

impl Refusal {
    fn new(code: &'static str, kind: &'static str, message: &impl fmt::Display) -> Self {
        let message = message.to_string();
        Self {
            code,
            kind,
            message,
            operation: None,
        }
    }

    /// Returns the refusal of an argument, or of a call out of turn.
    pub(crate) fn config(message: &impl fmt::Display) -> Self {
        Self::new("bad-config", "config", message)
    }

    /// Returns the refusal of a call that needs a key where none is open.
    pub(crate) fn closed() -> Self {
        let message = "no key is open here: open it with its passphrase";
        Self::new("wallet-closed", WALLET, &message)
    }

    /// Returns the refusal of an account under a genesis, which only the chain's own parameters make a trusted header.
    pub(crate) fn genesis() -> Self {
        let message = "an account under the genesis is not looked at: wait for the first block";
        Self::new("wallet-genesis", WALLET, &message)
    }
}

impl From<SignerError> for Refusal {
    fn from(error: SignerError) -> Self {
        Self {
            operation: error.operation().map(|operation| operation.to_string()),
            ..Self::new(error.code(), WALLET, &error)
        }
    }
}

impl From<RandomError> for Refusal {
    fn from(error: RandomError) -> Self {
        Self::new(error.code(), WALLET, &error)
    }
}

impl From<WordsError> for Refusal {
    fn from(error: WordsError) -> Self {
        Self::new(error.code(), WALLET, &error)
    }
}

impl From<SignError> for Refusal {
    fn from(error: SignError) -> Self {
        Self::new(error.code(), WALLET, &error)
    }
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        Self::new(error.code(), "decode", &error)
    }
}

impl From<DocumentError> for Refusal {
    fn from(error: DocumentError) -> Self {
        Self::new(error.code(), "decode", &error)
    }
}

impl From<CheckpointError> for Refusal {
    fn from(error: CheckpointError) -> Self {
        Self::new(error.code(), "header", &error)
    }
}

impl From<ClaimError> for Refusal {
    fn from(error: ClaimError) -> Self {
        Self::new(error.code(), "claim", &error)
    }
}

impl From<Refusal> for JsValue {
    fn from(refusal: Refusal) -> Self {
        let error: Plain = Error::new(&refusal.message).unchecked_into();
        let error = error.with("code", refusal.code).with("kind", refusal.kind);
        match refusal.operation {
            Some(operation) => error.with("operation", operation).into(),
            None => error.into(),
        }
    }
}

const WALLET: &str = "wallet";
