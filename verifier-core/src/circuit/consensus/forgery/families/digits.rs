//! Other digits, steps and flags of a signature than its message digest gives.

use alloc::vec::Vec;

use p3_field::{Field, PrimeCharacteristicRing};

use super::super::fixture::on_target;
use super::super::forge::{Forge, sign_again, tops};
use super::super::search::{Case, honest};
use super::bit_width;
use crate::circuit::consensus::columns::Cells;
use crate::circuit::consensus::trace::VotePlan;
use crate::gadget::meddle::Draft;
use crate::gadget::signature::Kind as SignatureKind;
use crate::hash::{Digest, Val};
use crate::signature::{CHAINS, TARGET_SUM, digits, message_digest};
use crate::stark::mutation::Forged;
/// Signs so that there is a pair, none that a flag closes, whose digits fit; returns it too.
fn signed(case: &Case, fits: impl Fn(u8, u8) -> bool) -> (VotePlan, usize) {
    let mut plan = honest(case).plans[0].clone();
    let has_flag = |pair: usize| matches!(pair % 13, 6 | 12);
    let pair_of = |digits: &[u8; CHAINS]| {
        (1..38).find(|&pair| !has_flag(pair) && fits(digits[2 * pair], digits[2 * pair + 1]))
    };
    let (key, _) = case.set.member(plan.vote.index);
    let mut pair = 0;
    sign_again(&mut plan, key, |digest| {
        let digits = on_target(TARGET_SUM)(digest)?;
        pair = pair_of(&digits)?;
        Some((digits, tops(digest)))
    });
    (plan, pair)
}

/// Returns kind and number of the first row of a pair.
fn first_row_of(digits: &[u8; CHAINS], pair: usize) -> (usize, usize) {
    let steps: usize = digits[..2 * pair]
        .iter()
        .map(|&digit| usize::from(3 - digit))
        .sum();
    if digits[2 * pair..2 * pair + 2] == [3, 3] {
        (SignatureKind::Ends.place(), pair)
    } else {
        (SignatureKind::Chain.place(), steps)
    }
}

pub(super) fn count_pulse(case: &Case) -> Forged {
    let (plan, pair) = signed(case, |even, _| even == 0);
    let (kind, first) = first_row_of(&plan.digits, pair);

    let act = |nth: usize, draft: &mut Draft<'_, Cells>| {
        if (draft.kind, nth) == (kind, first + 1) {
            draft.cells.signature.count += Val::ONE;
            draft.input[10] += Val::from_u8(8);
        }
        if (draft.kind, nth) == (kind, first + 2) {
            draft.cells.signature.count -= Val::ONE;
            draft.input[10] -= Val::from_u8(8);
        }
    };
    let mut forge = Forge::new(&case.set, &case.witness, &act);
    forge.plans[0] = plan;
    forge.make()
}

pub(super) fn weight_pulse(case: &Case) -> Forged {
    let (plan, pair) = signed(case, |even, odd| (even, odd) == (0, 0));
    let digits = plan.digits;

    let act = |nth: usize, draft: &mut Draft<'_, Cells>| {
        if (draft.kind, nth) == first_row_of(&digits, pair) {
            draft.cells.signature.weight += Val::ONE;
        }
        if (draft.kind, nth) == first_row_of(&digits, pair + 1) {
            draft.cells.signature.weight -= Val::from_u8(16);
        }
    };
    let mut forge = Forge::new(&case.set, &case.witness, &act);
    forge.plans[0] = plan;
    forge.make()
}

pub(super) fn more_pairs(case: &Case, start: Val) -> Forged {
    let digits = honest(case).plans[0].digits;
    let act = |nth: usize, draft: &mut Draft<'_, Cells>| {
        if (draft.kind, nth) == first_row_of(&digits, 0) {
            draft.cells.signature.count += start;
            draft.input[10] += Val::from_u8(8) * start;
        }
    };
    let mut forge = Forge::new(&case.set, &case.witness, &act);
    forge.pairs = Some(52);
    forge.make()
}

/// A pair of which the even chain has steps, and no row.
pub(crate) fn no_step(case: &Case) -> Forged {
    other_steps(
        case,
        |even, _| even < 3,
        |_, _| Vec::new(),
        |even, _| Some([0, even]),
    )
}

type Fits = fn(u8, u8) -> bool;
type OtherSteps = fn(u8, u8) -> Vec<(usize, u8)>;
/// `bit` and `quad` of the Ends row that follows no step.
type EndsCells = fn(u8, u8) -> Option<[u8; 2]>;

fn run(odd: usize, from: u8) -> impl Iterator<Item = (usize, u8)> {
    (from..3).map(move |position| (odd, position))
}

/// What is wrong with the steps of a pair, the digits that it takes, the steps.
pub(super) const STEPS: &[(&str, Fits, OtherSteps, EndsCells)] = &[
    (
        "an even chain goes on as the odd one",
        |even, odd| even < 2 && odd == 3,
        |even, _| {
            core::iter::once((0, even))
                .chain(run(1, even + 1))
                .collect()
        },
        |_, _| None,
    ),
    (
        "a chain leaves a position out",
        |even, _| even == 0,
        |_, odd| [(0, 0), (0, 2)].into_iter().chain(run(1, odd)).collect(),
        |_, _| None,
    ),
    (
        "an even chain runs twice",
        |even, odd| even < 3 && odd < 3,
        |even, odd| run(0, even).chain(run(0, odd)).chain(run(1, odd)).collect(),
        |_, _| None,
    ),
    (
        "an odd chain starts before its digit",
        |even, odd| even < 3 && (1..3).contains(&odd),
        |even, odd| run(0, even).chain(run(1, odd - 1)).collect(),
        |_, _| None,
    ),
    (
        "no step of a pair",
        |even, _| even < 3,
        |_, _| Vec::new(),
        |even, _| Some([0, even]),
    ),
    (
        "an odd chain in place of the even one",
        |even, _| even < 3,
        |even, _| run(1, even).collect(),
        |_, _| None,
    ),
    (
        "an even chain starts before its digit",
        |even, _| (1..3).contains(&even),
        |even, odd| run(0, even - 1).chain(run(1, odd)).collect(),
        |_, _| None,
    ),
    (
        "no step of an odd chain that is the first",
        |even, odd| even == 3 && odd < 3,
        |_, _| Vec::new(),
        |_, odd| Some([1, odd]),
    ),
    (
        "an even chain before an odd one that is the first",
        |even, odd| even == 3 && odd < 3,
        |_, odd| run(0, odd).chain(run(1, odd)).collect(),
        |_, _| None,
    ),
    (
        "an odd chain that is the first starts before its digit",
        |even, odd| even == 3 && (1..3).contains(&odd),
        |_, odd| run(1, odd - 1).collect(),
        |_, _| None,
    ),
    (
        "a step of a pair that has none",
        |even, odd| even == 3 && odd == 3,
        |_, _| run(1, 0).collect(),
        |_, _| None,
    ),
];

pub(super) fn other_steps(case: &Case, fits: Fits, steps: OtherSteps, ends: EndsCells) -> Forged {
    let (plan, pair) = signed(case, fits);
    let [even, odd] = [plan.digits[2 * pair], plan.digits[2 * pair + 1]];

    let act = |nth: usize, draft: &mut Draft<'_, Cells>| {
        if (draft.kind, nth) == (SignatureKind::Ends.place(), pair)
            && let Some([bit, quad]) = ends(even, odd)
        {
            draft.cells.signature.bit = Val::from_u8(bit);
            draft.cells.signature.quad = Val::from_u8(quad);
        }
    };
    let others = |at: usize| (at == pair).then(|| steps(even, odd));
    let mut forge = Forge::new(&case.set, &case.witness, &act);
    forge.plans[0] = plan;
    forge.steps = &others;
    forge.make()
}

/// What is wrong with the flags, the weight of the first digit as a power of two, and the pairs
/// that close an element.
pub(super) const FLAGS: &[(&str, i64, &[usize])] = &[
    ("a place value that starts too low", -52, &[19, 25, 32, 38]),
    ("a first element that is closed too late", 0, &[32, 38]),
    ("a second element that is closed too late", 0, &[6, 38]),
];

/// Digits of which those of a longer element are free: 13 of them make up for the others.
pub(super) fn other_flags(case: &Case, start: i64, flags: &[usize]) -> Forged {
    let weight = match start {
        0 => Val::ONE,
        _ => Val::TWO.exp_u64(start.unsigned_abs()).inverse(),
    };
    let plan = honest(case).plans[0].clone();
    let mut signature = plan.vote.signature.clone();
    let parameter = plan.vote.public_key.parameter;
    let (digits_found, tops_found) = (0..)
        .find_map(|i| {
            signature.randomizer[6] = Val::from_u32(i);
            let digest =
                message_digest(&parameter, plan.leaf, &plan.message, &signature.randomizer);
            free_digits(&digest, weight, flags)
        })
        .expect("there are many");
    let act = |nth: usize, draft: &mut Draft<'_, Cells>| {
        let cells = &mut draft.cells.signature;
        if draft.kind == SignatureKind::Ends.place() && !flags.contains(&nth) {
            (cells.mid, cells.end, cells.bit) = (Val::ZERO, Val::ZERO, Val::ZERO);
            cells.set_small(0);
        }
        if (draft.kind, nth) == first_row_of(&digits_found, 0) {
            cells.weight = weight;
        }
    };
    let mut forge = Forge::new(&case.set, &case.witness, &act);
    let (key, _) = case.set.member(plan.vote.index);
    let plan = &mut forge.plans[0];
    plan.vote.signature = key.sign_digits(plan.leaf, signature.randomizer, &digits_found);
    plan.digits = digits_found;
    plan.tops = tops_found;
    forge.signs_again = false;
    forge.make()
}

/// Returns digits and tops for elements that are closed at the pairs of `flags`, if their sum is
/// right. The first digit has the place value `weight`.
fn free_digits(digest: &Digest, weight: Val, flags: &[usize]) -> Option<([u8; CHAINS], [u8; 6])> {
    // Where each element ends: in the middle of a pair, or with it.
    let end = |pair: usize| 2 * pair + 1 + usize::from(pair % 13 == 12);
    let starts: Vec<usize> = core::iter::once(0)
        .chain(flags.iter().map(|&pair| end(pair)))
        .collect();
    let mut found = [0; CHAINS];
    let mut tops_found = [0; 6];
    let four = Val::from_u8(4);
    let place = |j: usize, digit: usize| {
        let first = if j == 0 { weight } else { Val::ONE };
        first * four.exp_u64(bit_width(digit - starts[j]))
    };
    // The longest element has free digits, as many threes as there have to be.
    let long = (0..flags.len()).max_by_key(|&j| starts[j + 1] - starts[j])?;
    let exact = (starts[long]..starts[long + 1]).find(|&digit| place(long, digit) == Val::ONE)?;
    let free: Vec<usize> = (starts[long]..starts[long + 1])
        .filter(|digit| !(exact..exact + 13).contains(digit))
        .collect();
    let fill = |sum: usize| {
        let value = |i: usize| u8::try_from(sum.saturating_sub(3 * i).min(3)).expect("a digit");
        free.iter()
            .enumerate()
            .map(move |(i, &digit)| (digit, value(i)))
            .collect::<Vec<_>>()
    };
    for sum in 0..=3 * free.len() {
        let mut elements = *digest;
        for (digit, value) in fill(sum) {
            found[digit] = value;
            elements.0[long] -= place(long, digit) * Val::from_u8(value);
        }
        let (all, all_tops) = (digits(&elements), tops(&elements));
        for (j, &pair) in flags.iter().enumerate() {
            let at = if j == long { exact } else { starts[j] };
            found[at..at + 13].copy_from_slice(&all[13 * j..][..13]);
            tops_found[pair / 13 * 2 + usize::from(pair % 13 == 12)] = all_tops[j];
        }
        if found.iter().map(|&digit| u32::from(digit)).sum::<u32>() == 148 {
            return Some((found, tops_found));
        }
    }
    None
}
