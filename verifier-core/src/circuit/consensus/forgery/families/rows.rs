//! Rows of no kind or of two, rows too many, and what is set in them.

use p3_field::PrimeCharacteristicRing;

use super::super::forge::{Rows, own};
use super::super::search::{Case, honest};
use crate::circuit::consensus::Kind;
use crate::circuit::consensus::columns::places::{OWN, SIGNATURE};
use crate::circuit::consensus::statement::PublicValues;
use crate::circuit::forging::signature::{self, set_permutation};
use crate::gadget::signature::Kind as SignatureKind;
use crate::gadget::walk::{compression, feed_forward};
use crate::hash::{Digest, Domain, Val, permute};
use crate::stark::mutation::Forged;

/// Sets the selector of `kind` to −1 and that of a kind that asks for nothing to 1, so that no kind
/// is set in sum.
pub(super) fn selector(case: &Case, kind: usize) -> Forged {
    if kind == own(Kind::Final) {
        return final_selector(case, false);
    }
    if kind == own(Kind::Member0) {
        return endless(case, |row, _| {
            let input: [Val; 16] = core::array::from_fn(|i| row[i]);
            let left = Digest(core::array::from_fn(|i| input[i]));
            let mut capacity = Digest::ZERO;
            capacity.0[0] = Domain::SetLeaf.tag();
            capacity.0[1] = Val::from_u8(14);
            set_permutation(row, compression(&left, &capacity));
            row[SIGNATURE.state].fill(Val::ZERO);
            row[OWN.kind.start + Kind::Member0.place()] = Val::NEG_ONE;
            row[SIGNATURE.kind.start + SignatureKind::Path.place()] = Val::ONE;
        });
    }
    honest(case).make_and(|rows, _| {
        let last = rows.0.len() - 1;
        let carried = rows.0[last].clone();
        let of_kind = rows.nth(kind, 0);
        let mut row = rows.0[of_kind].clone();
        carry(&mut row, &carried);
        if kind == SignatureKind::Message0.place() {
            row[OWN.index.start] -= Val::ONE;
        }
        if kind == own(Kind::Signers) {
            let signers = core::array::from_fn(|i| row[OWN.signers.start + i]);
            set_permutation(&mut row, signers);
        }
        set_kinds(&mut row, &[]);
        row[kind_column(kind)] = Val::NEG_ONE;
        let beside = if kind == SignatureKind::Path.place() {
            SignatureKind::Node
        } else {
            SignatureKind::Path
        };
        row[kind_column(beside.place())] = Val::ONE;
        rows.0[last] = row;
    })
}

pub(super) fn two_kinds(case: &Case) -> Forged {
    final_selector(case, true)
}

/// A row that is Final and the SetPath of level 8 above nothing, whose node is the top sibling of
/// the honest vote: Final 1 gives two kinds at once, Final −1 none in sum.
fn final_selector(case: &Case, two: bool) -> Forged {
    let mut forge = honest(case);
    forge.keeps_paths = true;
    let rows = Rows::of(&honest(case).make().trace);
    let last = &rows.0[rows.nth(own(Kind::Final), 0)];
    let input: [Val; 16] = core::array::from_fn(|i| last[i]);
    let mut output = input;
    permute(&mut output);
    forge.plans[0].vote.set_path.0[9] = feed_forward(&input, &output);
    forge.make_and(|rows, _| {
        let last = rows.nth(own(Kind::Final), 0);
        let end = rows.0[last].clone();
        let top = rows.0[rows.nth(own(Kind::SetPath), 9)].clone();
        let sum = end[OWN.index.start] - Val::from_u32(512);
        let mut first = end.clone();
        set_kinds(&mut first, &[own(Kind::SetPath)]);
        first[kind_column(own(Kind::Final))] = if two { Val::ONE } else { Val::NEG_ONE };
        set_walk(&mut first, [0, 8, 256], sum);
        let mut second = top;
        carry(&mut second, &end);
        set_walk(&mut second, [1, 9, 512], sum);
        let at = if two { last } else { last + 2 };
        rows.0[at] = first;
        rows.0[at + 1] = second;
        rows.0[at + 2] = end;
    })
}

pub(super) fn row_after_final(case: &Case) -> Forged {
    honest(case).make_and(|rows, _| {
        let last = rows.nth(own(Kind::Final), 0);
        let end = rows.0[last].clone();
        let mut top = rows.0[rows.nth(own(Kind::SetPath), 9)].clone();
        carry(&mut top, &end);
        rows.0[last + 1] = top;
        rows.0[last + 2] = end;
    })
}

/// A path that goes on to the last row, which `edit` changes.
pub(crate) fn endless(case: &Case, edit: impl Fn(&mut [Val], &mut PublicValues<Val>)) -> Forged {
    honest(case).make_and(|rows, public| {
        signature::endless(&mut rows.0);
        let last = rows.0.len() - 1;
        edit(&mut rows.0[last], public);
    })
}

pub(super) fn first_row(case: &Case) -> Forged {
    honest(case).make_and(|rows, _| {
        let mut top = rows.0[rows.nth(own(Kind::SetPath), 9)].clone();
        let first = rows.0[0].clone();
        carry(&mut top, &first);
        top[OWN.index.start] = Val::NEG_ONE;
        set_walk(&mut top, [0, 9, 512], Val::NEG_ONE);
        rows.0.insert(0, top);
        rows.0.pop();
    })
}

/// Takes parameter and leaf, bitmap, index and counts from `from`.
fn carry(row: &mut [Val], from: &[Val]) {
    let own = OWN.signers.start..OWN.power.end;
    for cells in [SIGNATURE.parameter, SIGNATURE.leaf, own] {
        row[cells.clone()].copy_from_slice(&from[cells]);
    }
}

fn set_kinds(row: &mut [Val], kinds: &[usize]) {
    super::super::search::kind_columns().for_each(|column| row[column] = Val::ZERO);
    for &kind in kinds {
        row[kind_column(kind)] = Val::ONE;
    }
}

fn kind_column(kind: usize) -> usize {
    super::super::search::kind_columns()
        .nth(kind)
        .expect("a kind")
}

fn set_walk(row: &mut [Val], [bit, count, weight]: [u32; 3], sum: Val) {
    row[SIGNATURE.bit.start] = Val::from_u32(bit);
    row[SIGNATURE.count.start] = Val::from_u32(count);
    row[SIGNATURE.weight.start] = Val::from_u32(weight);
    row[SIGNATURE.sum.start] = sum;
}
