//! `ChainParams`: the parameters of a chain, and the genesis that binds them.

use p3_field::PrimeCharacteristicRing;

use super::error::{GenesisError, ParamsError};
use crate::chain::{Bitmap, Header, HeaderHash, genesis_history_root, tx_root};
use crate::hash::{Digest, Domain, Val, empty_root, hash, u32_limbs};
use crate::limits::{MAX_OPERATIONS, MAX_REGISTRATIONS, MIN_EPOCH_LENGTH, TX_DEPTH};

/// The parameters of a chain; the hash of its genesis binds them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChainParams {
    chain_id: u32,
    epoch_length: u32,
}

impl ChainParams {
    /// Returns the parameters of a chain.
    ///
    /// # Errors
    ///
    /// [`ParamsError::EpochLength`] if an epoch has fewer than two blocks.
    pub const fn new(chain_id: u32, epoch_length: u32) -> Result<Self, ParamsError> {
        if epoch_length < MIN_EPOCH_LENGTH {
            let (min, got) = (MIN_EPOCH_LENGTH, epoch_length);
            return Err(ParamsError::EpochLength { min, got });
        }
        Ok(Self {
            chain_id,
            epoch_length,
        })
    }

    /// Returns the chain's id.
    #[must_use]
    pub const fn chain_id(&self) -> u32 {
        self.chain_id
    }

    /// Returns the number of heights in an epoch.
    #[must_use]
    pub const fn epoch_length(&self) -> u32 {
        self.epoch_length
    }

    /// Returns the hash of the parameters, which is the parent hash of the genesis:
    /// `hash(PARAMS, chain_id ‖ epoch length ‖ 256 operations ‖ 16 registrations)`.
    #[must_use]
    pub fn params_hash(&self) -> Digest {
        params_hash(self.chain_id, self.epoch_length)
    }

    /// Returns the epoch of `height`; the set of epoch e signs heights `e·L` to `(e + 1)·L − 1`.
    #[must_use]
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "an epoch has at least two blocks"
    )]
    pub const fn epoch(&self, height: u32) -> u32 {
        height / self.epoch_length
    }

    /// Returns the last height of `epoch`, or `u32::MAX` if the epoch does not end within a `u32`.
    #[must_use]
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "an epoch has at least two blocks"
    )]
    pub const fn epoch_end(&self, epoch: u32) -> u32 {
        let first = epoch.saturating_mul(self.epoch_length);
        first.saturating_add(self.epoch_length - 1)
    }

    /// Returns the first and the last height of `epoch` that somebody votes for: all, but for the genesis. `None` if
    /// no header can be after them, which would say who has.
    #[must_use]
    pub fn voted(&self, epoch: u32) -> Option<(u32, u32)> {
        let first = epoch.checked_mul(self.epoch_length)?;
        let after = first.checked_add(self.epoch_length)?;
        Some((first.max(1), after.checked_sub(1)?))
    }

    /// Returns whether the header at `height` is the last of its epoch, which names the next set.
    #[must_use]
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "an epoch has at least two blocks, and a remainder is below its length"
    )]
    pub const fn ends_epoch(&self, height: u32) -> bool {
        height % self.epoch_length == self.epoch_length - 1
    }

    /// Checks that `header` is a genesis for these parameters and has the hash `trusted`.
    ///
    /// # Errors
    ///
    /// The first rule that `header` breaks, in the order of the variants of [`GenesisError`].
    pub fn check_genesis(&self, header: &Header, trusted: &HeaderHash) -> Result<(), GenesisError> {
        let fixed = genesis(
            self.chain_id,
            self.epoch_length,
            header.timestamp_ms,
            header.state_root,
            header.validator_set_root,
            header.randomness,
        );
        let position = |h: &Header| (h.height, h.slot, h.proposer);
        let body = |h: &Header| (h.tx_root, h.participation_root, h.history_root);
        let rules = [
            (header.hash() == *trusted, GenesisError::Hash),
            (header.version == fixed.version, GenesisError::Version),
            (header.chain_id == fixed.chain_id, GenesisError::ChainId),
            (position(header) == position(&fixed), GenesisError::Position),
            (
                header.parent_hash == fixed.parent_hash,
                GenesisError::Params,
            ),
            (
                header.next_validator_set_root == header.validator_set_root,
                GenesisError::NextSet,
            ),
            (body(header) == body(&fixed), GenesisError::NotEmpty),
        ];
        let broken = rules.into_iter().find(|(holds, _)| !holds);
        broken.map_or(Ok(()), |(_, rule)| Err(rule))
    }
}

/// Returns the genesis header of a chain: height, slot and proposer 0, no operations, no votes.
///
/// `randomness` is drawn for the chain; the hash of the returned header is its `genesis_hash`.
#[must_use]
pub fn genesis(
    chain_id: u32,
    epoch_length: u32,
    timestamp_ms: u64,
    state_root: Digest,
    validator_set_root: Digest,
    randomness: Digest,
) -> Header {
    Header {
        version: Header::VERSION,
        chain_id,
        height: 0,
        slot: 0,
        proposer: 0,
        timestamp_ms,
        parent_hash: params_hash(chain_id, epoch_length),
        state_root,
        tx_root: tx_root(0, &empty_root::<TX_DEPTH>()),
        validator_set_root,
        // An epoch has at least two blocks, so the genesis never ends one.
        next_validator_set_root: validator_set_root,
        participation_root: Bitmap::default().participation_root(),
        history_root: genesis_history_root(),
        randomness,
    }
}

fn params_hash(chain_id: u32, epoch_length: u32) -> Digest {
    let mut elements = [Val::ZERO; 8];
    let (limbs, _) = elements.as_chunks_mut::<2>();
    let rules = [chain_id, epoch_length, MAX_OPERATIONS, MAX_REGISTRATIONS];
    for (limbs, x) in limbs.iter_mut().zip(rules) {
        *limbs = u32_limbs(x);
    }
    hash(Domain::Params, &elements)
}
