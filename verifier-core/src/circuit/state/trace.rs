//! The trace of a state witness.
//!
//! Building checks nothing: a witness of a false statement gives a trace that breaks the constraint
//! of just that sentence, and a proof that nobody accepts.

use alloc::vec::Vec;

use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;

use super::columns::{Cells, Kind};
use super::witness::{StateWitness, with_fees};
use crate::gadget::meddle::{Honest, Meddle};
use crate::gadget::operation::{
    AccountChange, Detour, Kind as OperationKind, OperationCells, OperationPlan, OperationTrace,
    credit_rows, credited_rows, digit_row, payer_rows, set_operation, start_rows, turn,
};
use crate::gadget::rows::{self, assemble};
use crate::gadget::signature::{Kind as SignatureKind, SignatureCells, SignatureTrace};
use crate::gadget::sponge::{add, start};
use crate::gadget::update::{UpdateTrace, climb};
use crate::gadget::walk::WalkCells;
use crate::hash::{Digest, Domain, Val, empty_root, u64_limbs};
use crate::ledger::{Account, Opening, OperationHash, TxTree};
use crate::limits::TX_DEPTH;
use crate::signature::CHAINS;

type State = [Val; 16];
pub(super) type Rows<M> = rows::Rows<Cells, M>;

/// Returns the number of rows before padding.
#[must_use]
pub fn rows(witness: &StateWitness) -> usize {
    let operations = witness.operations.iter();
    let operations: usize = operations
        .map(|op| OperationPlan::rows(&op.signed) + 2 * TX_DEPTH)
        .sum();
    // Balance, Fees, the account before and after, its path; then both blocks of the root, and End.
    operations + 2 + 4 + 64 + 3
}

/// Returns the trace of `witness`, with room for an extension by 2^`log_blowup`.
pub(crate) fn generate(witness: &StateWitness, log_blowup: usize) -> RowMajorMatrix<Val> {
    let plans: Vec<_> = witness.operations.iter().map(|op| op.plan()).collect();
    let hashes = hashes(&plans);
    let mut carried = before_operations(&witness.statement.before);
    let mut segments = Vec::with_capacity(plans.len());
    for (position, plan) in plans.iter().enumerate() {
        segments.push((carried.clone(), position, plan));
        count(&mut carried, plan, &hashes[..=position]);
    }
    let mut rows: Vec<Rows<Honest>> = segments
        .into_par_iter()
        .map(|(cells, position, plan)| {
            let mut rows = Rows::new(cells, Honest);
            operation_rows(&mut rows, plan, &hashes[..position]);
            rows
        })
        .collect();
    let mut last = Rows::new(carried, Honest);
    let account = witness.proposer.account;
    // Without one nobody accepts the proof.
    if let Some(account) = account {
        let after = with_fees(&account, witness.fees());
        let proposer = witness.statement.proposer;
        collector_rows(&mut last, proposer, &witness.proposer, after);
    }
    closing_rows(&mut last);
    rows.push(last);
    assemble(&rows, log_blowup)
}

/// [`generate`] of operations that are planned, with somebody who meddles: each row is computed from the one
/// before. It starts with other cells, to which the root is added.
#[cfg(any(test, feature = "hazmat"))]
pub(super) fn generate_meddled<M: Meddle<Cells>>(
    plans: &[OperationPlan<'_>],
    root: &Digest,
    collectors: &[(u32, Opening, Account)],
    start: &Cells,
    meddler: M,
) -> RowMajorMatrix<Val> {
    let mut rows = meddled_operations(plans, root, start, meddler);
    for (index, before, after) in collectors {
        collector_rows(&mut rows, *index, before, *after);
    }
    closing_rows(&mut rows);
    assemble(&[rows], 3)
}

/// Returns the rows of operations, in a trace of [`generate_meddled`].
#[cfg(any(test, feature = "hazmat"))]
fn meddled_operations<M: Meddle<Cells>>(
    plans: &[OperationPlan<'_>],
    root: &Digest,
    start: &Cells,
    meddler: M,
) -> Rows<M> {
    let mut cells = start.clone();
    let empty = empty_root::<TX_DEPTH>();
    let roots = cells.operation.root.iter_mut().zip(root.0);
    for (cell, value) in roots.chain(cells.own.txs.iter_mut().zip(empty.0)) {
        *cell += value;
    }
    let hashes = hashes(plans);
    let mut rows = Rows::new(cells, meddler);
    for (position, plan) in plans.iter().enumerate() {
        operation_rows(&mut rows, plan, &hashes[..position]);
    }
    rows
}

/// Returns the rows of [`generate_meddled`] before the signature check of the operation at `position`.
#[cfg(any(test, feature = "hazmat"))]
pub(super) fn meddled_start<M: Meddle<Cells>>(
    plans: &[OperationPlan<'_>],
    position: usize,
    root: &Digest,
    start: &Cells,
    meddler: M,
) -> Rows<M> {
    let before = &plans[..position];
    let mut rows = meddled_operations(before, root, start, meddler);
    hashed_rows(&mut rows, &plans[position], &hashes(before));
    rows
}

/// Returns the hashes of operations.
fn hashes(plans: &[OperationPlan<'_>]) -> Vec<OperationHash> {
    let hashes = plans.iter().map(|plan| OperationHash(plan.message));
    hashes.collect()
}

/// Returns the cells before the first row.
fn before_operations(root: &Digest) -> Cells {
    let mut cells = Cells::default();
    cells.operation.root = root.0;
    cells.own.txs = empty_root::<TX_DEPTH>().0;
    cells
}

/// Does to what is carried between operations what the rows of `plan` do. `hashes` are those of all
/// operations up to it.
fn count(cells: &mut Cells, plan: &OperationPlan<'_>, hashes: &[OperationHash]) {
    cells.signature.parameter = plan.signed.public_key.parameter;
    cells.signature.leaf = Val::from_u32(plan.leaf);
    let last = plan.receiver.as_ref().unwrap_or(&plan.payer);
    cells.operation.root = last.before.root_with(last.index, &last.after).0;
    cells.own.txs = txs_root(hashes).0;
    cells.own.count += Val::ONE;
    set_operation(&mut cells.operation, plan);
    count_operation(cells);
}

/// Does to the counts what an Op0 does.
fn count_operation(cells: &mut Cells) {
    cells.own.registrations += cells.operation.register;
    add(&mut cells.own.fees, &cells.operation.fee);
}

/// Returns the root of the tree over `hashes`, without the count.
fn txs_root(hashes: &[OperationHash]) -> Digest {
    txs(hashes)
        .path(0)
        .root(hashes.first().map_or(Digest::ZERO, |hash| hash.0), 0)
}

fn txs(hashes: &[OperationHash]) -> TxTree {
    TxTree::new(hashes).expect("a block has at most 256 operations")
}

impl<M: Meddle<Cells>> SignatureTrace for Rows<M> {
    fn cells(&mut self) -> &mut SignatureCells {
        &mut self.cells.signature
    }

    fn push(&mut self, kind: SignatureKind, input: &mut State) -> State {
        self.push_kind(kind.place(), input)
    }

    fn pairs(&self) -> usize {
        self.meddler.pairs().unwrap_or(CHAINS / 2)
    }

    fn steps(&self, pair: usize) -> Option<Vec<(usize, u8)>> {
        self.meddler.steps(pair)
    }
}

impl<M: Meddle<Cells>> OperationTrace for Rows<M> {
    fn detour(&self) -> Detour {
        self.meddler.detour()
    }

    fn operation(&mut self) -> &mut OperationCells {
        &mut self.cells.operation
    }

    fn push_operation(&mut self, kind: OperationKind, input: &mut State) -> State {
        let output = self.push_kind(SignatureKind::COUNT + kind.place(), input);
        if kind == OperationKind::Op0 {
            count_operation(&mut self.cells);
        }
        output
    }
}

impl<M: Meddle<Cells>> UpdateTrace for Rows<M> {
    fn walk(&mut self) -> WalkCells<'_> {
        self.cells.signature.walk()
    }

    fn other(&mut self) -> &mut [Val; 8] {
        &mut self.cells.operation.node
    }

    fn push(&mut self, second: bool, input: &mut State) -> State {
        match (self.cells.in_txs, second) {
            (true, false) => push_own(self, Kind::OldTx, input),
            (true, true) => push_own(self, Kind::NewTx, input),
            (false, false) => self.push_operation(OperationKind::OldPath, input),
            (false, true) => self.push_operation(OperationKind::NewPath, input),
        }
    }

    fn level_done(&mut self) {
        let Cells {
            signature,
            operation,
            ..
        } = &mut self.cells;
        turn(signature.walk(), &mut operation.high);
    }
}

/// Adds a row of the circuit's own.
fn push_own<M: Meddle<Cells>>(rows: &mut Rows<M>, kind: Kind, input: &mut State) -> State {
    let place = SignatureKind::COUNT + OperationKind::COUNT + kind.place();
    rows.push_kind(place, input)
}

/// One operation; `before` are the hashes of those before it.
fn operation_rows<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    plan: &OperationPlan<'_>,
    before: &[OperationHash],
) {
    hashed_rows(rows, plan, before);
    payer_rows(rows, plan);
    if let Some(receiver) = &plan.receiver {
        let [_, _, a0, a1, a2, a3, ..] = rows.cells.operation.body;
        credit_rows(rows, receiver, [a0, a1, a2, a3]);
    }
}

/// What comes before the signature check of an operation: its digits, its hash, its place in the tree of
/// operations.
fn hashed_rows<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    plan: &OperationPlan<'_>,
    before: &[OperationHash],
) {
    let hash = start_rows(rows, plan);
    let position = rows.cells.own.count.as_canonical_u32();
    let place = rows.detour().place.unwrap_or(position);
    let path = txs(before).path(place);
    rows.cells.in_txs = true;
    let leaves = [Digest::ZERO, hash];
    let [_, root] = climb(rows, leaves, place, &path.0);
    rows.cells.in_txs = false;
    rows.cells.own.txs = root.0;
    rows.cells.own.count += Val::ONE;
}

/// The account `index`, which takes the fees.
fn collector_rows<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    index: u32,
    before: &Opening,
    after: Account,
) {
    let cells = &mut rows.cells;
    cells.own.collects = Val::ONE;
    cells.operation.receiver = Val::ZERO;
    cells.operation.left = u64_limbs(after.balance);
    let left = cells.operation.left;
    digit_row(rows, OperationKind::Balance, left);
    let fees = rows.cells.own.fees;
    let change = AccountChange {
        index,
        before,
        after,
    };
    credited_rows(rows, &change, fees, fees_row);
}

/// The claim.
fn closing_rows<M: Meddle<Cells>>(rows: &mut Rows<M>) {
    let own = &rows.cells.own;
    let mut state = start(Domain::Txs, 10);
    state[0] = own.count;
    state[2..8].copy_from_slice(&own.txs[..6]);
    state = push_own(rows, Kind::Txs0, &mut state);
    let rest = [rows.cells.own.txs[6], rows.cells.own.txs[7]];
    add(&mut state, &rest);
    let _ = push_own(rows, Kind::Txs1, &mut state);
    let spare = 16_u32.wrapping_sub(rows.cells.own.registrations.as_canonical_u32());
    // 0 to 15 in four bits, and 16 as 15 and one more.
    let (spare, one) = if spare == 16 { (15, 1) } else { (spare, 0) };
    let cells = &mut rows.cells.signature;
    cells.quad = Val::from_u32(spare % 4);
    cells.digit_bits = [spare >> 2 & 1, spare >> 3 & 1, one, 0].map(Val::from_u32);
    let _ = push_own(rows, Kind::End, &mut [Val::ZERO; 16]);
}

/// The digits of what the limbs of the fees carry, which are in `state`.
fn fees_row<M: Meddle<Cells>>(rows: &mut Rows<M>) {
    let mut input = [Val::ZERO; 16];
    let carries = rows.cells.signature.state[4..7].iter();
    for (carry, lanes) in carries.zip(input.chunks_mut(5)) {
        let carry = carry.as_canonical_u32();
        for (i, lane) in lanes.iter_mut().enumerate() {
            *lane = Val::from_u32(carry >> (2 * i) & 3);
        }
    }
    let _ = push_own(rows, Kind::Fees, &mut input);
}
