//! What became of a request, as JavaScript says it.

use std::time::Duration;

use rpp_light_client::{Answer, TransportError, TransportFault};

/// Returns a complete answer; `content_type` is the header's value, empty where there is none.
pub(crate) fn answer(
    status: u16,
    retry_after_ms: Option<f64>,
    body: Vec<u8>,
    content_type: String,
) -> Answer {
    Answer {
        status,
        content_type,
        retry_after: retry_after_ms.map(|ms| Duration::from_millis(whole(ms))),
        body,
    }
}

/// Returns why there is none: `timeout`, `too-long`, or anything else is `unreachable`.
pub(crate) fn failure(code: &str, detail: String, bytes: f64) -> TransportError {
    let fault = match code {
        "timeout" => TransportFault::Timeout,
        "too-long" => TransportFault::TooLong,
        _ => TransportFault::Unreachable,
    };
    TransportError {
        fault,
        detail,
        bytes: whole(bytes),
    }
}

/// JavaScript's numbers as whole ones: what is negative or no number is 0, what is too large the most there is.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates"
)]
pub(crate) const fn whole(x: f64) -> u64 {
    x as u64
}
