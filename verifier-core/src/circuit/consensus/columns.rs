//! The columns of the consensus trace.

use crate::gadget::permutation::{self, Permutation};
use crate::gadget::row::take;
use crate::gadget::signature::{self, SignatureCols, SignatureRow};

/// The kinds of rows beside those of a signature check, as places in [`Row::kind`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
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

/// How many kinds there are beside those of a signature check.
pub(crate) const KINDS: usize = 8;
/// Width of the trace.
pub const WIDTH: usize = permutation::COLUMNS + signature::COLUMNS + KINDS + 16 + 1 + 1 + 1 + 2;

/// One row: 157 columns of a permutation, 52 of the signature check, 29 of the count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a, T> {
    /// The permutation and the columns of the signature check.
    pub signature: SignatureRow<'a, T>,
    /// One-hot over [`Kind`], together with the kinds of the signature check; none set is padding.
    pub kind: &'a [T; KINDS],
    /// The sponge over the signers' bitmap: the rate lanes collect the bits of the present block of
    /// 128 places until a Signers row absorbs it. From the last Signers row on, the digest.
    pub signers: &'a [T; 16],
    /// Index of the present validator; from the first Message0 to the next, constant. Bits in
    /// `state` of Member0 bound it.
    pub index: &'a T,
    /// How many blocks of the bitmap are absorbed.
    pub block: &'a T,
    /// How many Slot rows there were.
    pub reveals: &'a T,
    /// Sums of the low and of the high limbs of the powers counted so far; each below 2^26.
    pub power: &'a [T; 2],
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
            kind: take(row),
            signers: take(row),
            index: &take::<_, 1>(row)[0],
            block: &take::<_, 1>(row)[0],
            reveals: &take::<_, 1>(row)[0],
            power: take(row),
        }
    }

    /// Returns the selector of `kind`.
    #[expect(
        clippy::as_conversions,
        reason = "the discriminant of a fieldless enum"
    )]
    #[must_use]
    pub(crate) const fn is(&self, kind: Kind) -> T {
        self.kind[kind as usize]
    }
}

/// Places of columns that tests change.
#[cfg(all(test, feature = "prover"))]
pub(crate) mod places {
    use super::{KINDS, WIDTH, permutation, signature};

    pub(crate) const PARAMETER: usize = permutation::COLUMNS + signature::KINDS;
    pub(crate) const BIT: usize = PARAMETER + 5 + 1 + 16 + 6 + 4;
    pub(crate) const SIGNERS: usize = permutation::COLUMNS + signature::COLUMNS + KINDS;
    pub(crate) const BLOCK: usize = SIGNERS + 16 + 1;
    pub(crate) const REVEALS: usize = BLOCK + 1;
    pub(crate) const POWER: usize = REVEALS + 1;
    /// Bitmap, index, counts: what is carried from row to row.
    pub(crate) const CARRIED: core::ops::Range<usize> = SIGNERS..WIDTH;
}
