//! The changes that a search tries: each lane and each cell of some rows of each kind, each public
//! value, each end; and those of the families.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::families;
use super::fixture::TestSet;
use super::forge::{Forge, KINDS, Rows, kind_of};
use crate::circuit::consensus::columns::Cells;
use crate::circuit::consensus::statement::PublicValues;
use crate::circuit::consensus::{ConsensusWitness, Kind};
use crate::gadget::meddle::Draft;
use crate::gadget::permutation;
use crate::gadget::rows::TraceCells;
use crate::gadget::signature::Kind as SignatureKind;
use crate::hash::Val;
use crate::stark::mutation::Attempt;

/// An honest block of one vote.
pub(crate) struct Case {
    pub(super) name: &'static str,
    pub(super) set: TestSet,
    pub(super) witness: ConsensusWitness,
}

impl Case {
    /// Returns the block of a vote by member `index`, who has nearly all the power; `proposer` is it
    /// or somebody who did not vote.
    pub(super) fn new(name: &'static str, index: u32, proposer: u32) -> Self {
        let members = index.max(proposer) + 1;
        let powers: Vec<_> = (0..members)
            .map(|i| if i == index { 0x0002_0003 } else { 1 })
            .collect();
        let has_key = |i: usize| [Ok(index), Ok(proposer)].contains(&u32::try_from(i));
        let set = TestSet::with_keys(&powers, has_key);
        let witness = set.witness(&[index], proposer);
        Self { name, set, witness }
    }

    /// Blocks in which a member of an even and of an odd index voted, one who signs at an even and
    /// at an odd leaf, one whose start slot has another high limb, one of a later block of the
    /// bitmap, and one who did not propose.
    fn all() -> Vec<Arc<Self>> {
        [
            Self::new("index 0", 0, 0),
            Self::new("index 5", 5, 5),
            Self::new("index 10", 10, 10),
            Self::new("index 130", 130, 130),
            Self::new("no reveal", 1, 2),
        ]
        .map(Arc::new)
        .into()
    }
}

const NAMES: [&str; KINDS] = {
    let mut names = [""; KINDS];
    let mut i = 0;
    while i < KINDS {
        names[i] = if i < SignatureKind::COUNT {
            SignatureKind::NAMES[i]
        } else {
            Kind::NAMES[i - SignatureKind::COUNT]
        };
        i += 1;
    }
    names
};

/// Returns the attempts, in an order that is always the same.
pub(super) fn attempts() -> Vec<Attempt> {
    let cases = Case::all();
    let mut attempts = families::attempts(&cases);
    two_votes(&mut attempts);
    for case in cases {
        padding(&mut attempts, &case);
        public_values(&mut attempts, &case);
        first_row(&mut attempts, &case);
        for kind in 0..KINDS {
            let rows = Rows::of(
                &Forge::new(&case.set, &case.witness, &|_, _| {})
                    .make()
                    .trace,
            );
            let numbers = rows.numbers(kind);
            let count = numbers.len();
            let mut places = alloc::vec![0, 1, 2, count / 2, count - count.min(1)];
            places.sort_unstable();
            places.dedup();
            for nth in places.into_iter().filter(|&nth| nth < count) {
                lanes(&mut attempts, &case, kind, numbers[nth]);
                cells(&mut attempts, &case, kind, numbers[nth]);
                cut(&mut attempts, &case, kind, nth);
            }
        }
    }
    attempts
}

const CHANGES: [(&str, Val); 2] = [("+ 1", Val::ONE), ("- 1", Val::NEG_ONE)];

/// A cell of a row of padding.
fn padding(attempts: &mut Vec<Attempt>, case: &Arc<Case>) {
    for cell in 0..Cells::WIDTH {
        for change in [Val::ONE, Val::TWO, Val::from_u8(5)] {
            for back in [1, 2] {
                let case = Arc::clone(case);
                attempts.push(Attempt {
                    name: format!("{}: padding {back}, cell {cell} + {change}", case.name),
                    written: false,
                    round: 0,
                    glance: None,
                    forge: Box::new(move || {
                        honest(&case).make_and(|rows, _| {
                            let row = rows.0.len() - back;
                            rows.0[row][permutation::COLUMNS + cell] += change;
                        })
                    }),
                });
            }
        }
    }
}

fn public_values(attempts: &mut Vec<Attempt>, case: &Arc<Case>) {
    for value in 0..PublicValues::COUNT {
        for (word, change) in CHANGES {
            let case = Arc::clone(case);
            attempts.push(Attempt {
                name: format!("{}: public value {value} {word}", case.name),
                written: false,
                round: 0,
                glance: None,
                forge: Box::new(move || {
                    honest(&case).make_and(|_, public| {
                        let mut values = public.clone().into_vec();
                        values[value] += change;
                        *public = PublicValues::read(&values);
                    })
                }),
            });
        }
    }
}

/// A signature by somebody who does not propose, whose leaf hash goes from Ends to Node.
fn two_votes(attempts: &mut Vec<Attempt>) {
    let set = TestSet::new(&[1, 1]);
    let witness = set.witness(&[0, 1], 1);
    let name = "two votes";
    let case = Arc::new(Case { name, set, witness });
    lanes(attempts, &case, SignatureKind::Node.place(), 0);
}

/// What is carried does not start at nothing.
fn first_row(attempts: &mut Vec<Attempt>, case: &Arc<Case>) {
    for cell in 0..Cells::WIDTH {
        for (word, change) in CHANGES {
            let case = Arc::clone(case);
            attempts.push(Attempt {
                name: format!("{}: before the first row, cell {cell} {word}", case.name),
                written: false,
                round: 0,
                glance: None,
                forge: Box::new(move || {
                    let mut forge = honest(&case);
                    *nth_cell(&mut forge.start, cell) += change;
                    forge.make()
                }),
            });
        }
    }
}

/// A lane of what a permutation takes in.
fn lanes(attempts: &mut Vec<Attempt>, case: &Arc<Case>, kind: usize, nth: usize) {
    for lane in 0..16 {
        push(
            attempts,
            case,
            kind,
            nth,
            format!("lane {lane} + 1"),
            move |draft| {
                draft.input[lane] += Val::ONE;
            },
        );
    }
}

/// A cell, in this row and all that follows from it, or in this row alone.
fn cells(attempts: &mut Vec<Attempt>, case: &Arc<Case>, kind: usize, nth: usize) {
    for cell in 0..Cells::WIDTH {
        for (word, change) in CHANGES {
            push(
                attempts,
                case,
                kind,
                nth,
                format!("cell {cell} {word}"),
                move |draft| {
                    *nth_cell(draft.cells, cell) += change;
                },
            );
            push(
                attempts,
                case,
                kind,
                nth,
                format!("cell {cell} {word} in this row"),
                move |draft| {
                    let mut written = draft.cells.clone();
                    *nth_cell(&mut written, cell) += change;
                    draft.written = Some(written);
                },
            );
        }
    }
}

/// The trace ends after this row: the next one has its cells but no kind, and padding follows.
fn cut(attempts: &mut Vec<Attempt>, case: &Arc<Case>, kind: usize, nth: usize) {
    let case = Arc::clone(case);
    attempts.push(Attempt {
        name: format!("{}: {} {nth} is the last row", case.name, NAMES[kind]),
        written: false,
        round: 0,
        glance: None,
        forge: Box::new(move || {
            honest(&case).make_and(|rows, _| {
                let last = rows.nth(kind, nth);
                cut_after(rows, last);
            })
        }),
    });
}

/// Takes the kind from the row after `last`, and repeats it to the end.
pub(super) fn cut_after(rows: &mut Rows, last: usize) {
    let kinds = kind_columns();
    let Some(mut padding) = rows.0.get(last + 1).cloned() else {
        return;
    };
    kinds.for_each(|column| padding[column] = Val::ZERO);
    rows.0[last + 1..].fill(padding);
    debug_assert_eq!(kind_of(&rows.0[last + 1]), KINDS);
}

/// The columns of selectors.
pub(super) fn kind_columns() -> impl Iterator<Item = usize> {
    use crate::circuit::consensus::columns::places::{OWN, SIGNATURE};
    SIGNATURE.kind.chain(OWN.kind)
}

pub(super) fn honest(case: &Case) -> Forge<'_> {
    Forge::new(&case.set, &case.witness, &|_, _| {})
}

fn push(
    attempts: &mut Vec<Attempt>,
    case: &Arc<Case>,
    kind: usize,
    nth: usize,
    change: alloc::string::String,
    act: impl Fn(&mut Draft<'_, Cells>) + Send + Sync + 'static,
) {
    let case = Arc::clone(case);
    let name = format!("{}: {} {nth}, {change}", case.name, NAMES[kind]);
    attempts.push(Attempt {
        name,
        written: false,
        round: 0,
        glance: None,
        forge: Box::new(move || {
            let act = |seen: usize, draft: &mut Draft<'_, Cells>| {
                if draft.kind == kind && seen == nth {
                    act(draft);
                }
            };
            Forge::new(&case.set, &case.witness, &act).make()
        }),
    });
}

fn nth_cell(cells: &mut Cells, nth: usize) -> &mut Val {
    cells.cell(nth)
}
