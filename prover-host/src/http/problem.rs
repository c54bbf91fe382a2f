//! `Problem`: an error as a client sees it, `application/problem+json` (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rpp_verifier::RouteError;
use serde_json::json;

use super::seldom::Seldom;
use crate::state::PrunedRange;

/// One kind of error over HTTP; its code is stable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProblemKind {
    /// No route has this path.
    UnknownPath,
    /// The route does not support this method.
    MethodNotAllowed,
    /// The request does not name one host.
    BadHost,
    /// The path does not contain a valid height.
    BadHeight,
    /// The query is not valid for this route.
    BadQuery,
    /// The path does not contain a valid subject of a proof.
    BadSubject,
    /// The path does not contain a valid proof id.
    BadProofId,
    /// The path does not contain a valid account number.
    BadAccount,
    /// The path does not contain a valid index of a validator.
    BadValidator,
    /// The path does not contain a valid key id.
    BadKeyId,
    /// The path does not contain a valid hash of an operation.
    BadOperationHash,
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
    /// The host does not have this operation.
    UnknownOperation,
    /// The set of the epoch has no validator at this index.
    UnknownValidator,
    /// The host does not know who voted in this epoch.
    VotesUnknown,
    /// The host no longer knows the accounts under this header.
    StateGone,
    /// The body is not announced as an operation.
    UnsupportedMediaType,
    /// Another operation waits that keeps this one from waiting.
    OperationConflict,
    /// As many operations wait as the host keeps.
    PoolFull,
    /// As many proofs are asked for as the host makes in a while.
    TooManyProofs,
    /// The host serves no signed setup.
    NoSetup,
    /// The chain has nothing that gives funds away.
    NoFaucet,
    /// What gives funds away has no more.
    FaucetEmpty,
    /// The proof has not been made yet.
    NotProvenYet,
    /// The proof file was damaged, and its witness is no longer stored.
    ProofLost,
    /// The proof was made, and the host keeps it no longer.
    ProofRetired,
    /// The block is pruned: what was in it, or proven about it, is kept no longer.
    Pruned,
    /// More requests, answers or connections are open than the host keeps, in all or for the client.
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
    /// An operation breaks a rule, which has this code.
    Operation(&'static str),
    /// The body is not an operation, by the rule of decoding that has this code.
    Encoding(&'static str),
}

/// When a client may ask again, with a chance of another answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Retry {
    /// In a second: it is a matter of what else is asked at the moment.
    Soon,
    /// After the next block; in a second where there is no chain yet.
    NextBlock,
}

impl ProblemKind {
    /// Every kind, but for those of an operation.
    pub const ALL: [Self; 37] = [
        Self::UnknownPath,
        Self::MethodNotAllowed,
        Self::BadHost,
        Self::BadHeight,
        Self::BadQuery,
        Self::BadSubject,
        Self::BadProofId,
        Self::BadAccount,
        Self::BadValidator,
        Self::BadKeyId,
        Self::BadOperationHash,
        Self::NotAnAncestor,
        Self::UnknownBlock,
        Self::UnknownProofKind,
        Self::UnknownProof,
        Self::GenesisHasNoProof,
        Self::UnknownOperation,
        Self::UnknownValidator,
        Self::VotesUnknown,
        Self::StateGone,
        Self::UnsupportedMediaType,
        Self::OperationConflict,
        Self::PoolFull,
        Self::TooManyProofs,
        Self::NoSetup,
        Self::NoFaucet,
        Self::FaucetEmpty,
        Self::NotProvenYet,
        Self::ProofLost,
        Self::ProofRetired,
        Self::Pruned,
        Self::Busy,
        Self::TooManyStreams,
        Self::BodyTooLarge,
        Self::Timeout,
        Self::NotReady,
        Self::Internal,
    ];

    /// The codes of an operation that breaks a rule.
    const RULES: [&'static str; 14] = [
        "operation-chain-id",
        "operation-unknown-account",
        "operation-taken",
        "operation-key",
        "operation-nonce-used",
        "operation-nonce-past-end",
        "operation-balance",
        "operation-unknown-receiver",
        "operation-receiver-full",
        "signature-tree-height",
        "signature-leaf-past-tree",
        "signature-path-length",
        "signature-target-sum",
        "signature-root-mismatch",
    ];
    /// The codes of what is not an operation.
    const ENCODINGS: [&'static str; 6] = [
        "truncated",
        "trailing-bytes",
        "bad-magic",
        "unsupported-version",
        "non-canonical-element",
        "out-of-range",
    ];

    /// Returns the kind of this code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        let mut rules = Self::RULES.into_iter().map(Self::Operation);
        let mut encodings = Self::ENCODINGS.into_iter().map(Self::Encoding);
        all.find(|kind| kind.code() == code)
            .or_else(|| rules.find(|kind| kind.code() == code))
            .or_else(|| encodings.find(|kind| kind.code() == code))
    }

    /// Returns the stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Operation(code) | Self::Encoding(code) => code,
            Self::UnknownPath => "unknown-path",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::BadHost => "bad-host",
            Self::BadHeight => "bad-height",
            Self::BadQuery => "bad-query",
            Self::BadSubject => "bad-subject",
            Self::BadProofId => "bad-proof-id",
            Self::BadAccount => "bad-account",
            Self::BadValidator => "bad-validator",
            Self::BadKeyId => "bad-key-id",
            Self::BadOperationHash => "bad-operation-hash",
            Self::NotAnAncestor => "not-an-ancestor",
            Self::UnknownBlock => "unknown-block",
            Self::UnknownProofKind => "unknown-proof-kind",
            Self::UnknownProof => "unknown-proof",
            Self::GenesisHasNoProof => "genesis-has-no-proof",
            Self::UnknownOperation => "unknown-operation",
            Self::UnknownValidator => "unknown-validator",
            Self::VotesUnknown => "votes-unknown",
            Self::StateGone => "state-gone",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::OperationConflict => "operation-conflict",
            Self::PoolFull => "pool-full",
            Self::TooManyProofs => "too-many-proofs",
            Self::NoSetup => "no-setup",
            Self::NoFaucet => "no-faucet",
            Self::FaucetEmpty => "faucet-empty",
            Self::NotProvenYet => "not-proven-yet",
            Self::ProofLost => "proof-lost",
            Self::ProofRetired => "proof-retired",
            Self::Pruned => "pruned",
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
            Self::BadHost
            | Self::BadHeight
            | Self::BadQuery
            | Self::BadSubject
            | Self::BadProofId
            | Self::BadAccount
            | Self::BadValidator
            | Self::BadKeyId
            | Self::BadOperationHash
            | Self::NotAnAncestor
            | Self::Encoding(_) => StatusCode::BAD_REQUEST,
            Self::Operation(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UnknownPath
            | Self::UnknownBlock
            | Self::UnknownProofKind
            | Self::UnknownProof
            | Self::GenesisHasNoProof
            | Self::UnknownOperation
            | Self::UnknownValidator
            | Self::VotesUnknown
            | Self::NoSetup
            | Self::NoFaucet
            | Self::NotProvenYet => StatusCode::NOT_FOUND,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::OperationConflict => StatusCode::CONFLICT,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::ProofLost | Self::ProofRetired | Self::Pruned | Self::StateGone => {
                StatusCode::GONE
            }
            Self::Busy
            | Self::TooManyStreams
            | Self::Timeout
            | Self::NotReady
            | Self::PoolFull
            | Self::TooManyProofs
            | Self::FaucetEmpty => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns when a client may ask again, which is what `Retry-After` says; `None` where to wait does not
    /// help.
    #[must_use]
    pub const fn retry(self) -> Option<Retry> {
        match self {
            Self::Busy | Self::Timeout => Some(Retry::Soon),
            Self::NotProvenYet
            | Self::NotReady
            | Self::TooManyStreams
            | Self::PoolFull
            | Self::TooManyProofs => Some(Retry::NextBlock),
            _ => None,
        }
    }

    /// Returns the short text, the same for every problem of the kind.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::UnknownPath => "No such path",
            Self::MethodNotAllowed => "Method not allowed",
            Self::BadHost => "Invalid host",
            Self::BadHeight => "Invalid height",
            Self::BadQuery => "Invalid query",
            Self::BadSubject => "Invalid subject",
            Self::BadProofId => "Invalid proof id",
            Self::BadAccount => "Invalid account number",
            Self::BadValidator => "Invalid index of a validator",
            Self::BadKeyId => "Invalid key id",
            Self::BadOperationHash => "Invalid hash of an operation",
            Self::NotAnAncestor => "Not an ancestor",
            Self::UnknownBlock => "No block at this height",
            Self::UnknownProofKind => "No such kind of proof",
            Self::UnknownProof => "No proof with this id",
            Self::GenesisHasNoProof => "The genesis has no proof",
            Self::UnknownOperation => "No such operation",
            Self::UnknownValidator => "No such validator",
            Self::VotesUnknown => "Votes not known",
            Self::StateGone => "Accounts no longer known",
            Self::UnsupportedMediaType => "Unsupported media type",
            Self::OperationConflict => "Another operation waits",
            Self::PoolFull => "Too many operations wait",
            Self::TooManyProofs => "Too many proofs asked for",
            Self::NoSetup => "No signed setup",
            Self::NoFaucet => "No faucet",
            Self::FaucetEmpty => "The faucet is empty",
            Self::NotProvenYet => "Not proven yet",
            Self::ProofLost => "Proof lost",
            Self::ProofRetired => "Proof no longer kept",
            Self::Pruned => "Block pruned",
            Self::Busy => "Busy",
            Self::TooManyStreams => "Too many open streams",
            Self::BodyTooLarge => "Request body too large",
            Self::Timeout => "Request timed out",
            Self::NotReady => "Not ready",
            Self::Internal => "Internal error",
            Self::Operation(_) => "Operation not valid",
            Self::Encoding(_) => "Not an operation",
        }
    }

    /// Returns what a client can do about it: the text of the page `/problems/{code}`.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::UnknownPath => "Check the path; the API lives under /v1.",
            Self::MethodNotAllowed => "The Allow header lists the methods that this path takes.",
            Self::BadHost => "Send exactly one Host header with each request of HTTP/1.1.",
            Self::BadHeight => {
                "A height is a decimal number from 0 to 4294967295, without sign or leading zeros."
            }
            Self::BadQuery => {
                "/v1/ancestors/{height} takes exactly one parameter, in={height}; /v1/blocks takes from={height} and limit={1 to 64}, each at most once; /v1/accounts/{number} may have height={height}, its transactions cursor={height}.{position}, and /v1/keys/{key id} from={number}; /v1/uptime/{validator} takes exactly epoch={epoch}; no other route takes any."
            }
            Self::BadSubject => {
                "A subject is a height, an operation's hash, VALIDATOR@EPOCH or FIRST-LAST, in decimal or lower-case hexadecimal digits without leading zeros."
            }
            Self::BadProofId => {
                "A proof id is the SHA-256 of the proof file: 64 lower-case hexadecimal digits."
            }
            Self::BadAccount => {
                "An account number is a decimal number from 0 to 4294967295, without sign or leading zeros."
            }
            Self::BadValidator => {
                "A validator's index is a decimal number from 0 to 4294967295, without sign or leading zeros."
            }
            Self::BadKeyId => {
                "A key id is a digest: 64 lower-case hexadecimal digits, each eight of them below the field's modulus."
            }
            Self::BadOperationHash => {
                "An operation's hash is a digest: 64 lower-case hexadecimal digits, each eight of them below the field's modulus."
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
            Self::UnknownOperation => {
                "This host never took the operation, or dropped it long ago: send the same bytes again."
            }
            Self::UnknownValidator => {
                "The indices of a set go from 0 to below the number of its members, which the certificate of a block has."
            }
            Self::VotesUnknown => {
                "An earlier release of this host saved the blocks of this epoch, and kept no votes. Ask for a later epoch, or ask another host."
            }
            Self::StateGone => {
                "This host knows the accounts under the headers of its newest 256 blocks. Ask for a later height, or ask another host."
            }
            Self::UnsupportedMediaType => {
                "Send a signed operation, with Content-Type: application/vnd.rpp.operation."
            }
            Self::OperationConflict => {
                "An operation of the account with this nonce, a change of its key, or another registration by the key or for the number waits already. See what becomes of that one first; never sign another operation at a leaf that has signed. A change of key that waits gives way to another one, at another leaf, that pays a tenth more."
            }
            Self::PoolFull => {
                "Send the same bytes again after the seconds in the Retry-After header; an operation that pays more gets a place sooner."
            }
            Self::TooManyProofs => {
                "Ask again after the seconds in the Retry-After header, or ask another host."
            }
            Self::NoSetup => {
                "Start from a checkpoint that you trust, or ask another host for the setup."
            }
            Self::NoFaucet => {
                "This chain has no faucet: ask somebody who has an account to send you something."
            }
            Self::FaucetEmpty => {
                "The faucet's key has signed with all its leaves: start a new devnet, or ask somebody who has an account."
            }
            Self::NotProvenYet => "Ask again after the seconds in the Retry-After header.",
            Self::ProofLost => {
                "A later block of the same epoch proves this one as its ancestor; ask another host for the proof."
            }
            Self::ProofRetired => {
                "This host keeps the proofs of its newest blocks and of the last block of each epoch. A later block of the same epoch proves this one as its ancestor, and so does the last one of it; where it is the last one itself, /v1/spans/{first}-{last} has a span that starts with its epoch. Ask a host that keeps all proofs for this one."
            }
            Self::Pruned => {
                "This host has deleted the operations of its oldest blocks and the proofs about them; the range field names the proof of their headers. Headers, the places of operations and the proofs that the last block of each epoch was signed are still here: whoever has the operation can show that it was in its block."
            }
            Self::Busy => {
                "Ask again after the seconds in the Retry-After header; ask for larger pages, less often, and read what you asked for."
            }
            Self::TooManyStreams => {
                "Ask again after the seconds in the Retry-After header, or ask /v1/head now and then."
            }
            Self::BodyTooLarge => {
                "A signed operation has at most 2076 bytes; no other route takes a body."
            }
            Self::Timeout => "Ask again after the seconds in the Retry-After header.",
            Self::NotReady => {
                "Ask again after the seconds in the Retry-After header, or ask another host."
            }
            Self::Internal => "The cause is in the host's log; tell its operator.",
            Self::Operation(_) => {
                "The operation breaks a rule of the chain, which the detail names, on the newest state: sending it again does not help while that state lasts. Look at the account, and never sign another operation at a leaf that has signed."
            }
            Self::Encoding(_) => {
                "Send a signed operation as the protocol encodes it, and nothing else."
            }
        }
    }
}

/// An error as a client sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    kind: ProblemKind,
    detail: String,
    allow: Option<&'static str>,
    /// Where the headers of a block are proven that is pruned.
    range: Option<PrunedRange>,
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
            allow: None,
            range: None,
        }
    }

    /// Logs `cause` and returns a problem that reveals nothing about it.
    #[must_use]
    pub fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        static FAILED: Seldom = Seldom::new();
        if let Some(unsaid) = FAILED.occurred() {
            tracing::error!(cause, unsaid, "a request failed");
        }
        Self::new(ProblemKind::Internal, "the host could not answer")
    }

    /// Names the range that the headers are proven in, where their blocks are pruned.
    #[must_use]
    pub fn proven_in(self, range: PrunedRange) -> Self {
        let range = Some(range);
        Self { range, ..self }
    }

    /// Adds `Allow`, where a handler refuses a method that its path takes otherwise.
    #[must_use]
    pub fn allowing(self, methods: &'static str) -> Self {
        Self {
            allow: Some(methods),
            ..self
        }
    }
}

impl From<RouteError> for Problem {
    fn from(error: RouteError) -> Self {
        let kind = ProblemKind::of(error.code());
        // A route error without its own page is about the path.
        Self::new(kind.unwrap_or(ProblemKind::UnknownPath), error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = self.kind;
        let mut body = json!({
            "type": format!("/problems/{}", kind.code()),
            "title": kind.title(),
            "status": kind.status().as_u16(),
            "detail": self.detail,
            "code": kind.code(),
        });
        if let Some(range) = self.range {
            body["range"] = range.route().to_string().into();
        }
        let headers = [
            (header::CONTENT_TYPE, Self::MEDIA_TYPE),
            (header::CACHE_CONTROL, "no-store"),
        ];
        let mut response = (kind.status(), headers, body.to_string()).into_response();
        // For the log, and for who knows when the next block comes.
        response.extensions_mut().insert(kind);
        let headers = response.headers_mut();
        if kind.retry().is_some() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(1));
        }
        if let Some(range) = self.range {
            response = super::reply::proven_in(response, range);
        }
        let headers = response.headers_mut();
        if let Some(methods) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(methods));
        }
        response
    }
}
