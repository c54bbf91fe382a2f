//! `Error`: why a step was not taken.

use core::time::Duration;

use rpp_verifier::{
    BlockError, CheckpointError, CircuitError, ClaimError, DecodeError, DocumentError, HeaderError,
    SetupError, SetupFault, VerifyError,
};

use crate::conflict::ConflictError;
use crate::ledger::HistoryError;
use crate::state::StateError;
use crate::store::{StoreError, StoreFault};
use crate::transport::TransportError;
use crate::trust_error::TrustError;

/// Why a step was not taken. The client's head stays where it was, and but for [`Error::Conflict`] the next
/// step may be tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There was no complete answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The answer is not a host's answer to what was asked.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// The answer is not the requested document.
    #[error(transparent)]
    Decode(#[from] DocumentError),
    /// The answer is not about what was asked.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The provider's setup breaks a rule, or has expired.
    #[error("setup: {0}")]
    Setup(#[from] SetupError),
    /// The setup does not list the circuit of a proof for its header, so that the proof is not even decoded.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// What is signed is too old, or on another chain than the setup's checkpoint.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The provider's header is not the one that the checkpoint names.
    #[error("checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The header breaks a rule.
    #[error("header: {0}")]
    Header(#[from] HeaderError),
    /// The proof does not prove the statement that the headers make.
    #[error("proof: {0}")]
    Verify(#[from] VerifyError),
    /// What the provider says of an account, an operation, a block or a validator is not what the trusted header shows.
    #[error("claim: {0}")]
    Claim(#[from] ClaimError),
    /// The caller asks about a block above the header that everything is checked under. Nobody was asked.
    #[error("block {height} is above block {head}, under which it would be checked")]
    AboveHead {
        /// Height of the block.
        height: u32,
        /// Height of the header.
        head: u32,
    },
    /// The caller asks for headers that no call returns. Nobody was asked.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The caller asks about the votes in an epoch that no proof is about. Nobody was asked.
    #[error("epoch {epoch} has {heights} blocks to vote for, and a proof is about {max} at most")]
    LongEpoch {
        /// The epoch.
        epoch: u32,
        /// How many of its heights are voted for.
        heights: u32,
        /// The most that a proof is about.
        max: u32,
    },
    /// The stored state cannot be used; the client starts from its checkpoint.
    #[error("stored state: {0}")]
    State(#[from] StateError),
    /// The state cannot be read; this is retried, since it may reach further than the provider
    /// shows. But where there is something else ([`StoreFault::Foreign`]), the client starts from its
    /// checkpoint.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Two headers are signed of which the chain can have only one. This is final: the client asks
    /// nothing more until its owner [chooses](crate::LightClient::choose).
    #[error(transparent)]
    Conflict(#[from] ConflictError),
}

/// Whose fault an error is, in a few words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The connection to the provider.
    Transport,
    /// The provider cannot answer, or somebody else answers in its place.
    Problem,
    /// The provider's bytes.
    Decode,
    /// The provider's answer is about something else.
    Answer,
    /// What is signed about the chain: who says what is verified, from where on, and until when.
    Setup,
    /// The provider's header.
    Header,
    /// The provider's proof.
    Verify,
    /// What the provider says of an account, an operation or a block.
    Claim,
    /// The caller.
    Config,
    /// The stored state.
    State,
    /// The validators of the chain: two thirds of them signed two branches.
    Conflict,
}

impl ErrorKind {
    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Problem => "problem",
            Self::Decode => "decode",
            Self::Answer => "answer",
            Self::Setup => "setup",
            Self::Header => "header",
            Self::Verify => "verify",
            Self::Claim => "claim",
            Self::Config => "config",
            Self::State => "state",
            Self::Conflict => "conflict",
        }
    }
}

impl Error {
    /// Returns the stable code, the same in every language.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Transport(error) => error.fault.code(),
            Self::Problem(error) => error.code(),
            Self::Decode(error) => error.code(),
            Self::Answer(error) => error.code(),
            Self::Setup(error) => error.code(),
            Self::Circuit(error) => error.code(),
            Self::Trust(error) => error.code(),
            Self::Checkpoint(error) => error.code(),
            Self::Header(error) => error.code(),
            Self::Verify(error) => error.code(),
            Self::Claim(error) => error.code(),
            Self::AboveHead { .. } => "above-head",
            Self::History(error) => error.code(),
            Self::LongEpoch { .. } => "epoch-too-long",
            Self::State(error) => error.code(),
            Self::Store(error) if error.fault == StoreFault::Foreign => error.code(),
            Self::Store(_) => "store",
            Self::Conflict(_) => "conflicting-headers",
        }
    }

    /// Returns whose fault it is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Transport(_) => ErrorKind::Transport,
            Self::Problem(_) => ErrorKind::Problem,
            Self::Decode(_) => ErrorKind::Decode,
            Self::Answer(_) => ErrorKind::Answer,
            Self::Setup(_) | Self::Circuit(_) | Self::Trust(_) => ErrorKind::Setup,
            Self::Checkpoint(_) | Self::Header(_) => ErrorKind::Header,
            Self::Verify(_) => ErrorKind::Verify,
            // The provider has shown the truth: whoever handed the operation over is wrong.
            Self::Claim(ClaimError::OtherBlock { .. })
            | Self::AboveHead { .. }
            | Self::History(_)
            | Self::LongEpoch { .. } => ErrorKind::Config,
            Self::Claim(_) => ErrorKind::Claim,
            Self::State(_) | Self::Store(_) => ErrorKind::State,
            Self::Conflict(_) => ErrorKind::Conflict,
        }
    }

    /// Returns whether the provider had what was asked for, and keeps it no longer.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Problem(error) if error.status == 410)
    }

    /// Returns whether the provider has not what was asked for, whatever it may have later.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Problem(error) if (400..500).contains(&error.status) && error.status != 429)
    }

    /// Returns whether the provider knows of no such question.
    pub(crate) fn is_unknown_path(&self) -> bool {
        let is_unknown =
            |error: &ProblemError| error.provider_code.as_deref() == Some("unknown-path");
        matches!(self, Self::Problem(error) if is_unknown(error))
    }

    /// Returns whether the provider asks for patience: what was asked for may be there later.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Problem(error) if error.is_busy())
    }

    /// Returns whether the error is trouble rather than a lie: nothing was said that contradicts what
    /// is signed or proven, and trying again may help.
    ///
    /// The provider is unreachable, busy or behind, somebody else answers in its place, an answer ends
    /// early, its clock or ours is wrong, or the store cannot be read right now. Trouble that does not
    /// end makes the client's head stale, and never false.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport(_) => true,
            Self::Store(error) => error.fault != StoreFault::Foreign,
            // No status contradicts what is signed, nor does what a provider never sends.
            Self::Problem(_) => true,
            // A connection that was cut: not every answer says how long it is.
            Self::Decode(DocumentError::Decode(DecodeError::Truncated { .. })) => true,
            Self::Verify(VerifyError::Decode(DecodeError::Truncated { .. })) => true,
            // A provider behind a load balancer, or one that makes a lost proof again.
            Self::Answer(AnswerError::HeadBehind { .. } | AnswerError::BehindCheckpoint { .. }) => {
                true
            }
            // It was signed once, and a newer one may come: yesterday's is what one of several hosts
            // serves that lags behind the others.
            Self::Setup(error) => matches!(
                error.fault,
                SetupFault::Expired { .. }
                    | SetupFault::IssuedAhead { .. }
                    | SetupFault::Rollback { .. }
                    | SetupFault::BelowMinimum { .. }
            ),
            Self::Trust(TrustError::CheckpointTooOld { .. }) => true,
            // Two thirds may have signed it; whose clock is wrong is not for a client to say.
            Self::Header(HeaderError::Future { .. }) => true,
            _ => false,
        }
    }
}

/// The answer is not a host's answer to what was asked: its status is neither 200 nor, to what was handed in, 202, or its media type not
/// the one that was asked for.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the provider answered {path} with {}", self.said())]
pub struct ProblemError {
    /// What was asked for.
    pub path: String,
    /// The HTTP status.
    pub status: u16,
    /// The media type of the answer, without parameters; empty if there is none that is safe to show.
    pub media_type: String,
    /// The code in the provider's problem document: lower-case words of any meaning.
    pub provider_code: Option<String>,
    /// The wait that the provider asks for.
    pub retry_after: Option<Duration>,
    /// Whether the status is that of a good answer, and the rest is not.
    pub(crate) is_foreign: bool,
}

impl ProblemError {
    /// Returns the stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.status {
            _ if self.is_foreign => "foreign-answer",
            300..=399 => "redirect",
            _ if self.is_busy() => "provider-busy",
            _ => "provider-refused",
        }
    }

    /// A block that another provider behind the same address showed may not be there yet.
    fn is_busy(&self) -> bool {
        let is_behind = || self.provider_code.as_deref() == Some("unknown-block");
        match self.status {
            429 | 500..=599 => true,
            404 => self.retry_after.is_some() || is_behind(),
            _ => false,
        }
    }

    /// Whether the provider does not have a proof, and may make it for whoever asks.
    pub(crate) fn is_unmade(&self) -> bool {
        let code = self.provider_code.as_deref().unwrap_or_default();
        matches!(
            (self.status, code),
            (404, "unknown-proof") | (410, "proof-lost" | "proof-retired")
        )
    }

    fn said(&self) -> String {
        let Self {
            status, media_type, ..
        } = self;
        let is_foreign = self.is_foreign;
        match &self.provider_code {
            _ if is_foreign && media_type.is_empty() => "something else than asked for".to_owned(),
            _ if is_foreign => format!("{media_type}, which was not asked for"),
            Some(code) => format!("status {status} ({code})"),
            None => format!("status {status}"),
        }
    }
}

/// The answer is not about what was asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The block is not a candidate.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The block is at another height.
    #[error("asked for block {expected}, got block {got}")]
    OtherHeight {
        /// The height asked for.
        expected: u32,
        /// The height of the block.
        got: u32,
    },
    /// The provider's head is below the client's: it lags behind, or hides what is newer.
    #[error(
        "the provider's head is block {got}, but this client has already verified block {head}"
    )]
    HeadBehind {
        /// Height of the client's head.
        head: u32,
        /// Height of the provider's head.
        got: u32,
    },
    /// The provider's head is below the setup's online checkpoint, which somebody has seen: it lags behind, or hides
    /// what is newer.
    #[error("the provider's head is block {got}, but the setup's checkpoint is block {checkpoint}")]
    BehindCheckpoint {
        /// Height of the checkpoint.
        checkpoint: u32,
        /// Height of the provider's head.
        got: u32,
    },
    /// The provider shows another block at the height of the client's head.
    #[error("the provider's block {height} differs from the one already verified")]
    OtherHead {
        /// The height.
        height: u32,
    },
    /// A page has not as many blocks as were asked for, though the chain has them.
    #[error("asked for {expected} blocks, got {got}")]
    PageLength {
        /// How many were asked for.
        expected: u32,
        /// How many there are on the page.
        got: u32,
    },
    /// The path is for a different ancestor, or for the history of a different header.
    #[error("asked for the path of block {height} in block {within}, but got a different path")]
    OtherAncestor {
        /// Height of the ancestor asked for.
        height: u32,
        /// Height of the header asked for.
        within: u32,
    },
    /// The account has another number.
    #[error("asked for account {expected}, got account {got}")]
    OtherAccount {
        /// The number asked for.
        expected: u32,
        /// The number of the account.
        got: u32,
    },
    /// The accounts are those of another key.
    #[error("asked for the accounts of a key, got those of another key")]
    OtherKey,
    /// The answer is about another validator.
    #[error("asked about validator {expected}, got an answer about validator {got}")]
    OtherValidator {
        /// The index asked about.
        expected: u32,
        /// The index in the answer.
        got: u32,
    },
    /// The answer is about another epoch, or not about all of its heights.
    #[error("asked about epoch {epoch}, got an answer about other heights")]
    OtherEpoch {
        /// The epoch asked about.
        epoch: u32,
    },
    /// The span does not begin with the epoch asked about, leads too far or nowhere, or its header is not the end of its last epoch.
    #[error("asked for a span from epoch {first} to {last} at most, got another one")]
    OtherSpan {
        /// The first epoch asked for.
        first: u32,
        /// The last epoch that it may have.
        last: u32,
    },
    /// The answer is said to be under another header than the one at its height.
    #[error("the answer names another header at height {height} than the chain has there")]
    OtherHeader {
        /// The height.
        height: u32,
    },
    /// The operation has another hash.
    #[error("asked about an operation, got an answer about another one")]
    OtherOperation,
    /// A list that is served in pages is out of order, or does not end.
    #[error("the provider's list is out of order")]
    Order,
}

impl AnswerError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Block(error) => error.code(),
            Self::OtherHeight { .. } => "other-height",
            Self::HeadBehind { .. } | Self::BehindCheckpoint { .. } => "head-behind",
            Self::OtherHead { .. } => "other-head",
            Self::PageLength { .. } => "page-length",
            Self::OtherAncestor { .. } => "other-ancestor",
            Self::OtherAccount { .. } => "other-account",
            Self::OtherKey => "other-key",
            Self::OtherValidator { .. } => "other-validator",
            Self::OtherEpoch { .. } => "other-epoch",
            Self::OtherSpan { .. } => "other-span",
            Self::OtherHeader { .. } => "other-header",
            Self::OtherOperation => "other-operation",
            Self::Order => "list-order",
        }
    }
}
