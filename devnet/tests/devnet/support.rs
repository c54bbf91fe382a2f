//! A devnet over a folder, and blocks that somebody takes.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rpp_devnet::{
    Database, Devnet, DevnetConfig, DevnetError, Home, SignedBlock, Silent, Stage, Steps,
};
use rpp_verifier::{Accounts, Header, SignedOperation, StateStatement, TxTree, apply_block};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;

pub(crate) const CONFIG: DevnetConfig = DevnetConfig {
    chain_id: 7,
    epoch_length: 4,
    validators: 4,
    key_height: 6,
    block_time_ms: 1,
    clock: system_clock,
};

/// A folder that may lack anything, until it has signed.
pub(crate) const HOME: Home = Home {
    number: 7,
    stage: Stage::New,
};

pub(crate) fn system_clock() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

/// A devnet, and the newest block that was taken from it.
pub(crate) struct Opened {
    pub(crate) devnet: Devnet,
    pub(crate) tip: Header,
    /// The accounts after that block.
    pub(crate) state: Accounts,
    /// What the next block may contain.
    pub(crate) pool: Vec<SignedOperation>,
    keys: Database,
}

impl Opened {
    /// Starts a devnet whose newest block that was taken is `tip`, the genesis where it is none.
    pub(crate) async fn at(
        config: DevnetConfig,
        folder: &Path,
        tip: Option<Header>,
        steps: Steps,
    ) -> Result<Self, DevnetError> {
        Self::in_home(HOME, config, folder, tip, steps).await
    }

    /// As [`Opened::at`], in a data folder of another kind.
    pub(crate) async fn in_home(
        home: Home,
        config: DevnetConfig,
        folder: &Path,
        tip: Option<Header>,
        steps: Steps,
    ) -> Result<Self, DevnetError> {
        let keys = Database::open(folder, home).await?;
        let devnet = Devnet::start(config, keys.clone(), Arc::new(Silent), steps).await?;
        let tip = tip.unwrap_or_else(|| devnet.genesis().clone());
        let state = devnet.genesis_accounts().clone();
        Ok(Self {
            devnet,
            tip,
            state,
            pool: Vec::new(),
            keys,
        })
    }

    /// Takes the next block, and asserts that its operations lead to its state, and that its witness shows
    /// it.
    pub(crate) async fn next(&mut self) -> Result<SignedBlock, DevnetError> {
        let block = self.child_of(&self.tip.clone()).await?;
        let (header, operations) = (&block.header, &block.operations);
        let proposer = block.proposer().account;
        let after = apply_block(&self.state, header.chain_id, operations, proposer).unwrap();
        assert_eq!(after.root(), header.state_root);
        let hashes: Vec<_> = operations.iter().map(SignedOperation::hash).collect();
        assert_eq!(TxTree::new(&hashes).unwrap().tx_root(), header.tx_root);
        let witness = block.state_witness().unwrap();
        witness.check().unwrap();
        let (set, path) = (block.set.opening(), block.set.path(header.proposer));
        let stated = StateStatement::new(header, &block.parent, &set, block.proposer(), &path);
        assert_eq!(witness.statement, stated.unwrap());
        self.tip = header.clone();
        self.state = after;
        Ok(block)
    }

    /// Asks for the child of a block whose accounts are those of the newest one.
    pub(crate) async fn child_of(&mut self, parent: &Header) -> Result<SignedBlock, DevnetError> {
        let pool = || self.pool.iter().cloned().map(Arc::new).collect();
        self.devnet.child_of(parent, &self.state, &pool).await
    }

    /// Takes a block with these operations.
    pub(crate) async fn next_with(
        &mut self,
        pool: Vec<SignedOperation>,
    ) -> Result<SignedBlock, DevnetError> {
        self.pool = pool;
        let block = self.next().await;
        self.pool.clear();
        block
    }

    /// Lets go of the keys, and returns the newest block that was taken.
    pub(crate) async fn close(self) -> Header {
        self.keys.close().await;
        self.tip
    }
}

/// Makes a chain of `blocks` blocks, and returns the last one.
pub(crate) async fn made(folder: &Path, blocks: u32) -> Header {
    let mut opened = Opened::at(CONFIG, folder, None, Steps::default())
        .await
        .unwrap();
    for _ in 0..blocks {
        opened.next().await.unwrap();
    }
    opened.close().await
}

/// Opens the database beside the devnet's own connection.
pub(crate) async fn connect(folder: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(folder.join("keys.db"));
    options.connect().await.unwrap()
}

/// Returns a copy of a folder of keys: a connection that is still being closed does not meet the next
/// attempt.
pub(crate) fn copy_of(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}
