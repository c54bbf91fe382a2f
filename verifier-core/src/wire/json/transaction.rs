//! `TransactionStatus` and `Submitted` in JSON.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use super::document::{JsonDocument, JsonError, JsonFault, decode, encode};
use crate::hash::{Digest, MerklePath};
use crate::ledger::{OperationHash, SignedOperation, TxPath};
use crate::limits::MAX_OPERATIONS;
use crate::wire::{DropCode, Submitted, TransactionStatus};

#[derive(Serialize, Deserialize)]
struct StatusJson {
    #[serde(with = "super::text")]
    state: State,
    #[serde(with = "super::hex_digest")]
    hash: Digest,
    height: u32,
    #[serde(default, with = "super::hex_bytes")]
    signed: Option<Vec<u8>>,
    position: Option<u32>,
    count: Option<u32>,
    path: Option<PathJson>,
    code: Option<String>,
}

#[derive(Clone, Copy)]
enum State {
    Pending,
    Included,
    Pruned,
    Dropped,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Included => "included",
            Self::Pruned => "pruned",
            Self::Dropped => "dropped",
        })
    }
}

impl FromStr for State {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "pending" => Ok(Self::Pending),
            "included" => Ok(Self::Included),
            "pruned" => Ok(Self::Pruned),
            "dropped" => Ok(Self::Dropped),
            _ => Err("not a state of a transaction"),
        }
    }
}

/// A path, where there may be none.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct PathJson(#[serde(with = "super::path")] TxPath);

#[derive(Serialize, Deserialize)]
struct SubmittedJson {
    #[serde(with = "super::hex_digest")]
    hash: Digest,
}

impl From<&TransactionStatus> for StatusJson {
    fn from(transaction: &TransactionStatus) -> Self {
        let (state, height) = match transaction {
            TransactionStatus::Pending { height, .. } => (State::Pending, *height),
            TransactionStatus::Included { height, .. } => (State::Included, *height),
            TransactionStatus::Pruned { height, .. } => (State::Pruned, *height),
            TransactionStatus::Dropped { height, .. } => (State::Dropped, *height),
        };
        let mut json = Self {
            state,
            hash: transaction.hash().0,
            height,
            signed: None,
            position: None,
            count: None,
            path: None,
            code: None,
        };
        match transaction {
            TransactionStatus::Pending { signed, .. } => json.signed = Some(signed.to_bytes()),
            TransactionStatus::Included {
                signed,
                position,
                count,
                path,
                ..
            } => {
                json.signed = Some(signed.to_bytes());
                (json.position, json.count) = (Some(*position), Some(*count));
                json.path = Some(PathJson(*path));
            }
            TransactionStatus::Pruned {
                position,
                count,
                path,
                ..
            } => {
                (json.position, json.count) = (Some(*position), Some(*count));
                json.path = Some(PathJson(*path));
            }
            TransactionStatus::Dropped { code, .. } => json.code = Some(code.to_string()),
        }
        json
    }
}

impl StatusJson {
    /// Returns the transaction, if what is there is what its state has.
    fn read(self) -> Option<TransactionStatus> {
        let height = self.height;
        let signed = match self.signed {
            None => None,
            Some(bytes) => Some(SignedOperation::from_bytes(&bytes).ok()?),
        };
        let place = (self.position, self.count, self.path);
        match (self.state, signed, place, self.code) {
            (State::Pending, Some(signed), (None, None, None), None) => {
                Some(TransactionStatus::Pending { signed, height })
            }
            (State::Included, Some(signed), (Some(position), Some(count), Some(path)), None) => {
                exists(position, count).then_some(TransactionStatus::Included {
                    signed,
                    height,
                    position,
                    count,
                    path: MerklePath(path.0.0),
                })
            }
            (State::Pruned, None, (Some(position), Some(count), Some(path)), None) => {
                exists(position, count).then_some(TransactionStatus::Pruned {
                    hash: OperationHash(self.hash),
                    height,
                    position,
                    count,
                    path: MerklePath(path.0.0),
                })
            }
            (State::Dropped, None, (None, None, None), Some(code)) => {
                let (hash, code) = (OperationHash(self.hash), code.parse::<DropCode>().ok()?);
                Some(TransactionStatus::Dropped { hash, height, code })
            }
            _ => None,
        }
    }
}

/// Whether a block can have as many operations, and one at this position.
fn exists(position: u32, count: u32) -> bool {
    position < MAX_OPERATIONS && (1..=MAX_OPERATIONS).contains(&count)
}

impl JsonDocument for TransactionStatus {
    const WHAT: &'static str = "transaction";
    const MAX_JSON_BYTES: usize = 8 << 10;

    fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        let json = decode::<Self, StatusJson>(bytes)?;
        let hash = json.hash;
        let transaction = json.read().ok_or(JsonError::BadJson {
            what: Self::WHAT,
            fault: JsonFault::Content,
            line: 1,
            column: 0,
        })?;
        if transaction.hash().0 != hash {
            return Err(JsonError::Label { what: "hash" });
        }
        Ok(transaction)
    }

    fn to_json(&self) -> Vec<u8> {
        encode(&StatusJson::from(self))
    }
}

impl JsonDocument for Submitted {
    const WHAT: &'static str = "submitted operation";
    const MAX_JSON_BYTES: usize = 256;

    fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        let json = decode::<Self, SubmittedJson>(bytes)?;
        let hash = OperationHash(json.hash);
        Ok(Self { hash })
    }

    fn to_json(&self) -> Vec<u8> {
        encode(&SubmittedJson { hash: self.hash.0 })
    }
}
