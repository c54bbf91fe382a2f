//! A signature by a key of the largest height, at its last leaf. Nobody made such a key: its chains
//! and siblings are made up, and its root is where they lead.

use p3_field::{PrimeCharacteristicRing, PrimeField32};
use rpp_verifier::hazmat::{Domain, Val, elements_of, hash, permute, public_key};
use rpp_verifier::{Digest, MAX_TREE_HEIGHT, PublicKey, Signature, Writer, compress, fold_path};

use crate::{Result, digest};

/// The key and the signature of `digest(1)` at [`LEAF`].
pub(crate) fn highest() -> Result<(PublicKey, Signature)> {
    let (randomizer, digits) = (0..)
        .map(|i| [i, 0, 0, 0, 0, 0, 0].map(Val::from_u32))
        .map(|randomizer| (randomizer, digits(&randomizer)))
        .find(|(_, digits)| digits.iter().sum::<u32>() == 148)
        .ok_or("no randomizer")?;
    let value = |chain: u32| [chain, 1, 2, 3].map(Val::from_u32);
    let path: Vec<_> = (0..MAX_TREE_HEIGHT).map(digest).collect();
    let mut w = Writer::new();
    w.u32(Signature::VERSION);
    w.u32(MAX_TREE_HEIGHT);
    w.elements(&randomizer);
    (0..78).for_each(|chain| w.elements(&value(chain)));
    w.digest(&Digest::ZERO);
    path.iter().for_each(|sibling| w.digest(sibling));
    let signature = Signature::from_bytes(&w.finish())?;

    let mut ends = tweaked(&[LEAF, 0, 0]);
    for (chain, digit) in (0..).zip(digits) {
        ends.extend((digit..3).fold(value(chain), |value, step| walk(value, 4 * chain + step)));
    }
    let leaf = compress(&hash(Domain::SigLeaf, &ends), &Digest::ZERO);
    let root = fold_path(leaf, LEAF, &path);
    Ok((public_key(MAX_TREE_HEIGHT, parameter(), root), signature))
}

/// The last leaf of a key of the largest height.
pub(crate) const LEAF: u32 = (1 << MAX_TREE_HEIGHT) - 1;

fn parameter() -> [Val; 5] {
    [1, 2, 3, 4, 5].map(Val::from_u32)
}

/// Returns the parameter and what follows it.
fn tweaked(numbers: &[u32]) -> Vec<Val> {
    let numbers = numbers.iter().copied().map(Val::from_u32);
    parameter().into_iter().chain(numbers).collect()
}

fn digits(randomizer: &[Val; 7]) -> Vec<u32> {
    let mut elements = tweaked(&[LEAF]);
    elements.extend(elements_of(&digest(1)));
    elements.extend(randomizer);
    let digest = elements_of(&hash(Domain::SigMessage, &elements));
    let digits = |x: &Val| {
        let bits = x.as_canonical_u32();
        (0..13).map(move |i| bits >> (2 * i) & 3)
    };
    digest[..6].iter().flat_map(digits).collect()
}

fn walk(value: [Val; 4], position: u32) -> [Val; 4] {
    let mut state = [Val::ZERO; 16];
    state[..4].copy_from_slice(&value);
    state[4..12].copy_from_slice(&tweaked(&[LEAF, position, 10]));
    permute(&mut state);
    core::array::from_fn(|i| state[i])
}
