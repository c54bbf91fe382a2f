//! The columns of a signature check.

use crate::gadget::permutation::Permutation;
use crate::gadget::row::take;
use crate::hash::Domain;

/// The kinds of rows of a signature check, as places in [`SignatureCols::kind`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
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

/// How many kinds there are.
pub const KINDS: usize = 10;
/// How many columns a signature check takes beside its permutation.
pub const COLUMNS: usize = KINDS + 5 + 1 + 16 + 6 + 4 + 3 + 7;

/// The columns beside the permutation. Outside of the rows named, a column is free unless said.
#[derive(Clone, Copy, Debug)]
pub struct SignatureCols<'a, T> {
    /// One-hot over [`Kind`]; bits, at most one set, enforced by the circuit.
    pub kind: &'a [T; KINDS],
    /// The key's public parameter; constant from one Message0 to the next.
    pub parameter: &'a [T; 5],
    /// The leaf number; constant from one Message0 to the next, below 2^h by Key0.
    pub leaf: &'a T,
    /// Leaf to Ends: the leaf hash's sponge before its next absorption. Key0: the root in the first
    /// eight. Elsewhere the circuit's own.
    pub state: &'a [T; 16],
    /// Leaf to Ends: the elements of the message digest that are not filled yet, first the present.
    pub digest: &'a [T; 6],
    /// Chain, Ends: d0 and d1, two bits each, low first. Bits everywhere.
    pub digit_bits: &'a [T; 4],
    /// A bit everywhere. Chain: the odd chain of the pair. Path: the node is a right child.
    /// Ends with a flag: bit 26 of the element.
    pub bit: &'a T,
    /// 0 to 3 everywhere. Chain: the position left, 0 to 2. Ends with a flag: bits 27 and 28.
    /// Key0: h = 4 + quad + 4·quint.
    pub quad: &'a T,
    /// 0 to 4 everywhere. Ends with a flag: bits 29 and 30, 0 to 3.
    pub quint: &'a T,
    /// Chain, Ends: the pair, from 0. Path, Key0: the level, from 0.
    pub count: &'a T,
    /// Chain, Ends: place value of d0. Path: 2^level.
    pub weight: &'a T,
    /// Chain, Ends: the element filled so far. Path, Key0: the leaf number so far.
    pub sum: &'a T,
    /// Chain, Ends: sum of the digits of the pairs before.
    pub digit_sum: &'a T,
    /// Chain, Ends: 0 while the first element of two is filled, then 1.
    pub half: &'a T,
    /// This Ends row closes the first element of two. A bit; zero elsewhere.
    pub mid: &'a T,
    /// This Ends row closes the second element of two. A bit; zero elsewhere.
    pub end: &'a T,
}

impl<'a, T: Copy> SignatureCols<'a, T> {
    /// Takes the columns off the front of `row`.
    pub fn take(row: &mut &'a [T]) -> Self {
        Self {
            kind: take(row),
            parameter: take(row),
            leaf: &take::<_, 1>(row)[0],
            state: take(row),
            digest: take(row),
            digit_bits: take(row),
            bit: &take::<_, 1>(row)[0],
            quad: &take::<_, 1>(row)[0],
            quint: &take::<_, 1>(row)[0],
            count: &take::<_, 1>(row)[0],
            weight: &take::<_, 1>(row)[0],
            sum: &take::<_, 1>(row)[0],
            digit_sum: &take::<_, 1>(row)[0],
            half: &take::<_, 1>(row)[0],
            mid: &take::<_, 1>(row)[0],
            end: &take::<_, 1>(row)[0],
        }
    }

    /// Returns the selector of `kind`.
    #[expect(
        clippy::as_conversions,
        reason = "the discriminant of a fieldless enum"
    )]
    #[must_use]
    pub const fn is(&self, kind: Kind) -> T {
        self.kind[kind as usize]
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
