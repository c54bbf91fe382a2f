//! `Problem`: an error as a client sees it, `application/problem+json` (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rpp_verifier::RouteError;
use serde_json::json;

/// One kind of error over HTTP; its code is stable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProblemKind {
    /// No route has this path.
    UnknownPath,
    /// The route does not support this method.
    MethodNotAllowed,
    /// The path does not contain a valid height.
    BadHeight,
    /// The query is not valid for this route.
    BadQuery,
    /// The path does not contain a valid subject of a proof.
    BadSubject,
    /// The path does not contain a valid proof id.
    BadProofId,
    /// The ancestor asked for is not below the header that it should be in.
    NotAnAncestor,
    /// The chain has no block at this height.
    UnknownBlock,
    /// The host makes no proofs of this kind.
    UnknownProofKind,
    /// The host has no proof of this id.
    UnknownProof,
    /// The genesis is trusted, not proven.
    GenesisHasNoProof,
    /// The proof has not been made yet.
    NotProvenYet,
    /// The proof file was damaged, and its witness is no longer stored.
    ProofLost,
    /// The proof was made, and the host keeps it no longer.
    ProofRetired,
    /// More requests are waiting than the host answers in a few seconds.
    Busy,
    /// The host's limit of open streams is reached, or the client's.
    TooManyStreams,
    /// The request's body is longer than the host accepts.
    BodyTooLarge,
    /// The request took too long.
    Timeout,
    /// The host cannot do its work right now.
    NotReady,
    /// The host is at fault.
    Internal,
}

impl ProblemKind {
    /// Every kind.
    pub const ALL: [Self; 20] = [
        Self::UnknownPath,
        Self::MethodNotAllowed,
        Self::BadHeight,
        Self::BadQuery,
        Self::BadSubject,
        Self::BadProofId,
        Self::NotAnAncestor,
        Self::UnknownBlock,
        Self::UnknownProofKind,
        Self::UnknownProof,
        Self::GenesisHasNoProof,
        Self::NotProvenYet,
        Self::ProofLost,
        Self::ProofRetired,
        Self::Busy,
        Self::TooManyStreams,
        Self::BodyTooLarge,
        Self::Timeout,
        Self::NotReady,
        Self::Internal,
    ];

    /// Returns the stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownPath => "unknown-path",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::BadHeight => "bad-height",
            Self::BadQuery => "bad-query",
            Self::BadSubject => "bad-subject",
            Self::BadProofId => "bad-proof-id",
            Self::NotAnAncestor => "not-an-ancestor",
            Self::UnknownBlock => "unknown-block",
            Self::UnknownProofKind => "unknown-proof-kind",
            Self::UnknownProof => "unknown-proof",
            Self::GenesisHasNoProof => "genesis-has-no-proof",
            Self::NotProvenYet => "not-proven-yet",
            Self::ProofLost => "proof-lost",
            Self::ProofRetired => "proof-retired",
            Self::Busy => "busy",
            Self::TooManyStreams => "too-many-streams",
            Self::BodyTooLarge => "body-too-large",
            Self::Timeout => "timeout",
            Self::NotReady => "not-ready",
            Self::Internal => "internal",
        }
    }

    /// Returns the HTTP status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::BadHeight
            | Self::BadQuery
            | Self::BadSubject
            | Self::BadProofId
            | Self::NotAnAncestor => StatusCode::BAD_REQUEST,
            Self::UnknownPath
            | Self::UnknownBlock
            | Self::UnknownProofKind
            | Self::UnknownProof
            | Self::GenesisHasNoProof
            | Self::NotProvenYet => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::ProofLost | Self::ProofRetired => StatusCode::GONE,
            Self::Busy | Self::TooManyStreams | Self::Timeout | Self::NotReady => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns the short text, the same for every problem of the kind.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::UnknownPath => "No such path",
            Self::MethodNotAllowed => "Method not allowed",
            Self::BadHeight => "Invalid height",
            Self::BadQuery => "Invalid query",
            Self::BadSubject => "Invalid subject",
            Self::BadProofId => "Invalid proof id",
            Self::NotAnAncestor => "Not an ancestor",
            Self::UnknownBlock => "No block at this height",
            Self::UnknownProofKind => "No such kind of proof",
            Self::UnknownProof => "No proof with this id",
            Self::GenesisHasNoProof => "The genesis has no proof",
            Self::NotProvenYet => "Not proven yet",
            Self::ProofLost => "Proof lost",
            Self::ProofRetired => "Proof no longer kept",
            Self::Busy => "Busy",
            Self::TooManyStreams => "Too many open streams",
            Self::BodyTooLarge => "Request body too large",
            Self::Timeout => "Request timed out",
            Self::NotReady => "Not ready",
            Self::Internal => "Internal error",
        }
    }

    /// Returns what a client can do about it: the text of the page `/problems/{code}`.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::UnknownPath => "Check the path; the API lives under /v1.",
            Self::MethodNotAllowed => "The Allow header lists the methods that this path takes.",
            Self::BadHeight => {
                "A height is a decimal number from 0 to 4294967295, without sign or leading zeros."
            }
            Self::BadQuery => {
                "/v1/ancestors/{height} takes exactly one parameter, in={height}; /v1/blocks takes from={height} and limit={1 to 64}, each at most once; no other route takes any."
            }
            Self::BadSubject => {
                "A subject is a height, an operation's hash, VALIDATOR@EPOCH or FIRST-LAST, in decimal or lower-case hexadecimal digits without leading zeros."
            }
            Self::BadProofId => {
                "A proof id is the SHA-256 of the proof file: 64 lower-case hexadecimal digits."
            }
            Self::NotAnAncestor => {
                "An ancestor's height is smaller than the height of the header that it is in."
            }
            Self::UnknownBlock => {
                "The chain is not that long yet; /v1/head tells its latest height."
            }
            Self::UnknownProofKind => {
                "The proofs field of a block lists the kinds that the host has."
            }
            Self::UnknownProof => {
                "Take the id from the proofs field of a block; not every proof is made."
            }
            Self::GenesisHasNoProof => {
                "A client trusts the genesis by its hash; the first proof is that of block 1."
            }
            Self::NotProvenYet => "Ask again after the seconds in the Retry-After header.",
            Self::ProofLost => {
                "A later block of the same epoch proves this one as its ancestor; ask another host for the proof."
            }
            Self::ProofRetired => {
                "This host keeps the proofs of its newest blocks and of the last block of each epoch. A later block of the same epoch proves this one as its ancestor, and so does the last one of it; ask a host that keeps all proofs for this one."
            }
            Self::Busy => {
                "Ask again after the seconds in the Retry-After header; ask for larger pages, less often."
            }
            Self::TooManyStreams => {
                "Ask again after the seconds in the Retry-After header, or ask /v1/head now and then."
            }
            Self::BodyTooLarge => "Send requests without a body: every route is read-only.",
            Self::Timeout => "Ask again after the seconds in the Retry-After header.",
            Self::NotReady => {
                "Ask again after the seconds in the Retry-After header, or ask another host."
            }
            Self::Internal => "The cause is in the host's log; tell its operator.",
        }
    }
}

/// An error as a client sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    kind: ProblemKind,
    detail: String,
    retry_after_s: Option<u32>,
}

impl Problem {
    /// The media type of the body.
    pub const MEDIA_TYPE: &'static str = "application/problem+json";

    /// Returns the problem of this kind; `detail` describes this occurrence.
    #[must_use]
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            retry_after_s: None,
        }
    }

    /// Logs `cause` and returns a problem that reveals nothing about it.
    #[must_use]
    pub fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(cause, "a request failed");
        Self::new(ProblemKind::Internal, "the host could not answer")
    }

    /// Adds `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self {
            retry_after_s: Some(seconds),
            ..self
        }
    }
}

impl From<RouteError> for Problem {
    fn from(error: RouteError) -> Self {
        let kind = ProblemKind::ALL
            .into_iter()
            .find(|kind| kind.code() == error.code());
        // A route error without its own page is about the path.
        Self::new(kind.unwrap_or(ProblemKind::UnknownPath), error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = self.kind;
        let body = json!({
            "type": format!("/problems/{}", kind.code()),
            "title": kind.title(),
            "status": kind.status().as_u16(),
            "detail": self.detail,
            "code": kind.code(),
        });
        let headers = [
            (header::CONTENT_TYPE, Self::MEDIA_TYPE),
            (header::CACHE_CONTROL, "no-store"),
        ];
        let mut response = (kind.status(), headers, body.to_string()).into_response();
        if let Some(seconds) = self.retry_after_s {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
