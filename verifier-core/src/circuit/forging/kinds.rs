//! Rows of no kind or of two, and a trace without an end, for the circuits that apply operations.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::block::{Block, Subject};
use super::signature::{Change, SIGNATURE, Signer, endless, select};
use crate::gadget::operation::{Kind, OperationPlaces};
use crate::gadget::permutation;
use crate::gadget::rows::TraceCells;
use crate::gadget::signature::{Kind as SignatureKind, SignatureCols};
use crate::hash::Val;
use crate::stark::mutation::{Attempt, Forged};

/// Where the columns of an operation are in the rows of every circuit that applies them.
pub(crate) const OPERATION: OperationPlaces =
    OperationPlaces::from(permutation::COLUMNS + SignatureCols::<()>::WIDTH);

/// What is done by hand to the rows of a trace.
type Edit = Box<dyn Fn(&mut Vec<Vec<Val>>) + Send + Sync>;

/// Returns the attempts on some blocks, of which each kind of rows is taken where it is.
pub(crate) fn kinds<S: Subject>(cases: &[(&'static str, Block)]) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for (case_name, block) in cases {
        let block = Arc::new(block.clone());
        let mut push = |name: String, edit: Edit| {
            let block = Arc::clone(&block);
            let forge = move || edited::<S>(&block, &*edit);
            attempts.push(Attempt::by_hand(format_args!("{case_name}: {name}"), forge));
        };
        for (kind, kind_name) in S::kinds().into_iter().enumerate() {
            for (like, base) in BASES {
                let edit = move |rows: &mut Vec<Vec<Val>>| selector::<S>(rows, kind, base);
                let name = format!("{kind_name} is −1 beside another in a row like {like}");
                push(name, Box::new(edit));
            }
        }
        push(
            "Amount is −1 beside Start".into(),
            Box::new(|rows| amount_beside_start::<S>(rows)),
        );
        push(
            "End is −1 beside another".into(),
            Box::new(|rows| second_end::<S>(rows, Val::NEG_ONE, 2)),
        );
        push(
            "a row is two kinds at once".into(),
            Box::new(|rows| second_end::<S>(rows, Val::ONE, 0)),
        );
        push(
            "no end: the last row is a Path".into(),
            Box::new(|rows| {
                let path = kind_columns::<S>()[SignatureKind::Path.place()];
                if rows.iter().any(|row| row[path] == Val::ONE) {
                    endless(rows);
                }
            }),
        );
    }
    attempts
}

fn edited<S: Subject>(block: &Block, edit: &dyn Fn(&mut Vec<Vec<Val>>)) -> Forged {
    <S as Signer>::forge(block, Change::rows(&|_, _| ()), Some(edit))
}

/// Which row a row is copied from, by its kind.
type Base = fn(&[usize], usize) -> Option<usize>;

const BASES: [(&str, Base); 4] = [
    ("the first one", |kinds, kind| {
        kinds.iter().position(|&other| other == kind)
    }),
    ("the last one", |kinds, kind| {
        kinds.iter().rposition(|&other| other == kind)
    }),
    ("a New0", |kinds, _| {
        let new = SignatureKind::COUNT + Kind::New0.place();
        kinds.iter().position(|&other| other == new)
    }),
    ("padding", |kinds, _| kinds.len().checked_sub(1)),
];

/// Sets the selector of `kind` in the last row to −1 and that of a kind that asks for nothing to 1, so that
/// no kind is set in sum.
fn selector<S: Subject>(rows: &mut [Vec<Val>], kind: usize, base: Base) {
    let columns = kind_columns::<S>();
    let kinds: Vec<_> = rows.iter().map(|row| kind_of(row, &columns)).collect();
    let Some(mut row) = base(&kinds, kind).map(|row| rows[row].clone()) else {
        return;
    };
    let Some(last) = rows.last_mut() else { return };
    let own = OPERATION.node.end..row.len();
    for cells in [
        SIGNATURE.parameter,
        SIGNATURE.leaf,
        OPERATION.transfer.start..OPERATION.root.end,
        own,
    ] {
        row[cells.clone()].copy_from_slice(&last[cells]);
    }
    let beside = match kind == SignatureKind::Path.place() {
        true => SignatureKind::Node,
        false => SignatureKind::Path,
    };
    let kinds = [(kind, Val::NEG_ONE), (beside.place(), Val::ONE)];
    select(&mut row, &columns, &kinds);
    *last = row;
}

/// A transfer of nothing starts in the last row, which is padding.
fn amount_beside_start<S: Subject>(rows: &mut [Vec<Val>]) {
    let Some(row) = rows.last_mut() else { return };
    row[SIGNATURE.state].fill(Val::ZERO);
    row[OPERATION.transfer.start..OPERATION.receiver.end].fill(Val::ZERO);
    row[OPERATION.transfer.start] = Val::ONE;
    let [amount, start] = [Kind::Amount, Kind::Start].map(|k| SignatureKind::COUNT + k.place());
    let kinds = [(amount, Val::NEG_ONE), (start, Val::ONE)];
    select(row, &kind_columns::<S>(), &kinds);
}

/// Some rows after the end, a row whose End is `selector` is the last of a path over the root as it is;
/// what comes after a path follows once more.
fn second_end<S: Subject>(rows: &mut [Vec<Val>], selector: Val, distance: usize) {
    let columns = kind_columns::<S>();
    let end = columns.len() - 1;
    let path = SignatureKind::COUNT + Kind::NewPath.place();
    let last_of = |kind| rows.iter().rposition(|row| row[columns[kind]] == Val::ONE);
    let (Some(last), Some(top)) = (last_of(end), last_of(path)) else {
        return;
    };
    let again: Vec<_> = rows[top + 1..=last].to_vec();
    let mut row = rows[top].clone();
    for cells in [SIGNATURE.quad, SIGNATURE.digit_bits, OPERATION.root] {
        row[cells.clone()].copy_from_slice(&rows[last][cells]);
    }
    let root = row[OPERATION.root].to_vec();
    row[OPERATION.node].copy_from_slice(&root);
    select(&mut row, &columns, &[(end, selector), (path, Val::ONE)]);
    let rows = rows.iter_mut().skip(last + distance);
    for (place, row) in rows.zip(core::iter::once(row).chain(again)) {
        *place = row;
    }
}

/// The columns of selectors.
pub(in crate::circuit) fn kind_columns<S: Subject>() -> Vec<usize> {
    let kinds = 0..S::kinds().len();
    kinds
        .map(|kind| permutation::COLUMNS + <S as Subject>::Cells::kind_column(kind))
        .collect()
}

/// Returns the place of the row's kind, or how many there are for padding.
pub(in crate::circuit) fn kind_of(row: &[Val], columns: &[usize]) -> usize {
    let set = columns.iter().position(|&column| row[column] == Val::ONE);
    set.unwrap_or(columns.len())
}
