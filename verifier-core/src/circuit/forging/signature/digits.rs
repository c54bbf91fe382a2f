//! Other digits, steps and flags of a signature than its message digest gives.

use alloc::vec::Vec;
use core::ops::Range;

use p3_field::{Field, PrimeCharacteristicRing, PrimeField32};

use super::fit::{Encoding, on_target, tops};
use super::{Change, Signer, step_number};
use crate::gadget::meddle::Draft;
use crate::gadget::signature::{Kind, SignatureCells};
use crate::hash::{Digest, Val};
use crate::signature::{CHAINS, TARGET_SUM, digits, message_digest};
use crate::stark::mutation::Forged;

/// Which digits of a pair a change takes.
pub(super) type Fits = fn(u8, u8) -> bool;
type OtherSteps = fn(u8, u8) -> Vec<(usize, u8)>;
/// `bit` and `quad` of the Ends row that follows no step.
type EndsCells = fn(u8, u8) -> Option<[u8; 2]>;

/// Returns a pair, none that a flag closes, and digits of it that fit: those of the honest signature,
/// where it has such a pair.
fn fitting<S: Signer>(case: &S::Case, fits: Fits) -> (usize, [u8; 2]) {
    let digits = S::signed(case).encoding.digits;
    let of = |pair: usize| [digits[2 * pair], digits[2 * pair + 1]];
    let has_flag = |pair: &usize| matches!(pair % 13, 6 | 12);
    let mut pairs = (1..38).filter(|pair| !has_flag(pair));
    if let Some(pair) = pairs.find(|&pair| fits(of(pair)[0], of(pair)[1])) {
        return (pair, of(pair));
    }
    // The larger a digit, the more signatures have it.
    let mut all = (0..16_u8).rev().map(|both| [both / 4, both % 4]);
    let found = all.find(|&[even, odd]| fits(even, odd));
    (1, found.expect("digits that fit"))
}

/// Signs nothing but a digest that gives a pair these digits.
pub(crate) fn with_digits(
    pair: usize,
    of_pair: [u8; 2],
) -> impl Fn(&Digest, u32) -> Option<Encoding> {
    move |digest, target| {
        let encoding = on_target(digest, target)?;
        (encoding.digits[2 * pair..2 * pair + 2] == of_pair).then_some(encoding)
    }
}

/// Whether a row is the first one of a pair.
fn starts<S: Signer>(number: usize, draft: &mut Draft<'_, S::Cells>, pair: usize) -> bool {
    if draft.kind == Kind::Chain.place() {
        return number == step_number(pair, 0);
    }
    let has_no_step = S::check(draft.cells).digit_bits == [Val::ONE; 4];
    draft.kind == Kind::Ends.place() && number == pair && has_no_step
}

pub(super) fn count_pulse<S: Signer>(case: &S::Case) -> Forged {
    let (pair, of_pair) = fitting::<S>(case, |even, _| even == 0);
    let act = |number: usize, draft: &mut Draft<'_, S::Cells>| {
        if draft.kind != Kind::Chain.place() {
            return;
        }
        let count = &mut S::check(draft.cells).count;
        if number == step_number(pair, 1) {
            *count += Val::ONE;
            draft.input[10] += Val::from_u8(8);
        }
        if number == step_number(pair, 2) {
            *count -= Val::ONE;
            draft.input[10] -= Val::from_u8(8);
        }
    };
    let mut change = Change::rows(&act);
    let wanted = with_digits(pair, of_pair);
    change.wanted = &wanted;
    S::forge(case, change, None)
}

pub(super) fn weight_pulse<S: Signer>(case: &S::Case) -> Forged {
    let (pair, of_pair) = fitting::<S>(case, |even, odd| (even, odd) == (0, 0));
    let act = |number: usize, draft: &mut Draft<'_, S::Cells>| {
        if starts::<S>(number, draft, pair) {
            S::check(draft.cells).weight += Val::ONE;
        }
        if starts::<S>(number, draft, pair + 1) {
            S::check(draft.cells).weight -= Val::from_u8(16);
        }
    };
    let mut change = Change::rows(&act);
    let wanted = with_digits(pair, of_pair);
    change.wanted = &wanted;
    S::forge(case, change, None)
}

pub(super) fn more_pairs<S: Signer>(case: &S::Case, start: Val) -> Forged {
    let act = |number: usize, draft: &mut Draft<'_, S::Cells>| {
        if starts::<S>(number, draft, 0) {
            S::check(draft.cells).count += start;
            if draft.kind == Kind::Chain.place() {
                draft.input[10] += Val::from_u8(8) * start;
            }
        }
    };
    let mut change = Change::rows(&act);
    change.pairs = Some(52);
    S::forge(case, change, None)
}

/// In the row of a pair without steps, and in no other, a cell is another one.
pub(super) fn in_ends<S: Signer>(case: &S::Case, act: fn(&mut SignatureCells)) -> Forged {
    let (pair, of_pair) = fitting::<S>(case, |even, odd| (even, odd) == (3, 3));
    let act = |number: usize, draft: &mut Draft<'_, S::Cells>| {
        if (draft.kind, number) == (Kind::Ends.place(), pair) {
            let mut written = draft.cells.clone();
            act(S::check(&mut written));
            draft.written = Some(written);
        }
    };
    let mut change = Change::rows(&act);
    let wanted = with_digits(pair, of_pair);
    change.wanted = &wanted;
    S::forge(case, change, None)
}

/// A pair of which the even chain has steps, and no row.
pub(crate) fn no_step<S: Signer>(case: &S::Case) -> Forged {
    other_steps::<S>(
        case,
        |even, _| even < 3,
        |_, _| Vec::new(),
        |even, _| Some([0, even]),
    )
}

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

pub(super) fn other_steps<S: Signer>(
    case: &S::Case,
    fits: Fits,
    steps: OtherSteps,
    ends: EndsCells,
) -> Forged {
    let (pair, of_pair @ [even, odd]) = fitting::<S>(case, fits);
    let act = |number: usize, draft: &mut Draft<'_, S::Cells>| {
        if (draft.kind, number) == (Kind::Ends.place(), pair)
            && let Some([bit, quad]) = ends(even, odd)
        {
            let cells = S::check(draft.cells);
            cells.bit = Val::from_u8(bit);
            cells.quad = Val::from_u8(quad);
        }
    };
    let others = |at: usize| (at == pair).then(|| steps(even, odd));
    let mut change = Change::rows(&act);
    change.steps = &others;
    let wanted = with_digits(pair, of_pair);
    change.wanted = &wanted;
    S::forge(case, change, None)
}

/// What is wrong with the flags, the weight of the first digit as a power of two, and the pairs
/// that close an element.
pub(super) const FLAGS: &[(&str, i64, &[usize])] = &[
    ("a place value that starts too low", -52, &[19, 25, 32, 38]),
    ("a first element that is closed too late", 0, &[32, 38]),
    ("a second element that is closed too late", 0, &[6, 38]),
];

/// Digits of which those of a longer element are free: 13 of them make up for the others.
pub(super) fn other_flags<S: Signer>(case: &S::Case, start: i64, flags: &[usize]) -> Forged {
    let weight = match start {
        0 => Val::ONE,
        _ => Val::TWO.exp_u64(start.unsigned_abs()).inverse(),
    };
    let signed = S::signed(case);
    let mut randomizer = signed.randomizer;
    let encoding = (0..)
        .find_map(|i| {
            randomizer[6] = Val::from_u32(i);
            let (parameter, message) = (&signed.parameter, &signed.message);
            let digest = message_digest(parameter, signed.leaf, message, &randomizer);
            free_digits(&digest, weight, flags)
        })
        .expect("there are many");
    let act = |number: usize, draft: &mut Draft<'_, S::Cells>| {
        let first = starts::<S>(number, draft, 0);
        let cells = S::check(draft.cells);
        if draft.kind == Kind::Ends.place() && !flags.contains(&number) {
            (cells.mid, cells.end, cells.bit) = (Val::ZERO, Val::ZERO, Val::ZERO);
            cells.set_small(0);
        }
        if first {
            cells.weight = weight;
        }
    };
    let mut change = Change::rows(&act);
    change.signed = Some((randomizer, encoding));
    S::forge(case, change, None)
}

/// Returns digits and tops for elements that are closed at the pairs of `flags`, if their sum is
/// right. The first digit has the place value `weight`.
fn free_digits(digest: &Digest, weight: Val, flags: &[usize]) -> Option<Encoding> {
    // Where each element ends: in the middle of a pair, or with it.
    let end = |pair: usize| 2 * pair + 1 + usize::from(pair % 13 == 12);
    let starts: Vec<usize> = core::iter::once(0)
        .chain(flags.iter().map(|&pair| end(pair)))
        .collect();
    let mut found = Encoding {
        digits: [0; CHAINS],
        tops: [0; 6],
    };
    let four = Val::from_u8(4);
    let place = |j: usize, digit: usize| {
        let first = if j == 0 { weight } else { Val::ONE };
        first * four.exp_u64(u64::try_from(digit - starts[j]).expect("below 78"))
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
            found.digits[digit] = value;
            elements.0[long] -= place(long, digit) * Val::from_u8(value);
        }
        let (all, all_tops) = (digits(&elements), tops(&elements));
        for (j, &pair) in flags.iter().enumerate() {
            let at = if j == long { exact } else { starts[j] };
            found.digits[at..at + 13].copy_from_slice(&all[13 * j..][..13]);
            found.tops[pair / 13 * 2 + usize::from(pair % 13 == 12)] = all_tops[j];
        }
        if found.sum() == TARGET_SUM {
            return Some(found);
        }
    }
    None
}

/// Reads the first element as itself plus the modulus, if that is in `range` and on target.
pub(crate) fn plus_modulus(digest: &Digest, target: u32, range: Range<u64>) -> Option<Encoding> {
    let other = u64::from(digest.0[0].as_canonical_u32()) + u64::from(Val::ORDER_U32);
    if !range.contains(&other) {
        return None;
    }
    let mut encoding = Encoding::of(digest);
    for (i, digit) in encoding.digits[..13].iter_mut().enumerate() {
        *digit = u8::try_from(other >> (2 * i) & 3).ok()?;
    }
    let top = &mut encoding.tops[0];
    *top = u8::try_from(other >> 26).ok()?;
    // Bits 27 and 28 are not both one where the check above them shall not see it.
    let is_seen = range.end > 1 << 31 && *top >> 1 & 3 == 3;
    (encoding.sum() == target && !is_seen).then_some(encoding)
}
