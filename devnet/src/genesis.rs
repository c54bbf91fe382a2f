//! The genesis of a devnet.

use rand::RngExt;
use rpp_verifier::{Digest, Header, STATE_DEPTH, drawn_randomness, empty_root};

use crate::DevnetConfig;

/// Returns the genesis of a chain without accounts whose first set has the root `set`.
pub(crate) fn genesis(config: &DevnetConfig, set: Digest, now_ms: u64) -> Header {
    rpp_verifier::genesis(
        config.chain_id,
        config.epoch_length,
        now_ms,
        empty_root::<STATE_DEPTH>(),
        set,
        draw_randomness(),
    )
}

fn draw_randomness() -> Digest {
    drawn_randomness(&rand::rng().random())
}
