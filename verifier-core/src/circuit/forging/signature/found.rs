//! The signatures that a trace is about: all that a prover may choose is there.

use alloc::vec::Vec;

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use crate::gadget::signature::{Kind, SignatureRow};
use crate::hash::{Digest, Val};
use crate::signature::{CHAINS, PublicKey, Signature};

/// A signature and the key that it is checked under.
#[derive(Clone, Debug)]
pub(crate) struct FoundSignature {
    pub(crate) public_key: PublicKey,
    pub(crate) signature: Signature,
}

/// Returns the signatures in the rows of a trace, in their order.
pub(crate) fn found_signatures(rows: &[SignatureRow<'_, Val>]) -> Vec<FoundSignature> {
    let mut found: Vec<FoundSignature> = Vec::new();
    for (before, row) in rows.iter().zip(rows.iter().skip(1)) {
        if row.cols.is(Kind::Message1) == Val::ONE {
            found.push(FoundSignature {
                public_key: PublicKey {
                    tree_height: 0,
                    parameter: *row.cols.parameter,
                    root: Digest::ZERO,
                },
                signature: Signature {
                    randomizer: [Val::ZERO; 7],
                    chain_values: [[Val::ZERO; 4]; CHAINS],
                    slot_digest: Digest::ZERO,
                    path: Vec::new(),
                },
            });
        }
        if let Some(found) = found.last_mut() {
            found.read(before, row);
        }
    }
    found
}

impl FoundSignature {
    fn read(&mut self, before: &SignatureRow<'_, Val>, row: &SignatureRow<'_, Val>) {
        let cols = &row.cols;
        let is = |kind: Kind| cols.is(kind) == Val::ONE;
        let was = |kind: Kind| before.cols.is(kind) == Val::ONE;
        let (input, output) = (row.permutation.input, before.permutation.output);
        let Signature {
            randomizer,
            chain_values,
            slot_digest,
            path,
        } = &mut self.signature;
        if is(Kind::Message1) {
            (0..2).for_each(|i| randomizer[i] = input[6 + i] - output[6 + i]);
        }
        if is(Kind::Message2) {
            (0..5).for_each(|i| randomizer[2 + i] = input[i] - output[i]);
        }
        let pair_follows = is(Kind::Chain) || is(Kind::Ends);
        if pair_follows && !was(Kind::Chain) {
            // The ends of chains without a step are in the rate lanes.
            let pair = index(*cols.count);
            let ends = (0..8).map(|i| cols.state[i] - output[i]);
            if let Some(values) = chain_values.get_mut(2 * pair..2 * pair + 2) {
                let values = values.as_flattened_mut().iter_mut();
                values.zip(ends).for_each(|(to, end)| *to = end);
            }
        }
        let starts = !was(Kind::Chain) || *before.cols.quad == Val::TWO;
        if is(Kind::Chain) && starts {
            let chain = 2 * index(*cols.count) + index(*cols.bit);
            if let Some(value) = chain_values.get_mut(chain) {
                value.copy_from_slice(&input[..4]);
            }
        }
        if is(Kind::Node) {
            *slot_digest = Digest(core::array::from_fn(|i| input[8 + i]));
        }
        if is(Kind::Path) {
            let right = usize::from(*cols.bit == Val::ZERO);
            path.push(Digest(core::array::from_fn(|i| input[8 * right + i])));
            self.public_key.tree_height += 1;
        }
        if is(Kind::Key0) {
            self.public_key.root = Digest(core::array::from_fn(|i| cols.state[i]));
        }
    }
}

fn index(cell: Val) -> usize {
    usize::try_from(cell.as_canonical_u32()).expect("32 bits")
}
