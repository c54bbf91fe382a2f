//! The genesis of a devnet.

use rand::RngExt;
use rpp_verifier::{Accounts, Digest, Header, drawn_randomness};

use crate::DevnetConfig;

/// Returns the genesis of a chain with these accounts, whose first set has the root `set`.
pub(crate) fn genesis(
    config: &DevnetConfig,
    accounts: &Accounts,
    set: Digest,
    now_ms: u64,
) -> Header {
    rpp_verifier::genesis(
        config.chain_id,
        config.epoch_length,
        now_ms,
        accounts.root(),
        set,
        draw_randomness(),
    )
}

fn draw_randomness() -> Digest {
    drawn_randomness(&rand::rng().random())
}
