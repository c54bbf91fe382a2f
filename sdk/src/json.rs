//! Verdicts and status as JSON, the same for every language.

use rpp_verifier::{HeadCircuit, VerifiedJson};
use serde::Serialize;

use crate::verdict::{Spent, Status, Verdict};

#[derive(Serialize)]
struct VerdictJson {
    #[serde(flatten)]
    verified: VerifiedJson<HeadCircuit>,
    step: &'static str,
    timestamp_ms: String,
    epoch: u32,
    ends_epoch: bool,
    unskipped_since: u32,
    transitions_since: Option<u32>,
    stale_at_ms: String,
    proof_bytes: usize,
    spent: SpentJson,
}

#[derive(Serialize)]
struct StatusJson {
    checkpoint: String,
    height: u32,
    header_hash: String,
    timestamp_ms: String,
    stale_at_ms: String,
    epoch: Option<u32>,
    latest_height: Option<u32>,
    stopped: bool,
    spent: SpentJson,
}

#[derive(Serialize)]
struct SpentJson {
    bytes: String,
    requests: u64,
}

impl From<Spent> for SpentJson {
    fn from(spent: Spent) -> Self {
        let Spent { bytes, requests } = spent;
        let bytes = bytes.to_string();
        Self { bytes, requests }
    }
}

impl Verdict {
    /// Returns the verdict as one JSON object: the statement with digests in hexadecimal, 64-bit
    /// numbers as decimal strings.
    #[must_use]
    pub fn to_json(&self) -> String {
        encode(&VerdictJson {
            verified: self.verified().into(),
            step: self.step().name(),
            timestamp_ms: self.header().timestamp_ms.to_string(),
            epoch: self.epoch(),
            ends_epoch: self.ends_epoch(),
            unskipped_since: self.unskipped_since(),
            transitions_since: self.transitions_since(),
            stale_at_ms: self.stale_at_ms().to_string(),
            proof_bytes: self.proof_bytes(),
            spent: self.spent().into(),
        })
    }
}

impl Status {
    /// Returns the status as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let (height, hash) = self.head;
        encode(&StatusJson {
            checkpoint: self.checkpoint.to_string(),
            height,
            header_hash: hash.to_string(),
            timestamp_ms: self.timestamp_ms.to_string(),
            stale_at_ms: self.stale_at_ms.to_string(),
            epoch: self.epoch,
            latest_height: self.latest_height,
            stopped: self.is_stopped,
            spent: self.spent.into(),
        })
    }
}

fn encode(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("plain data")
}
