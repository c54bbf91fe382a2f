//! Other leaves, levels, indices and sums than those of the members that voted.

use alloc::vec::Vec;
use core::ops::Range;

use p3_field::{Field, PrimeCharacteristicRing};

use super::super::forge::{Forge, Rows, own};
use super::super::search::Case;
use super::bit_width;
use crate::circuit::consensus::Kind;
use crate::circuit::consensus::columns::places::OWN;
use crate::circuit::consensus::columns::{Cells, Row};
use crate::gadget::meddle::Draft;
use crate::gadget::signature::Kind as SignatureKind;
use crate::gadget::walk::feed_forward;
use crate::hash::Val;
use crate::stark::mutation::Forged;
/// The root is the node under the set's.
pub(crate) fn nine_levels(case: &Case, count: Val) -> Forged {
    let act = |nth: usize, draft: &mut Draft<'_, Cells>| {
        if (draft.kind, nth) == (own(Kind::SetPath), 0) {
            draft.cells.signature.count += count;
        }
    };
    Forge::new(&case.set, &case.witness, &act).make_and(|rows, public| {
        let top = rows.nth(own(Kind::SetPath), 9);
        let below = Row::new(&rows.0[top - 1]).signature.permutation;
        public.set_root = feed_forward(below.input, below.output).0;
        rows.0.remove(top);
        let padding = rows.0[rows.0.len() - 1].clone();
        rows.0.push(padding);
    })
}

/// The secret behind the slot digest is another one than gave the randomness.
pub(super) fn slot_secret(case: &Case, lane: usize) -> Forged {
    let act = |_: usize, draft: &mut Draft<'_, Cells>| {
        if draft.kind == own(Kind::Slot) {
            draft.cells.signature.state[8 + lane] += Val::ONE;
            draft.input[lane] += Val::ONE;
        }
    };
    Forge::new(&case.set, &case.witness, &act).make()
}

/// A bit of the gap that is 2^−bit more moves the index on by one.
pub(super) fn gap_bit(case: &Case, bit: usize) -> Forged {
    let act = |_: usize, draft: &mut Draft<'_, Cells>| {
        if draft.kind == SignatureKind::Message0.place() {
            draft.cells.signature.state[bit] += Val::TWO.exp_u64(bit_width(bit)).inverse();
            draft.cells.own.index += Val::ONE;
        }
    };
    Forge::new(&case.set, &case.witness, &act).make()
}

/// A bit of the index makes up for another one of the same kind.
pub(super) fn index_bit(case: &Case, bit: usize) -> Forged {
    let other = if bit < 7 {
        (bit + 1) % 7
    } else {
        7 + (bit - 6) % 3
    };
    let power = |i: usize| Val::TWO.exp_u64(bit_width(i));
    let change = |state: &mut [Val; 16]| {
        let step = if state[other] == Val::ONE {
            Val::NEG_ONE
        } else {
            Val::ONE
        };
        state[other] += step;
        state[bit] -= step * power(other) * power(bit).inverse();
    };
    change_bits(case, change)
}

/// Changes the bits of the index at Member0; the bitmap follows.
pub(crate) fn change_bits(case: &Case, change: impl Fn(&mut [Val; 16]) + Sync) -> Forged {
    let act = |_: usize, draft: &mut Draft<'_, Cells>| {
        let cells = &mut *draft.cells;
        if draft.kind == own(Kind::Member0) {
            change(&mut cells.signature.state);
        }
        if draft.kind == own(Kind::Member1) {
            // The honest bit is in already.
            let mut honest = cells.signature.state;
            let index = <Val as p3_field::PrimeField32>::as_canonical_u32(&cells.own.index);
            honest = core::array::from_fn(|i| {
                if i < 10 {
                    Val::from_u32(index >> i & 1)
                } else {
                    honest[i]
                }
            });
            let (before, after) = (place_values(&honest), place_values(&cells.signature.state));
            for lane in 0..8 {
                cells.own.signers[lane] += after[lane] - before[lane];
            }
        }
    };
    Forge::new(&case.set, &case.witness, &act).make()
}

/// What the bits of an index add to the lanes of a block, whether they are bits or not.
fn place_values(bits: &[Val; 16]) -> [Val; 8] {
    core::array::from_fn(|lane| {
        let mut value = Val::ONE;
        for (i, &bit) in bits[..4].iter().enumerate() {
            value *= bit * Val::from_u32((1 << (1 << i)) - 1) + Val::ONE;
        }
        for (i, &bit) in bits[4..7].iter().enumerate() {
            value *= if lane >> i & 1 == 1 {
                bit
            } else {
                Val::ONE - bit
            };
        }
        value
    })
}

/// A digit of Final is 4 more or a fourth more, and its neighbour makes up for it.
pub(super) fn final_digit(case: &Case, digit: usize) -> Forged {
    let group: Range<usize> = match digit {
        0..8 => 0..8,
        8..17 => 8..17,
        _ => 17..22,
    };
    let act = |_: usize, draft: &mut Draft<'_, Cells>| {
        if draft.kind != own(Kind::Final) {
            return;
        }
        let Draft { input, cells, .. } = draft;
        let mut all: Vec<&mut Val> = input
            .iter_mut()
            .chain(&mut cells.signature.state[..6])
            .collect();
        let (other, worth) = if group.contains(&(digit + 1)) {
            (digit + 1, Val::from_u8(4))
        } else {
            (digit - 1, Val::from_u8(4).inverse())
        };
        let step = if *all[other] == Val::ZERO {
            Val::ONE
        } else {
            Val::NEG_ONE
        };
        *all[other] += step;
        *all[digit] -= step * worth;
    };
    Forge::new(&case.set, &case.witness, &act).make()
}

/// Leaves out the Signers row at `last`, and what it does to the rows behind it.
pub(crate) fn drop_block(rows: &mut Rows, last: usize) {
    let before = rows.0[last].clone();
    rows.0.remove(last);
    for row in &mut rows.0[last..] {
        for cells in [OWN.signers, OWN.block] {
            row[cells.clone()].copy_from_slice(&before[cells]);
        }
    }
    let padding = rows.0[rows.0.len() - 1].clone();
    rows.0.push(padding);
}

/// Returns the digest in the sponge of the bitmap.
pub(crate) fn signers(row: &[Val]) -> [Val; 8] {
    core::array::from_fn(|i| row[OWN.signers.start + i])
}
