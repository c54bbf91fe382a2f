//! `Provider`: the answers of an honest host about a proven chain.

use rpp_light_client::{Answer, Checkpoint};
use rpp_verifier::{
    AncestorJson, BlockJson, CertificateJson, Consensus, ConsensusStatement, Document, HeadJson,
    Header, History, ParentJson, ProofJson, Prover,
};

use crate::chain::{TestBlock, TestChain};

/// The answers of an honest host about a chain whose blocks are all proven.
#[derive(Clone, Debug)]
pub struct Provider {
    epoch_length: u32,
    headers: Vec<Header>,
    blocks: Vec<TestBlock>,
    proofs: Vec<Vec<u8>>,
}

impl Provider {
    /// Makes and proves a chain of `blocks` blocks above the genesis, each signed by all
    /// `validators`.
    ///
    /// # Panics
    ///
    /// If the keys do not have enough leaves.
    #[must_use]
    pub fn new(validators: u32, blocks: u32, epoch_length: u32) -> Self {
        let tree_height = (blocks + 1).next_power_of_two().ilog2().max(4);
        let mut chain = TestChain::new(validators, tree_height, epoch_length, |_| {});
        let mut headers = vec![chain.head().clone()];
        let prover = Prover::<Consensus>::new(TestChain::CHAIN_ID);
        let (mut made, mut proofs) = (Vec::new(), Vec::new());
        for _ in 0..blocks {
            let block = chain.next_block();
            let proof = prover.prove(&block.witness);
            proofs.push(proof.expect("an honest block").to_bytes());
            headers.push(block.header.clone());
            made.push(block);
        }
        Self {
            epoch_length,
            headers,
            blocks: made,
            proofs,
        }
    }

    /// Returns the checkpoint of the header at `height`.
    #[must_use]
    pub fn checkpoint(&self, height: u32) -> Checkpoint {
        Checkpoint::of(self.header(height), self.epoch_length)
    }

    /// Returns the header at `height`.
    ///
    /// # Panics
    ///
    /// If there is no such block.
    #[must_use]
    pub fn header(&self, height: u32) -> &Header {
        &self.headers[index(height)]
    }

    /// Returns the height of the newest block.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub fn height(&self) -> u32 {
        u32::try_from(self.blocks.len()).expect("a short chain")
    }

    /// Returns the answer of `/v1/head` while the block at `height` is the newest.
    #[must_use]
    pub fn head(&self, height: u32) -> HeadJson {
        HeadJson {
            latest_height: height,
            block: self.block(height),
        }
    }

    /// Returns the block at `height`.
    ///
    /// # Panics
    ///
    /// If there is no such block.
    #[must_use]
    pub fn block(&self, height: u32) -> BlockJson {
        let header = self.header(height).clone();
        let made = height
            .checked_sub(1)
            .map(|below| &self.blocks[index(below)]);
        BlockJson {
            height,
            hash: header.hash().0,
            header,
            parent: made.map(|made| ParentJson {
                header: made.parent.clone(),
                history_path: self.ancestor(height - 1, height).history_path,
            }),
            certificate: made.map(|made| CertificateJson {
                signed_power: made.witness.statement.signed_power,
                signers: made.witness.statement.signers,
                set: made.witness.statement.set,
            }),
            proofs: made.iter().map(|_| self.listed(height)).collect(),
        }
    }

    /// Returns the place of the header at `height` in the history of the header at `within`.
    #[must_use]
    pub fn ancestor(&self, height: u32, within: u32) -> AncestorJson {
        let hashes: Vec<_> = self.headers[..index(within)]
            .iter()
            .map(Header::hash)
            .collect();
        AncestorJson {
            height,
            r#in: within,
            header_hash: self.header(height).hash().0,
            history_path: History::new(&hashes).path(height),
        }
    }

    /// Returns the proof of the block at `height`.
    ///
    /// # Panics
    ///
    /// If there is no such block.
    #[must_use]
    pub fn proof(&self, height: u32) -> &[u8] {
        &self.proofs[index(height - 1)]
    }

    /// Returns the statement of the proof of the block at `height`.
    ///
    /// # Panics
    ///
    /// If there is no such block.
    #[must_use]
    pub fn statement(&self, height: u32) -> ConsensusStatement {
        self.blocks[index(height - 1)].witness.statement.clone()
    }

    /// Answers `GET path` like a host whose newest block is at `head`.
    #[must_use]
    pub fn get(&self, path: &str, head: u32) -> Answer {
        self.find(path, head).map_or_else(not_found, |body| Answer {
            status: 200,
            retry_after: None,
            body,
        })
    }

    fn find(&self, path: &str, head: u32) -> Option<Vec<u8>> {
        let parts: Vec<_> = path.split(['/', '?', '=']).collect();
        let number = |text: &str| text.parse().ok().filter(|&height| height <= head);
        match *parts.get(2..)? {
            ["head"] => Some(self.head(head).to_json()),
            ["blocks", height] => Some(self.block(number(height)?).to_json()),
            ["blocks", height, "proofs", "consensus"] => Some(self.proof(number(height)?).to_vec()),
            ["ancestors", height, "in", within] => {
                Some(self.ancestor(number(height)?, number(within)?).to_json())
            }
            _ => None,
        }
    }

    fn listed(&self, height: u32) -> ProofJson {
        ProofJson {
            kind: "consensus".into(),
            id: "0".repeat(64),
            bytes: u32::try_from(self.proof(height).len()).expect("a proof is below 384 KiB"),
            circuit: "consensus".into(),
        }
    }
}

fn not_found() -> Answer {
    Answer {
        status: 404,
        retry_after: None,
        body: br#"{"code":"unknown-path"}"#.to_vec(),
    }
}

fn index(height: u32) -> usize {
    usize::try_from(height).expect("a u32 fits a usize")
}
