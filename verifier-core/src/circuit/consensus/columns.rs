//! The columns of the consensus trace.

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
        /// First block of the new randomness: the parent's.
        Random0,
        /// Second block of the new randomness: the proposer's reveal.
        Random1,
        /// The slot digest over the reveal.
        Slot,
        /// First block of the set leaf: the key id.
        Member0,
        /// Second block of the set leaf: power, account, start slot.
        Member1,
        /// One level of the set tree.
        SetPath,
        /// One block of the signers' bitmap.
        Signers,
        /// The sums and the threshold.
        Final,
    }
}

columns! {
    /// The columns of the circuit's own.
    pub(crate) struct OwnCols, OwnCells, OwnPlaces {
        /// One-hot over [`Kind`], together with the kinds of the signature check; none set is padding.
        kind: [Kind::COUNT],
        /// The sponge over the signers' bitmap: the rate lanes collect the bits of the present block of
        /// 128 places until a Signers row absorbs it. From the last Signers row on, the digest.
        signers: [16],
        /// Index of the present validator; from the first Message0 to the next, constant. Bits in
        /// `state` of Member0 bound it.
        index: cell,
        /// How many blocks of the bitmap are absorbed.
        block: cell,
        /// How many Slot rows there were.
        reveals: cell,
        /// Sums of the low and of the high limbs of the powers counted so far; each below 2^26.
        power: [2],
    }
}

/// Blocks of eight limbs in a bitmap.
pub(super) const BITMAP_BLOCKS: u32 = 8;
/// Width of the trace.
pub const WIDTH: usize = permutation::COLUMNS + SignatureCols::<()>::WIDTH + OwnCols::<()>::WIDTH;

/// One row: 157 columns of a permutation, 52 of the signature check, 29 of the count.
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
        assert_eq!(row.len(), WIDTH, "a row of the consensus trace");
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

/// Where columns are in a row.
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
pub(crate) mod places {
    #[cfg(test)]
    use core::ops::Range;

    #[cfg(test)]
    use super::WIDTH;
    use super::{OwnPlaces, SignatureCols, permutation};
    use crate::gadget::signature::SignaturePlaces;

    pub(crate) const SIGNATURE: SignaturePlaces = SignaturePlaces::from(permutation::COLUMNS);
    pub(crate) const OWN: OwnPlaces =
        OwnPlaces::from(permutation::COLUMNS + SignatureCols::<()>::WIDTH);
    #[cfg(test)]
    pub(crate) const BIT: usize = SIGNATURE.bit.start;
    #[cfg(test)]
    pub(crate) const BLOCK: usize = OWN.block.start;
    #[cfg(test)]
    pub(crate) const REVEALS: usize = OWN.reveals.start;
    #[cfg(test)]
    pub(crate) const POWER: usize = OWN.power.start;
    /// Bitmap, index, counts: what is carried from row to row.
    #[cfg(test)]
    pub(crate) const CARRIED: Range<usize> = OWN.signers.start..WIDTH;

    /// The columns beside the permutation by name, with their widths.
    #[cfg(test)]
    pub(crate) fn names() -> impl Iterator<Item = (&'static str, usize)> {
        SignaturePlaces::NAMES
            .iter()
            .chain(OwnPlaces::NAMES)
            .copied()
    }
}
