//! `Transport`: how a client asks its provider.

use core::time::Duration;

use crate::maybe_send::MaybeSend;

/// A question to a provider, as it is sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// Path and query, such as `/v1/head`.
    pub path: String,
    /// What the header `Accept` says: the media type that the answer is to have.
    pub accept: &'static str,
    /// Most bytes that the body may have.
    pub max_bytes: usize,
}

/// Asks one provider. Several questions may be under way at once.
pub trait Transport {
    /// Sends `GET` for the request's path with its `Accept`, and reads at most its `max_bytes` of the
    /// body.
    ///
    /// Redirects are not followed: a provider that sends its readers elsewhere is not the one that
    /// they were told to read. The body of an answer other than 200 is read under the same cap.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if there is no whole answer in time, or it is longer.
    fn get(
        &self,
        request: &Request,
    ) -> impl Future<Output = Result<Answer, TransportError>> + MaybeSend;
}

/// A whole answer, with nothing of it checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The wait that the provider asks for.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{fault}{}{detail}", if detail.is_empty() { "" } else { ": " })]
pub struct TransportError {
    /// What went wrong.
    pub fault: TransportFault,
    /// What the system says about it; for people.
    pub detail: String,
}

/// What went wrong on the way.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportFault {
    /// The provider cannot be reached, or stopped in the middle of its answer.
    #[error("the provider does not answer")]
    Unreachable,
    /// The whole answer was not there in time.
    #[error("the provider's answer takes too long")]
    Timeout,
    /// The answer is longer than its kind may be.
    #[error("the provider's answer is longer than its kind may be")]
    TooLong,
}

impl TransportFault {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::TooLong => "too-long",
        }
    }
}
