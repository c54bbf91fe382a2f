//! Ranges of headers to measure.

use std::path::Path;
use std::{fs, io};

use rpp_verifier::{Digest, Header, History, HistoryFrontier, PruningWitness, fold_block};

use crate::chain::TestChain;

/// A range of headers that nobody signed, and the header after it.
#[derive(Clone, Debug)]
pub struct Headers {
    /// What is proven of it.
    pub witness: PruningWitness,
    /// The header after it.
    pub end: Header,
}

impl Headers {
    /// Returns the second range of `count` headers of a chain.
    ///
    /// # Panics
    ///
    /// If `count` is not a power of two, or above 1,024.
    #[must_use]
    pub fn new(count: u32) -> Self {
        let mut headers = chain(2 * count, |_| ());
        let end = headers.pop().expect("a header after the range");
        let start = usize::try_from(count).expect("a u32 fits a usize");
        let hashes: Vec<_> = headers.iter().map(Header::hash).collect();
        let path = History::new(&hashes).path(count);
        let range = headers.split_off(start);
        let before = headers.iter().fold(Digest::ZERO, |fold, header| {
            fold_block(&fold, header.height, &header.tx_root)
        });
        let witness = PruningWitness::new(range, &end, &path, before);
        let witness = witness.expect("a power of two of headers, from a multiple of that on");
        assert_eq!(witness.check(), Ok(()), "the headers follow each other");
        Self { witness, end }
    }

    /// Writes the two headers around the range to `folder`.
    ///
    /// # Errors
    ///
    /// The system's error about a file.
    pub fn write_ends(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join("start.bin"), self.witness.headers[0].to_bytes())?;
        fs::write(folder.join("end.bin"), self.end.to_bytes())
    }
}

/// Returns the headers up to a height, each changed before the next one names it; nobody has signed them. Where a digest may
/// be any, it is the hash of the header before.
pub fn chain(height: u32, change: impl Fn(&mut Header)) -> Vec<Header> {
    let mut history = HistoryFrontier::default();
    let mut before = Digest::ZERO;
    let mut next = |height| {
        let mut header = Header {
            version: Header::VERSION,
            chain_id: TestChain::CHAIN_ID,
            height,
            slot: height,
            proposer: height % 96,
            timestamp_ms: 1 << 40 | u64::from(height),
            parent_hash: before,
            state_root: before,
            tx_root: before,
            validator_set_root: before,
            next_validator_set_root: before,
            participation_root: before,
            history_root: history.history_root(),
            randomness: before,
        };
        change(&mut header);
        history.append(&header.hash());
        before = header.hash().0;
        header
    };
    (0..=height).map(&mut next).collect()
}
