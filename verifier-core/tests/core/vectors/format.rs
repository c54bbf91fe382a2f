//! The format of a test vector: a JSON object with `note`, `origin`, the fields of a [`Case`] and
//! `expect`, which is `"accept"` or the stable code of the rule that rejects it.
//!
//! Section 22 of `docs/PROTOCOL.md` describes the format.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::parts::{Account, Bytes, Certificate, JsonText, Key, Member, Opening, Params};

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
    /// The last header of a span, offered to a client that trusts another header.
    SpanCandidate {
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
        /// The opening of the header's set.
        set: Opening,
        /// How many ends its statement is about; 0 if there is none.
        ends: u32,
    },
    /// The leaf of a member of a validator set.
    SetLeaf {
        /// The member.
        member: Member,
        /// The leaf.
        leaf: String,
    },
    /// A validator set.
    Set {
        /// The first members.
        members: Vec<Member>,
        /// How many members with made-up keys follow them.
        more: u32,
        /// Root of the tree; empty if there is no such set.
        root: String,
        /// Sum of the powers; 0 if there is no such set.
        total_power: u32,
        /// The validator-set root; empty if there is no such set.
        set_root: String,
    },
    /// The message that a vote signs.
    Vote {
        /// The chain.
        chain_id: u32,
        /// Height of the header.
        height: u32,
        /// Slot of the header.
        slot: u32,
        /// Hash of the header.
        header_hash: String,
        /// The message.
        message: String,
    },
    /// The randomness after a block.
    Randomness {
        /// Randomness of the parent.
        parent_randomness: String,
        /// The secret that the proposer reveals.
        reveal: String,
        /// The randomness.
        randomness: String,
    },
    /// Both digests of a bitmap.
    Bitmap {
        /// The bits that are set.
        indices: Vec<u32>,
        /// Digest of those who signed.
        signers: String,
        /// Digest of those who voted for the parent.
        participation_root: String,
    },
    /// A header in the history of a later one.
    Ancestor {
        /// Hash of the header.
        header_hash: String,
        /// Its height.
        height: u32,
        /// Siblings, lowest first.
        history_path: Vec<String>,
        /// Height of the later header.
        within: u32,
        /// Its history root.
        history_root: String,
    },
    /// A header and the checkpoint that a client starts from.
    Start {
        /// The checkpoint as text.
        checkpoint: String,
        /// Bytes of the header.
        header: String,
    },
    /// The public values of a statement.
    Statement {
        /// Bytes of the header.
        header: String,
        /// Bytes of its parent.
        parent: String,
        /// Bytes of the certificate.
        certificate: String,
        /// The public values; none if there is no statement.
        public_values: Vec<u32>,
    },
    /// Bytes of some kind, and what they encode.
    Encoding {
        /// The kind.
        of: String,
        /// The bytes.
        bytes: Bytes,
        /// What they encode, in JSON; null if nothing.
        value: Value,
    },
    /// A document in JSON.
    Json {
        /// The kind of the document.
        of: String,
        /// Its text.
        text: JsonText,
    },
    /// A served block as what is offered to a client.
    Offer {
        /// The block's text.
        text: JsonText,
    },
    /// The text of a checkpoint.
    CheckpointText {
        /// The text.
        text: String,
        /// The same in bytes; empty if the text is wrong.
        bytes: String,
    },
    /// Path and query of a request.
    Route {
        /// Both.
        target: String,
    },
    /// A key made from a seed.
    Generate {
        /// The seed.
        seed: String,
        /// `"vote"` or `"account"`.
        purpose: String,
        /// The chain of the key.
        chain_id: u32,
        /// Height of its tree.
        tree_height: u32,
        /// Bytes of the public key; empty if there is no key.
        public_key: String,
        /// Bytes of the secret key; empty if there is no key.
        secret_key: String,
    },
    /// What a secret key signs.
    Sign {
        /// Bytes of the secret key.
        secret_key: Bytes,
        /// The leaf.
        leaf: u32,
        /// The message.
        message: String,
        /// Bytes of the signature; empty if the key refuses.
        signature: String,
    },
    /// The leaf of an account.
    Account {
        /// The account.
        account: Account,
        /// The leaf.
        leaf: String,
    },
    /// The accounts of a genesis.
    Accounts {
        /// All of them.
        accounts: Vec<Account>,
        /// The root; empty if there is no such genesis.
        state_root: String,
    },
    /// An operation on some accounts.
    Operation {
        /// The chain.
        chain_id: u32,
        /// The accounts before it.
        accounts: Vec<Account>,
        /// Bytes of the signed operation.
        operation: Bytes,
        /// Its hash; empty if the bytes do not decode.
        hash: String,
        /// The root after it; empty if it is not valid.
        state_root: String,
    },
    /// The operations of a block.
    Operations {
        /// The chain.
        chain_id: u32,
        /// The accounts before the block.
        accounts: Vec<Account>,
        /// Bytes of each signed operation.
        operations: Vec<Bytes>,
        /// How many times the last one is repeated.
        more: u32,
        /// The account of the block's proposer.
        proposer: u32,
        /// The root over the operations; empty if there are too many.
        tx_root: String,
        /// The root after the block; empty if it is not valid.
        state_root: String,
    },
    /// An operation in a block.
    Inclusion {
        /// Its hash.
        hash: String,
        /// Its position.
        position: u32,
        /// Siblings, lowest first.
        path: Vec<String>,
        /// How many operations the block has.
        count: u32,
        /// The root over them.
        tx_root: String,
    },
    /// A witness and what it shows.
    Witness {
        /// Bytes of the witness.
        bytes: Bytes,
    },
    /// A proof file.
    Proof {
        /// The chain of the verifying key.
        chain_id: u32,
        /// Bytes of the header that it is about.
        header: String,
        /// Bytes of its parent.
        parent: String,
        /// Bytes of the certificate.
        certificate: String,
        /// The file.
        proof: Bytes,
    },
    /// The statement that an operation is valid, and a proof of it.
    Transaction {
        /// The chain of the verifying key.
        chain_id: u32,
        /// Bytes of the header under whose state root it is valid.
        header: String,
        /// Bytes of the signed operation.
        operation: Bytes,
        /// The public values; none if there is no statement.
        public_values: Vec<u32>,
        /// The proof file; null if the case has none.
        proof: Option<Bytes>,
    },
    /// The statement about a registration, and a proof of it.
    Identity {
        /// The chain of the verifying key.
        chain_id: u32,
        /// Bytes of the header under whose state root it is valid.
        header: String,
        /// The number of the account.
        index: u32,
        /// Id of its key.
        key_id: String,
        /// The leaf that signs.
        leaf: u32,
        /// Siblings of the account's leaf, lowest first.
        path: Vec<String>,
        /// The public values; none if there is no statement.
        public_values: Vec<u32>,
        /// The proof file; null if the case has none.
        proof: Option<Bytes>,
    },
    /// The statement about the operations of a block, and a proof of it.
    State {
        /// The chain of the verifying key.
        chain_id: u32,
        /// Bytes of the block's header.
        header: String,
        /// Bytes of its parent.
        parent: String,
        /// Opening of the header's set.
        set: Opening,
        /// The proposer.
        member: Member,
        /// Siblings of its leaf in the set, lowest first.
        path: Vec<String>,
        /// The public values; none if there is no statement.
        public_values: Vec<u32>,
        /// The proof file; null if the case has none.
        proof: Option<Bytes>,
    },
    /// The statement about a range of headers, and a proof of it.
    Pruning {
        /// The chain of the verifying key.
        chain_id: u32,
        /// Bytes of the first header.
        start: String,
        /// Bytes of the header after the last one.
        end: String,
        /// The fold over the blocks before the first one.
        fold_before: String,
        /// The fold over those and the range.
        fold_after: String,
        /// The public values; none if there is no statement.
        public_values: Vec<u32>,
        /// The proof file; null if the case has none.
        proof: Option<Bytes>,
    },
    /// The statement about a validator's votes, and a proof of it.
    Uptime {
        /// The chain of the verifying key.
        chain_id: u32,
        /// Bytes of the header after the last one whose votes are counted.
        head: String,
        /// How many heights an epoch has.
        epoch_length: u32,
        /// The height of the first header whose votes are counted.
        first: u32,
        /// Root of the set.
        validator_set_root: String,
        /// The validator's place in it.
        index: u32,
        /// Its key.
        key_id: String,
        /// For how many of these headers it has voted.
        signed: u32,
        /// The public values; none if there is no statement.
        public_values: Vec<u32>,
        /// The proof file; null if the case has none.
        proof: Option<Bytes>,
    },
    /// The statement about ends of epochs, and a proof of it.
    Span {
        /// The chain of the verifying key.
        chain_id: u32,
        /// The height of the first end.
        first_height: u32,
        /// How many heights an epoch has.
        epoch_length: u32,
        /// Root of the set that signs the first end.
        validator_set_root: String,
        /// Bytes of the last header.
        last: String,
        /// The public values; none if there is no statement.
        public_values: Vec<u32>,
        /// The proof file; null if the case has none.
        proof: Option<Bytes>,
    },
    /// A witness of one of these six circuits, and what it shows.
    CircuitWitness {
        /// Name of the circuit.
        circuit: String,
        /// Bytes of the witness.
        bytes: Bytes,
    },
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
