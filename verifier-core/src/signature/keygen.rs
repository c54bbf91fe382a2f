//! Key generation: computes every leaf of the tree, many at a time.
//!
//! A leaf takes 276 permutations, 234 of them chain steps. Each lane of a packed permutation is one
//! leaf, and with the feature `parallel` the packs run on all cores.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use p3_field::{Field, PackedValue, PrimeCharacteristicRing};
use p3_maybe_rayon::prelude::*;

use super::leaf::slot_digest_packed;
use super::ratchet::{LeafSecrets, Ratchet, State};
use super::{PARAMETER_ELEMENTS, chain_end, leaf_digest};
use crate::hash::{Digest, Val, compress_packed};

/// As many elements as the machine processes at once.
pub(super) type Packed = <Val as Field>::Packing;

/// Returns the leaves of a key, and calls `progress` with how many are done.
///
/// `progress` is called from the worker threads, and not always in order.
pub(super) fn leaves(
    mut ratchet: Ratchet,
    parameter: &[Val; PARAMETER_ELEMENTS],
    tree_height: u32,
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<Digest> {
    let count = 1 << tree_height;
    let done = AtomicUsize::new(0);
    let mut leaves = Vec::with_capacity(count);
    while leaves.len() < count {
        // Only the secrets of one batch are in memory at a time, not those of the whole key.
        let first = ratchet.leaf();
        let states = ratchet.take(BATCH.min(count));
        let packs = states.par_chunks(Packed::WIDTH).enumerate();
        let batch: Vec<_> = packs
            .map(|(pack, states)| {
                let pack = u32::try_from(pack * Packed::WIDTH).expect("a batch is small");
                let digests = pack_digests(first + pack, states, parameter);
                progress(done.fetch_add(states.len(), Ordering::Relaxed) + states.len());
                digests
            })
            .collect();
        leaves.extend(batch.iter().flat_map(unpack).take(states.len()));
    }
    leaves
}

/// Returns the levels of the tree over `leaves`, from the leaves to the root.
///
/// # Panics
///
/// If there are no leaves.
pub(super) fn tree_levels(leaves: Vec<Digest>) -> Vec<Vec<Digest>> {
    let mut levels = alloc::vec![leaves];
    while let Some(level) = levels.last().filter(|level| level.len() > 1) {
        let (pairs, _) = level.as_chunks::<2>();
        let parents: Vec<_> = pairs
            .par_chunks(Packed::WIDTH)
            .map(|pairs| {
                let [left, right] =
                    [0, 1].map(|side| pack(|lane| pairs.get(lane).map(|pair| pair[side].0)));
                compress_packed(&left, &right)
            })
            .collect();
        let parents = parents.iter().flat_map(unpack).take(pairs.len()).collect();
        levels.push(parents);
    }
    levels
}

/// Returns the digests of the leaves from `first` on, one per lane.
fn pack_digests(
    first: u32,
    states: &[State],
    parameter: &[Val; PARAMETER_ELEMENTS],
) -> [Packed; Digest::ELEMENTS] {
    let secrets: Vec<_> = states.iter().map(LeafSecrets::new).collect();
    let numbers: Vec<_> = (first..).take(Packed::WIDTH).map(Val::from_u32).collect();
    let leaf = Packed::from_fn(|lane| numbers[lane]);
    let mut chain = 0;
    let ends = core::array::from_fn(|c| {
        let start = pack(|lane| secrets.get(lane).map(|leaf| leaf.starts[c]));
        let end = chain_end(start, parameter, leaf, chain, 0);
        chain += 1;
        end
    });
    let slot = pack(|lane| secrets.get(lane).map(|leaf| leaf.slot.0));
    leaf_digest(parameter, leaf, &ends, &slot_digest_packed(&slot))
}

/// Puts one array into each lane; a lane without one is zero.
fn pack<const N: usize>(lane: impl Fn(usize) -> Option<[Val; N]>) -> [Packed; N] {
    core::array::from_fn(|i| Packed::from_fn(|l| lane(l).map_or(Val::ZERO, |array| array[i])))
}

/// Returns the digest in each lane.
pub(super) fn unpack(
    packed: &[Packed; Digest::ELEMENTS],
) -> impl Iterator<Item = Digest> + use<'_> {
    (0..Packed::WIDTH).map(|lane| Digest(packed.map(|element| element.extract(lane))))
}

/// Leaves whose secrets are drawn at a time: enough to keep many cores busy.
const BATCH: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::compress;
    use crate::signature::{CHAINS, KeyPurpose, slot_digest};

    #[test]
    fn packed_leaves_are_the_scalar_ones() {
        let (mut ratchet, parameter) = Ratchet::from_seed(&[3; 32], KeyPurpose::Vote, 7, 5);
        let packed = leaves(ratchet.clone(), &parameter, 5, &|_| ());
        assert_eq!(packed.len(), 32);
        for (leaf, digest) in (0..).map(Val::from_u32).zip(packed) {
            let secrets = LeafSecrets::new(ratchet.state());
            let mut ends = [[Val::ZERO; 4]; CHAINS];
            for ((end, &start), chain) in ends.iter_mut().zip(&secrets.starts).zip(0..) {
                *end = chain_end(start, &parameter, leaf, chain, 0);
            }
            let slot = slot_digest(&secrets.slot);
            let expected = leaf_digest(&parameter, leaf, &ends, &slot.0);
            assert_eq!(digest, Digest(expected));
            ratchet.advance();
        }
    }

    #[test]
    fn levels_are_the_scalar_ones() {
        let leaves: Vec<_> = (0..64).map(|i| Digest([Val::new(i); 8])).collect();
        let levels = tree_levels(leaves);
        assert_eq!(
            levels.iter().map(Vec::len).collect::<Vec<_>>(),
            [64, 32, 16, 8, 4, 2, 1]
        );
        for pair in levels.windows(2) {
            for (parent, children) in pair[1].iter().zip(pair[0].chunks(2)) {
                assert_eq!(*parent, compress(&children[0], &children[1]));
            }
        }
    }

    #[test]
    fn progress_reaches_the_last_leaf() {
        let (ratchet, parameter) = Ratchet::from_seed(&[3; 32], KeyPurpose::Vote, 7, 4);
        let most = AtomicUsize::new(0);
        let _ = leaves(ratchet, &parameter, 4, &|done| {
            most.fetch_max(done, Ordering::Relaxed);
        });
        assert_eq!(most.into_inner(), 16);
    }
}
