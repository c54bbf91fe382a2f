//! `RangeProof` in JSON.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::block::ProofJson;
use super::document::{JsonDocument, JsonError, decode, encode};
use super::header::HeaderWire;
use crate::chain::Header;
use crate::hash::Digest;
use crate::wire::RangeProof;

#[derive(Serialize, Deserialize)]
struct RangeProofJson {
    first: u32,
    last: u32,
    #[serde(with = "HeaderWire")]
    start: Header,
    #[serde(with = "HeaderWire")]
    end: Header,
    #[serde(with = "super::hex_digest")]
    fold_before: Digest,
    #[serde(with = "super::hex_digest")]
    fold_after: Digest,
    proof: ProofJson,
}

impl JsonDocument for RangeProof {
    const WHAT: &'static str = "range proof";
    const MAX_JSON_BYTES: usize = 8 << 10;

    fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        let json = decode::<Self, RangeProofJson>(bytes)?;
        if (json.first, json.last.checked_add(1)) != (json.start.height, Some(json.end.height)) {
            return Err(JsonError::Label { what: "range" });
        }
        Ok(Self {
            start: json.start,
            end: json.end,
            fold_before: json.fold_before,
            fold_after: json.fold_after,
            proof: json.proof.try_into()?,
        })
    }

    fn to_json(&self) -> Vec<u8> {
        encode(&RangeProofJson {
            first: self.start.height,
            last: self.end.height.wrapping_sub(1),
            start: self.start.clone(),
            end: self.end.clone(),
            fold_before: self.fold_before,
            fold_after: self.fold_after,
            proof: (&self.proof).into(),
        })
    }
}
