//! The changes that a search tries: each lane and each cell of some rows of each kind, each end.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::{Rowwise, changed, forge, honest, kinds, selectors};
use crate::gadget::meddle::Draft;
use crate::gadget::permutation;
use crate::gadget::rows::TraceCells;
use crate::hash::Val;
use crate::stark::Trace;
use crate::stark::mutation::{Attempt, Forged};

const CHANGES: [(&str, Val); 2] = [("+ 1", Val::ONE), ("- 1", Val::NEG_ONE)];

/// A case, and what it is called.
pub(in crate::circuit) type Case<R> = Arc<(&'static str, <R as Rowwise>::Case)>;

/// Returns the attempts on a case, in an order that is always the same.
pub(in crate::circuit) fn attempts<R: Rowwise>(case: &Case<R>, round: usize) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let of_kinds = kinds::<R>(&honest::<R>(&case.1).trace);
    for (kind, name) in R::KINDS.iter().copied().enumerate() {
        let numbers = R::numbers(&of_kinds, kind);
        let count = numbers.len();
        let mut places = alloc::vec![0, 1, 2, count / 2, count - count.min(1)];
        places.sort_unstable();
        places.dedup();
        for nth in places.into_iter().filter(|&nth| nth < count) {
            let at = At {
                kind,
                nth,
                number: numbers[nth],
                round,
                name,
            };
            lanes::<R>(&mut attempts, case, &at);
            cells::<R>(&mut attempts, case, &at);
            cut::<R>(&mut attempts, case, &at);
        }
    }
    ends::<R>(&mut attempts, case, round);
    attempts
}

/// A row of a kind.
struct At {
    kind: usize,
    nth: usize,
    /// How whoever changes rows gets it.
    number: usize,
    round: usize,
    name: &'static str,
}

/// Adds an attempt on a case.
pub(in crate::circuit) fn push<R: Rowwise>(
    attempts: &mut Vec<Attempt>,
    case: &Case<R>,
    round: usize,
    name: String,
    forge: impl Fn(&R::Case) -> Forged + Send + Sync + 'static,
) {
    let name = format!("{}: {name}", case.0);
    let case = Arc::clone(case);
    attempts.push(Attempt {
        name,
        written: false,
        round,
        glance: None,
        forge: Box::new(move || forge(&case.1)),
    });
}

/// Changes the row at a place.
fn change<R: Rowwise>(
    attempts: &mut Vec<Attempt>,
    case: &Case<R>,
    at: &At,
    what: &str,
    act: impl Fn(&mut Draft<'_, R::Cells>) + Clone + Send + Sync + 'static,
) {
    let place = (at.kind, at.number);
    let name = format!("{} {}, {what}", at.name, at.nth);
    push::<R>(attempts, case, at.round, name, move |case| {
        changed::<R>(case, place, act.clone())
    });
}

/// A lane of what a permutation takes in.
fn lanes<R: Rowwise>(attempts: &mut Vec<Attempt>, case: &Case<R>, at: &At) {
    for lane in 0..16 {
        for (word, by) in CHANGES {
            let what = format!("lane {lane} {word}");
            change::<R>(attempts, case, at, &what, move |draft| {
                draft.input[lane] += by;
            });
        }
    }
}

/// A cell, in this row and all that follows from it, or in this row alone.
fn cells<R: Rowwise>(attempts: &mut Vec<Attempt>, case: &Case<R>, at: &At) {
    for cell in 0..R::Cells::WIDTH {
        for (word, by) in CHANGES {
            let what = format!("cell {cell} {word}");
            change::<R>(attempts, case, at, &what, move |draft| {
                *draft.cells.cell(cell) += by;
            });
            let here = format!("cell {cell} {word} in this row");
            change::<R>(attempts, case, at, &here, move |draft| {
                let mut written = draft.cells.clone();
                *written.cell(cell) += by;
                draft.written = Some(written);
            });
        }
    }
}

/// The trace ends after this row: the next one has its cells but no kind, and padding follows.
fn cut<R: Rowwise>(attempts: &mut Vec<Attempt>, case: &Case<R>, at: &At) {
    let (kind, nth) = (at.kind, at.nth);
    let name = format!("{} {nth} is the last row", at.name);
    push::<R>(attempts, case, at.round, name, move |case| {
        edited::<R>(case, |trace| {
            let of_kinds = kinds::<R>(trace);
            let mut rows = (0..of_kinds.len()).filter(|&row| of_kinds[row] == kind);
            let last = rows.nth(nth).unwrap_or_default();
            let width = trace.width;
            let mut padding = trace.values[last * width..(last + 1) * width].to_vec();
            if let Some(next) = trace.values.chunks(width).nth(last + 1) {
                padding.copy_from_slice(next);
            }
            for column in selectors::<R>() {
                padding[column] = Val::ZERO;
            }
            for row in trace.values.chunks_mut(width).skip(last + 1) {
                row.copy_from_slice(&padding);
            }
        })
    });
}

/// Changes an honest trace by hand.
fn edited<R: Rowwise>(case: &R::Case, edit: impl Fn(&mut Trace)) -> Forged {
    let nothing = |_: usize, _: &mut Draft<'_, R::Cells>| {};
    forge::<R>(case, &R::Cells::default(), &nothing, |trace, _| {
        edit(trace);
    })
}

/// What is carried does not start at nothing; a cell of a row of padding.
fn ends<R: Rowwise>(attempts: &mut Vec<Attempt>, case: &Case<R>, round: usize) {
    let nothing = |_: usize, _: &mut Draft<'_, R::Cells>| {};
    for cell in 0..R::Cells::WIDTH {
        for (word, by) in CHANGES {
            let name = format!("before the first row, cell {cell} {word}");
            push::<R>(attempts, case, round, name, move |case| {
                let mut start = R::Cells::default();
                *start.cell(cell) += by;
                forge::<R>(case, &start, &nothing, |_, _| {})
            });
        }
        for by in [Val::ONE, Val::TWO] {
            for back in [1, 2] {
                let name = format!("padding {back}, cell {cell} + {by}");
                push::<R>(attempts, case, round, name, move |case| {
                    edited::<R>(case, |trace| {
                        let row = trace.values.len() / trace.width - back;
                        trace.values[row * trace.width + permutation::COLUMNS + cell] += by;
                    })
                });
            }
        }
    }
}
