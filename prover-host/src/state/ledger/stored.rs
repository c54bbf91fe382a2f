//! `StoredBlock`: what a ledger answers about a block, its parent and its ancestors.

use rpp_verifier::{Certificate, Header, HeaderHash, HistoryPath, ProofKey};

use super::{Ledger, ProofStatus, to_index};
use crate::state::sql::ProofFile;

/// A block as the ledger has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredBlock {
    /// Hash of the header.
    pub hash: HeaderHash,
    /// The header.
    pub header: Header,
    /// The parent; the genesis has none.
    pub parent: Option<StoredParent>,
    /// Who signed; nobody signs the genesis.
    pub certificate: Option<Certificate>,
    /// The proofs about this height that are made, by the circuits' numbers.
    pub proofs: Vec<(ProofKey, ProofFile)>,
}

/// The parent of a block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredParent {
    /// Its header.
    pub header: Header,
    /// Its path in the block's history.
    pub history_path: HistoryPath,
}

/// A header's position in the history of a later one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredAncestor {
    /// Hash of the ancestor.
    pub hash: HeaderHash,
    /// Its path in the later header's history.
    pub history_path: HistoryPath,
}

impl Ledger {
    /// Returns the block at `height`.
    #[must_use]
    pub fn block(&self, height: u32) -> Option<StoredBlock> {
        let entry = self.entries.get(to_index(height))?;
        let parent = height.checked_sub(1).map(|below| StoredParent {
            header: self.entries[to_index(below)].header.clone(),
            history_path: self.history.path(below, height),
        });
        Some(StoredBlock {
            hash: self.header_hash(height),
            header: entry.header.clone(),
            parent,
            certificate: entry.certificate,
            proofs: self.listed(height),
        })
    }

    /// Returns at most `limit` blocks from `from` on, and the height of the block after the last of
    /// them, if there is one.
    #[must_use]
    pub fn page(&self, from: u32, limit: u32) -> (Vec<StoredBlock>, Option<u32>) {
        let end = from.saturating_add(limit);
        let blocks = (from..end).map_while(|height| self.block(height));
        let next = (end <= self.latest_height()).then_some(end);
        (blocks.collect(), next)
    }

    /// Returns the newest proven block.
    #[must_use]
    pub fn head(&self) -> Option<StoredBlock> {
        self.block(self.proven?)
    }

    /// Returns the position of the header at `height` in the history of the header at `within`.
    #[must_use]
    pub fn ancestor(&self, height: u32, within: u32) -> Option<StoredAncestor> {
        if height >= within || within > self.latest_height() {
            return None;
        }
        Some(StoredAncestor {
            hash: self.header_hash(height),
            history_path: self.history.path(height, within),
        })
    }

    pub(super) fn listed(&self, height: u32) -> Vec<(ProofKey, ProofFile)> {
        let due = self.entries.get(to_index(height)).map(|entry| &entry.due);
        let listed = |&key: &ProofKey| match self.status(&key) {
            ProofStatus::Listed(proof) => Some((key, proof)),
            _ => None,
        };
        due.into_iter().flatten().filter_map(listed).collect()
    }
}
