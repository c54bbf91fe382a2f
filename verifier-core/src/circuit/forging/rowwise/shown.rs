//! What rows show: the blocks that a sponge takes in, and a header of ten of them.

use p3_field::PrimeCharacteristicRing;

use crate::chain::Header;
use crate::gadget::permutation::Permutation;
use crate::hash::{Digest, Domain, RATE, Sponge, Val, u32_limbs};

/// Returns the blocks that a sponge takes in, a row each; none if one of the rows is not of the sponge.
pub(in crate::circuit) fn blocks<'a, const N: usize>(
    rows: impl IntoIterator<Item = Option<Permutation<'a, Val>>>,
) -> Option<[[Val; RATE]; N]> {
    let mut rows = rows.into_iter();
    let mut blocks = [[Val::ZERO; RATE]; N];
    let mut state = [Val::ZERO; RATE];
    for block in &mut blocks {
        let permutation = rows.next()??;
        *block = core::array::from_fn(|lane| permutation.input[lane] - state[lane]);
        state = core::array::from_fn(|lane| permutation.output[lane]);
    }
    Some(blocks)
}

/// A header as it is hashed, whatever is in it.
#[derive(Clone, Copy, Debug)]
pub(in crate::circuit) struct ShownHeader(pub(in crate::circuit) [[Val; RATE]; 10]);

impl From<&Header> for ShownHeader {
    fn from(header: &Header) -> Self {
        Self(header.blocks())
    }
}

impl ShownHeader {
    /// Returns its hash.
    pub(in crate::circuit) fn hash(&self) -> Digest {
        let mut sponge = Sponge::new(Domain::Header, 80);
        self.0.iter().for_each(|block| sponge.absorb(block));
        Digest(sponge.finish())
    }

    /// Returns the digest in its block `i`.
    pub(in crate::circuit) const fn digest(&self, i: usize) -> Digest {
        Digest(self.0[i])
    }

    /// Returns whether it is of a chain and of this version, at a height.
    pub(in crate::circuit) fn is_at(&self, chain_id: u32, height: u32) -> bool {
        let [first, second, ..] = &self.0;
        let integers = [Header::VERSION, chain_id, height].map(u32_limbs);
        first[..6] == *integers.as_flattened() && second[6..] == [Val::ZERO; 2]
    }
}

/// Returns whether each header names the one before it as its parent.
pub(in crate::circuit) fn are_linked(headers: &[ShownHeader]) -> bool {
    let pairs = headers.windows(2);
    pairs
        .into_iter()
        .all(|pair| pair[1].digest(2) == pair[0].hash())
}
