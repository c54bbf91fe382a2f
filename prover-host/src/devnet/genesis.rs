//! The genesis of a devnet.

use rand::RngExt;
use rpp_verifier::chain;
use rpp_verifier::digest::Digest;
use rpp_verifier::domain::Domain;
use rpp_verifier::field::u32_limbs;
use rpp_verifier::hash::hash;
use rpp_verifier::header::Header;
use rpp_verifier::limits::STATE_DEPTH;
use rpp_verifier::merkle::empty_root;

use super::DevnetConfig;

/// Returns the genesis of a chain without accounts whose first set has the root `set`.
pub(super) fn genesis(config: &DevnetConfig, set: Digest) -> Header {
    chain::genesis(
        config.chain_id,
        config.epoch_length,
        (config.clock)(),
        empty_root::<STATE_DEPTH>(),
        set,
        draw_randomness(),
    )
}

fn draw_randomness() -> Digest {
    let limbs: Vec<_> = (0..8)
        .flat_map(|_| u32_limbs(rand::rng().random()))
        .collect();
    hash(Domain::Random, &limbs)
}
