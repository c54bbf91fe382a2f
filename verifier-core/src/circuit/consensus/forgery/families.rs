//! Changes that take more than one cell: other flags, other steps, other rows, with what makes all
//! else consistent.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use p3_field::{Field, PrimeCharacteristicRing};

use super::fixture::on_target;
use super::forge::{Forge, KINDS, Rows, own, tops};
use super::search::{Case, honest};
use crate::circuit::consensus::Kind;
use crate::circuit::consensus::columns::places::{OWN, SIGNATURE};
use crate::circuit::consensus::columns::{Cells, Row};
use crate::circuit::consensus::trace::VotePlan;
use crate::gadget::meddle::Draft;
use crate::gadget::permutation;
use crate::gadget::signature::Kind as SignatureKind;
use crate::gadget::walk::{compression, feed_forward};
use crate::hash::{Digest, Domain, Val, permute};
use crate::signature::{CHAINS, TARGET_SUM, digits, message_digest};
use crate::stark::mutation::{Attempt, Forged};

/// Returns the attempts of all families.
pub(super) fn attempts(cases: &[Arc<Case>]) -> Vec<Attempt> {
    let case = |name: &str| {
        let case = cases.iter().find(|case| case.name == name);
        Arc::clone(case.expect("a case of that name"))
    };
    let (zero, five) = (case("index 0"), case("index 5"));
    let mut attempts = Vec::new();
    let mut push = |name: String, forge: Box<dyn Fn() -> Forged + Send + Sync>| {
        let (name, written) = (format!("by hand: {name}"), true);
        attempts.push(Attempt {
            name,
            written,
            forge,
        });
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
    for cell in 0..permutation::COLUMNS {
        let case = Arc::clone(&five);
        let forge = move || set_leaf(&case, cell);
        push(
            format!("cell {cell} of the permutation of a set leaf"),
            Box::new(forge),
        );
    }
    for (name, fits, steps, ends) in STEPS {
        let case = Arc::clone(&five);
        let forge = move || other_steps(&case, *fits, *steps, *ends);
        push((*name).into(), Box::new(forge));
    }
    for (name, start, flags) in FLAGS {
        let case = Arc::clone(&five);
        push(
            (*name).into(),
            Box::new(move || other_flags(&case, *start, flags)),
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
    ("a flag in padding", flag_in_padding),
    (
        "the pair's number is another in the middle of a chain",
        count_pulse,
    ),
    ("a place value that counts no digit", weight_pulse),
    ("52 pairs, counted from −13", |case| {
        more_pairs(case, -Val::from_u8(13))
    }),
    ("52 pairs", |case| more_pairs(case, Val::ZERO)),
    (
        "another leaf of the key's tree, its number started by one more",
        |case| other_side(case, SignatureKind::Path.place(), Val::ONE),
    ),
    (
        "another leaf of the set's tree, its number started by one more",
        |case| other_side(case, own(Kind::SetPath), Val::ONE),
    ),
    ("nine levels of the set's tree, counted from 1", |case| {
        nine_levels(case, Val::ONE)
    }),
    ("a key of 21 levels", high_key),
    ("a power of another high limb", |case| {
        let mut forge = honest(case);
        forge.statement.signed_power += 1 << 16;
        forge.keeps_power = true;
        forge.make()
    }),
];

/// Sets the selector of `kind` to −1 and that of a kind that asks for nothing to 1, so that no kind
/// is set in sum.
fn selector(case: &Case, kind: usize) -> Forged {
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

fn two_kinds(case: &Case) -> Forged {
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

fn row_after_final(case: &Case) -> Forged {
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
pub(super) fn endless(case: &Case, edit: impl Fn(&mut [Val], &mut Vec<Val>)) -> Forged {
    honest(case).make_and(|rows, public_values| {
        let first = rows.nth(SignatureKind::Path.place(), 0);
        for row in first + 1..rows.0.len() {
            let before = rows.0[row - 1].clone();
            let mut next = before.clone();
            let node = {
                let before = Row::new(&before);
                let permutation = before.signature.permutation;
                feed_forward(permutation.input, permutation.output)
            };
            set_permutation(&mut next, compression(&node, &Digest::ZERO));
            next[SIGNATURE.count.start] += Val::ONE;
            next[SIGNATURE.weight.start] *= Val::TWO;
            let bit = before[SIGNATURE.bit.start];
            next[SIGNATURE.sum.start] += bit * before[SIGNATURE.weight.start];
            next[SIGNATURE.bit.start] = Val::ZERO;
            rows.0[row] = next;
        }
        let last = rows.0.len() - 1;
        edit(&mut rows.0[last], public_values);
    })
}

fn first_row(case: &Case) -> Forged {
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

fn flag_in_padding(case: &Case) -> Forged {
    honest(case).make_and(|rows, _| {
        let last = rows.0.len() - 1;
        let row = &mut rows.0[last];
        for cells in [
            SIGNATURE.digest,
            SIGNATURE.digit_bits,
            SIGNATURE.half,
            SIGNATURE.sum,
        ] {
            row[cells].fill(Val::ZERO);
        }
        for cells in [SIGNATURE.bit, SIGNATURE.quad, SIGNATURE.quint] {
            row[cells].fill(Val::ZERO);
        }
        row[SIGNATURE.weight.start] = Val::from_u32(1 << 24);
        row[SIGNATURE.mid.start] = Val::ONE;
    })
}

/// Signs so that there is a pair, none that a flag closes, whose digits fit; returns it too.
fn signed(case: &Case, fits: impl Fn(u8, u8) -> bool) -> (VotePlan, usize) {
    let mut plan = honest(case).plans[0].clone();
    let has_flag = |pair: usize| matches!(pair % 13, 6 | 12);
    let pair_of = |digits: &[u8; CHAINS]| {
        (1..38).find(|&pair| !has_flag(pair) && fits(digits[2 * pair], digits[2 * pair + 1]))
    };
    let (key, _) = case.set.member(plan.vote.index);
    let mut pair = 0;
    let (signature, digits) = key.sign_if(plan.leaf, &plan.message, |digest| {
        let digits = on_target(TARGET_SUM)(digest)?;
        pair = pair_of(&digits)?;
        Some(digits)
    });
    let parameter = &plan.vote.public_key.parameter;
    let digest = message_digest(parameter, plan.leaf, &plan.message, &signature.randomizer);
    plan.tops = tops(&digest);
    plan.vote.signature = signature;
    plan.digits = digits;
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

fn count_pulse(case: &Case) -> Forged {
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

fn weight_pulse(case: &Case) -> Forged {
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

fn more_pairs(case: &Case, start: Val) -> Forged {
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

/// At the lowest level of a walk, an odd leaf is taken for the even one beside it.
pub(super) fn other_side(case: &Case, kind: usize, sum: Val) -> Forged {
    let act = |nth: usize, draft: &mut Draft<'_, Cells>| {
        if (draft.kind, nth) == (kind, 0) {
            draft.input.rotate_left(8);
            draft.cells.signature.bit -= Val::ONE;
            draft.cells.signature.sum += sum;
        }
    };
    Forge::new(&case.set, &case.witness, &act).make()
}

/// The root is the node under the set's.
pub(super) fn nine_levels(case: &Case, count: Val) -> Forged {
    let act = |nth: usize, draft: &mut Draft<'_, Cells>| {
        if (draft.kind, nth) == (own(Kind::SetPath), 0) {
            draft.cells.signature.count += count;
        }
    };
    Forge::new(&case.set, &case.witness, &act).make_and(|rows, public_values| {
        let top = rows.nth(own(Kind::SetPath), 9);
        let below = Row::new(&rows.0[top - 1]).signature.permutation;
        let root = feed_forward(below.input, below.output);
        public_values[10..18].copy_from_slice(&root.0);
        rows.0.remove(top);
        let padding = rows.0[rows.0.len() - 1].clone();
        rows.0.push(padding);
    })
}

fn high_key(case: &Case) -> Forged {
    let mut forge = honest(case);
    let vote = &mut forge.plans[0].vote;
    vote.signature.path.resize(21, Digest::ZERO);
    vote.public_key.tree_height = 21;
    forge.make()
}

/// The secret behind the slot digest is another one than gave the randomness.
fn slot_secret(case: &Case, lane: usize) -> Forged {
    let act = |_: usize, draft: &mut Draft<'_, Cells>| {
        if draft.kind == own(Kind::Slot) {
            draft.cells.signature.state[8 + lane] += Val::ONE;
            draft.input[lane] += Val::ONE;
        }
    };
    Forge::new(&case.set, &case.witness, &act).make()
}

/// The set leaf is not the hash of the member: one cell on the way is another one.
fn set_leaf(case: &Case, cell: usize) -> Forged {
    let act = |_: usize, draft: &mut Draft<'_, Cells>| {
        if draft.kind == own(Kind::Member1) {
            let columns = permutation::broken_permutation(*draft.input, cell, Val::ONE);
            draft.permutation = Some(columns);
        }
    };
    Forge::new(&case.set, &case.witness, &act).make()
}

/// A bit of the gap that is 2^−bit more moves the index on by one.
fn gap_bit(case: &Case, bit: usize) -> Forged {
    let act = |_: usize, draft: &mut Draft<'_, Cells>| {
        if draft.kind == SignatureKind::Message0.place() {
            draft.cells.signature.state[bit] += Val::TWO.exp_u64(bit_width(bit)).inverse();
            draft.cells.own.index += Val::ONE;
        }
    };
    Forge::new(&case.set, &case.witness, &act).make()
}

fn bit_width(bit: usize) -> u64 {
    u64::try_from(bit).expect("below 16")
}

/// A bit of the index makes up for another one of the same kind.
fn index_bit(case: &Case, bit: usize) -> Forged {
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
pub(super) fn change_bits(case: &Case, change: impl Fn(&mut [Val; 16]) + Sync) -> Forged {
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
fn final_digit(case: &Case, digit: usize) -> Forged {
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

/// A pair of which the even chain has steps, and no row.
pub(super) fn no_step(case: &Case) -> Forged {
    other_steps(
        case,
        |even, _| even < 3,
        |_, _| Vec::new(),
        |even, _| Some([0, even]),
    )
}

/// Leaves out the Signers row at `last`, and what it does to the rows behind it.
pub(super) fn drop_block(rows: &mut Rows, last: usize) {
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
pub(super) fn signers(row: &[Val]) -> [Val; 8] {
    core::array::from_fn(|i| row[OWN.signers.start + i])
}

type Fits = fn(u8, u8) -> bool;
type OtherSteps = fn(u8, u8) -> Vec<(usize, u8)>;
/// `bit` and `quad` of the Ends row that follows no step.
type EndsCells = fn(u8, u8) -> Option<[u8; 2]>;

fn run(odd: usize, from: u8) -> impl Iterator<Item = (usize, u8)> {
    (from..3).map(move |position| (odd, position))
}

/// What is wrong with the steps of a pair, the digits that it takes, the steps.
const STEPS: &[(&str, Fits, OtherSteps, EndsCells)] = &[
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

fn other_steps(case: &Case, fits: Fits, steps: OtherSteps, ends: EndsCells) -> Forged {
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
const FLAGS: &[(&str, i64, &[usize])] = &[
    ("a place value that starts too low", -52, &[19, 25, 32, 38]),
    ("a first element that is closed too late", 0, &[32, 38]),
    ("a second element that is closed too late", 0, &[6, 38]),
];

/// Digits of which those of a longer element are free: 13 of them make up for the others.
fn other_flags(case: &Case, start: i64, flags: &[usize]) -> Forged {
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

/// Takes parameter and leaf, bitmap, index and counts from `from`.
fn carry(row: &mut [Val], from: &[Val]) {
    let own = OWN.signers.start..OWN.power.end;
    for cells in [SIGNATURE.parameter, SIGNATURE.leaf, own] {
        row[cells.clone()].copy_from_slice(&from[cells]);
    }
}

fn set_kinds(row: &mut [Val], kinds: &[usize]) {
    super::search::kind_columns().for_each(|column| row[column] = Val::ZERO);
    for &kind in kinds {
        row[kind_column(kind)] = Val::ONE;
    }
}

fn kind_column(kind: usize) -> usize {
    super::search::kind_columns().nth(kind).expect("a kind")
}

fn set_walk(row: &mut [Val], [bit, count, weight]: [u32; 3], sum: Val) {
    row[SIGNATURE.bit.start] = Val::from_u32(bit);
    row[SIGNATURE.count.start] = Val::from_u32(count);
    row[SIGNATURE.weight.start] = Val::from_u32(weight);
    row[SIGNATURE.sum.start] = sum;
}

fn set_permutation(row: &mut [Val], input: [Val; 16]) {
    let columns = permutation::broken_permutation(input, usize::MAX, Val::ZERO);
    row[..permutation::COLUMNS].copy_from_slice(&columns);
}
