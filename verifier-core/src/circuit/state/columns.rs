//! The columns of the state trace.

use crate::gadget::columns::{columns, kinds};
use crate::gadget::operation::{Kind as OperationKind, OperationCols, OperationRow};
use crate::gadget::permutation;
use crate::gadget::signature::{Kind as SignatureKind, SignatureCols};
use crate::gadget::update::Update;
#[cfg(feature = "prover")]
use crate::gadget::{operation::OperationCells, rows::TraceCells, signature::SignatureCells};
#[cfg(feature = "prover")]
use crate::hash::Val;

kinds! {
    /// The kinds of rows beside those of an operation and its signature, as places in [`OwnCols::kind`].
    pub(crate) enum Kind {
        /// One level of the tree of operations, over the vacant leaf.
        OldTx,
        /// The same level, over the operation's hash.
        NewTx,
        /// Digits of what the limbs of the fees carry.
        Fees,
        /// First block of `tx_root`.
        Txs0,
        /// Second block of `tx_root`.
        Txs1,
        /// The last row.
        End,
    }
}

columns! {
    /// The columns of the circuit's own.
    pub(crate) struct OwnCols, OwnCells, OwnPlaces {
        /// One-hot over [`Kind`], together with the kinds of operation and signature; none set is padding.
        kind: [Kind::COUNT],
        /// The account that is changed is the proposer's, which takes the fees. A bit; from its Balance to
        /// the end.
        collects: cell,
        /// Root of the tree of operations so far; it changes where a NewTx is the last of its path.
        txs: [8],
        /// How many operations are in that tree.
        count: cell,
        /// How many of them are registrations.
        registrations: cell,
        /// Sums of the limbs of the fees so far, without carries; each below 2^24.
        fees: [4],
    }
}

/// Width of the trace.
pub const WIDTH: usize = permutation::COLUMNS
    + SignatureCols::<()>::WIDTH
    + OperationCols::<()>::WIDTH
    + OwnCols::<()>::WIDTH;

/// One row: 157 columns of a permutation, 52 of the signature check, those of an operation, and those of
/// the block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a, T> {
    /// The operation and its signature.
    pub operation: OperationRow<'a, T>,
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
        assert_eq!(row.len(), WIDTH, "a row of the state trace");
        let row = &mut row;
        let operation = OperationRow::take(row);
        Self {
            operation,
            own: OwnCols::take(row),
        }
    }

    /// Returns the selector of `kind`.
    #[must_use]
    pub(crate) const fn is(&self, kind: Kind) -> T {
        self.own.kind[kind.place()]
    }

    /// Returns what a row of a path reads, in the tree of operations as in that of accounts.
    #[must_use]
    pub(crate) const fn update(&self) -> Update<'a, T> {
        self.operation.update()
    }
}

/// The columns beside the permutation as values of a trace.
#[cfg(feature = "prover")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells {
    /// Those of the signature check.
    pub signature: SignatureCells,
    /// Those of the operation.
    pub operation: OperationCells,
    /// The circuit's own.
    pub own: OwnCells,
    /// Whether a path is one of the tree of operations. No column.
    pub in_txs: bool,
}

#[cfg(feature = "prover")]
impl TraceCells for Cells {
    const WIDTH: usize = WIDTH - permutation::COLUMNS;

    fn write(&self, mut row: &mut [Val]) {
        self.signature.write(&mut row);
        self.operation.write(&mut row);
        self.own.write(&mut row);
    }

    fn select(&mut self, place: usize) {
        self.signature.kind = [Val::default(); SignatureKind::COUNT];
        self.operation.kind = [Val::default(); OperationKind::COUNT];
        self.own.kind = [Val::default(); Kind::COUNT];
        let kinds = self.signature.kind.iter_mut();
        let kinds = kinds.chain(&mut self.operation.kind);
        for selector in kinds.chain(&mut self.own.kind).skip(place).take(1) {
            *selector = <Val as p3_field::PrimeCharacteristicRing>::ONE;
        }
    }

    #[cfg(any(test, feature = "hazmat"))]
    fn cell(&mut self, place: usize) -> &mut Val {
        let cells = self.signature.iter_mut().chain(self.operation.iter_mut());
        let mut cells = cells.chain(self.own.iter_mut());
        cells.nth(place).expect("a cell of a row")
    }
}
