//! `Proposer` in JSON.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::document::{JsonDocument, JsonError, decode, encode};
use crate::chain::{SetPath, Validator};
use crate::hash::Digest;
use crate::wire::Proposer;

#[derive(Serialize, Deserialize)]
struct ProposerJson {
    height: u32,
    #[serde(with = "ValidatorWire")]
    validator: Validator,
    #[serde(with = "super::path")]
    path: SetPath,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Validator", deny_unknown_fields)]
struct ValidatorWire {
    #[serde(with = "super::hex_digest")]
    key_id: Digest,
    power: u32,
    account: u32,
    start_slot: u32,
}

impl JsonDocument for Proposer {
    const WHAT: &'static str = "proposer";
    const MAX_JSON_BYTES: usize = 2 << 10;

    fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        let json = decode::<Self, ProposerJson>(bytes)?;
        Ok(Self {
            height: json.height,
            validator: json.validator,
            path: json.path,
        })
    }

    fn to_json(&self) -> Vec<u8> {
        encode(&ProposerJson {
            height: self.height,
            validator: self.validator,
            path: self.path,
        })
    }
}
