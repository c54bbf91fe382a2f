//! Parts of test vectors.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A public key.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Key {
    /// Height of its tree.
    pub(crate) tree_height: u32,
    /// Its public parameter.
    pub(crate) parameter: Vec<u32>,
    /// Root of its tree.
    pub(crate) root: String,
}

/// The parameters of a chain.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// Id of the chain.
    pub(crate) chain_id: u32,
    /// Number of heights in an epoch.
    pub(crate) epoch_length: u32,
    /// Hash of the genesis.
    pub(crate) genesis_hash: String,
}

/// The claim about a header's signers.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Certificate {
    /// Power that signed.
    pub(crate) signed_power: u32,
    /// Hash of the signers' bitmap.
    pub(crate) signers: String,
    /// Root of the set's tree.
    pub(crate) set_root: String,
    /// Members of the set.
    pub(crate) set_size: u32,
    /// Power of the set.
    pub(crate) total_power: u32,
}

/// The opening of a validator set.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opening {
    /// Root of its tree.
    pub(crate) root: String,
    /// Members.
    pub(crate) n: u32,
    /// Their power.
    pub(crate) total_power: u32,
}

/// A member of a validator set.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Member {
    /// Id of its key.
    pub(crate) key_id: String,
    /// Its power.
    pub(crate) power: u32,
    /// Its account.
    pub(crate) account: u32,
    /// Slot of its key's leaf 0.
    pub(crate) start_slot: u32,
}

/// An account and its number.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// Its number.
    pub(crate) index: u32,
    /// Id of its key.
    pub(crate) key_id: String,
    /// What it holds, in decimal.
    pub(crate) balance: String,
    /// Its nonce.
    pub(crate) nonce: u32,
    /// Its key offset.
    pub(crate) key_offset: u32,
}

/// Bytes: hexadecimal digits, or a file with changes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Bytes {
    /// Hexadecimal digits.
    Hex(String),
    /// A file with changes.
    Changed(Changed),
}

/// A file with changes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Changed {
    /// The file, from the folder of the vectors; empty for no bytes.
    pub(crate) file: String,
    /// The changes, one after the other.
    pub(crate) splices: Vec<Splice>,
}

/// A change of bytes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Splice {
    /// Where it is.
    pub(crate) at: usize,
    /// How many bytes go.
    pub(crate) remove: usize,
    /// The bytes that come in their place.
    pub(crate) insert: String,
    /// How many times these bytes come.
    pub(crate) times: usize,
}

/// The text of a document: a file with changes, and spaces behind it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JsonText {
    /// The file, from the folder of the vectors.
    pub(crate) file: String,
    /// The changes, one after the other.
    pub(crate) changes: Vec<Replacement>,
    /// How many spaces follow.
    pub(crate) spaces: usize,
}

/// A change of a text.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replacement {
    /// What goes, where it occurs first.
    pub(crate) find: String,
    /// What comes in its place.
    pub(crate) replace: String,
    /// How many times that comes.
    pub(crate) times: usize,
}

impl Bytes {
    /// Returns the bytes.
    pub(crate) fn read(&self) -> Vec<u8> {
        let Changed { file, splices } = match self {
            Self::Hex(digits) => return hex::decode(digits).expect("hexadecimal digits"),
            Self::Changed(changed) => changed,
        };
        let mut bytes = match file.as_str() {
            "" => Vec::new(),
            file => fs::read(folder().join(file)).expect("a file of the vectors"),
        };
        for splice in splices {
            let insert = hex::decode(&splice.insert).expect("hexadecimal digits");
            let insert = insert.repeat(splice.times);
            bytes.splice(splice.at..splice.at + splice.remove, insert);
        }
        bytes
    }
}

impl JsonText {
    /// Returns the text.
    pub(crate) fn read(&self) -> Vec<u8> {
        let text = fs::read_to_string(folder().join(&self.file));
        let mut text = text.expect("a file of the vectors");
        for change in &self.changes {
            assert!(text.contains(&change.find), "{change:?} finds nothing");
            text = text.replacen(&change.find, &change.replace.repeat(change.times), 1);
        }
        text.push_str(&" ".repeat(self.spaces));
        text.into_bytes()
    }
}

/// Returns the folder of the vectors.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors/v1")
}
