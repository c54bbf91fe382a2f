//! `ServedUptime` in JSON.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::document::{JsonDocument, JsonError, decode, encode};
use crate::chain::HeaderHash;
use crate::hash::Digest;
use crate::wire::ServedUptime;

#[derive(Serialize, Deserialize)]
struct ServedUptimeJson {
    validator: u32,
    epoch: u32,
    first: u32,
    last: u32,
    #[serde(with = "super::hex_digest")]
    header_hash: Digest,
    #[serde(with = "super::hex_digest")]
    validator_set_root: Digest,
    #[serde(with = "super::hex_digest")]
    key_id: Digest,
    signed: u32,
}

impl JsonDocument for ServedUptime {
    const WHAT: &'static str = "uptime";
    const MAX_JSON_BYTES: usize = 2 << 10;

    fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        let json = decode::<Self, ServedUptimeJson>(bytes)?;
        Ok(Self {
            validator: json.validator,
            epoch: json.epoch,
            first: json.first,
            last: json.last,
            header_hash: HeaderHash(json.header_hash),
            validator_set_root: json.validator_set_root,
            key_id: json.key_id,
            signed: json.signed,
        })
    }

    fn to_json(&self) -> Vec<u8> {
        encode(&ServedUptimeJson {
            validator: self.validator,
            epoch: self.epoch,
            first: self.first,
            last: self.last,
            header_hash: self.header_hash.0,
            validator_set_root: self.validator_set_root,
            key_id: self.key_id,
            signed: self.signed,
        })
    }
}
