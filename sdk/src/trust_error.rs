//! `TrustError`: why what is signed and proven is not enough.

use rpp_verifier::{Checkpoint, Lasting};

/// Why what is signed and proven is not enough: votes of long ago may be by keys that somebody has got hold of since,
/// and whoever names a header names the set that signs the next ones.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The header is on another chain than a checkpoint of the setup.
    #[error(
        "block {height} does not lead to or from the setup's checkpoint {checkpoint}: the provider shows \
         another chain than the one that was signed, or two signers of the setup contradict each other"
    )]
    NotReached {
        /// The checkpoint.
        checkpoint: Checkpoint,
        /// Height of the header.
        height: u32,
    },
    /// The header of the setup's online checkpoint is older than trust may be.
    #[error(
        "the setup's checkpoint is older than {}: ask its signers for a newer one", Lasting(*max_age_ms)
    )]
    CheckpointTooOld {
        /// Timestamp of the header, in milliseconds since the Unix epoch.
        timestamp_ms: u64,
        /// How old trust may be, in milliseconds.
        max_age_ms: u64,
    },
    /// The client's head, or the checkpoint that its owner gave, is older than trust may be.
    #[error(
        "the client's head is older than {}, so that its set may sign anything by now: give the client a newer checkpoint",
        Lasting(*max_age_ms)
    )]
    HeadTooOld {
        /// Timestamp of the head, in milliseconds since the Unix epoch.
        timestamp_ms: u64,
        /// How old trust may be, in milliseconds.
        max_age_ms: u64,
    },
}

impl TrustError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotReached { .. } => "checkpoint-not-reached",
            Self::CheckpointTooOld { .. } => "checkpoint-too-old",
            Self::HeadTooOld { .. } => "trust-too-old",
        }
    }
}
