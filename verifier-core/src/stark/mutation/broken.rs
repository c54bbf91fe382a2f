//! What does not hold in a trace, and the names of constraints.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use p3_air::symbolic::{AirLayout, SymbolicAirBuilder};
use p3_air::{Air, DebugConstraintBuilder};
use p3_field::PrimeCharacteristicRing;
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrixView;
use p3_matrix::stack::VerticalPair;

use super::{Forgeable, Forged, Without};
use crate::hash::Val;
use crate::stark::Trace;

/// Returns the constraints that do not hold somewhere in the trace; the rest of the rows is left
/// out once there are more than `enough`.
#[must_use]
pub fn broken<C: Forgeable>(forged: &Forged, enough: usize) -> BTreeSet<usize> {
    broken_where::<C>(forged, enough, |_| true)
}

/// [`broken`] where all constraints hold in `honest`: only rows that are not the same in it are looked at.
#[must_use]
pub fn broken_beside<C: Forgeable>(forged: &Forged, honest: &Forged) -> BTreeSet<usize> {
    let is_other = |(a, b): (&[Val], &[Val])| a != b;
    let [values, others] = [forged, honest].map(|f| f.trace.values.chunks(f.trace.width));
    let others: Vec<_> = values.zip(others).map(is_other).collect();
    let height = forged.trace.height();
    let are_others =
        forged.public_values != honest.public_values || honest.trace.height() != height;
    let next = |row: usize| (row + 1) % height;
    broken_where::<C>(forged, usize::MAX, |row| {
        are_others || others[row] || others[next(row)]
    })
}

fn broken_where<C: Forgeable>(
    forged: &Forged,
    enough: usize,
    is_looked_at: impl Fn(usize) -> bool,
) -> BTreeSet<usize> {
    let air = Without::<C>::nothing();
    let Forged {
        trace,
        public_values,
        ..
    } = forged;
    let mut broken = BTreeSet::new();
    for row in (0..trace.height()).filter(|&row| is_looked_at(row)) {
        broken.extend(broken_in(&air, trace, row, public_values));
        if broken.len() > enough {
            break;
        }
    }
    broken
}

/// Returns the constraints that do not hold in `row`, looking at it and the next one.
///
/// # Panics
///
/// If the trace has no such row.
pub(crate) fn broken_in<A>(air: &A, trace: &Trace, row: usize, public_values: &[Val]) -> Vec<usize>
where
    A: for<'a> Air<DebugConstraintBuilder<'a, Val>>,
{
    let (height, width) = (trace.height(), trace.width());
    let cells = |row: usize| &trace.values[row * width..(row + 1) * width];
    let pair = VerticalPair::new(
        RowMajorMatrixView::new_row(cells(row)),
        RowMajorMatrixView::new_row(cells((row + 1) % height)),
    );
    let none = || RowMajorMatrixView::new(&[], 0);
    let mut builder = DebugConstraintBuilder::new(
        row,
        pair,
        VerticalPair::new(none(), none()),
        public_values,
        Val::from_bool(row == 0),
        Val::from_bool(row == height - 1),
        Val::from_bool(row != height - 1),
        &[],
    );
    air.eval(&mut builder);
    let failures = builder.into_failures();
    failures
        .into_iter()
        .map(|failure| failure.constraint)
        .collect()
}

/// Returns the names of all constraints, in their order.
#[must_use]
pub fn constraint_names<C: Forgeable>() -> Vec<String> {
    let air = C::Air::default();
    let mut builder = SymbolicAirBuilder::<Val>::new(AirLayout::from_air::<Val>(&air));
    let mut groups = Vec::new();
    C::eval_phases(&air, &mut builder, &mut |builder, name| {
        groups.push((name, builder.base_constraints().len()));
    });
    let end = builder.base_constraints().len();
    let ends = groups.iter().skip(1).map(|&(_, start)| start).chain([end]);
    let sizes = ends
        .zip(&groups)
        .map(|(end, &(name, start))| (name, end - start));
    sizes
        .flat_map(|(name, size)| (0..size).map(move |i| format!("{name}.{i}")))
        .collect()
}
