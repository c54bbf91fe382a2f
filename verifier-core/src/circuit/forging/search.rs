//! The changes that a search tries: each lane and each cell of some rows of each kind, each public value, each
//! end.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use super::block::{Block, Subject, forge, forge_change, glance};
use super::kinds::{OPERATION, kind_columns, kind_of, kinds};
use super::signature::{self, Change, SIGNATURE, step_number, with_digits};
use crate::gadget::meddle::Draft;
use crate::gadget::operation::OperationRow;
use crate::gadget::permutation;
use crate::gadget::rows::TraceCells;
use crate::gadget::signature::Kind as SignatureKind;
use crate::hash::Val;
use crate::signature::CHAINS;
use crate::stark::Trace;
use crate::stark::mutation::{Attempt, Forged, broken_beside};

const CHANGES: [(&str, Val); 2] = [("+ 1", Val::ONE), ("- 1", Val::NEG_ONE)];

/// Returns the attempts on some blocks, by name, in an order that is always the same; `signed` is the block
/// whose signature is forged.
pub(crate) fn searched<S: Subject>(
    cases: Vec<(&'static str, Block)>,
    signed: &str,
) -> Vec<Attempt> {
    let block = cases.iter().find(|(name, _)| *name == signed);
    let block = block.map(|(_, block)| Arc::new(block.clone()));
    let of_signature = block.iter().flat_map(signature::attempts::<S>);
    let of_kinds = kinds::<S>(&cases);
    of_signature
        .chain(of_kinds)
        .chain(attempts::<S>(cases))
        .collect()
}

fn attempts<S: Subject>(cases: Vec<(&'static str, Block)>) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let mut had = BTreeSet::new();
    for (case_number, (name, block)) in cases.into_iter().enumerate() {
        let honest = honest::<S>(&block);
        let case = Arc::new((name, block, honest));
        let honest = &case.2;
        let columns = kind_columns::<S>();
        let rows: Vec<_> = honest.trace.values.chunks(honest.trace.width).collect();
        let kinds: Vec<_> = rows.iter().map(|row| kind_of(row, &columns)).collect();
        for (kind, kind_name) in S::kinds().into_iter().enumerate() {
            let numbers = signature::numbers(&kinds, kind);
            let count = numbers.len();
            let of_kind = (0..rows.len()).filter(|&row| kinds[row] == kind);
            let is_new: Vec<_> = of_kind
                .map(|row| had.insert(class(&rows, &kinds, row)))
                .collect();
            let others = [0, 1, 2, count / 2, count - count.min(1)];
            for nth in (0..count).filter(|nth| is_new[*nth] || others.contains(nth)) {
                // Other rows of a class are for what the first one leaves.
                let round = 1 + usize::from(!is_new[nth]);
                let at = At {
                    kind,
                    nth,
                    number: numbers[nth],
                    round,
                    pair: pair_of(kind, numbers[nth]),
                    name: format!("{name}: {kind_name} {nth}"),
                };
                lanes::<S>(&mut attempts, &case, &at);
                cells::<S>(&mut attempts, &case, &at);
                cut::<S>(&mut attempts, &case, &at);
            }
        }
        public_values::<S>(&mut attempts, &case, honest.public_values.len());
        ends::<S>(&mut attempts, &case, 1 + case_number.min(1));
    }
    attempts
}

/// Returns what the constraints on a row and on those beside it may depend on.
fn class(rows: &[&[Val]], kinds: &[usize], row: usize) -> Vec<u32> {
    let next = (row + 1) % rows.len();
    let before = row
        .checked_sub(1)
        .map_or(usize::MAX, |before| kinds[before]);
    let mut class: Vec<u32> = [kinds[row], before, kinds[next]]
        .map(|kind| u32::try_from(kind).unwrap_or(u32::MAX))
        .into();
    let mut add = |row: usize, column: &Range<usize>| {
        class.push(rows[row][column.start].as_canonical_u32());
    };
    for column in [SIGNATURE.bit, SIGNATURE.mid, SIGNATURE.end] {
        add(row, &column);
    }
    if kinds[next] == SignatureKind::Chain.place() {
        add(next, &SIGNATURE.bit);
    }
    if kinds[row] >= SignatureKind::COUNT {
        add(next, &OPERATION.high);
        let flags = [OPERATION.transfer, OPERATION.register, OPERATION.rekey];
        for column in flags.iter().chain([&OPERATION.receiver, &OPERATION.high]) {
            add(row, column);
        }
    }
    class
}

/// A block, its name, and what an honest prover makes of it.
type Case = Arc<(&'static str, Block, Forged)>;

/// A row of a kind.
struct At {
    kind: usize,
    nth: usize,
    /// As whoever forges numbers it.
    number: usize,
    round: usize,
    /// The pair of chains that it is about, which keeps its digits whatever is signed.
    pair: Option<usize>,
    name: String,
}

fn pair_of(kind: usize, number: usize) -> Option<usize> {
    match kind {
        kind if kind == SignatureKind::Chain.place() => Some(number / step_number(1, 0)),
        kind if kind == SignatureKind::Ends.place() => Some(number),
        _ => None,
    }
}

fn honest<S: Subject>(block: &Block) -> Forged {
    forge::<S>(block, &S::Cells::default(), &|_, _| {}, |_, _| {})
}

fn push<S: Subject>(
    attempts: &mut Vec<Attempt>,
    case: &Case,
    at: &At,
    change: &str,
    act: impl Fn(&mut Draft<'_, S::Cells>) + Send + Sync + 'static,
) {
    let round = at.round.max(1 + usize::from(change.contains("- 1")));
    let (glanced, case) = (Arc::clone(case), Arc::clone(case));
    let (kind, number, pair) = (at.kind, at.number, at.pair);
    let act = move |seen: usize, draft: &mut Draft<'_, S::Cells>| {
        if draft.kind == kind && seen == number {
            act(draft);
        }
    };
    let act = Arc::new(act);
    let act_at_a_glance = Arc::clone(&act);
    attempts.push(Attempt {
        name: format!("{}, {change}", at.name),
        written: false,
        round,
        glance: Some(Box::new(move || {
            let trace = glance::<S>(&glanced.1, Change::rows(&*act_at_a_glance));
            let (public_values, refused) = (glanced.2.public_values.clone(), None);
            let forged = Forged {
                trace,
                public_values,
                refused,
            };
            broken_beside::<S>(&forged, &glanced.2)
        })),
        forge: Box::new(move || {
            let mut change = Change::rows(&*act);
            let Some(pair) = pair else {
                return forge_change::<S>(&case.1, change, |_, _| {});
            };
            let (position, pair) = (pair / (CHAINS / 2), pair % (CHAINS / 2));
            change.position = position;
            let digits = case.1.operations[position].encoding.digits;
            let wanted = with_digits(pair, [digits[2 * pair], digits[2 * pair + 1]]);
            change.wanted = &wanted;
            forge_change::<S>(&case.1, change, |_, _| {})
        }),
    });
}

/// A lane of what a permutation takes in.
fn lanes<S: Subject>(attempts: &mut Vec<Attempt>, case: &Case, at: &At) {
    for lane in 0..16 {
        for (word, change) in CHANGES {
            push::<S>(
                attempts,
                case,
                at,
                &format!("lane {lane} {word}"),
                move |draft| {
                    draft.input[lane] += change;
                },
            );
        }
    }
}

/// A cell, in this row and all that follows from it, or in this row alone.
fn cells<S: Subject>(attempts: &mut Vec<Attempt>, case: &Case, at: &At) {
    for cell in 0..S::Cells::WIDTH {
        for (word, change) in CHANGES {
            push::<S>(
                attempts,
                case,
                at,
                &format!("cell {cell} {word}"),
                move |draft| {
                    *draft.cells.cell(cell) += change;
                },
            );
            let change_here = format!("cell {cell} {word} in this row");
            push::<S>(attempts, case, at, &change_here, move |draft| {
                let mut written = draft.cells.clone();
                *written.cell(cell) += change;
                draft.written = Some(written);
            });
        }
    }
}

/// The trace ends after this row: the next one has its cells but no kind, and padding follows.
fn cut<S: Subject>(attempts: &mut Vec<Attempt>, case: &Case, at: &At) {
    let case = Arc::clone(case);
    let (kind, nth) = (at.kind, at.nth);
    attempts.push(Attempt {
        name: format!("{} is the last row", at.name),
        written: false,
        round: at.round,
        glance: None,
        forge: Box::new(move || {
            forge::<S>(&case.1, &S::Cells::default(), &|_, _| {}, |trace, _| {
                let last = rows_of::<S>(trace, kind)[nth];
                let width = trace.width;
                let from = (last + 1) * width;
                if from >= trace.values.len() {
                    return;
                }
                let mut padding = trace.values[from..from + width].to_vec();
                set_kind::<S>(&mut padding, usize::MAX);
                for row in trace.values[from..].chunks_mut(width) {
                    row.copy_from_slice(&padding);
                }
            })
        }),
    });
}

fn public_values<S: Subject>(attempts: &mut Vec<Attempt>, case: &Case, count: usize) {
    for value in 0..count {
        for (word, change) in CHANGES {
            let case = Arc::clone(case);
            attempts.push(Attempt {
                name: format!("{}: public value {value} {word}", case.0),
                written: false,
                round: 1,
                glance: None,
                forge: Box::new(move || {
                    let edit = |_: &mut Trace, public: &mut Vec<Val>| public[value] += change;
                    forge::<S>(&case.1, &S::Cells::default(), &|_, _| {}, edit)
                }),
            });
        }
    }
}

/// What is carried does not start at nothing; a cell of a row of padding.
fn ends<S: Subject>(attempts: &mut Vec<Attempt>, case: &Case, round: usize) {
    for cell in 0..S::Cells::WIDTH {
        for (word, change) in CHANGES {
            let start = Arc::clone(case);
            attempts.push(Attempt {
                name: format!("{}: before the first row, cell {cell} {word}", case.0),
                written: false,
                round,
                glance: None,
                forge: Box::new(move || {
                    let mut cells = S::Cells::default();
                    *cells.cell(cell) += change;
                    forge::<S>(&start.1, &cells, &|_, _| {}, |_, _| {})
                }),
            });
        }
        for change in [Val::ONE, Val::TWO, Val::from_u8(5)] {
            for back in [1, 2] {
                let case = Arc::clone(case);
                attempts.push(Attempt {
                    name: format!("{}: padding {back}, cell {cell} + {change}", case.0),
                    written: false,
                    round,
                    glance: None,
                    forge: Box::new(move || {
                        let edit = |trace: &mut Trace, _: &mut Vec<Val>| {
                            let row = trace.values.len() / trace.width - back;
                            let place = row * trace.width + permutation::COLUMNS + cell;
                            trace.values[place] += change;
                        };
                        forge::<S>(&case.1, &S::Cells::default(), &|_, _| {}, edit)
                    }),
                });
            }
        }
    }
}

/// Returns the rows of a kind.
pub(crate) fn rows_of<S: Subject>(trace: &Trace, kind: usize) -> Vec<usize> {
    let column = permutation::COLUMNS + S::Cells::kind_column(kind);
    let rows = trace.values.chunks(trace.width).enumerate();
    let rows = rows.filter(|(_, row)| row[column] == Val::ONE);
    rows.map(|(row, _)| row).collect()
}

/// Sets the selector of one kind in a row, or of none.
fn set_kind<S: Subject>(row: &mut [Val], kind: usize) {
    for place in 0..S::kinds().len() {
        row[permutation::COLUMNS + S::Cells::kind_column(place)] = Val::from_bool(place == kind);
    }
}

/// Returns the number of two limbs of public values.
pub(crate) fn number(limbs: [Val; 2]) -> Option<u32> {
    let [low, high] = limbs.map(|limb| limb.as_canonical_u32());
    (low >> 16 == 0 && high >> 16 == 0).then_some(low | high << 16)
}

/// Returns the root of the accounts that a trace starts with.
pub(crate) fn first_root(trace: &Trace) -> [Val; 8] {
    *OperationRow::first_of(&trace.values).cols.root
}
