//! Ranges of headers to forge from.

use alloc::vec::Vec;

use super::super::PruningWitness;
use crate::chain::{Header, history_root};
use crate::hash::{Digest, Domain, MerklePath, empty_nodes, fold_path, hash, u32_limbs};
use crate::limits::HISTORY_DEPTH;

/// The chain.
const CHAIN: u32 = 0x0003_0007;

/// Returns the witness of 2^`level` headers from a height on, in a history of made-up siblings.
pub(crate) fn range(start: u32, level: u32) -> PruningWitness {
    let siblings: [Digest; HISTORY_DEPTH] =
        core::array::from_fn(|i| digest(u32::try_from(i).unwrap_or_default()));
    let above = usize::try_from(level).unwrap_or_default();
    let root = |node: Digest, count| {
        let root = fold_path(node, start >> level, &siblings[above..]);
        history_root(count, &root)
    };
    let (vacant, _) = empty_nodes::<HISTORY_DEPTH>();
    let mut headers: Vec<Header> = Vec::new();
    for height in start..start + (1 << level) {
        let parent = headers.last().map_or(digest(100), |parent| parent.hash().0);
        let history = match headers.is_empty() {
            true => root(vacant[above], start),
            false => digest(height),
        };
        headers.push(header(height, parent, history));
    }
    let mut nodes: Vec<Digest> = headers.iter().map(|header| header.hash().0).collect();
    while nodes.len() > 1 {
        let pairs = nodes.chunks(2);
        nodes = pairs
            .map(|pair| crate::hash::compress(&pair[0], &pair[1]))
            .collect();
    }
    let height = start + (1 << level);
    let last = headers.last().map_or(digest(100), |last| last.hash().0);
    let end = header(height, last, root(nodes[0], height));
    let before = if start == 0 {
        Digest::ZERO
    } else {
        digest(101)
    };
    PruningWitness::new(headers, &end, &MerklePath(siblings), before).expect("an aligned range")
}

fn header(height: u32, parent_hash: Digest, history_root: Digest) -> Header {
    Header {
        version: Header::VERSION,
        chain_id: CHAIN,
        height,
        slot: height + 5,
        proposer: height % 3,
        timestamp_ms: 1 << 40 | u64::from(height),
        parent_hash,
        state_root: digest(height ^ 1),
        tx_root: digest(height ^ 2),
        validator_set_root: digest(height ^ 3),
        next_validator_set_root: digest(height ^ 4),
        participation_root: digest(height ^ 5),
        history_root,
        randomness: digest(height ^ 6),
    }
}

/// Some digest.
fn digest(x: u32) -> Digest {
    hash(Domain::Slot, &u32_limbs(x))
}
