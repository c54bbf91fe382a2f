//! `Transport`: how a client asks its provider.

use core::time::Duration;

use rpp_verifier::{
    BLOCK_MEDIA_TYPE, Document, MAX_PROOF_BYTES, OPERATION_MEDIA_TYPE, PROOF_MEDIA_TYPE, ProofKey,
    Route, Submitted,
};

use crate::maybe_send::MaybeSend;

/// A request to a provider, as it is sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// Path and query, such as `/v1/head`.
    pub path: String,
    /// Value of the `Accept` header: the media type that the answer should have.
    pub accept: &'static str,
    /// The most bytes that the body of the answer may have.
    pub max_bytes: usize,
    /// What is sent with `POST`; with `GET` nothing is.
    pub body: Option<Body>,
}

/// What a request brings along.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Body {
    /// Value of the `Content-Type` header.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Request {
    /// Returns the request for a document.
    #[must_use]
    pub fn document<D: Document>(route: &Route) -> Self {
        Self {
            path: route.to_string(),
            accept: BLOCK_MEDIA_TYPE,
            // A JSON document may be longer than the limit for bytes. It is read all the same, so that the
            // client can say what is wrong with it.
            max_bytes: D::FORMAT.max_bytes.max(MAX_JSON_BYTES),
            body: None,
        }
    }

    /// Returns the request for a proof.
    #[must_use]
    pub fn proof(key: ProofKey) -> Self {
        Self {
            path: Route::ProofOf(key).to_string(),
            accept: PROOF_MEDIA_TYPE,
            max_bytes: MAX_PROOF_BYTES,
            body: None,
        }
    }

    /// Returns the request that has a proof made.
    #[must_use]
    pub fn prove(key: ProofKey) -> Self {
        let body = Body {
            media_type: PROOF_MEDIA_TYPE,
            bytes: Vec::new(),
        };
        Self {
            path: Route::ProofOf(key).to_string(),
            accept: "application/json",
            max_bytes: MAX_JSON_BYTES,
            body: Some(body),
        }
    }

    /// Returns the request that hands in a signed operation.
    #[must_use]
    pub fn submit(operation: Vec<u8>) -> Self {
        let body = Body {
            media_type: OPERATION_MEDIA_TYPE,
            bytes: operation,
        };
        Self {
            body: Some(body),
            ..Self::document::<Submitted>(&Route::Submit)
        }
    }

    /// Returns the status of an answer that has what was asked for: what is handed in is accepted for
    /// later.
    pub(crate) const fn good_status(&self) -> u16 {
        if self.body.is_some() { 202 } else { 200 }
    }
}

const MAX_JSON_BYTES: usize = 32 << 10;

/// Asks one provider. Several requests may be in progress at once.
pub trait Transport {
    /// Sends `GET` for the request's path, or `POST` with its body, and reads at most its `max_bytes` of
    /// what is answered.
    ///
    /// Redirects are not followed: a provider that sends its readers elsewhere is not the one that
    /// they were told to read. The body of any other answer is read under the same cap.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if no complete answer arrives in time, or it is longer. Time is up when
    /// nothing comes for a while; an answer that keeps coming may take longer.
    fn send(
        &self,
        request: &Request,
    ) -> impl Future<Output = Result<Answer, TransportError>> + MaybeSend;
}

/// A complete answer, none of it checked yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The value of `Content-Type`: empty if there is none, or if the body is in an encoding
    /// (`Content-Encoding`) that the transport has not undone.
    pub content_type: String,
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
    /// The system's own message, for people.
    pub detail: String,
    /// How many bytes of a body came all the same.
    pub bytes: u64,
}

/// What went wrong on the way.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportFault {
    /// The provider cannot be reached, or stopped in the middle of its answer.
    #[error("the provider does not answer")]
    Unreachable,
    /// Nothing came for too long, or the answer comes too slowly.
    #[error("the provider's answer takes too long")]
    Timeout,
    /// The answer exceeds the size limit of its kind.
    #[error("the provider's answer is longer than allowed")]
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
