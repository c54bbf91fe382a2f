//! Rows of a trace of signatures that are written over when the trace is done.

use alloc::vec::Vec;

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use crate::gadget::permutation::{self, Permutation, broken_permutation};
use crate::gadget::row::take;
use crate::gadget::signature::{Kind, SignaturePlaces};
use crate::gadget::walk::{compression, feed_forward};
use crate::hash::{Digest, Val};

/// Where the columns of the signature check are in the rows of every circuit.
pub(crate) const SIGNATURE: SignaturePlaces = SignaturePlaces::from(permutation::COLUMNS);

/// The first path goes on to the last row.
pub(crate) fn endless(rows: &mut [Vec<Val>]) {
    let column = SIGNATURE.kind.start + Kind::Path.place();
    let first = rows.iter().position(|row| row[column] == Val::ONE);
    for row in first.expect("a path") + 1..rows.len() {
        let before = rows[row - 1].clone();
        let mut next = before.clone();
        let mut columns = before.as_slice();
        let Permutation { input, output } = Permutation::new(take(&mut columns));
        let node = feed_forward(input, output);
        set_permutation(&mut next, compression(&node, &Digest::ZERO));
        next[SIGNATURE.count.start] += Val::ONE;
        next[SIGNATURE.weight.start] *= Val::TWO;
        let bit = before[SIGNATURE.bit.start];
        next[SIGNATURE.sum.start] += bit * before[SIGNATURE.weight.start];
        next[SIGNATURE.bit.start] = Val::ZERO;
        rows[row] = next;
    }
}

/// Whether a step is of the odd chain, its position, whether the odd chain has steps.
type IsLast = fn(bool, u32, bool) -> bool;

/// Steps after which a trace is cut off.
pub(super) const LAST_STEPS: &[(&str, IsLast)] = &[
    ("a step that another one follows", |_, position, _| {
        position < 2
    }),
    (
        "the last step before an odd chain",
        |is_odd, position, odd_follows| !is_odd && position == 2 && odd_follows,
    ),
    (
        "the last step before the ends",
        |is_odd, position, odd_follows| !is_odd && position == 2 && !odd_follows,
    ),
    ("the last step of an odd chain", |is_odd, position, _| {
        is_odd && position == 2
    }),
];

/// The trace ends after the first step that fits: the next row has its cells but no kind, and padding
/// follows.
pub(super) fn cut_after_step(rows: &mut [Vec<Val>], is_last: IsLast) {
    let fits = |row: &Vec<Val>| {
        let [_, _, c, d] = [0, 1, 2, 3].map(|i| row[SIGNATURE.digit_bits.start + i]);
        let is_odd = row[SIGNATURE.bit.start] == Val::ONE;
        let position = row[SIGNATURE.quad.start].as_canonical_u32();
        row[SIGNATURE.kind.start + Kind::Chain.place()] == Val::ONE
            && is_last(is_odd, position, [c, d] != [Val::ONE; 2])
    };
    let Some(last) = rows.iter().position(fits) else {
        return;
    };
    let mut padding = rows[last + 1].clone();
    padding[SIGNATURE.kind].fill(Val::ZERO);
    rows[last + 1..].fill(padding);
}

/// The last row, which is padding, has a flag.
pub(super) fn flag_in_padding(rows: &mut [Vec<Val>]) {
    let Some(row) = rows.last_mut() else { return };
    for cells in [
        SIGNATURE.digest,
        SIGNATURE.digit_bits,
        SIGNATURE.half,
        SIGNATURE.sum,
        SIGNATURE.bit,
        SIGNATURE.quad,
        SIGNATURE.quint,
    ] {
        row[cells].fill(Val::ZERO);
    }
    row[SIGNATURE.weight.start] = Val::from_u32(1 << 24);
    row[SIGNATURE.mid.start] = Val::ONE;
}

/// Makes the permutation of a row that of `input`.
pub(crate) fn set_permutation(row: &mut [Val], input: [Val; 16]) {
    let columns = broken_permutation(input, usize::MAX, Val::ZERO);
    row[..permutation::COLUMNS].copy_from_slice(&columns);
}

/// Sets the selectors of a row, which are in `columns`.
pub(crate) fn select(row: &mut [Val], columns: &[usize], kinds: &[(usize, Val)]) {
    columns.iter().for_each(|&column| row[column] = Val::ZERO);
    for &(kind, selector) in kinds {
        row[columns[kind]] = selector;
    }
}
