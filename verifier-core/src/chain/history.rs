//! The history tree: leaf h is the hash of the header at height h.

use alloc::vec::Vec;

use crate::chain::{Header, HeaderHash};
use crate::hash::{
    Digest, Domain, MerklePath, MerkleTree, Val, compress, empty_nodes, empty_root, hash, u32_limbs,
};
use crate::limits::HISTORY_DEPTH;

/// A path in the history tree.
pub type HistoryPath = MerklePath<HISTORY_DEPTH>;

/// Returns `hash(HISTORY, count ‖ root)`, the history root of the header at height `count`.
#[must_use]
pub fn history_root(count: u32, root: &Digest) -> Digest {
    let mut elements = [Val::default(); 10];
    elements[..2].copy_from_slice(&u32_limbs(count));
    elements[2..].copy_from_slice(&root.0);
    hash(Domain::History, &elements)
}

/// Returns the history root of the genesis, which has no earlier headers.
#[must_use]
pub fn genesis_history_root() -> Digest {
    history_root(0, &empty_root::<HISTORY_DEPTH>())
}

/// Returns whether `path` proves that `ancestor`, at `height`, is in the history of the header at
/// height `count`.
#[must_use]
pub fn is_ancestor(
    ancestor: &HeaderHash,
    height: u32,
    path: &HistoryPath,
    count: u32,
    root: &Digest,
) -> bool {
    height < count && history_root(count, &path.root(ancestor.0, height)) == *root
}

/// Returns whether the history of the header at height `count` starts with all of `ancestor`'s: `ancestor` is in it, and all that it has before it,
/// each at the same height. `path` is that of `ancestor`.
///
/// What is on the left of the path is the same in both trees, and on its right there is nothing yet in that of `ancestor`.
#[must_use]
pub fn extends_history(ancestor: &Header, path: &HistoryPath, count: u32, root: &Digest) -> bool {
    let height = ancestor.height;
    is_ancestor(&ancestor.hash(), height, path, count, root)
        && history_root(height, &root_before(height, path)) == ancestor.history_root
}

/// Returns the root of the tree that has what is on the left of a path, and nothing from its leaf on.
fn root_before(height: u32, path: &HistoryPath) -> Digest {
    let (empty, _) = empty_nodes::<HISTORY_DEPTH>();
    let levels = path.0.iter().zip(&empty).enumerate();
    levels.fold(Digest::ZERO, |node, (level, (sibling, empty))| {
        match height >> level & 1 {
            1 => compress(sibling, &node),
            _ => compress(&node, empty),
        }
    })
}

/// The right edge of the history tree: 32 digests at any height, enough to append to it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HistoryFrontier {
    count: u32,
    /// `left[k]` is the finished left sibling at level k where bit k of `count` is set.
    left: [Digest; HISTORY_DEPTH],
}

impl Default for HistoryFrontier {
    fn default() -> Self {
        Self {
            count: 0,
            left: [Digest::ZERO; HISTORY_DEPTH],
        }
    }
}

impl HistoryFrontier {
    /// Returns how many headers are in the history.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Appends the header hash at height `count`.
    ///
    /// # Panics
    ///
    /// If the history is full, at height 2^32 - 1.
    pub fn append(&mut self, header: &HeaderHash) {
        let mut node = header.0;
        for (k, left) in self.left.iter_mut().enumerate() {
            if self.count >> k & 1 == 0 {
                *left = node;
                break;
            }
            node = compress(left, &node);
        }
        self.count = self
            .count
            .checked_add(1)
            .expect("a chain ends at height 2^32 - 1");
    }

    /// Returns the history root over all headers so far.
    #[must_use]
    pub fn history_root(&self) -> Digest {
        let (empty, _) = empty_nodes::<HISTORY_DEPTH>();
        let mut node = Digest::ZERO;
        for (k, left) in self.left.iter().enumerate() {
            node = if self.count >> k & 1 == 1 {
                compress(left, &node)
            } else {
                compress(&node, &empty[k])
            };
        }
        history_root(self.count, &node)
    }
}

/// The whole history of the headers below `count`, for serving paths.
#[derive(Clone, Debug)]
pub struct History(MerkleTree<HISTORY_DEPTH>);

impl History {
    /// Builds the history of the given header hashes, from height 0 on.
    #[must_use]
    pub fn new(headers: &[HeaderHash]) -> Self {
        Self(MerkleTree::new(
            headers.iter().map(|h| h.0).collect::<Vec<_>>(),
        ))
    }

    /// Returns the path of the header at `height`.
    #[must_use]
    pub fn path(&self, height: u32) -> HistoryPath {
        self.0.path(height)
    }

    /// Returns the root of the tree, without the count.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.0.root()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(n: u32) -> Vec<HeaderHash> {
        (0..n)
            .map(|i| HeaderHash(hash(Domain::Header, &u32_limbs(i))))
            .collect()
    }

    #[test]
    fn frontier_and_tree_agree() {
        let mut frontier = HistoryFrontier::default();
        assert_eq!(frontier.history_root(), genesis_history_root());
        for n in 1..40 {
            let headers = headers(n);
            frontier.append(&headers[headers.len() - 1]);
            let root = history_root(n, &History::new(&headers).root());
            assert_eq!(frontier.history_root(), root);
        }
    }

    #[test]
    fn accepts_ancestors_and_rejects_all_else() {
        let headers = headers(9);
        let history = History::new(&headers);
        let root = history_root(9, &history.root());
        for (h, header) in (0..).zip(&headers) {
            let path = history.path(h);
            assert!(is_ancestor(header, h, &path, 9, &root));
            assert!(!is_ancestor(header, h, &path, 10, &root));
            assert!(!is_ancestor(header, h ^ 1, &path, 9, &root));
        }
        // A vacant leaf is not an ancestor, though its path is valid.
        let vacant = HeaderHash(Digest::ZERO);
        assert!(!is_ancestor(&vacant, 9, &history.path(9), 9, &root));
    }

    /// Returns a header at a height, with the history of what is before it.
    fn header(height: u32, history_root: Digest) -> Header {
        let some = hash(Domain::Slot, &u32_limbs(height));
        Header {
            version: Header::VERSION,
            chain_id: 1,
            height,
            slot: height,
            proposer: 0,
            timestamp_ms: u64::from(height),
            parent_hash: some,
            state_root: some,
            tx_root: some,
            validator_set_root: some,
            next_validator_set_root: some,
            participation_root: some,
            history_root,
            randomness: some,
        }
    }

    #[test]
    fn a_history_extends_those_of_its_headers_and_no_other() {
        let mut frontier = HistoryFrontier::default();
        let mut chain: Vec<Header> = Vec::new();
        for height in 0..13 {
            chain.push(header(height, frontier.history_root()));
            frontier.append(&chain[chain.len() - 1].hash());
        }
        let root = frontier.history_root();
        let mut hashes: Vec<_> = chain.iter().map(Header::hash).collect();
        let history = History::new(&hashes);
        for header in &chain {
            let path = history.path(header.height);
            assert!(extends_history(header, &path, 13, &root));
            assert!(!extends_history(header, &path, 14, &root));
            assert!(!extends_history(
                header,
                &history.path(header.height ^ 1),
                13,
                &root
            ));
        }
        // The header is in the history, but what it says is before it is not.
        for at in [1, 7, 8, 12] {
            let mut forked = chain[at].clone();
            forked.history_root = chain[at - 1].history_root;
            let original = core::mem::replace(&mut hashes[at], forked.hash());
            let history = History::new(&hashes);
            let root = history_root(13, &history.root());
            let path = history.path(forked.height);
            assert!(is_ancestor(&forked.hash(), forked.height, &path, 13, &root));
            assert!(!extends_history(&forked, &path, 13, &root));
            hashes[at] = original;
        }
    }
}
