//! `ServedSpan` in JSON.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::block::{ParentJson, ProofJson};
use super::certificate::SetOpeningWire;
use super::document::{JsonDocument, JsonError, decode, encode};
use super::header::HeaderWire;
use crate::chain::{Header, SetOpening};
use crate::wire::ServedSpan;

#[derive(Serialize, Deserialize)]
struct ServedSpanJson {
    first: u32,
    last: u32,
    #[serde(with = "HeaderWire")]
    header: Header,
    parent: ParentJson,
    #[serde(with = "SetOpeningWire")]
    set: SetOpening,
    proof: ProofJson,
}

impl JsonDocument for ServedSpan {
    const WHAT: &'static str = "span";
    const MAX_JSON_BYTES: usize = 8 << 10;

    fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        let json = decode::<Self, ServedSpanJson>(bytes)?;
        Ok(Self {
            first: json.first,
            last: json.last,
            header: json.header,
            parent: json.parent.into(),
            set: json.set,
            proof: json.proof.try_into()?,
        })
    }

    fn to_json(&self) -> Vec<u8> {
        encode(&ServedSpanJson {
            first: self.first,
            last: self.last,
            header: self.header.clone(),
            parent: (&self.parent).into(),
            set: self.set,
            proof: (&self.proof).into(),
        })
    }
}
