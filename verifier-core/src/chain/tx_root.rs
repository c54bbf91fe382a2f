//! What a header says about the operations of its block.

use crate::hash::{Digest, Domain, Val, hash, u32_limbs};

/// Returns `hash(TXS, count ‖ root)`, where `root` is that of the tree over the hashes of `count` operations.
#[must_use]
pub fn tx_root(count: u32, root: &Digest) -> Digest {
    let mut elements = [Val::default(); 10];
    elements[..2].copy_from_slice(&u32_limbs(count));
    elements[2..].copy_from_slice(&root.0);
    hash(Domain::Txs, &elements)
}
