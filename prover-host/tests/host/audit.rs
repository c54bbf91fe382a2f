//! What has to hold of a data folder, however often its host was killed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rpp_prover_host::check::check_files;
use rpp_prover_host::clock::system_clock;
use rpp_prover_host::http::chain_document;
use rpp_prover_host::state::{DataFolder, Database, Host};
use rpp_verifier::{
    Accounts, Bitmap, Block, CIRCUITS, ConsensusWitness, Digest, FileDigest, JsonDocument,
    KeyPurpose, ListedProof, Proof, SpanWitness, State, StateStatement, StateWitness, VerifyingKey,
    vote_message,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection as _, Row};

use crate::support::block;

/// What a client was shown; nothing of it may change or disappear.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    hashes: BTreeMap<u32, Digest>,
    proofs: BTreeMap<u32, FileDigest>,
}

impl Seen {
    /// Notes a block, and asserts that it is the one shown before.
    pub(crate) fn saw(&mut self, block: &Block) {
        let height = block.header.height;
        let hash = block.header.hash().0;
        let before = self.hashes.insert(height, hash);
        assert!(before.is_none_or(|before| before == hash), "{height}");
        if let Some(proof) = proof_of(block, "consensus") {
            let before = self.proofs.insert(height, proof.id);
            assert!(before.is_none_or(|before| before == proof.id), "{height}");
        } else {
            let before = self.proofs.get(&height);
            assert_eq!(before, None, "block {height} was proven before");
        }
    }

    pub(crate) fn saw_all(&mut self, host: &Host) {
        let latest = host.ledger().latest_height();
        (0..=latest).for_each(|height| self.saw(&block(host, height)));
    }

    pub(crate) fn blocks(&self) -> usize {
        self.hashes.len()
    }

    pub(crate) fn proofs(&self) -> usize {
        self.proofs.len()
    }

    /// Returns the height of the first block that was not shown as proven.
    pub(crate) fn first_unproven(&self) -> u32 {
        let mut heights = 1..;
        heights
            .find(|height| !self.proofs.contains_key(height))
            .unwrap()
    }
}

/// Returns the proof that is listed of a circuit.
pub(crate) fn proof_of<'a>(block: &'a Block, circuit: &str) -> Option<&'a ListedProof> {
    let mut proofs = block.proofs.iter();
    proofs.find(|proof| proof.circuit.as_str() == circuit)
}

/// What an audit found.
#[derive(Debug)]
pub(crate) struct Audited {
    pub(crate) host: Arc<Host>,
    pub(crate) latest: u32,
    pub(crate) proven: u32,
    /// Leaves that were asked to sign.
    pub(crate) leaves: usize,
}

/// Audits the folder of a host that has ended.
pub(crate) fn audit(data: &Path) -> Audited {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(audit_now(data))
}

/// As [`audit`], in a runtime.
pub(crate) async fn audit_now(data: &Path) -> Audited {
    let folder = DataFolder::open(data).unwrap();
    let path = folder.database_path();
    let database = Database::open(&path).await.unwrap();
    let chain = database.chain().await.unwrap().unwrap();
    // Opening it checks that each block hashes to its hash, and is the child of the one before.
    let host = Host::open(
        folder,
        database.clone(),
        &chain,
        &Accounts::default(),
        CIRCUITS,
    )
    .await;
    let host = Arc::new(host.unwrap());
    let latest = host.ledger().latest_height();
    let mut proven = 0;
    let votes = database.votes(1, latest).await.unwrap();
    for (height, votes) in (1..=latest).zip(votes) {
        let block = block(&host, height);
        audit_votes(&host, &block, votes).await;
        if let Some(proof) = proof_of(&block, "state") {
            audit_state(&host, &block, proof).await;
        }
        if let Some(proof) = proof_of(&block, "consensus") {
            let proof = host.read_proof(proof.id.into()).await;
            let proof = proof.unwrap().unwrap();
            let chain = chain_document(host.chain()).to_json();
            check_files(&proof, &block.to_json(), &chain, system_clock()).unwrap();
            proven += 1;
        }
    }
    database.close().await;
    let leaves = audit_leaves(data, host.chain().chain_id).await;
    Audited {
        host,
        latest,
        proven,
        leaves,
    }
}

/// Asserts that the votes for the parent are there, and the set that signed the block.
async fn audit_votes(host: &Host, block: &Block, votes: Option<Bitmap>) {
    let header = &block.header;
    assert_eq!(
        votes.unwrap().participation_root(),
        header.participation_root
    );
    let set = host.database().set(&header.validator_set_root).await;
    let certificate = block.certificate.as_ref().unwrap();
    assert_eq!(set.unwrap().unwrap().opening(), certificate.set);
}

/// Asserts that a proof is of what the block's operations do to the accounts.
async fn audit_state(host: &Host, block: &Block, listed: &ListedProof) {
    let proof = host.read_proof(listed.id.into()).await.unwrap().unwrap();
    let proof = Proof::from_bytes(&proof, &CIRCUITS).unwrap();
    let height = block.header.height;
    let proposer = host.database().proposer(height).await.unwrap().unwrap();
    let parent = self::block(host, height - 1).header;
    let set = &block.certificate.as_ref().unwrap().set;
    let (validator, path) = (&proposer.validator, &proposer.path);
    let statement = StateStatement::new(&block.header, &parent, set, validator, path).unwrap();
    let key = VerifyingKey::<State>::new(host.chain().chain_id);
    drop(key.verify(statement, &proof).unwrap());
}

/// Opens the database beside the host's own connection.
///
/// Close it: a connection that is dropped ends on a thread of its own, at any time, and takes the
/// `-wal` and `-shm` files with it.
pub(crate) async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    options.connect().await.unwrap()
}

/// Asserts that no leaf has two messages, and that each vote is for the message of its leaf.
async fn audit_leaves(data: &Path, chain_id: u32) -> usize {
    let mut connection = connect(&data.join("devnet/keys.db")).await;
    let leaves = sqlx::query("SELECT key_id, leaf, message FROM leaves JOIN keys ON serial = key");
    let mut messages = BTreeMap::new();
    for row in leaves.fetch_all(&mut connection).await.unwrap() {
        let leaf: (Vec<u8>, u32) = (row.get("key_id"), row.get("leaf"));
        let message: Vec<u8> = row.get("message");
        assert_eq!(
            messages.insert(leaf, message),
            None,
            "a leaf with two messages"
        );
    }
    connection.close().await.unwrap();
    let mut connection = connect(&data.join("chain.db")).await;
    let witnesses = sqlx::query("SELECT circuit, bytes FROM witnesses");
    for row in witnesses.fetch_all(&mut connection).await.unwrap() {
        let bytes: &[u8] = row.get("bytes");
        let witness = match row.get("circuit") {
            "state" => {
                let witness = StateWitness::from_bytes(bytes).unwrap();
                witness.check().unwrap();
                continue;
            }
            // Its votes are those of the ends, whose own witnesses are kept.
            "span" => {
                let witness = SpanWitness::from_bytes(bytes).unwrap();
                witness.check().unwrap();
                continue;
            }
            _ => ConsensusWitness::from_bytes(bytes).unwrap(),
        };
        witness.check().unwrap();
        let statement = &witness.statement;
        let (height, slot) = (statement.height, statement.slot);
        let message = vote_message(chain_id, height, slot, &statement.header_hash);
        for vote in &witness.votes {
            let key = vote.public_key.key_id(KeyPurpose::Vote, chain_id);
            let leaf = (key.to_bytes().to_vec(), slot - vote.validator.start_slot);
            assert_eq!(messages.get(&leaf), Some(&message.to_bytes().to_vec()));
        }
    }
    connection.close().await.unwrap();
    messages.len()
}
