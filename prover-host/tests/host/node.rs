//! An operator's node: one validator, whose blocks have the operations that the host hands it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use rpp_prover_host::source::{
    BlockRoom, BlockSource, Candidates, ChainInfo, DueProof, ProposerSeat, SourceBlock,
};
use rpp_prover_host::state::{DataFolder, Database, Host};
use rpp_prover_host::steps::Steps;
use rpp_verifier::{
    Account, Accounts, Bitmap, Certificate, Circuits, Digest, Header, SignedOperation, TxTree,
    Validator, ValidatorSet, apply_block, genesis,
};

use crate::wallet::CHAIN_ID;

/// A node whose chain starts with these accounts, and what is due for its blocks.
pub(crate) struct Node {
    pub(crate) accounts: Vec<(u32, Account)>,
    pub(crate) due: BTreeMap<u32, Vec<DueProof>>,
}

/// The account of the only validator.
pub(crate) const PROPOSER: u32 = 0;

impl Node {
    /// A chain with the proposer's account and these.
    pub(crate) fn new(accounts: &[(u32, Account)]) -> Self {
        let proposer = Account {
            key_id: Digest::ZERO,
            balance: 0,
            nonce: 0,
            key_offset: 0,
        };
        Self {
            accounts: [&[(PROPOSER, proposer)], accounts].concat(),
            due: BTreeMap::new(),
        }
    }

    /// Opens the host of this chain in a folder.
    pub(crate) async fn open(&self, data: &Path, circuits: Circuits, steps: Steps) -> Arc<Host> {
        let folder = DataFolder::open(data).unwrap();
        let database = Database::open(&folder.database_path()).await.unwrap();
        let accounts = self.genesis_accounts();
        let host = Host::open(folder, database, &self.chain(), &accounts, circuits).await;
        Arc::new(host.unwrap().watched(steps))
    }

    /// Makes the next block of a host, and hands it over.
    pub(crate) async fn make_block(&mut self, host: &Host) -> Header {
        let parent = host.ledger().latest_header().clone();
        let (_, accounts) = host.newest_accounts();
        let Ok(block) = self.child_of(&parent, &accounts, host).await;
        let header = block.header.clone();
        host.publish_block(block).await.unwrap();
        header
    }
}

impl BlockSource for Node {
    type Error = Infallible;

    fn chain(&self) -> ChainInfo {
        let (root, set) = (self.genesis_accounts().root(), set().set_root());
        ChainInfo {
            chain_id: CHAIN_ID,
            epoch_length: 4,
            block_time_ms: 1,
            genesis: genesis(CHAIN_ID, 4, 0, root, set, Digest::ZERO),
        }
    }

    fn genesis_accounts(&self) -> Accounts {
        Accounts::genesis(self.accounts.iter().copied()).unwrap()
    }

    async fn child_of(
        &mut self,
        parent: &Header,
        state: &Accounts,
        pool: &dyn Candidates,
    ) -> Result<SourceBlock, Infallible> {
        let mut block = block_of(parent, state, &[]);
        let mut operations = Vec::new();
        for signed in pool.best(BlockRoom::EMPTY_BLOCK) {
            operations.push((*signed).clone());
            if apply_block(state, CHAIN_ID, &operations, PROPOSER).is_err() {
                operations.pop();
            }
        }
        if !operations.is_empty() {
            block = block_of(parent, state, &operations);
        }
        block.due = self.due.remove(&block.header.height).unwrap_or_default();
        Ok(block)
    }

    fn is_passing(error: &Infallible) -> bool {
        match *error {}
    }
}

/// Returns the block of these operations.
pub(crate) fn block_of(
    parent: &Header,
    state: &Accounts,
    operations: &[SignedOperation],
) -> SourceBlock {
    let after = apply_block(state, CHAIN_ID, operations, PROPOSER).unwrap();
    let hashes: Vec<_> = operations.iter().map(SignedOperation::hash).collect();
    let header = Header {
        parent_hash: parent.hash().0,
        participation_root: Bitmap::default().participation_root(),
        height: parent.height + 1,
        state_root: after.root(),
        tx_root: TxTree::new(&hashes).unwrap().tx_root(),
        ..parent.clone()
    };
    let set = set();
    SourceBlock {
        header,
        certificate: Certificate {
            signed_power: 1,
            signers: Digest::ZERO,
            set: set.opening(),
        },
        parent_votes: Bitmap::default(),
        operations: operations.to_vec(),
        proposer: ProposerSeat {
            validator: set.members()[0],
            path: set.path(0),
        },
        set: set.into(),
        due: Vec::new(),
    }
}

/// The validator set of each block.
pub(crate) fn set() -> ValidatorSet {
    let only = Validator {
        key_id: Digest::ZERO,
        power: 1,
        account: PROPOSER,
        start_slot: 0,
    };
    ValidatorSet::new(vec![only]).unwrap()
}
