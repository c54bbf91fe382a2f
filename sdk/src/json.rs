//! Verdicts and status as JSON, the same for every language.

use rpp_verifier::{HeadCircuit, VerifiedJson};
use serde::Serialize;

use crate::setup_status::{FileStatus, SetupStatus};
use crate::taken_span::TakenSpan;
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
    spans: Vec<TakenSpanJson>,
    anchor: &'static str,
    stale_at_ms: String,
    proof_bytes: usize,
    spent: SpentJson,
}

#[derive(Serialize)]
struct TakenSpanJson {
    first_epoch: u32,
    last_epoch: u32,
    last_hash: String,
    key_digest: String,
    setup_version: Option<u32>,
    proof_bytes: usize,
}

impl From<&TakenSpan> for TakenSpanJson {
    fn from(span: &TakenSpan) -> Self {
        Self {
            first_epoch: span.first_epoch(),
            last_epoch: span.last_epoch(),
            last_hash: span.last_hash().to_string(),
            key_digest: span.key_digest().to_hex(),
            setup_version: span.verified().setup_version(),
            proof_bytes: span.proof_bytes(),
        }
    }
}

#[derive(Serialize)]
struct StatusJson {
    checkpoint: Option<String>,
    height: Option<u32>,
    header_hash: Option<String>,
    timestamp_ms: String,
    stale_at_ms: String,
    epoch: Option<u32>,
    latest_height: Option<u32>,
    stopped: bool,
    spent: SpentJson,
    setup: Option<SetupJson>,
}

#[derive(Serialize)]
struct SetupJson {
    version: u32,
    root: String,
    expires_ms: String,
    files: Vec<FileJson>,
}

#[derive(Serialize)]
struct FileJson {
    role: &'static str,
    version: u32,
    issued_ms: String,
    expires_ms: String,
    threshold: u32,
    signers: Vec<String>,
}

impl From<&SetupStatus> for SetupJson {
    fn from(setup: &SetupStatus) -> Self {
        Self {
            version: setup.version,
            root: setup.root.to_string(),
            expires_ms: setup.expires_ms.to_string(),
            files: setup.files.iter().map(FileJson::from).collect(),
        }
    }
}

impl From<&FileStatus> for FileJson {
    fn from(file: &FileStatus) -> Self {
        Self {
            role: file.role.name(),
            version: file.version,
            issued_ms: file.issued_ms.to_string(),
            expires_ms: file.expires_ms.to_string(),
            threshold: file.threshold,
            signers: file.signers.iter().map(ToString::to_string).collect(),
        }
    }
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
            spans: self.spans().iter().map(TakenSpanJson::from).collect(),
            anchor: self.anchor().name(),
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
        encode(&StatusJson {
            checkpoint: self.checkpoint.map(|checkpoint| checkpoint.to_string()),
            height: self.head.map(|(height, _)| height),
            header_hash: self.head.map(|(_, hash)| hash.to_string()),
            timestamp_ms: self.timestamp_ms.to_string(),
            stale_at_ms: self.stale_at_ms.to_string(),
            epoch: self.epoch,
            latest_height: self.latest_height,
            stopped: self.is_stopped,
            spent: self.spent.into(),
            setup: self.setup.as_ref().map(SetupJson::from),
        })
    }
}

fn encode(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("plain data")
}
