//! `Verdict`: what was verified, and what that depends on.

use rpp_verifier::{
    Checkpoint, Digest, HeadCircuit, HeadStatement, Header, HeaderHash, MAX_CLOCK_DRIFT_MS,
    Verified,
};

use crate::setup_status::SetupStatus;
use crate::taken_span::TakenSpan;

/// A header that more than two thirds of a trusted set are proven to have signed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct Verdict {
    pub(crate) step: Step,
    pub(crate) header: Header,
    pub(crate) verified: Verified<HeadCircuit>,
    pub(crate) proof_bytes: usize,
    pub(crate) spent: Spent,
    pub(crate) stale_at_ms: u64,
    pub(crate) epoch: u32,
    pub(crate) ends_epoch: bool,
    pub(crate) unskipped_since: u32,
    pub(crate) transitions_since: Option<u32>,
    pub(crate) spans: Vec<TakenSpan>,
    pub(crate) anchor: Anchor,
}

/// Why a header was verified.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// It is on the way to the provider's head: it ends an epoch, or every block is being verified.
    Hop,
    /// It was the provider's head.
    Head,
    /// It was this client's head when it was stopped, and its proof was verified again; or its owner has
    /// chosen it out of two that conflict.
    Stored,
}

/// On whose word a chain is started.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Anchor {
    /// The client's owner gave the checkpoint.
    Given,
    /// Those gave it who sign `circuits.json`, and the online checkpoint was reached from there.
    Offline,
    /// Those gave it who sign `checkpoint.json`, alone: the client's owner has
    /// [waived](crate::OfflineCheckpoint::Waived) the rest.
    OnlineAlone,
}

/// Whether a head is as recent as its owner requires.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Freshness {
    /// Its timestamp is at most the configured age ago.
    Fresh,
    /// It is older: the chain has stalled, or the provider hides newer blocks. Or it is so far
    /// ahead of the clock that the clock must be wrong.
    Stale,
}

impl Step {
    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hop => "hop",
            Self::Head => "head",
            Self::Stored => "stored",
        }
    }
}

impl Anchor {
    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Offline => "offline",
            Self::OnlineAlone => "online-alone",
        }
    }
}

impl Freshness {
    /// Returns the freshness of a verified header with this timestamp, by a clock that shows `unix_ms`.
    ///
    /// A header further ahead of the clock than the rules allow shows that the clock is behind, and
    /// then no age can be known.
    pub(crate) const fn at(timestamp_ms: u64, stale_at_ms: u64, unix_ms: u64) -> Self {
        let clock_is_behind = timestamp_ms > unix_ms.saturating_add(MAX_CLOCK_DRIFT_MS);
        if unix_ms > stale_at_ms || clock_is_behind {
            Self::Stale
        } else {
            Self::Fresh
        }
    }

    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
        }
    }
}

/// What a client has fetched since it started.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Spent {
    /// Total bytes of all response bodies.
    pub bytes: u64,
    /// Number of answers.
    pub requests: u64,
}

/// The current state of a client.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Status {
    /// The checkpoint that it started from; `None` while it has none, because no setup is verified yet.
    pub checkpoint: Option<Checkpoint>,
    /// Height and hash of its head; the checkpoint's until a proof is verified, and `None` while it has none.
    pub head: Option<(u32, HeaderHash)>,
    /// Timestamp of the head, in milliseconds since the Unix epoch; 0 while there is none.
    pub timestamp_ms: u64,
    /// When the head becomes stale, in milliseconds since the Unix epoch.
    pub stale_at_ms: u64,
    /// Whether the head was stale when this was asked for.
    pub freshness: Freshness,
    /// The epoch whose set is trusted; `None` until the checkpoint's header has arrived.
    pub epoch: Option<u32>,
    /// Height of the provider's newest block, as claimed by the provider.
    pub latest_height: Option<u32>,
    /// What was fetched.
    pub spent: Spent,
    /// Whether the client is stopped by two headers that conflict, until its owner chooses.
    pub is_stopped: bool,
    /// The setup that was verified last, which may have expired since; `None` before the first, and for a client that
    /// was given a checkpoint.
    pub setup: Option<SetupStatus>,
}

impl Verdict {
    /// Returns why the header was verified.
    #[must_use]
    pub const fn step(&self) -> Step {
        self.step
    }

    /// Returns the header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Returns what was proven.
    pub const fn verified(&self) -> &Verified<HeadCircuit> {
        &self.verified
    }

    /// Returns the statement.
    #[must_use]
    pub const fn statement(&self) -> &HeadStatement {
        self.verified.statement()
    }

    /// Returns the digest of the key that the proof was verified under.
    #[must_use]
    pub const fn key_digest(&self) -> &Digest {
        self.verified.key_digest()
    }

    /// Returns the version of the signed setup that lists this key; `None` where the client's owner gave a checkpoint,
    /// and the key is that of the client's own build.
    #[must_use]
    pub const fn setup_version(&self) -> Option<u32> {
        self.verified.setup_version()
    }

    /// Returns on whose word the chain is started.
    #[must_use]
    pub const fn anchor(&self) -> Anchor {
        self.anchor
    }

    /// Returns the length of the proof file.
    #[must_use]
    pub const fn proof_bytes(&self) -> usize {
        self.proof_bytes
    }

    /// Returns what was fetched so far.
    #[must_use]
    pub const fn spent(&self) -> Spent {
        self.spent
    }

    /// Returns when the header becomes stale, in milliseconds since the Unix epoch.
    #[must_use]
    pub const fn stale_at_ms(&self) -> u64 {
        self.stale_at_ms
    }

    /// Returns whether the header is fresh at this time, in milliseconds since the Unix epoch. A verdict
    /// keeps no freshness: it would be that of its making for ever.
    #[must_use]
    pub const fn freshness(&self, unix_ms: u64) -> Freshness {
        Freshness::at(self.header.timestamp_ms, self.stale_at_ms, unix_ms)
    }

    /// Returns the epoch whose set signed the header.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Returns whether the header is the last of its epoch, and so names the set of the next one.
    #[must_use]
    pub const fn ends_epoch(&self) -> bool {
        self.ends_epoch
    }

    /// Returns the height from which every header was verified by its own proof.
    #[must_use]
    pub const fn unskipped_since(&self) -> u32 {
        self.unskipped_since
    }

    /// Returns the spans that the client went by since the head before this one, in their order; none where it came by single proofs, and
    /// of a stored head.
    pub fn spans(&self) -> &[TakenSpan] {
        &self.spans
    }

    /// Returns the height from which every block up to this header's is proven to lead from its parent's
    /// accounts to its own; `None` where that was not [asked for](crate::Config::transitions), or is not known
    /// of this block. A client that was stopped begins anew: for what it checked earlier there is only the
    /// store's word.
    #[must_use]
    pub const fn transitions_since(&self) -> Option<u32> {
        self.transitions_since
    }
}
