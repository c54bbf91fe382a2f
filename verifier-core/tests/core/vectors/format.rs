//! The format of a test vector: a JSON object with `note`, `origin`, the fields of a [`Case`] and
//! `expect`, which is `"accept"` or the stable code of the rule that rejects it.
//!
//! Digests are 64 hexadecimal digits, encodings are hexadecimal bytes, field elements are canonical
//! numbers, and 64-bit numbers are decimal strings.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One test vector.
#[derive(Debug)]
pub(crate) struct Vector {
    /// What it shows.
    pub(crate) note: String,
    /// The program that wrote it.
    pub(crate) origin: String,
    /// What is checked.
    pub(crate) case: Case,
    /// The verdict: `"accept"` or a code.
    pub(crate) expect: String,
}

/// What a vector tests; its field `kind` names the variant.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Case {
    /// The sponge.
    Hash {
        /// Tag of the domain.
        domain: u32,
        /// What is hashed.
        elements: Vec<u32>,
        /// The hash.
        digest: String,
    },
    /// A Merkle node.
    Compress {
        /// Left child.
        left: String,
        /// Right child.
        right: String,
        /// The node.
        digest: String,
    },
    /// A Merkle path.
    Path {
        /// Digest of the leaf.
        leaf: String,
        /// Its index.
        index: u32,
        /// Siblings, lowest first.
        siblings: Vec<String>,
        /// The root.
        root: String,
    },
    /// The history root of headers appended one by one.
    History {
        /// Header hashes, from height 0 on.
        headers: Vec<String>,
        /// The history root of the next header.
        history_root: String,
    },
    /// The encoding and the hash of a header.
    Header {
        /// Bytes of the header.
        header: String,
        /// Its hash; empty if the bytes do not decode.
        hash: String,
    },
    /// The id of a key.
    KeyId {
        /// The key.
        public_key: Key,
        /// `"vote"` or `"account"`.
        purpose: String,
        /// The chain of the key.
        chain_id: u32,
        /// The id.
        key_id: String,
    },
    /// A signature.
    Signature {
        /// The key.
        public_key: Key,
        /// The leaf that signed.
        leaf: u32,
        /// The message.
        message: String,
        /// Bytes of the signature.
        signature: String,
    },
    /// The first header of a chain.
    Genesis {
        /// The chain.
        params: Params,
        /// Bytes of the header.
        header: String,
    },
    /// A header offered to a client that trusts another one.
    Candidate {
        /// The chain.
        params: Params,
        /// Bytes of the header that the client trusts.
        trusted: String,
        /// Its hash, as the client knows it.
        trusted_hash: String,
        /// The client's clock, in milliseconds.
        now_ms: String,
        /// Bytes of the header that is offered.
        header: String,
        /// Bytes of its parent.
        parent: String,
        /// Path of the parent in the header's history.
        parent_path: Vec<String>,
        /// Path of the trusted header in the header's history.
        head_path: Vec<String>,
        /// The claim about its signers.
        certificate: Certificate,
    },
}

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

impl Vector {
    /// Returns the vector as it is written to its file.
    pub(crate) fn to_json(&self) -> serde_json::Result<Value> {
        let mut fields = serde_json::to_value(&self.case)?;
        for (name, text) in [
            ("note", &self.note),
            ("origin", &self.origin),
            ("expect", &self.expect),
        ] {
            fields[name] = Value::from(text.as_str());
        }
        Ok(fields)
    }

    /// Parses the text of a file; a missing or unknown field is an error.
    pub(crate) fn from_json(text: &str) -> serde_json::Result<Self> {
        let mut fields: Map<String, Value> = serde_json::from_str(text)?;
        let mut take = |name| {
            let field = fields.remove(name).unwrap_or_default();
            serde_json::from_value::<String>(field)
        };
        let (note, origin, expect) = (take("note")?, take("origin")?, take("expect")?);
        Ok(Self {
            note,
            origin,
            case: serde_json::from_value(Value::Object(fields))?,
            expect,
        })
    }
}
