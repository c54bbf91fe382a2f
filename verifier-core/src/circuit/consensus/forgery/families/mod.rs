//! Changes that take more than one cell: other flags, other steps, other rows, with what makes all
//! else consistent.

mod members;
mod rows;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

pub(super) use self::members::{change_bits, drop_block, nine_levels, signers};
pub(super) use self::rows::endless;

use self::members::{final_digit, gap_bit, index_bit, slot_secret};
use self::rows::{first_row, row_after_final, selector, two_kinds};
use super::forge::{KINDS, own};
use super::search::{Case, honest};
use crate::circuit::consensus::{Consensus, Kind};
use crate::circuit::forging::signature::{self, other_side};
use crate::hash::Val;
use crate::stark::mutation::{Attempt, Forged};

/// Returns the attempts of all families.
pub(super) fn attempts(cases: &[Arc<Case>]) -> Vec<Attempt> {
    let case = |name: &str| {
        let case = cases.iter().find(|case| case.name == name);
        Arc::clone(case.expect("a case of that name"))
    };
    let (zero, five) = (case("index 0"), case("index 5"));
    let mut attempts = signature::attempts::<Consensus>(&five);
    let mut push = |name: String, forge: Box<dyn Fn() -> Forged + Send + Sync>| {
        attempts.push(Attempt::by_hand(name, forge));
    };
    for kind in 0..KINDS {
        let case = Arc::clone(&zero);
        let forge = move || selector(&case, kind);
        push(
            format!("selector {kind} is −1 beside another"),
            Box::new(forge),
        );
    }
    for (name, forge) in ALONE {
        let case = Arc::clone(&five);
        push((*name).into(), Box::new(move || forge(&case)));
    }
    for bit in 0..10 {
        for case in [&zero, &five] {
            let case = Arc::clone(case);
            let forge = move || gap_bit(&case, bit);
            push(format!("bit {bit} of the gap is none"), Box::new(forge));
        }
        let case = Arc::clone(&zero);
        let forge = move || index_bit(&case, bit);
        push(format!("bit {bit} of the index is none"), Box::new(forge));
    }
    for digit in 0..22 {
        let case = Arc::clone(&five);
        let forge = move || final_digit(&case, digit);
        push(format!("digit {digit} of Final is none"), Box::new(forge));
    }
    for lane in 0..8 {
        let case = Arc::clone(&five);
        let forge = move || slot_secret(&case, lane);
        push(
            format!("lane {lane} of the secret after Random1"),
            Box::new(forge),
        );
    }
    attempts
}

/// A forgery of one case.
type Alone = fn(&Case) -> Forged;

const ALONE: &[(&str, Alone)] = &[
    ("a row is two kinds at once", two_kinds),
    ("a row after Final", row_after_final),
    ("no end: the last row is a Path", |case| {
        endless(case, |_, _| {})
    }),
    ("the first row is a SetPath", first_row),
    (
        "another leaf of the set's tree, its number started by one more",
        |case| other_side::<Consensus>(case, own(Kind::SetPath), Val::ONE),
    ),
    ("nine levels of the set's tree, counted from 1", |case| {
        nine_levels(case, Val::ONE)
    }),
    ("a power of another high limb", |case| {
        let mut forge = honest(case);
        forge.statement.signed_power += 1 << 16;
        forge.keeps_power = true;
        forge.make()
    }),
];

/// Returns the number of a bit or a digit as an exponent.
fn bit_width(bit: usize) -> u64 {
    u64::try_from(bit).expect("below 16")
}
