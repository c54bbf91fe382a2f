//! `ChainJson`: what `/v1/chain` serves.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::chain::Header;
use crate::hash::Digest;

use super::document::{JsonDocument, JsonError, decode, encode};
use super::header::HeaderWire;

/// A chain: its numbers, and the genesis header that its hash binds them with.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ChainJson {
    /// The chain's number.
    pub chain_id: u32,
    /// Blocks in an epoch.
    pub epoch_length: u32,
    /// Milliseconds that the host aims to leave between two blocks.
    pub block_time_ms: u32,
    /// Hash of the genesis header.
    #[serde(with = "super::hex_digest")]
    pub genesis_hash: Digest,
    /// The genesis header.
    #[serde(with = "HeaderWire")]
    pub genesis: Header,
}

impl JsonDocument for ChainJson {
    const WHAT: &'static str = "chain file";
    const MAX_JSON_BYTES: usize = 16 << 10;

    fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        decode::<Self, Self>(bytes)
    }

    fn to_json(&self) -> Vec<u8> {
        encode(self)
    }
}
