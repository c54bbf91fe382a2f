//! `Failure`: an error as JavaScript sees it.

use std::fmt;

use rpp_light_client::{ConfigError, Error as ClientError};
use rpp_verifier::{DecodeError, StatementError, VerifyError};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Why something was refused: a stable code, whose fault it is, and a message for people.
#[derive(Debug)]
pub struct Failure {
    code: &'static str,
    kind: &'static str,
    message: String,
}

impl Failure {
    fn new(code: &'static str, kind: &'static str, message: &impl fmt::Display) -> Self {
        Self {
            code,
            kind,
            message: message.to_string(),
        }
    }

    /// Returns the failure of a configuration that is none.
    pub(crate) fn config(message: &impl fmt::Display) -> Self {
        Self::new("bad-config", "config", message)
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        Self::new(error.code(), "verify", &error)
    }
}

impl From<StatementError> for Failure {
    fn from(error: StatementError) -> Self {
        Self::new(error.code(), "header", &error)
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Self::new(error.code(), "decode", &error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(error.code(), "config", &error)
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::new(error.code(), error.kind().name(), &error)
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let error = Error::new(&failure.message);
        error.set_code(failure.code);
        error.set_kind(failure.kind);
        error.into()
    }
}

#[wasm_bindgen]
extern "C" {
    /// JavaScript's own `Error`, with two properties more.
    type Error;

    #[wasm_bindgen(constructor)]
    fn new(message: &str) -> Error;

    #[wasm_bindgen(method, setter)]
    fn set_code(this: &Error, code: &str);

    #[wasm_bindgen(method, setter)]
    fn set_kind(this: &Error, kind: &str);
}
