//! The fold over blocks that were pruned: what of their operations was is still bound by one digest.

use crate::hash::{Digest, Domain, Val, hash, u32_limbs};

/// Returns `hash(FOLD, fold ‖ height ‖ tx_root)`, the fold after the block at `height`; it is zero before the genesis.
#[must_use]
pub fn fold_block(fold: &Digest, height: u32, tx_root: &Digest) -> Digest {
    let mut elements = [Val::default(); 18];
    elements[..8].copy_from_slice(&fold.0);
    elements[8..10].copy_from_slice(&u32_limbs(height));
    elements[10..].copy_from_slice(&tx_root.0);
    hash(Domain::Fold, &elements)
}
