//! The columns of a signature check.

#[cfg(feature = "prover")]
use p3_field::PrimeCharacteristicRing;

use crate::gadget::bits::TopBits;
use crate::gadget::columns::{columns, kinds};
use crate::gadget::permutation::Permutation;
use crate::gadget::walk::Walk;
#[cfg(feature = "prover")]
use crate::gadget::walk::WalkCells;
use crate::hash::Domain;
#[cfg(feature = "prover")]
use crate::hash::Val;

kinds! {
    /// The kinds of rows of a signature check, as places in [`SignatureCols::kind`].
    pub enum Kind {
        /// First block of the message digest.
        Message0,
        /// Second block of the message digest.
        Message1,
        /// Third block of the message digest.
        Message2,
        /// First block of the leaf hash.
        Leaf,
        /// One step of a chain.
        Chain,
        /// Two chain ends absorbed into the leaf hash.
        Ends,
        /// The tree leaf: leaf hash and slot digest.
        Node,
        /// One level of the key's tree.
        Path,
        /// First block of the key id.
        Key0,
        /// Second block of the key id.
        Key1,
    }
}

columns! {
    /// The columns beside the permutation. Outside of the rows named, a column is free unless said.
    pub struct SignatureCols, SignatureCells, SignaturePlaces {
        /// One-hot over [`Kind`]; bits, at most one set, enforced by the circuit.
        kind: [Kind::COUNT],
        /// The key's public parameter; constant from one Message0 to the next.
        parameter: [5],
        /// The leaf number; constant from one Message0 to the next, below 2^h by Key0.
        leaf: cell,
        /// Leaf to Ends: the leaf hash's sponge before its next absorption. Key0: the root in the first
        /// eight. Elsewhere the circuit's own.
        state: [16],
        /// Leaf to Ends: the elements of the message digest that are not filled yet, first the present.
        digest: [6],
        /// Chain, Ends: d0 and d1, two bits each, low first. Bits everywhere.
        digit_bits: [4],
        /// A bit everywhere. Chain: the odd chain of the pair. Path: the node is a right child.
        /// Ends with a flag: bit 26 of the element.
        bit: cell,
        /// 0 to 3 everywhere. Chain: the position left, 0 to 2. Ends with a flag: bits 27 and 28.
        /// Key0: h = 4 + quad + 4·quint.
        quad: cell,
        /// 0 to 4 everywhere. Ends with a flag: bits 29 and 30, 0 to 3.
        quint: cell,
        /// Chain, Ends: the pair, from 0. Path, Key0: the level, from 0.
        count: cell,
        /// Chain, Ends: place value of d0. Path: 2^level.
        weight: cell,
        /// Chain, Ends: the element filled so far. Path, Key0: the leaf number so far.
        sum: cell,
        /// Chain, Ends: sum of the digits of the pairs before.
        digit_sum: cell,
        /// Chain, Ends: 0 while the first element of two is filled, then 1.
        half: cell,
        /// This Ends row closes the first element of two. A bit; zero elsewhere.
        mid: cell,
        /// This Ends row closes the second element of two. A bit; zero elsewhere.
        end: cell,
    }
}

impl<'a, T: Copy> SignatureCols<'a, T> {
    /// Returns the selector of `kind`.
    #[must_use]
    pub const fn is(&self, kind: Kind) -> T {
        self.kind[kind.place()]
    }

    /// Returns the columns of the walk up the key's tree, which the counters of pairs share.
    #[must_use]
    pub const fn walk(&self) -> Walk<'a, T> {
        Walk {
            bit: self.bit,
            count: self.count,
            weight: self.weight,
            sum: self.sum,
        }
    }

    /// Returns bits 26 to 30 of an element, where a flag is set.
    #[must_use]
    pub const fn top_bits(&self) -> TopBits<'a, T> {
        TopBits {
            bit: self.bit,
            quad: self.quad,
            quint: self.quint,
        }
    }
}

#[cfg(feature = "prover")]
impl SignatureCells {
    /// Returns the columns of the walk.
    pub fn walk(&mut self) -> WalkCells<'_> {
        WalkCells {
            bit: &mut self.bit,
            count: &mut self.count,
            weight: &mut self.weight,
            sum: &mut self.sum,
        }
    }

    /// Sets `quad` and `quint` to the base-4 digits of `x`, at most 19.
    pub fn set_small(&mut self, x: u32) {
        self.quad = Val::from_u32(x % 4);
        self.quint = Val::from_u32(x / 4);
    }
}

/// One row of a circuit that checks signatures.
#[derive(Clone, Copy, Debug)]
pub struct SignatureRow<'a, T> {
    /// The permutation of the row.
    pub permutation: Permutation<'a, T>,
    /// The columns beside it.
    pub cols: SignatureCols<'a, T>,
}

/// What a circuit says about the signatures that it checks.
#[derive(Clone, Debug)]
pub struct SignatureInputs<E> {
    /// The message that each signature is over.
    pub message: [E; 8],
    /// The chain's id in two limbs.
    pub chain_id: [E; 2],
    /// Purpose of the keys.
    pub key_domain: Domain,
    /// Selector, in the next row, of the circuit's own rows between the last Ends and Node.
    pub detour: E,
}
