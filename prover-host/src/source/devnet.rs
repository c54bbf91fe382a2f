//! The devnet as a source of blocks.

use std::sync::Arc;

use rpp_devnet::{Devnet, DevnetError, FAUCET_ACCOUNT, Home, Stage};
use rpp_verifier::{Accounts, Header};
use tokio::sync::watch;

use super::{
    BlockRoom, BlockSource, Candidates, ChainInfo, DueProof, Faucet, FaucetError, Gift,
    ProposerSeat, SourceBlock,
};
use crate::progress::{Bar, Progress};
use crate::state::{DataFolder, FolderStage};

/// The keys of a devnet belong to the folder that its blocks are kept in.
impl From<&DataFolder> for Home {
    fn from(folder: &DataFolder) -> Self {
        let stage = match folder.stage() {
            FolderStage::New => Stage::New,
            FolderStage::Unnumbered => Stage::Unnumbered,
            FolderStage::Complete => Stage::Complete,
        };
        Self {
            number: folder.id().number(),
            stage,
        }
    }
}

impl BlockSource for Devnet {
    type Error = DevnetError;

    fn chain(&self) -> ChainInfo {
        let config = self.config();
        ChainInfo {
            chain_id: config.chain_id,
            epoch_length: config.epoch_length,
            block_time_ms: config.block_time_ms,
            genesis: self.genesis().clone(),
        }
    }

    fn genesis_accounts(&self) -> Accounts {
        Self::genesis_accounts(self).clone()
    }

    fn faucet(&self) -> Option<Arc<dyn Faucet>> {
        Some(Self::faucet(self).clone())
    }

    async fn child_of(
        &mut self,
        parent: &Header,
        state: &Accounts,
        pool: &dyn Candidates,
    ) -> Result<SourceBlock, DevnetError> {
        let take = || pool.best(BlockRoom::EMPTY_BLOCK);
        let block = Self::child_of(self, parent, state, &take).await?;
        let due = block.due()?.into_iter();
        let due = due.map(|(key, witness)| DueProof { key, witness });
        Ok(SourceBlock {
            certificate: block.certificate(),
            proposer: ProposerSeat {
                validator: *block.proposer(),
                path: block.set.path(block.header.proposer),
            },
            due: due.collect(),
            set: block.set,
            parent_votes: block.parent_votes,
            operations: block.operations,
            header: block.header,
        })
    }

    fn waits(&self) -> Option<watch::Receiver<Option<String>>> {
        Some(Self::waits(self))
    }

    fn is_passing(error: &DevnetError) -> bool {
        error.is_passing()
    }
}

impl Faucet for rpp_devnet::Faucet {
    fn account(&self) -> u32 {
        FAUCET_ACCOUNT
    }

    fn amount(&self) -> u64 {
        Self::AMOUNT
    }

    fn give(&self, to: u32) -> Gift<'_> {
        Box::pin(async move {
            Self::give(self, to).await.map_err(|error| match error {
                rpp_devnet::FaucetError::Busy { .. } => FaucetError::Busy,
                rpp_devnet::FaucetError::UsedUp { .. } => FaucetError::UsedUp,
                error => FaucetError::Unavailable {
                    is_passing: error.is_passing(),
                    source: error.into(),
                },
            })
        })
    }
}

impl rpp_devnet::Progress for Progress {
    fn begin(&self, what: String, length: u64) -> Box<dyn rpp_devnet::Bar> {
        Box::new(self.bar(what, length))
    }
}

impl rpp_devnet::Bar for Bar {
    fn reach(&self, done: u64) {
        Self::reach(self, done);
    }
}
