//! Rows after the end whose permutations are run backward.

use p3_field::PrimeCharacteristicRing;

use super::{Rowwise, kinds};
use crate::gadget::inverse::inverse_permutation;
use crate::gadget::permutation::{self, Permutation, broken_permutation};
use crate::hash::{RATE, Val, WIDTH};
use crate::stark::Trace;

/// The kinds of rows that [`again`] adds, by place.
pub(in crate::circuit) struct Again {
    /// The last two blocks of a header.
    pub(in crate::circuit) header: [usize; 2],
    /// What comes after the headers.
    pub(in crate::circuit) after: usize,
    /// The last row of the claim.
    pub(in crate::circuit) end: usize,
}

/// Returns an honest trace behind whose end two rows of a header lead to its hash once more, the kind of the end at −1 beside the first of them, so
/// that no kind is set there in sum; and all that comes after the headers follows again.
///
/// Nothing binds what either takes in: the first gives what the end gives, and hands on what the second needs to give the hash.
pub(in crate::circuit) fn again<R: Rowwise>(honest: &Trace, of: &Again) -> Trace {
    let width = honest.width;
    let of_kinds = kinds::<R>(honest);
    let place = |kind: usize| of_kinds.iter().position(|&other| other == kind);
    let (after, end) = (
        place(of.after).unwrap_or(1),
        place(of.end).unwrap_or_default(),
    );
    let row = |at: usize| &honest.values[at * width..(at + 1) * width];
    let output = |at: usize| outputs(row(at));

    let hash = inverse_permutation(&output(after - 1));
    let mut before = output(end);
    before[RATE..].copy_from_slice(&hash[RATE..]);
    let mut values = honest.values[..(end + 1) * width].to_vec();
    for (input, kind, of_end) in [
        (inverse_permutation(&before), of.header[0], Val::NEG_ONE),
        (hash, of.header[1], Val::ZERO),
    ] {
        let mut row = row(end).to_vec();
        let (columns, own) = row.split_at_mut(permutation::COLUMNS);
        columns.copy_from_slice(&broken_permutation(input, 0, Val::ZERO));
        (own[kind], own[of.end]) = (Val::ONE, of_end);
        values.extend(row);
    }
    values.extend_from_slice(&honest.values[after * width..(end + 1) * width]);
    let height = (values.len() / width).next_power_of_two();
    while values.len() < height * width {
        values.extend_from_slice(row(end + 1));
    }
    Trace::new(values, width)
}

fn outputs(row: &[Val]) -> [Val; WIDTH] {
    let columns = row.first_chunk().expect("a row has a permutation");
    *Permutation::new(columns).output
}
