//! Headers that follow each other, and nothing else: no votes, no operations.

use alloc::vec::Vec;

use crate::chain::{Header, HeaderHash, History, HistoryFrontier, fold_block};
use crate::circuit::pruning::PruningWitness;
use crate::circuit::trial::CHAIN;
use crate::hash::{Digest, Domain, hash, u32_limbs};

/// The chain up to a height, and the history of its headers.
pub(crate) struct Headers {
    pub(crate) headers: Vec<Header>,
    history: HistoryFrontier,
}

impl Headers {
    /// Returns the headers from 0 to `count`, that one included.
    pub(crate) fn new(count: u32) -> Self {
        let mut all = Self {
            headers: Vec::new(),
            history: HistoryFrontier::default(),
        };
        (0..=count).for_each(|height| all.push(digest(height)));
        all
    }

    /// Adds a header whose operations' root is this one.
    fn push(&mut self, tx_root: Digest) {
        let height = self.history.count();
        let parent = self
            .headers
            .last()
            .map_or(digest(7), |parent| parent.hash().0);
        let header = Header {
            version: Header::VERSION,
            chain_id: CHAIN,
            height,
            slot: 3 * height + 1,
            proposer: height % 5,
            timestamp_ms: 1 << 40 | u64::from(height),
            parent_hash: parent,
            state_root: digest(height ^ 1),
            tx_root,
            validator_set_root: digest(1),
            next_validator_set_root: digest(1),
            participation_root: digest(height / 2),
            history_root: self.history.history_root(),
            randomness: digest(height + 9),
        };
        self.history.append(&header.hash());
        self.headers.push(header);
    }

    /// Returns the witness of the headers from `start` to before `end`.
    pub(crate) fn witness(&self, start: u32, end: u32) -> PruningWitness {
        self.witness_of(start, self.range(start, end), end)
    }

    /// Returns the witness of some headers in the place of those.
    pub(super) fn witness_of(&self, start: u32, headers: Vec<Header>, end: u32) -> PruningWitness {
        let end_header = &self.headers[usize::try_from(end).unwrap()];
        let path = self.history(end).path(start);
        let before = self.fold(start);
        let mut witness =
            PruningWitness::new(self.range(start, end), end_header, &path, before).unwrap();
        witness.headers = headers;
        witness
    }

    /// Returns the headers from `start` to before `end`.
    pub(super) fn range(&self, start: u32, end: u32) -> Vec<Header> {
        let range = usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
        self.headers[range].to_vec()
    }

    /// Returns the fold over the blocks before a height.
    pub(crate) fn fold(&self, height: u32) -> Digest {
        let before = self.range(0, height);
        before.iter().fold(Digest::ZERO, |fold, header| {
            fold_block(&fold, header.height, &header.tx_root)
        })
    }

    /// Returns the history of the header at a height.
    pub(crate) fn history(&self, height: u32) -> History {
        let hashes: Vec<HeaderHash> = self.range(0, height).iter().map(Header::hash).collect();
        History::new(&hashes)
    }
}

/// Some digest.
pub(super) fn digest(x: u32) -> Digest {
    hash(Domain::Slot, &u32_limbs(x))
}
