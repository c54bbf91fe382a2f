//! Forgeries of circuits whose rows are made one by one, each row by its kind.
//!
//! All that comes after a change is computed from it, and the claim is what the trace then shows.

mod backward;
mod search;
mod shown;

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

pub(in crate::circuit) use self::backward::{Again, again};
pub(in crate::circuit) use self::search::{Case, attempts, push};
pub(in crate::circuit) use self::shown::{ShownHeader, are_linked, blocks};
use crate::gadget::meddle::{Draft, Meddle};
use crate::gadget::permutation;
use crate::gadget::rows::{Rows, TraceCells, assemble};
use crate::hash::Val;
use crate::stark::mutation::{Forgeable, Forged};
use crate::stark::{Statement, Trace};

/// A circuit whose rows are made one by one, and what a trace of it shows.
pub(in crate::circuit) trait Rowwise: Forgeable {
    /// What is honest before it is changed.
    type Case: Send + Sync + 'static;
    /// The columns beside the permutation.
    type Cells: TraceCells + core::fmt::Debug + Send + Sync + 'static;
    /// The kinds of rows, by place.
    const KINDS: &'static [&'static str];

    /// Returns the trace of a case that starts with other cells and whose rows somebody changes, all that comes after a change computed from
    /// it; and the case with which that is so, where it is another one.
    fn changed(
        case: &Self::Case,
        start: &Self::Cells,
        act: &impl Act<Self::Cells>,
    ) -> (Option<Self::Case>, Trace);

    /// Returns the numbers under which whoever changes rows gets those of a kind, where `kinds` are those of all rows.
    fn numbers(kinds: &[usize], kind: usize) -> Vec<usize> {
        (0..kinds.iter().filter(|&&other| other == kind).count()).collect()
    }

    /// Returns the statement that a trace shows; where a row of it is missing, the case's own.
    fn shown(case: &Self::Case, trace: &Trace) -> Self::Statement;

    /// Returns the code of the first sentence of a claim that the trace does not show: the oracle, by what is in the rows.
    fn refuse(case: &Self::Case, trace: &Trace, claim: &Self::Statement) -> Option<&'static str>;
}

/// A circuit whose rows are those of a witness, each linked to the ones before it.
pub(in crate::circuit) trait Linked: Rowwise {
    /// Adds the rows of a witness.
    fn make<M: Meddle<Self::Cells>>(rows: &mut Rows<Self::Cells, M>, witness: &Self::Case);

    /// Links a row to the ones before it as they are by now, where the witness says what they were. `seen` rows of its kind came before.
    fn link(witness: &Self::Case, seen: usize, draft: &mut Draft<'_, Self::Cells>);

    /// Returns the witness as it would be where the trace shows something that earlier rows say too; none where it agrees with them.
    fn settled(_witness: &Self::Case, _trace: &Trace) -> Option<Self::Case> {
        None
    }
}

/// What is done to the row of a kind that is the n-th of it.
pub(in crate::circuit) trait Act<C>:
    Fn(usize, &mut Draft<'_, C>) + Clone + Send + Sync
{
}

impl<C, F: Fn(usize, &mut Draft<'_, C>) + Clone + Send + Sync> Act<C> for F {}

/// Somebody who changes rows, by how many of their kind came before.
struct Forger<'a, R: Linked, A> {
    seen: Vec<usize>,
    witness: &'a R::Case,
    act: A,
}

impl<R: Linked, A: Clone> Clone for Forger<'_, R, A> {
    fn clone(&self) -> Self {
        Self {
            seen: self.seen.clone(),
            witness: self.witness,
            act: self.act.clone(),
        }
    }
}

impl<R: Linked, A: Act<R::Cells>> Meddle<R::Cells> for Forger<'_, R, A> {
    fn meddle(&mut self, draft: &mut Draft<'_, R::Cells>) {
        let seen = self.seen[draft.kind];
        R::link(self.witness, seen, draft);
        (self.act)(seen, draft);
        self.seen[draft.kind] += 1;
    }
}

/// [`Rowwise::changed`] of a circuit whose rows are linked.
pub(in crate::circuit) fn linked<R: Linked>(
    witness: &R::Case,
    start: &R::Cells,
    act: &impl Act<R::Cells>,
) -> (Option<R::Case>, Trace) {
    let trace = |witness: &R::Case| {
        let forger = Forger::<'_, R, _> {
            seen: alloc::vec![0; R::KINDS.len()],
            witness,
            act: act.clone(),
        };
        let mut rows = Rows::new(start.clone(), forger);
        R::make(&mut rows, witness);
        assemble(&[rows], 3)
    };
    let made = trace(witness);
    match R::settled(witness, &made) {
        Some(settled) => {
            let made = trace(&settled);
            (Some(settled), made)
        }
        None => (None, made),
    }
}

/// Returns the trace of a case that starts with other cells and whose rows somebody changes, and the claim that it shows. Then `edit` changes
/// both by hand.
pub(in crate::circuit) fn forge<R: Rowwise>(
    case: &R::Case,
    start: &R::Cells,
    act: &impl Act<R::Cells>,
    edit: impl Fn(&mut Trace, &mut R::Statement),
) -> Forged {
    let (settled, trace) = R::changed(case, start, act);
    settle::<R>(settled.as_ref().unwrap_or(case), trace, edit)
}

/// Returns a trace, with the claim that it shows, after `edit` has changed both by hand.
pub(in crate::circuit) fn settle<R: Rowwise>(
    case: &R::Case,
    mut trace: Trace,
    edit: impl Fn(&mut Trace, &mut R::Statement),
) -> Forged {
    let mut statement = R::shown(case, &trace);
    edit(&mut trace, &mut statement);
    Forged {
        public_values: statement.public_values(),
        refused: R::refuse(case, &trace, &statement),
        trace,
    }
}

/// Changes nothing.
pub(in crate::circuit) fn honest<R: Rowwise>(case: &R::Case) -> Forged {
    claimed::<R>(case, |_| {})
}

/// All is honest but the claim.
pub(in crate::circuit) fn claimed<R: Rowwise>(
    case: &R::Case,
    change: impl Fn(&mut R::Statement),
) -> Forged {
    let nothing = |_: usize, _: &mut Draft<'_, R::Cells>| {};
    forge::<R>(case, &R::Cells::default(), &nothing, |_, claim| {
        change(claim);
    })
}

/// Changes the n-th row of a kind.
pub(in crate::circuit) fn changed<R: Rowwise>(
    case: &R::Case,
    (kind, nth): (usize, usize),
    change: impl Fn(&mut Draft<'_, R::Cells>) + Clone + Send + Sync,
) -> Forged {
    let act = move |seen: usize, draft: &mut Draft<'_, R::Cells>| {
        if (draft.kind, seen) == (kind, nth) {
            change(draft);
        }
    };
    forge::<R>(case, &R::Cells::default(), &act, |_, _| {})
}

/// Returns the kind of each row; of padding, how many there are.
pub(in crate::circuit) fn kinds<R: Rowwise>(trace: &Trace) -> Vec<usize> {
    let columns = selectors::<R>();
    let of = |row: &[Val]| {
        let set = columns.iter().position(|&column| row[column] == Val::ONE);
        set.unwrap_or(R::KINDS.len())
    };
    trace.values.chunks(trace.width).map(of).collect()
}

/// Returns the columns of the selectors, by the place of their kinds.
pub(in crate::circuit) fn selectors<R: Rowwise>() -> Vec<usize> {
    let kinds = 0..R::KINDS.len();
    kinds
        .map(|kind| permutation::COLUMNS + R::Cells::kind_column(kind))
        .collect()
}
