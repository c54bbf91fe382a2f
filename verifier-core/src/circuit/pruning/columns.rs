//! The columns of the pruning trace.

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
        /// First block of the fold after a header: the fold before it.
        Fold0,
        /// Second block: height, and most of the operations' root.
        Fold1,
        /// Third block: the rest of it.
        Fold2,
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
        /// A node that is finished on the left, and the one on its right.
        Merge,
        /// One level of the history tree, over the empty subtree.
        OldPath,
        /// The same level, over the subtree of the headers.
        NewPath,
        /// First block of the history root before: count, and most of the tree's root.
        OldRoot0,
        /// Second block.
        OldRoot1,
        /// First block of the history root after.
        NewRoot0,
        /// Second block, and the last row.
        NewRoot1,
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

/// Levels of the largest subtree.
pub(crate) const LEVELS: usize = 10;
/// Columns of a stack of nodes, one for each level.
pub(crate) const STACK: usize = LEVELS * 8;

columns! {
    /// The columns of the circuit's own, in use in every row unless rows are named.
    pub(crate) struct OwnCols, OwnCells, OwnPlaces {
        /// One-hot over [`Kind`]; none set is padding.
        kind: [Kind::COUNT],
        /// Place of the header in the range, from 0; constant from one Fold0 to the next.
        index: cell,
        /// It is the first one. A bit; constant from one Fold0 to the next.
        first: cell,
        /// Fold0 to Merge: bits of `index`, lowest first; each Merge takes one away. Bits everywhere, free elsewhere.
        bits: [LEVELS],
        /// Hash of the header before; from the end of a header on, its own. In the history roots, the tree's root after.
        previous: [8],
        /// Fold1 to Header4: root of the header's operations. OldPath, NewPath: the node that the row does not compress.
        /// OldRoot0: the tree's root before.
        node: [8],
        /// The fold so far.
        fold: [8],
        /// Fold0 to Merge: the nodes that wait for one on their right, the newest first. There are ten beside the last of
        /// 1,024 headers alone; beside a Merge, which takes one away, the tenth is free. OldPath, NewPath, OldRoot0: what
        /// is left of the path, bits, then the mark of its end, in the first 33 cells; in OldRoot0 the last of them is free.
        stack: [STACK],
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
        assert_eq!(row.len(), WIDTH, "a row of the pruning trace");
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
