//! The changes of a signature that take more than one cell, for every circuit that has one.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::digits::{
    FLAGS, STEPS, count_pulse, in_ends, more_pairs, other_flags, other_steps, plus_modulus,
    weight_pulse,
};
use super::fit::on_target;
use super::rows::{LAST_STEPS, cut_after_step, flag_in_padding};
use super::{Change, Signer, Wanted};
use crate::gadget::meddle::Draft;
use crate::gadget::permutation::{self, broken_permutation};
use crate::gadget::signature::Kind;
use crate::hash::Val;
use crate::stark::mutation::{Attempt, Forged};

/// Makes a forgery of a case.
type Forge<S> = Box<dyn Fn(&<S as Signer>::Case) -> Forged + Send + Sync>;

/// Returns the attempts on the first signature of a case, whose leaf is odd.
pub(crate) fn attempts<S: Signer>(case: &Arc<S::Case>) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let mut push = |name: String, forge: Forge<S>| {
        let case = Arc::clone(case);
        attempts.push(Attempt::by_hand(name, move || forge(&case)));
    };
    for (name, forge) in alone::<S>() {
        push(name.into(), Box::new(forge));
    }
    for cell in 0..permutation::COLUMNS {
        let forge = move |case: &S::Case| broken::<S>(case, cell);
        push(
            format!("cell {cell} of the permutation of a leaf"),
            Box::new(forge),
        );
    }
    for (name, fits, steps, ends) in STEPS {
        let forge = |case: &S::Case| other_steps::<S>(case, *fits, *steps, *ends);
        push((*name).into(), Box::new(forge));
    }
    for (name, is_last) in LAST_STEPS {
        let forge = |case: &S::Case| {
            let edit = |rows: &mut Vec<Vec<Val>>| cut_after_step(rows, *is_last);
            S::forge(case, Change::rows(&|_, _| ()), Some(&edit))
        };
        push(format!("the last row is {name}"), Box::new(forge));
    }
    for (name, start, flags) in FLAGS {
        let forge = |case: &S::Case| other_flags::<S>(case, *start, flags);
        push((*name).into(), Box::new(forge));
    }
    attempts
}

/// A forgery of one case.
type Alone<S> = fn(&<S as Signer>::Case) -> Forged;

fn alone<S: Signer>() -> [(&'static str, Alone<S>); 14] {
    [
        ("a flag in padding", |case| {
            let edit = |rows: &mut Vec<Vec<Val>>| flag_in_padding(rows);
            S::forge(case, Change::rows(&|_, _| ()), Some(&edit))
        }),
        (
            "the pair's number is another in the middle of a chain",
            count_pulse::<S>,
        ),
        ("a place value that counts no digit", weight_pulse::<S>),
        ("52 pairs, counted from −13", |case| {
            more_pairs::<S>(case, -Val::from_u8(13))
        }),
        ("52 pairs", |case| more_pairs::<S>(case, Val::ZERO)),
        ("another leaf of the key's tree", |case| {
            other_side::<S>(case, Kind::Path.place(), Val::ZERO)
        }),
        (
            "a place of a leaf that counts more than one",
            first_weight::<S>,
        ),
        (
            "the number of a pair without steps is another in its row",
            |case| in_ends::<S>(case, |cells| cells.count -= Val::ONE),
        ),
        (
            "another element is filled in the row of a pair without steps",
            |case| in_ends::<S>(case, |cells| cells.half += Val::ONE),
        ),
        (
            "another leaf of the key's tree, its number started by one more",
            |case| other_side::<S>(case, Kind::Path.place(), Val::ONE),
        ),
        ("a key of 21 levels", |case| {
            let mut change = Change::rows(&|_, _| ());
            change.levels = Some(21);
            S::forge(case, change, None)
        }),
        ("a sum below the target", |case| {
            signed::<S>(case, &|digest, target| on_target(digest, target - 1))
        }),
        ("an element as itself plus the modulus", |case| {
            signed::<S>(case, &|digest, target| {
                plus_modulus(digest, target, 0..1 << 31)
            })
        }),
        // Bits 29 and up are 4.
        ("an element of a bit more", |case| {
            let range = 1 << 31..40 << 26;
            signed::<S>(case, &|digest, target| {
                plus_modulus(digest, target, range.clone())
            })
        }),
    ]
}

fn signed<S: Signer>(case: &S::Case, wanted: Wanted<'_>) -> Forged {
    let mut change = Change::rows(&|_, _| ());
    change.wanted = wanted;
    S::forge(case, change, None)
}

/// The permutation of a row is none: one cell on the way is another one.
fn broken<S: Signer>(case: &S::Case, cell: usize) -> Forged {
    let act = |number: usize, draft: &mut Draft<'_, S::Cells>| {
        if (draft.kind, number) == (S::PERMUTED, 0) {
            draft.permutation = Some(broken_permutation(*draft.input, cell, Val::ONE));
        }
    };
    S::forge(case, Change::rows(&act), None)
}

/// The leaf is a right child at the lowest level alone, where being one counts as its whole number.
fn first_weight<S: Signer>(case: &S::Case) -> Forged {
    let leaf = Val::from_u32(S::signed(case).leaf);
    let act = |number: usize, draft: &mut Draft<'_, S::Cells>| {
        if draft.kind != Kind::Path.place() {
            return;
        }
        let cells = S::check(draft.cells);
        let bit = Val::from_bool(number == 0);
        if cells.bit != bit {
            draft.input.rotate_left(8);
            cells.bit = bit;
        }
        if number == 0 {
            cells.weight = leaf;
        }
    };
    S::forge(case, Change::rows(&act), None)
}

/// At the lowest level of a walk, an odd leaf is taken for the even one beside it.
pub(crate) fn other_side<S: Signer>(case: &S::Case, kind: usize, sum: Val) -> Forged {
    let act = |number: usize, draft: &mut Draft<'_, S::Cells>| {
        if (draft.kind, number) == (kind, 0) {
            draft.input.rotate_left(8);
            let cells = S::check(draft.cells);
            cells.bit -= Val::ONE;
            cells.sum += sum;
        }
    };
    S::forge(case, Change::rows(&act), None)
}
