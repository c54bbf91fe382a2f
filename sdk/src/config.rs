//! `Config`: what a client is pinned to, and how it follows.

use core::time::Duration;

use rpp_verifier::{
    Checkpoint, HASH_BITS, HeadCircuit, Key, MIN_EPOCH_LENGTH, RootPin, SetupError,
    TransitionCircuit,
};

/// What a client is pinned to, and how it follows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Config {
    pub(crate) pin: Pin,
    pub(crate) follow: Follow,
    pub(crate) max_head_age: Duration,
    pub(crate) max_trust_age: Duration,
    pub(crate) offline_checkpoint: OfflineCheckpoint,
    pub(crate) floor: Floor,
    pub(crate) transitions: bool,
}

/// What a client is pinned to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Pin {
    /// A header that its owner trusts.
    Checkpoint(Checkpoint),
    /// The keys that sign a setup, or a root file that names them.
    Setup(RootPin),
}

/// Whether the online checkpoint of a setup has to be reached from the offline one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OfflineCheckpoint {
    /// It has to, by verified proofs: those who sign `checkpoint.json`, perhaps with a key that is always online, cannot
    /// name a chain of their own.
    #[default]
    Required,
    /// The client starts from the online checkpoint, which saves the way from the offline one. Whoever names a
    /// header names the set that signs the next ones, so that the keys of `checkpoint.json` are trusted for all of it:
    /// [`Verdict::anchor`](crate::Verdict::anchor) says so.
    Waived,
}

/// How closely a client follows the chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Follow {
    /// Asks for the newest head this often; within an epoch, one proof covers all the skipped
    /// heights.
    Every(Duration),
    /// Verifies a proof for every block. Where the provider keeps one no longer (status 410), it goes on
    /// as a client that skips blocks, to the end of the epoch or to the head:
    /// [`Verdict::unskipped_since`](crate::Verdict::unskipped_since) says from where on no block was
    /// skipped.
    EveryBlock,
}

/// The fewest bits of security that a client accepts; 128 proven bits and 123 hash bits by default.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Floor {
    /// Proven soundness of a proof.
    pub stark_bits: u32,
    /// Collision resistance of the state hash.
    pub hash_bits: u32,
}

impl Default for Floor {
    fn default() -> Self {
        Self {
            stark_bits: 128,
            hash_bits: 123,
        }
    }
}

/// Why a configuration is invalid.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The checkpoint's epoch length is invalid.
    #[error("an epoch has {got} blocks, but at least {min} are needed")]
    EpochLength {
        /// The fewest blocks an epoch may have.
        min: u32,
        /// Blocks per epoch in the checkpoint.
        got: u32,
    },
    /// No circuit of this build reaches the floor.
    #[error("a floor of {floor} {what} was set, but this build offers {got}")]
    Floor {
        /// Which kind of bits.
        what: &'static str,
        /// The floor.
        floor: u32,
        /// What this build has.
        got: u32,
    },
    /// The pinned root file is invalid, or the pinned keys are.
    #[error("pinned: {0}")]
    Pin(#[from] SetupError),
}

impl ConfigError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EpochLength { .. } => "epoch-length",
            Self::Floor { .. } => "floor",
            Self::Pin(error) => error.code(),
        }
    }
}

impl Config {
    /// Returns the configuration of a client that starts at `checkpoint`, which its owner trusts: it asks for the
    /// newest head every 60 s, and calls a head stale after 5 minutes. Its circuits are those of this build.
    #[must_use]
    pub fn new(checkpoint: Checkpoint) -> Self {
        Self::pinned(Pin::Checkpoint(checkpoint))
    }

    /// Returns the configuration of a client that starts from a signed setup: it takes circuits, chain and checkpoint from
    /// what its provider serves and the pinned keys have signed, at each start and at least every 24 h.
    #[must_use]
    pub fn from_setup(pin: RootPin) -> Self {
        Self::pinned(Pin::Setup(pin))
    }

    fn pinned(pin: Pin) -> Self {
        Self {
            pin,
            follow: Follow::Every(Duration::from_secs(60)),
            max_head_age: Duration::from_secs(300),
            max_trust_age: Duration::from_secs(14 * 24 * 60 * 60),
            offline_checkpoint: OfflineCheckpoint::default(),
            floor: Floor::default(),
            transitions: false,
        }
    }

    /// Sets how closely the client follows.
    #[must_use]
    pub const fn follow(mut self, follow: Follow) -> Self {
        self.follow = follow;
        self
    }

    /// Sets the age above which a head is stale.
    #[must_use]
    pub const fn max_head_age(mut self, max_head_age: Duration) -> Self {
        self.max_head_age = max_head_age;
        self
    }

    /// Sets the age, 14 days by default, above which a head is not trusted to name what comes next: the keys of its
    /// set may be in other hands by now.
    ///
    /// From such a head a client of a setup goes on only to headers that lead to the setup's online checkpoint, which may not be
    /// older either; one that was given a checkpoint refuses to go on until it is given a newer one.
    #[must_use]
    pub const fn max_trust_age(mut self, max_trust_age: Duration) -> Self {
        self.max_trust_age = max_trust_age;
        self
    }

    /// Sets whether a setup's online checkpoint has to be reached from its offline one. A client that was given a checkpoint has
    /// neither.
    #[must_use]
    pub const fn offline_checkpoint(mut self, offline_checkpoint: OfflineCheckpoint) -> Self {
        self.offline_checkpoint = offline_checkpoint;
        self
    }

    /// Sets the fewest bits of security that are accepted.
    #[must_use]
    pub const fn floor(mut self, floor: Floor) -> Self {
        self.floor = floor;
        self
    }

    /// Sets whether the client takes a block only with a `state` proof that its operations lead from its
    /// parent's accounts to its own, whoever signed it. Such a proof comes a little after the block's own, and
    /// the client waits for it.
    ///
    /// A block whose `state` proof the provider keeps no longer (status 410) is passed over, as one whose own
    /// proof it keeps no longer; a client that was stopped begins anew; and the header that its owner
    /// [chooses](crate::LightClient::choose) is taken as it is.
    ///
    /// It shows that no money was made and nobody's spent by others while no block is skipped, so it belongs
    /// with [`Follow::EveryBlock`]: [`Verdict::transitions_since`](crate::Verdict::transitions_since) says from
    /// where on that was so, and a caller who needs all of it has to look.
    #[must_use]
    pub const fn transitions(mut self, checked: bool) -> Self {
        self.transitions = checked;
        self
    }

    /// Returns the checkpoint that its owner gave.
    pub(crate) const fn given(&self) -> Option<&Checkpoint> {
        match &self.pin {
            Pin::Checkpoint(checkpoint) => Some(checkpoint),
            Pin::Setup(_) => None,
        }
    }

    /// Returns how old trust may be, in milliseconds.
    pub(crate) fn max_trust_age_ms(&self) -> u64 {
        u64::try_from(self.max_trust_age.as_millis()).unwrap_or(u64::MAX)
    }

    /// Returns whether a header with this timestamp is too old to name what comes next.
    pub(crate) fn is_aged(&self, timestamp_ms: u64, time_ms: u64) -> bool {
        time_ms.saturating_sub(timestamp_ms) > self.max_trust_age_ms()
    }

    /// Checks what can be checked before anything is asked.
    ///
    /// # Errors
    ///
    /// [`ConfigError`].
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if let Pin::Checkpoint(Checkpoint { epoch_length, .. }) = self.pin {
            let (min, got) = (MIN_EPOCH_LENGTH, epoch_length);
            if got < min {
                return Err(ConfigError::EpochLength { min, got });
            }
        }
        let stark_bits = if self.transitions {
            HEAD_KEY.stark_bits().min(TRANSITION_KEY.stark_bits())
        } else {
            HEAD_KEY.stark_bits()
        };
        let bits = [
            ("proven bits", self.floor.stark_bits, stark_bits),
            ("hash bits", self.floor.hash_bits, HASH_BITS),
        ];
        let below = bits.into_iter().find(|(_, floor, got)| got < floor);
        below.map_or(Ok(()), |(what, floor, got)| {
            Err(ConfigError::Floor { what, floor, got })
        })
    }
}

/// What every key of the circuits provides, whatever its chain.
const HEAD_KEY: Key = Key::of::<HeadCircuit>(0);
const TRANSITION_KEY: Key = Key::of::<TransitionCircuit>(0);
