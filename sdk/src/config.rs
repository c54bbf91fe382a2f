//! `Config`: what a client is pinned to, and how it follows.

use core::time::Duration;

use rpp_verifier::{Checkpoint, HASH_BITS, HeadCircuit, Key, MIN_EPOCH_LENGTH, TransitionCircuit};

/// What a client is pinned to, and how it follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Config {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) follow: Follow,
    pub(crate) max_head_age: Duration,
    pub(crate) floor: Floor,
    pub(crate) transitions: bool,
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

/// The fewest bits of security that a client accepts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Floor {
    /// Proven soundness of a proof.
    pub stark_bits: u32,
    /// Collision resistance of the state hash.
    pub hash_bits: u32,
}

/// Why a configuration is invalid.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
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
}

impl ConfigError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EpochLength { .. } => "epoch-length",
            Self::Floor { .. } => "floor",
        }
    }
}

impl Config {
    /// Returns the configuration of a client that starts at `checkpoint`: it asks for the newest
    /// head every 60 s, and calls a head stale after 5 minutes.
    #[must_use]
    pub fn new(checkpoint: Checkpoint) -> Self {
        Self {
            checkpoint,
            follow: Follow::Every(Duration::from_secs(60)),
            max_head_age: Duration::from_secs(300),
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

    /// Checks what can be checked before anything is asked.
    ///
    /// # Errors
    ///
    /// [`ConfigError`].
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let (min, got) = (MIN_EPOCH_LENGTH, self.checkpoint.epoch_length);
        if got < min {
            return Err(ConfigError::EpochLength { min, got });
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
