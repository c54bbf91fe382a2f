//! The devnet as a source of blocks.

use rpp_devnet::{Devnet, DevnetError, Home, Stage};
use rpp_verifier::Header;
use tokio::sync::watch;

use super::{BlockSource, ChainInfo, DueProof, SourceBlock};
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

    async fn child_of(&mut self, parent: &Header) -> Result<SourceBlock, DevnetError> {
        let block = Self::child_of(self, parent).await?;
        let due = block.due()?.into_iter();
        let due = due.map(|(key, witness)| DueProof { key, witness });
        Ok(SourceBlock {
            certificate: block.certificate(),
            due: due.collect(),
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
