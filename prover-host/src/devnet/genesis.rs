//! The genesis of a devnet.

use rand::RngExt;
use rpp_verifier::bitmap::Bitmap;
use rpp_verifier::digest::Digest;
use rpp_verifier::domain::Domain;
use rpp_verifier::field::u32_limbs;
use rpp_verifier::hash::hash;
use rpp_verifier::header::Header;
use rpp_verifier::history::genesis_history_root;
use rpp_verifier::limits::{MAX_OPERATIONS, MAX_REGISTRATIONS, STATE_DEPTH};
use rpp_verifier::merkle::empty_root;

use super::DevnetConfig;
use super::chain::no_operations;

/// Returns the genesis of a chain whose first two epochs begin with the set of root `set`.
pub(super) fn genesis(config: &DevnetConfig, set: Digest) -> Header {
    Header {
        version: Header::VERSION,
        chain_id: config.chain_id,
        height: 0,
        slot: 0,
        proposer: 0,
        timestamp_ms: (config.clock)(),
        parent_hash: params_hash(config.chain_id, config.epoch_length),
        state_root: empty_root::<STATE_DEPTH>(),
        tx_root: no_operations(),
        validator_set_root: set,
        next_validator_set_root: set,
        participation_root: Bitmap::default().participation_root(),
        history_root: genesis_history_root(),
        randomness: draw_randomness(),
    }
}

fn params_hash(chain_id: u32, epoch_length: u32) -> Digest {
    let numbers = [chain_id, epoch_length, MAX_OPERATIONS, MAX_REGISTRATIONS];
    let elements: Vec<_> = numbers.into_iter().flat_map(u32_limbs).collect();
    hash(Domain::Params, &elements)
}

fn draw_randomness() -> Digest {
    // Sixteen random limbs hashed: every digest is as likely as the state hash makes it.
    let limbs: Vec<_> = (0..8)
        .flat_map(|_| u32_limbs(rand::rng().random()))
        .collect();
    hash(Domain::Random, &limbs)
}
