//! The columns of the uptime trace.

use crate::gadget::columns::{columns, kinds};
use crate::gadget::permutation::{self, Permutation};
use crate::gadget::row::take;
#[cfg(feature = "prover")]
use crate::gadget::rows::TraceCells;
#[cfg(feature = "prover")]
use crate::hash::Val;

kinds! {
    /// The kinds of rows, as places in [`OwnCols::kind`].
    pub(crate) enum Kind {
        /// First block of a header: version, chain, height, slot.
        Header0,
        /// Proposer, timestamp.
        Header1,
        /// The parent's hash.
        Header2,
        /// The root of the accounts.
        Header3,
        /// The operations' root.
        Header4,
        /// The set that signs it.
        Header5,
        /// The set that signs the next header.
        Header6,
        /// Who voted for the parent.
        Header7,
        /// All earlier headers.
        Header8,
        /// Randomness: the last block.
        Header9,
        /// First block of who voted for the parent: validators 0 to 127.
        Votes0,
        /// 128 to 255.
        Votes1,
        /// 256 to 383.
        Votes2,
        /// 384 to 511.
        Votes3,
        /// 512 to 639.
        Votes4,
        /// 640 to 767.
        Votes5,
        /// 768 to 895.
        Votes6,
        /// 896 to 1,023: the last block.
        Votes7,
        /// First block of the set leaf: the key id.
        Member0,
        /// Second block: power, account, start slot.
        Member1,
        /// One level of the set tree.
        SetPath,
        /// First block of the set root: the tree's root.
        Set0,
        /// Second block, and the last row: how many members there are, and their power.
        Set1,
    }
}

/// The kinds of a header's rows, in order.
pub(crate) const HEADER: [Kind; 10] = [
    Kind::Header0,
    Kind::Header1,
    Kind::Header2,
    Kind::Header3,
    Kind::Header4,
    Kind::Header5,
    Kind::Header6,
    Kind::Header7,
    Kind::Header8,
    Kind::Header9,
];

/// The kinds of the rows of who voted for a parent, in order.
pub(crate) const VOTES: [Kind; 8] = [
    Kind::Votes0,
    Kind::Votes1,
    Kind::Votes2,
    Kind::Votes3,
    Kind::Votes4,
    Kind::Votes5,
    Kind::Votes6,
    Kind::Votes7,
];

/// Bits of a limb.
pub(crate) const LIMB_BITS: usize = 16;

columns! {
    /// The columns of the circuit's own, in use in every row unless rows are named.
    pub(crate) struct OwnCols, OwnCells, OwnPlaces {
        /// One-hot over [`Kind`]; none set is padding.
        kind: [Kind::COUNT],
        /// Place of the header in the window, from 0. The votes before a header have its own.
        index: cell,
        /// Header5 to Header9: the header is one whose votes are counted, all but the last. A bit.
        voted: cell,
        /// Header0: the low limb of the height has gone over 2^16. A bit.
        carry: cell,
        /// How many headers the validator has voted for so far.
        count: cell,
        /// Hash of the header before; from the end of a header on, its own. In row 0, the first one's parent.
        previous: [8],
        /// Root of who voted for the header before. In row 0, the first one's.
        votes: [8],
        /// Header0: the bits of the low limb of the height. The row of votes that has the validator's: those of its limb. SetPath, Set0:
        /// what is left of the path, bits, then the mark of its end; in Set0 the last of them is free.
        bits: [LIMB_BITS],
    }
}

/// Width of the trace.
pub const WIDTH: usize = permutation::COLUMNS + OwnCols::<()>::WIDTH;

/// One row: 157 columns of a permutation, and those of the circuit's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a, T> {
    /// The permutation.
    pub permutation: Permutation<'a, T>,
    /// The circuit's own.
    pub own: OwnCols<'a, T>,
}

impl<'a, T: Copy> Row<'a, T> {
    /// Reads a row.
    ///
    /// # Panics
    ///
    /// If it is not [`WIDTH`] columns wide.
    #[must_use]
    pub(crate) fn new(mut row: &'a [T]) -> Self {
        assert_eq!(row.len(), WIDTH, "a row of the uptime trace");
        let row = &mut row;
        let permutation = Permutation::new(take(row));
        let own = OwnCols::take(row);
        Self { permutation, own }
    }

    /// Returns the selector of `kind`.
    #[must_use]
    pub(crate) const fn is(&self, kind: Kind) -> T {
        self.own.kind[kind.place()]
    }
}

/// The columns beside the permutation as values of a trace.
#[cfg(feature = "prover")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells {
    /// The circuit's own.
    pub own: OwnCells,
}

#[cfg(feature = "prover")]
impl TraceCells for Cells {
    const WIDTH: usize = WIDTH - permutation::COLUMNS;

    fn write(&self, mut row: &mut [Val]) {
        self.own.write(&mut row);
    }

    fn select(&mut self, place: usize) {
        self.own.kind = [Val::default(); Kind::COUNT];
        for selector in self.own.kind.iter_mut().skip(place).take(1) {
            *selector = <Val as p3_field::PrimeCharacteristicRing>::ONE;
        }
    }

    #[cfg(any(test, feature = "hazmat"))]
    fn cell(&mut self, place: usize) -> &mut Val {
        self.own.iter_mut().nth(place).expect("a cell of a row")
    }
}
