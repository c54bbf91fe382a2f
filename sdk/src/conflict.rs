//! `Seen`: two headers of which the chain can have only one, and what the client's owner makes of them.

use rpp_verifier::{Conflict, DecodeError, Digest, Evidence, HeaderHash, Reader};

/// What the owner of a client does about two headers that conflict.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Choice {
    /// Goes on from the client's own head.
    Head,
    /// Goes on from the header that conflicts with it.
    Conflicting,
    /// Starts again from the checkpoint. This may be chosen at any time: nobody but its owner ever moves a
    /// client back.
    Checkpoint,
}

/// Two headers are signed of which the chain can have only one; the client is stopped until its owner
/// chooses.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "block {height} is {hash} here, and {other} on another branch, whose block {conflicting_height} is \
     signed and proven as well; the client is stopped until its owner chooses"
)]
pub struct ConflictError {
    /// Height of the client's head.
    pub height: u32,
    /// Hash of the client's head.
    pub hash: HeaderHash,
    /// Hash of the header that the other branch has there.
    pub other: HeaderHash,
    /// Height of the header that conflicts: that of the head, or above.
    pub conflicting_height: u32,
}

/// Why a choice was not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// The client is not stopped, or has not read its store yet.
    #[error("there is nothing to choose")]
    NotStopped,
    /// It is the checkpoint that the other header conflicts with. Whoever takes that header for the chain's
    /// makes a client with a checkpoint of its branch.
    #[error("the header conflicts with the checkpoint itself")]
    AgainstCheckpoint,
}

impl ChoiceError {
    /// Returns the stable code, the same in every language.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotStopped => "not-stopped",
            Self::AgainstCheckpoint => "against-checkpoint",
        }
    }
}

/// Where the owner of a client stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Standing {
    /// Has not chosen.
    Open,
    /// Has chosen the client's head.
    Head,
    /// Has chosen the header that conflicts with it.
    Conflicting,
    /// Has started again from a checkpoint.
    Checkpoint,
}

impl Standing {
    const ALL: [Self; 4] = [Self::Open, Self::Head, Self::Conflicting, Self::Checkpoint];

    /// Returns its number in a stored state.
    pub(crate) fn number(self) -> u32 {
        let mut numbered = (0..).zip(Self::ALL);
        numbered.find(|(_, of)| *of == self).map_or(0, |(n, _)| n)
    }

    /// Takes the number off the front of `r`.
    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let number = r.u32_in(0, 3, "choice")?;
        let mut numbered = (0..).zip(Self::ALL);
        let found = numbered.find(|(n, _)| *n == number);
        Ok(found.map_or(Self::Open, |(_, of)| of))
    }
}

/// A conflict that has been verified, and what its owner has made of it. Only the newest is kept.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) evidence: Evidence,
    pub(crate) conflict: Conflict,
    /// The key of the spans on the way to the head; evidence has no place for it.
    pub(crate) span: SpanKey,
    pub(crate) standing: Standing,
}

/// By which spans a client that is stopped came to its head.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SpanKey {
    /// By those of the key with this digest, or by none.
    Known(Option<Digest>),
    /// An earlier release has stored the conflict, and did not say.
    Unknown,
}

impl SpanKey {
    /// Returns whether spans led to the head, or may have: `is_far` is whether the head is far enough above its checkpoint for that.
    pub(crate) const fn counts(self, is_far: bool) -> bool {
        match self {
            Self::Known(key) => key.is_some(),
            Self::Unknown => is_far,
        }
    }
}

impl Seen {
    /// Returns whether the owner has yet to choose.
    pub(crate) fn is_open(&self) -> bool {
        self.standing == Standing::Open
    }

    /// Returns what the owner is told.
    pub(crate) fn error(&self) -> ConflictError {
        let head = self.evidence.head_header();
        ConflictError {
            height: head.height,
            hash: head.hash(),
            other: self.evidence.other_hash(),
            conflicting_height: self.evidence.conflicting.header.height,
        }
    }

    /// Returns whether the owner has decided against the header with this hash at this height.
    pub(crate) fn is_rejected(&self, height: u32, hash: HeaderHash) -> bool {
        let ConflictError {
            height: of,
            hash: head,
            other,
            ..
        } = self.error();
        let rejected = match self.standing {
            Standing::Open | Standing::Checkpoint => return false,
            Standing::Head => other,
            Standing::Conflicting => head,
        };
        height == of && hash == rejected
    }
}
