//! `Header` in JSON.

use serde::{Deserialize, Serialize};

use crate::chain::Header;
use crate::hash::Digest;

/// The JSON of a [`Header`], for `#[serde(with)]`.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Header", deny_unknown_fields)]
pub struct HeaderWire {
    version: u32,
    chain_id: u32,
    height: u32,
    slot: u32,
    proposer: u32,
    #[serde(with = "super::decimal")]
    timestamp_ms: u64,
    #[serde(with = "super::hex_digest")]
    parent_hash: Digest,
    #[serde(with = "super::hex_digest")]
    state_root: Digest,
    #[serde(with = "super::hex_digest")]
    tx_root: Digest,
    #[serde(with = "super::hex_digest")]
    validator_set_root: Digest,
    #[serde(with = "super::hex_digest")]
    next_validator_set_root: Digest,
    #[serde(with = "super::hex_digest")]
    participation_root: Digest,
    #[serde(with = "super::hex_digest")]
    history_root: Digest,
    #[serde(with = "super::hex_digest")]
    randomness: Digest,
}
