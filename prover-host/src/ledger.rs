//! `Ledger`: the chain as the host serves it.

use std::collections::HashSet;

use rpp_verifier::header::{Header, HeaderHash};

use crate::history_log::HistoryLog;
use crate::proof_id::ProofId;
use rpp_verifier::wire::{
    AncestorJson, BlockJson, CertificateJson, HeadJson, ParentJson, ProofJson,
};

/// The headers, certificates and proof ids of a chain, from genesis on.
#[derive(Clone, Debug)]
pub struct Ledger {
    entries: Vec<Entry>,
    history: HistoryLog,
    proofs: HashSet<ProofId>,
    proven: Option<u32>,
}

#[derive(Clone, Debug)]
struct Entry {
    header: Header,
    hash: HeaderHash,
    certificate: Option<CertificateJson>,
    proofs: Vec<ProofJson>,
}

/// A block that does not follow the newest one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("block {got} does not follow block {latest}, the newest one")]
pub struct NotNextError {
    /// Height of the newest block.
    pub latest: u32,
    /// Height of the block given.
    pub got: u32,
}

impl Ledger {
    /// Returns the chain that has only its genesis.
    #[must_use]
    pub fn new(genesis: Header) -> Self {
        let mut ledger = Self {
            entries: Vec::new(),
            history: HistoryLog::default(),
            proofs: HashSet::new(),
            proven: None,
        };
        ledger.push(genesis, None);
        ledger
    }

    /// Appends a signed block that is not proven yet.
    ///
    /// # Errors
    ///
    /// [`NotNextError`] if it is not a child of the newest block.
    pub fn append(
        &mut self,
        header: Header,
        certificate: CertificateJson,
    ) -> Result<(), NotNextError> {
        let parent = self.latest();
        let is_next = header.height.checked_sub(1) == Some(parent.header.height);
        if !is_next || header.parent_hash != parent.hash.0 {
            let (latest, got) = (parent.header.height, header.height);
            return Err(NotNextError { latest, got });
        }
        self.push(header, Some(certificate));
        Ok(())
    }

    /// Adds a proof of the block at `height`, which is in the ledger.
    ///
    /// # Panics
    ///
    /// If the ledger has no block at `height`.
    pub fn add_proof(&mut self, height: u32, id: ProofId, proof: ProofJson) {
        let entry = self.entries.get_mut(to_index(height));
        entry
            .expect("a block is proven after it is appended")
            .proofs
            .push(proof);
        self.proofs.insert(id);
        self.proven = self.proven.max(Some(height));
    }

    /// Returns the height of the newest block.
    #[must_use]
    pub fn latest_height(&self) -> u32 {
        self.latest().header.height
    }

    /// Returns the newest header.
    #[must_use]
    pub fn latest_header(&self) -> &Header {
        &self.latest().header
    }

    /// Returns the height of the newest proven block.
    #[must_use]
    pub const fn proven_height(&self) -> Option<u32> {
        self.proven
    }

    /// Returns whether the ledger has the proof of this id.
    #[must_use]
    pub fn has_proof(&self, id: ProofId) -> bool {
        self.proofs.contains(&id)
    }

    /// Returns the block at `height`.
    #[must_use]
    pub fn block(&self, height: u32) -> Option<BlockJson> {
        let entry = self.entries.get(to_index(height))?;
        let parent = height.checked_sub(1).map(|below| ParentJson {
            header: self.entries[to_index(below)].header.clone(),
            history_path: self.history.path(below, height),
        });
        Some(BlockJson {
            height,
            hash: entry.hash.0,
            header: entry.header.clone(),
            parent,
            certificate: entry.certificate.clone(),
            proofs: entry.proofs.clone(),
        })
    }

    /// Returns the newest proven block.
    #[must_use]
    pub fn head(&self) -> Option<HeadJson> {
        let block = self.block(self.proven?)?;
        let latest_height = self.latest_height();
        Some(HeadJson {
            latest_height,
            block,
        })
    }

    /// Returns the place of the header at `height` in the history of the header at `within`.
    #[must_use]
    pub fn ancestor(&self, height: u32, within: u32) -> Option<AncestorJson> {
        if height >= within || within > self.latest_height() {
            return None;
        }
        let entry = self.entries.get(to_index(height))?;
        Some(AncestorJson {
            height,
            r#in: within,
            header_hash: entry.hash.0,
            history_path: self.history.path(height, within),
        })
    }

    fn push(&mut self, header: Header, certificate: Option<CertificateJson>) {
        let hash = header.hash();
        self.history.append(hash);
        self.entries.push(Entry {
            header,
            hash,
            certificate,
            proofs: Vec::new(),
        });
    }

    fn latest(&self) -> &Entry {
        self.entries.last().expect("a ledger has a genesis")
    }
}

fn to_index(height: u32) -> usize {
    usize::try_from(height).expect("a u32 fits a usize")
}
