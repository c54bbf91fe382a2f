//! Binary Merkle trees of fixed depth over [`compress`].
//!
//! A vacant leaf is the zero digest; the empty node of level k + 1 is `compress` of two empty nodes
//! of level k. To check a path, hash the leaf's preimage yourself, or use the zero digest to claim
//! that the leaf is vacant: a leaf digest taken from elsewhere could be an inner node.

use alloc::vec::Vec;

use crate::hash::{Digest, compress};

/// The siblings of a path from a leaf up to the root, lowest first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MerklePath<const DEPTH: usize>(pub [Digest; DEPTH]);

impl<const DEPTH: usize> MerklePath<DEPTH> {
    /// Returns the root over `leaf` at `index`; bits of `index` above the depth are ignored.
    #[must_use]
    pub fn root(&self, leaf: Digest, index: u32) -> Digest {
        fold_path(leaf, index, &self.0)
    }
}

/// Returns the root over `leaf` at `index`, `siblings` lowest first.
///
/// Bits of `index` above the number of siblings are ignored: the caller checks its range.
#[must_use]
pub fn fold_path(leaf: Digest, index: u32, siblings: &[Digest]) -> Digest {
    let mut index = index;
    siblings.iter().fold(leaf, |node, sibling| {
        let is_right = index & 1 == 1;
        index >>= 1;
        if is_right {
            compress(sibling, &node)
        } else {
            compress(&node, sibling)
        }
    })
}

/// Returns the empty nodes of levels 0 to `DEPTH - 1`, and the root of the empty tree.
#[must_use]
pub fn empty_nodes<const DEPTH: usize>() -> ([Digest; DEPTH], Digest) {
    let mut node = Digest::ZERO;
    let levels = core::array::from_fn(|_| {
        let level = node;
        node = compress(&node, &node);
        level
    });
    (levels, node)
}

/// Returns the root of the empty tree of depth `DEPTH`.
#[must_use]
pub fn empty_root<const DEPTH: usize>() -> Digest {
    empty_nodes::<DEPTH>().1
}

/// A tree of depth `DEPTH` whose first leaves are given; all others are vacant.
///
/// Only non-empty nodes are kept, so a tree takes about two digests of memory per leaf.
#[derive(Clone, Debug)]
pub struct MerkleTree<const DEPTH: usize> {
    /// `levels[k]` holds the non-empty nodes of level k; the last level is the root.
    levels: Vec<Vec<Digest>>,
    empty: [Digest; DEPTH],
}

impl<const DEPTH: usize> MerkleTree<DEPTH> {
    /// Builds the tree over `leaves`.
    ///
    /// # Panics
    ///
    /// If there are more than 2^`DEPTH` leaves.
    #[must_use]
    pub fn new(leaves: Vec<Digest>) -> Self {
        assert!(
            DEPTH >= 32 || leaves.len() <= 1 << DEPTH,
            "more leaves than fit the tree"
        );
        let (empty, _) = empty_nodes::<DEPTH>();
        let mut levels = Vec::with_capacity(DEPTH + 1);
        levels.push(leaves);
        for (k, empty_node) in empty.iter().enumerate() {
            let parents = levels[k]
                .chunks(2)
                .map(|pair| compress(&pair[0], pair.get(1).unwrap_or(empty_node)))
                .collect();
            levels.push(parents);
        }
        Self { levels, empty }
    }

    /// Returns the root.
    #[must_use]
    pub fn root(&self) -> Digest {
        let root = self.levels.last().and_then(|level| level.first());
        root.copied().unwrap_or_else(empty_root::<DEPTH>)
    }

    /// Returns the path of the leaf at `index`, vacant or not.
    #[must_use]
    pub fn path(&self, index: u32) -> MerklePath<DEPTH> {
        let mut position = usize::try_from(index).unwrap_or(usize::MAX);
        MerklePath(core::array::from_fn(|k| {
            let sibling = self.levels[k].get(position ^ 1).copied();
            position >>= 1;
            sibling.unwrap_or(self.empty[k])
        }))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::hash::{Domain, hash, u32_limbs};

    fn leaf(i: u32) -> Digest {
        hash(Domain::Slot, &u32_limbs(i))
    }

    #[test]
    fn accepts_every_path_of_a_ragged_tree() {
        let tree = MerkleTree::<5>::new((0..11).map(leaf).collect());
        for i in 0..32 {
            let at = if i < 11 { leaf(i) } else { Digest::ZERO };
            assert_eq!(tree.path(i).root(at, i), tree.root());
        }
    }

    #[test]
    fn empty_tree_has_the_empty_root() {
        assert_eq!(MerkleTree::<4>::new(vec![]).root(), empty_root::<4>());
        let zeros = MerkleTree::<4>::new(vec![Digest::ZERO; 16]);
        assert_eq!(zeros.root(), empty_root::<4>());
    }

    #[test]
    fn rejects_a_path_at_another_index() {
        let tree = MerkleTree::<5>::new((0..11).map(leaf).collect());
        assert_ne!(tree.path(3).root(leaf(3), 2), tree.root());
    }
}
