//! The columns of the span trace.

use crate::gadget::columns::{columns, kinds};
use crate::gadget::permutation::{self, Permutation};
use crate::gadget::row::take;
#[cfg(feature = "prover")]
use crate::gadget::rows::TraceCells;
#[cfg(feature = "prover")]
use crate::gadget::signature::SignatureCells;
use crate::gadget::signature::{Kind as SignatureKind, SignatureCols, SignatureRow};
#[cfg(feature = "prover")]
use crate::hash::Val;

kinds! {
    /// The kinds of rows beside those of a signature check, as places in [`OwnCols::kind`].
    pub(crate) enum Kind {
        /// First block of the set root: the tree's root.
        Set0,
        /// Second block: how many members there are, and their power.
        Set1,
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
        /// The set that signs the next epoch.
        Header6,
        /// Who voted for the parent.
        Header7,
        /// All earlier headers.
        Header8,
        /// Randomness: the last block.
        Header9,
        /// First block of the vote: chain, height, slot, and the header's hash.
        Vote0,
        /// Second block: the rest of the hash.
        Vote1,
        /// First block of the set leaf: the key id.
        Member0,
        /// Second block of the set leaf: power, account, start slot.
        Member1,
        /// One level of the set tree.
        SetPath,
        /// The sums and the threshold.
        Final,
        /// One of the lower 16 levels of the history tree, from the end before.
        HistoryLow,
        /// One of the upper 16.
        HistoryHigh,
        /// First block of the history root: count, and most of the tree's root.
        History0,
        /// Second block.
        History1,
        /// The last row.
        End,
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

columns! {
    /// The columns of the circuit's own, in use in every row unless rows are named.
    pub(crate) struct OwnCols, OwnCells, OwnPlaces {
        /// One-hot over [`Kind`], together with the kinds of the signature check; none set is padding.
        kind: [Kind::COUNT],
        /// The message that the votes sign. Behind History1, up to the header, the history root that it must have; in row 0, the first one's.
        message: [8],
        /// The header's slot, as limbs; from Header0 to the next.
        slot: [2],
        /// Root of the set's tree; from Set0 to the next.
        tree: [8],
        /// The set's power, as limbs; from Set0 to the next.
        total: [2],
        /// The set that signs: the one of this end up to Header5, from Header6 on that of the next.
        set: [8],
        /// The header's hash; from Header9 to the next.
        hash: [8],
        /// Its height, as limbs; from History0 to the next.
        height: [2],
        /// Sums of the low and of the high limbs of the powers counted so far; each below 2^26 where the leaves are those of a set.
        power: [2],
        /// Index of the present validator; from the first Message0 to the next, constant.
        index: cell,
        /// How many ends came before.
        epoch: cell,
    }
}

/// Width of the trace.
pub const WIDTH: usize = permutation::COLUMNS + SignatureCols::<()>::WIDTH + OwnCols::<()>::WIDTH;

/// One row: 157 columns of a permutation, 52 of the signature check, and those of the circuit's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a, T> {
    /// The permutation and the columns of the signature check.
    pub signature: SignatureRow<'a, T>,
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
        assert_eq!(row.len(), WIDTH, "a row of the span trace");
        let row = &mut row;
        let permutation = Permutation::new(take(row));
        let cols = SignatureCols::take(row);
        Self {
            signature: SignatureRow { permutation, cols },
            own: OwnCols::take(row),
        }
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
    /// Those of the signature check.
    pub signature: SignatureCells,
    /// The circuit's own.
    pub own: OwnCells,
}

#[cfg(feature = "prover")]
impl TraceCells for Cells {
    const WIDTH: usize = WIDTH - permutation::COLUMNS;

    fn write(&self, mut row: &mut [Val]) {
        self.signature.write(&mut row);
        self.own.write(&mut row);
    }

    fn select(&mut self, place: usize) {
        self.signature.kind = [Val::default(); SignatureKind::COUNT];
        self.own.kind = [Val::default(); Kind::COUNT];
        let kinds = self.signature.kind.iter_mut().chain(&mut self.own.kind);
        for selector in kinds.skip(place).take(1) {
            *selector = <Val as p3_field::PrimeCharacteristicRing>::ONE;
        }
    }

    #[cfg(any(test, feature = "hazmat"))]
    fn cell(&mut self, place: usize) -> &mut Val {
        let mut cells = self.signature.iter_mut().chain(self.own.iter_mut());
        cells.nth(place).expect("a cell of a row")
    }
}
