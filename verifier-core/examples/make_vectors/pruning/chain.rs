//! A chain of headers that nobody signed.

use rpp_verifier::{Digest, Header, History, HistoryFrontier, PruningWitness, fold_block};

use crate::circuits::CHAIN;
use crate::{Result, digest};

/// The headers from height 0 to 16.
pub(super) struct Chain(Vec<Header>);

impl Chain {
    pub(super) fn new() -> Self {
        let mut history = HistoryFrontier::default();
        let mut headers: Vec<Header> = Vec::new();
        for height in 0..=16 {
            let parent = headers.last().map(Header::hash);
            let header = Header {
                parent_hash: parent.map_or_else(|| digest(0), |hash| hash.0),
                history_root: history.history_root(),
                ..Self::header(height)
            };
            history.append(&header.hash());
            headers.push(header);
        }
        Self(headers)
    }

    /// Returns a header of this height, with made-up digests.
    pub(super) fn header(height: u32) -> Header {
        Header {
            version: Header::VERSION,
            chain_id: CHAIN,
            height,
            slot: height.wrapping_mul(0x0001_0003),
            proposer: height % 5,
            timestamp_ms: 1 << 40 | u64::from(height),
            parent_hash: digest(height ^ 1 << 16),
            state_root: digest(height ^ 1 << 17),
            tx_root: digest(height ^ 1 << 18),
            validator_set_root: digest(1),
            next_validator_set_root: digest(2),
            participation_root: digest(height ^ 1 << 19),
            history_root: digest(height ^ 1 << 20),
            randomness: digest(height ^ 1 << 21),
        }
    }

    pub(super) fn at(&self, height: usize) -> &Header {
        &self.0[height]
    }

    /// Returns the fold over the blocks before a height.
    pub(super) fn fold(&self, height: usize) -> Digest {
        let before = self.0[..height].iter();
        before.fold(Digest::ZERO, |fold, header| {
            fold_block(&fold, header.height, &header.tx_root)
        })
    }

    /// Returns the witness of the headers from `start` to before `end`.
    pub(super) fn witness(&self, start: usize, end: usize) -> Result<PruningWitness> {
        let hashes: Vec<_> = self.0[..end].iter().map(Header::hash).collect();
        let path = History::new(&hashes).path(u32::try_from(start)?);
        let headers = self.0[start..end].to_vec();
        let witness = PruningWitness::new(headers, self.at(end), &path, self.fold(start));
        Ok(witness.map_err(|error| error.code())?)
    }
}
