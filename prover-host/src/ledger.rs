//! `Ledger`: the chain as the host serves it.

use std::collections::{BTreeSet, HashMap};

use rpp_verifier::{
    Ancestor, Block, Blocks, Certificate, FileDigest, Head, HeadCircuit, Header, HeaderHash, Key,
    Parent,
};

use crate::database::ListedProof;
use crate::history_log::HistoryLog;
use crate::proof_id::ProofId;

/// The headers, certificates and proof ids of a chain, from genesis on: about 600 bytes a block.
#[derive(Clone, Debug)]
pub struct Ledger {
    entries: Vec<Entry>,
    history: HistoryLog,
    proofs: HashMap<ProofId, u32>,
    /// Blocks whose proofs are still to be made, and can be.
    unproven: BTreeSet<u32>,
    proven: Option<u32>,
}

#[derive(Clone, Debug)]
struct Entry {
    header: Header,
    certificate: Option<Certificate>,
    proof: Option<ListedProof>,
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
            proofs: HashMap::new(),
            unproven: BTreeSet::new(),
            proven: None,
        };
        let hash = genesis.hash();
        ledger.push(genesis, hash, None);
        ledger
    }

    /// Appends a signed block that is not proven yet.
    ///
    /// # Errors
    ///
    /// [`NotNextError`] if it is not a child of the newest block.
    pub fn append(&mut self, header: Header, certificate: Certificate) -> Result<(), NotNextError> {
        self.check_next(&header)?;
        self.unproven.insert(header.height);
        let hash = header.hash();
        self.push(header, hash, Some(certificate));
        Ok(())
    }

    /// Checks that `header` is a child of the newest block.
    ///
    /// # Errors
    ///
    /// [`NotNextError`].
    pub fn check_next(&self, header: &Header) -> Result<(), NotNextError> {
        let (latest, got) = (self.latest_height(), header.height);
        if latest.checked_add(1) == Some(got) && header.parent_hash == self.hash(latest).0 {
            return Ok(());
        }
        Err(NotNextError { latest, got })
    }

    /// Adds the proof of the block at `height`, over an earlier one.
    ///
    /// # Panics
    ///
    /// If the ledger has no block at `height`.
    pub(crate) fn add_proof(&mut self, height: u32, proof: ListedProof) {
        let entry = self.entries.get_mut(to_index(height));
        let entry = entry.expect("a block is proven after it is appended");
        if let Some(old) = entry.proof.replace(proof) {
            self.proofs.remove(&old.id);
        }
        self.proofs.insert(proof.id, height);
        self.unproven.remove(&height);
        self.proven = self.proven.max(Some(height));
    }

    /// Takes a proof off its block, because its file is no good, and returns the block's height.
    pub(crate) fn drop_proof(&mut self, id: ProofId) -> Option<u32> {
        let height = self.proofs.remove(&id)?;
        self.entries[to_index(height)].proof = None;
        if self.proven == Some(height) {
            let below = (0..height).rev();
            self.proven = { below }.find(|&h| self.entries[to_index(h)].proof.is_some());
        }
        Some(height)
    }

    /// Says whether the proof of the block at `height`, which has none, can be made.
    pub(crate) fn set_unproven(&mut self, height: u32, provable: Provable) {
        match provable {
            Provable::Yes => self.unproven.insert(height),
            Provable::VotesLost => self.unproven.remove(&height),
        };
    }

    /// Returns whether the proof of the block at `height` is still to be made, and can be.
    #[must_use]
    pub fn is_unproven(&self, height: u32) -> bool {
        self.unproven.contains(&height)
    }

    /// Returns the height of the next block to prove.
    #[must_use]
    pub fn next_unproven(&self) -> Option<u32> {
        self.unproven.first().copied()
    }

    /// Returns how many blocks wait for their proofs.
    #[must_use]
    pub fn unproven(&self) -> usize {
        self.unproven.len()
    }

    /// Returns the height of the newest block.
    #[must_use]
    pub fn latest_height(&self) -> u32 {
        self.latest_header().height
    }

    /// Returns the newest header.
    #[must_use]
    pub fn latest_header(&self) -> &Header {
        // A ledger has a genesis.
        &self.entries[self.entries.len() - 1].header
    }

    /// Returns the height of the newest proven block.
    #[must_use]
    pub const fn proven_height(&self) -> Option<u32> {
        self.proven
    }

    /// Returns whether the ledger has the proof of this id.
    #[must_use]
    pub fn has_proof(&self, id: ProofId) -> bool {
        self.proofs.contains_key(&id)
    }

    /// Returns the block at `height`.
    #[must_use]
    pub fn block(&self, height: u32) -> Option<Block> {
        let entry = self.entries.get(to_index(height))?;
        let parent = height.checked_sub(1).map(|below| Parent {
            header: self.entries[to_index(below)].header.clone(),
            history_path: self.history.path(below, height),
        });
        Some(Block {
            header: entry.header.clone(),
            parent,
            certificate: entry.certificate,
            proofs: entry.proof.iter().map(to_listed).collect(),
        })
    }

    /// Returns at most `limit` blocks from `from` on.
    #[must_use]
    pub fn page(&self, from: u32, limit: u32) -> Blocks {
        let end = from.saturating_add(limit);
        let blocks = (from..end).map_while(|height| self.block(height));
        Blocks {
            blocks: blocks.collect(),
            next: (end <= self.latest_height()).then_some(end),
        }
    }

    /// Returns the newest proven block.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        let block = self.block(self.proven?)?;
        let latest_height = self.latest_height();
        Some(Head {
            latest_height,
            block,
        })
    }

    /// Returns the place of the header at `height` in the history of the header at `within`.
    #[must_use]
    pub fn ancestor(&self, height: u32, within: u32) -> Option<Ancestor> {
        if height >= within || within > self.latest_height() {
            return None;
        }
        Some(Ancestor {
            height,
            within,
            header_hash: self.hash(height),
            history_path: self.history.path(height, within),
        })
    }

    fn push(&mut self, header: Header, hash: HeaderHash, certificate: Option<Certificate>) {
        self.history.append(hash);
        self.entries.push(Entry {
            header,
            certificate,
            proof: None,
        });
    }

    fn hash(&self, height: u32) -> HeaderHash {
        self.history.header_hash(height)
    }
}

/// Whether the proof of a block can be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Provable {
    /// Its votes are there.
    Yes,
    /// Its votes are not there any more.
    VotesLost,
}

fn to_listed(proof: &ListedProof) -> rpp_verifier::ListedProof {
    rpp_verifier::ListedProof {
        circuit: Key::of::<HeadCircuit>(0).circuit().into(),
        id: FileDigest(*proof.id.as_bytes()),
        bytes: proof.bytes,
    }
}

fn to_index(height: u32) -> usize {
    usize::try_from(height).expect("a u32 fits a usize")
}

#[cfg(test)]
mod tests {
    use rpp_verifier::{Digest, SetOpening, genesis};

    use super::*;

    fn ledger(blocks: u32) -> Ledger {
        let mut ledger = Ledger::new(genesis(7, 4, 0, Digest::ZERO, Digest::ZERO, Digest::ZERO));
        let (root, n, total_power) = (Digest::ZERO, 1, 1);
        let certificate = Certificate {
            signed_power: 1,
            signers: Digest::ZERO,
            set: SetOpening {
                root,
                n,
                total_power,
            },
        };
        for _ in 0..blocks {
            let mut header = ledger.latest_header().clone();
            header.parent_hash = header.hash().0;
            header.height += 1;
            ledger.append(header, certificate).unwrap();
        }
        ledger
    }

    fn proof(height: u32) -> ListedProof {
        let id = ProofId::of(&height.to_le_bytes());
        ListedProof { id, bytes: 4 }
    }

    #[test]
    fn rejects_a_block_that_does_not_follow() {
        let mut ledger = ledger(2);
        let certificate = ledger.block(2).unwrap().certificate.unwrap();
        let (latest, got) = (2, 2);
        let again = ledger.append(ledger.latest_header().clone(), certificate);
        assert_eq!(again, Err(NotNextError { latest, got }));
        let mut stranger = ledger.latest_header().clone();
        stranger.height = 3;
        let got = 3;
        let stranger = ledger.append(stranger, certificate);
        assert_eq!(stranger, Err(NotNextError { latest, got }));
    }

    #[test]
    fn a_dropped_proof_is_to_be_made_again_and_the_head_is_the_one_before() {
        let mut ledger = ledger(3);
        (1..=3).for_each(|height| ledger.add_proof(height, proof(height)));
        assert_eq!((ledger.proven_height(), ledger.unproven()), (Some(3), 0));
        assert_eq!(ledger.drop_proof(proof(2).id), Some(2));
        assert_eq!(ledger.proven_height(), Some(3));
        assert_eq!(ledger.drop_proof(proof(3).id), Some(3));
        assert_eq!(ledger.proven_height(), Some(1));
        assert_eq!(ledger.drop_proof(proof(3).id), None);
        assert!(!ledger.has_proof(proof(3).id) && ledger.block(3).unwrap().proofs.is_empty());
        ledger.set_unproven(2, Provable::VotesLost);
        ledger.set_unproven(3, Provable::Yes);
        assert_eq!(ledger.next_unproven(), Some(3));
        ledger.add_proof(3, proof(4));
        assert_eq!((ledger.proven_height(), ledger.unproven()), (Some(3), 0));
    }

    #[test]
    fn pages_follow_each_other_to_the_newest_block() {
        let ledger = ledger(6);
        let heights = |page: &Blocks| {
            page.blocks
                .iter()
                .map(|b| b.header.height)
                .collect::<Vec<_>>()
        };
        let page = ledger.page(0, 3);
        assert_eq!((heights(&page), page.next), (vec![0, 1, 2], Some(3)));
        let page = ledger.page(3, 4);
        assert_eq!((heights(&page), page.next), (vec![3, 4, 5, 6], None));
        let page = ledger.page(6, 64);
        assert_eq!((heights(&page), page.next), (vec![6], None));
        let page = ledger.page(u32::MAX, 64);
        assert_eq!((heights(&page), page.next), (vec![], None));
    }
}
