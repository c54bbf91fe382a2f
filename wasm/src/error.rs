//! `Failure`: an error as JavaScript sees it.

use std::fmt;

use js_sys::Error;
use rpp_light_client::{ChoiceError, ConfigError, Error as ClientError};
use rpp_verifier::{
    CircuitError, DecodeError, DocumentError, ParsePinError, PruningStatementError, SetupError,
    SpanStatementError, StatementError, UptimeStatementError, VerifyError,
};
use wasm_bindgen::{JsCast, JsValue};

use crate::plain::Plain;

/// Why something was refused: a stable code, whose fault it is, and a message for people.
#[derive(Debug)]
pub struct Failure {
    code: &'static str,
    kind: &'static str,
    message: String,
    /// Whether it is trouble rather than a lie.
    is_transient: bool,
    /// The code in the host's own problem document.
    host_code: Option<String>,
}

impl Failure {
    fn new(code: &'static str, kind: &'static str, message: &impl fmt::Display) -> Self {
        Self {
            code,
            kind,
            message: message.to_string(),
            is_transient: false,
            host_code: None,
        }
    }

    /// Returns the failure of a configuration that is none.
    pub(crate) fn config(message: &impl fmt::Display) -> Self {
        Self::new("bad-config", "config", message)
    }

    /// Returns that there is no head yet to ask about.
    pub(crate) fn no_head() -> Self {
        let message = "no head is verified yet: wait for a verdict";
        Self::new("no-head", "config", &message)
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        Self::new(error.code(), "verify", &error)
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        Self::new(error.code(), "setup", &error)
    }
}

impl From<CircuitError> for Failure {
    fn from(error: CircuitError) -> Self {
        Self::new(error.code(), "setup", &error)
    }
}

impl From<DocumentError> for Failure {
    fn from(error: DocumentError) -> Self {
        Self::new(error.code(), "decode", &error)
    }
}

impl From<ParsePinError> for Failure {
    fn from(error: ParsePinError) -> Self {
        Self::new(error.code(), "config", &error)
    }
}

impl From<StatementError> for Failure {
    fn from(error: StatementError) -> Self {
        Self::new(error.code(), "header", &error)
    }
}

impl From<PruningStatementError> for Failure {
    fn from(error: PruningStatementError) -> Self {
        Self::new(error.code(), "header", &error)
    }
}

impl From<SpanStatementError> for Failure {
    fn from(error: SpanStatementError) -> Self {
        Self::new(error.code(), "header", &error)
    }
}

impl From<UptimeStatementError> for Failure {
    fn from(error: UptimeStatementError) -> Self {
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

impl From<ChoiceError> for Failure {
    fn from(error: ChoiceError) -> Self {
        Self::new(error.code(), "config", &error)
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let host_code = match &error {
            ClientError::Problem(problem) => problem.provider_code.clone(),
            _ => None,
        };
        Self {
            is_transient: error.is_transient(),
            host_code,
            ..Self::new(error.code(), error.kind().name(), &error)
        }
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let error: Plain = Error::new(&failure.message).unchecked_into();
        let error = error
            .with("code", failure.code)
            .with("kind", failure.kind)
            .with("transient", failure.is_transient);
        match failure.host_code {
            Some(code) => error.with("hostCode", code).into(),
            None => error.into(),
        }
    }
}
