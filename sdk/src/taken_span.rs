//! `TakenSpan`: a span that a client went by.

use rpp_verifier::{Digest, HeaderHash, SpanCircuit, SpanStatement, Verified};

/// A run of epochs that a client went over by one proof that the end of each was signed, in place of one for each.
///
/// It moved the epoch and its set alone: who proposed those headers is not proven, and nothing is believed under them but what a
/// later head has in its history.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct TakenSpan {
    pub(crate) verified: Verified<SpanCircuit>,
    pub(crate) proof_bytes: usize,
}

impl TakenSpan {
    /// Returns the first epoch.
    #[must_use]
    pub fn first_epoch(&self) -> u32 {
        let SpanStatement {
            first_height,
            epoch_length,
            ..
        } = self.statement();
        *first_height / *epoch_length
    }

    /// Returns the last epoch.
    #[must_use]
    pub fn last_epoch(&self) -> u32 {
        // A statement has at least one end, and none above height 2^32 - 1.
        let after = self.first_epoch().saturating_add(self.statement().ends);
        after.saturating_sub(1)
    }

    /// Returns the hash of the header that ends the last epoch.
    #[must_use]
    pub const fn last_hash(&self) -> &HeaderHash {
        &self.statement().last_hash
    }

    /// Returns what was proven.
    pub const fn verified(&self) -> &Verified<SpanCircuit> {
        &self.verified
    }

    /// Returns the statement.
    #[must_use]
    pub const fn statement(&self) -> &SpanStatement {
        self.verified.statement()
    }

    /// Returns the digest of the key that the proof was verified under.
    #[must_use]
    pub const fn key_digest(&self) -> &Digest {
        self.verified.key_digest()
    }

    /// Returns the length of the proof file.
    #[must_use]
    pub const fn proof_bytes(&self) -> usize {
        self.proof_bytes
    }
}
