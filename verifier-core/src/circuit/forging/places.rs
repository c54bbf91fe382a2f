//! `Places`: digests at some places of an account tree.

use alloc::collections::BTreeMap;

use crate::hash::{Digest, MerklePath, compress, empty_nodes};
use crate::ledger::AccountPath;

/// Digests at some places of the tree; all others are vacant. Written by the definition of the tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// Leaves.
    pub(crate) leaves: BTreeMap<u32, Digest>,
    /// A leaf in the place of a node of the level above, for a path that is too short.
    pub(crate) high_leaf: Option<(u32, Digest)>,
}

impl Places {
    /// Returns the root.
    pub(crate) fn root(&self) -> Digest {
        self.node(32, 0)
    }

    /// Returns the path of the high leaf at `index`, with a level more behind it.
    pub(crate) fn high_path(&self, index: u32) -> AccountPath {
        let mut path = self.path(index << 1);
        path.0.rotate_left(1);
        path
    }

    /// Returns the path of the place at `index`.
    pub(crate) fn path(&self, index: u32) -> AccountPath {
        MerklePath(core::array::from_fn(|level| {
            let level = u32::try_from(level).unwrap();
            self.node(level, u64::from(index >> level ^ 1))
        }))
    }

    /// Returns node number `place` of a level.
    fn node(&self, level: u32, place: u64) -> Digest {
        if let Some((at, digest)) = self.high_leaf {
            let at = u64::from(at);
            if level == 1 && place == at {
                return digest;
            }
            if level > 1 && place == at >> (level - 1) {
                let child = |side| self.node(level - 1, 2 * place + side);
                return compress(&child(0), &child(1));
            }
        }
        let first = place << level;
        let last = first + ((1 << level) - 1);
        let range = u32::try_from(first).unwrap()..=u32::try_from(last).unwrap();
        let mut within = self.leaves.range(range);
        match within.next() {
            None => {
                let (empty, root) = empty_nodes::<32>();
                empty
                    .get(usize::try_from(level).unwrap())
                    .copied()
                    .unwrap_or(root)
            }
            Some((_, digest)) if level == 0 => *digest,
            Some(_) => compress(
                &self.node(level - 1, 2 * place),
                &self.node(level - 1, 2 * place + 1),
            ),
        }
    }
}
