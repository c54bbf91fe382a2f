//! The trace of a pruning witness.
//!
//! Building checks nothing: a witness of a false statement gives a trace that breaks the constraint
//! of just that sentence, and a proof that nobody accepts.

use core::mem;

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::columns::{Cells, HEADER, Kind, LEVELS, STACK};
use super::witness::PruningWitness;
use crate::chain::Header;
use crate::gadget::meddle::{Honest, Meddle};
use crate::gadget::rows::{self, assemble};
use crate::gadget::sponge::{add, rate, start};
use crate::gadget::walk::{compression, feed_forward};
use crate::hash::{Digest, Domain, RATE, Val, u32_limbs};

type State = [Val; 16];
pub(super) type Rows<M> = rows::Rows<Cells, M>;

/// Returns the number of rows before padding.
#[must_use]
pub fn rows(witness: &PruningWitness) -> usize {
    let headers = witness.headers.len();
    // A subtree over n leaves has n − 1 nodes.
    13 * headers + headers.saturating_sub(1) + 2 * witness.siblings.len() + 4
}

/// Returns the trace of `witness`, with room for an extension by 2^`log_blowup`.
pub(crate) fn generate(witness: &PruningWitness, log_blowup: usize) -> RowMajorMatrix<Val> {
    let mut rows = Rows::new(Cells::default(), Honest);
    witness_rows(&mut rows, witness);
    assemble(&[rows], log_blowup)
}

/// Adds the rows of a witness.
pub(super) fn witness_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, witness: &PruningWitness) {
    let statement = &witness.statement;
    let node = subtree_rows(rows, witness);
    path_rows(rows, node, witness);
    root_rows(rows, [statement.start_height, statement.end_height]);
}

/// Adds the rows of the headers, and returns the node over them.
pub(super) fn subtree_rows<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    witness: &PruningWitness,
) -> Digest {
    let statement = &witness.statement;
    rows.cells.own.first += Val::ONE;
    add(&mut rows.cells.own.fold, &statement.fold_before.0);
    let mut node = Digest::ZERO;
    for (place, header) in witness.headers.iter().enumerate() {
        if place > 0 {
            push_node(rows, &node);
            rows.cells.own.index += Val::ONE;
            rows.cells.own.first = Val::ZERO;
            rows.cells.own.bits = [Val::ZERO; LEVELS];
        }
        let bits: [Val; LEVELS] = core::array::from_fn(|i| Val::from_usize(place >> i & 1));
        add(&mut rows.cells.own.bits, &bits);
        let height = statement
            .start_height
            .wrapping_add(u32::try_from(place).unwrap_or(u32::MAX));
        fold_rows(rows, height, &header.tx_root);
        node = header_rows(rows, header);
        while rows.cells.own.bits[0] == Val::ONE {
            node = merge_row(rows, &node);
        }
    }
    node
}

/// Adds a row, and returns its output.
fn push<M: Meddle<Cells>>(rows: &mut Rows<M>, kind: Kind, input: &mut State) -> State {
    rows.push_kind(kind.place(), input)
}

/// The fold after a header.
pub(super) fn fold_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, height: u32, tx_root: &Digest) {
    let mut state = start(Domain::Fold, 18);
    add(&mut state, &rows.cells.own.fold);
    state = push(rows, Kind::Fold0, &mut state);
    rows.cells.own.node = tx_root.0;
    add(&mut state, &u32_limbs(height));
    let [.., t6, t7] = rows.cells.own.node;
    let front = rows.cells.own.node;
    add(&mut state[2..], &front[..6]);
    state = push(rows, Kind::Fold1, &mut state);
    add(&mut state, &[t6, t7]);
    state = push(rows, Kind::Fold2, &mut state);
    rows.cells.own.fold = rate(&state).0;
}

/// A header, whose hash it returns.
pub(super) fn header_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, header: &Header) -> Digest {
    let mut state = start(Domain::Header, 80);
    for (kind, block) in HEADER.into_iter().zip(header.blocks()) {
        add(&mut state, &block);
        state = push(rows, kind, &mut state);
    }
    let hash = rate(&state);
    rows.cells.own.previous = hash.0;
    hash
}

/// The node over the one that waits and the one on its right.
pub(super) fn merge_row<M: Meddle<Cells>>(rows: &mut Rows<M>, right: &Digest) -> Digest {
    let own = &mut rows.cells.own;
    let left = Digest(core::array::from_fn(|i| own.stack[i]));
    own.stack.copy_within(RATE.., 0);
    own.stack[STACK - RATE..].fill(Val::ZERO);
    own.bits.copy_within(1.., 0);
    own.bits[LEVELS - 1] = Val::ZERO;
    let mut input = compression(&left, right);
    let output = push(rows, Kind::Merge, &mut input);
    feed_forward(&input, &output)
}

/// A node waits for the one on its right.
pub(super) fn push_node<M>(rows: &mut Rows<M>, node: &Digest) {
    let stack = &mut rows.cells.own.stack;
    stack.copy_within(..STACK - RATE, RATE);
    stack[..RATE].copy_from_slice(&node.0);
}

/// Both ways up the history tree; at the top, `node` is the root before, and `previous` the one after.
pub(super) fn path_rows<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    subtree: Digest,
    witness: &PruningWitness,
) {
    start_path(rows, subtree, &witness.statement.path());
    let vacant = witness.statement.vacant();
    let siblings = witness.siblings.iter();
    let before = siblings.fold(vacant, |before, sibling| level_rows(rows, &before, sibling));
    end_path(rows, &before);
}

/// What the first level has beside it.
pub(super) fn start_path<M>(rows: &mut Rows<M>, subtree: Digest, path: &[Val; 33]) {
    rows.cells.own.stack[..path.len()].copy_from_slice(path);
    rows.cells.own.node = subtree.0;
}

/// One level, over the node before; returns the one that is made of it. That after is in `node`.
pub(super) fn level_rows<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    before: &Digest,
    sibling: &Digest,
) -> Digest {
    let is_right = rows.cells.own.stack[0] == Val::ONE;
    let joined = |node: &Digest| match is_right {
        true => compression(sibling, node),
        false => compression(node, sibling),
    };
    let mut input = joined(before);
    let output = push(rows, Kind::OldPath, &mut input);
    let made = feed_forward(&input, &output);
    let after = Digest(mem::replace(&mut rows.cells.own.node, made.0));
    let mut input = joined(&after);
    let output = push(rows, Kind::NewPath, &mut input);
    let made = mem::replace(&mut rows.cells.own.node, feed_forward(&input, &output).0);
    rows.cells.own.stack.copy_within(1..33, 0);
    Digest(made)
}

/// What the history roots are made of.
pub(super) fn end_path<M>(rows: &mut Rows<M>, before: &Digest) {
    rows.cells.own.previous = rows.cells.own.node;
    rows.cells.own.node = before.0;
}

/// Both history roots, of the trees whose roots are in `node` and `previous`.
pub(super) fn root_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, [before, after]: [u32; 2]) {
    let root = |rows: &Rows<M>| rows.cells.own.node;
    root_of(rows, [Kind::OldRoot0, Kind::OldRoot1], before, root);
    let root = |rows: &Rows<M>| rows.cells.own.previous;
    root_of(rows, [Kind::NewRoot0, Kind::NewRoot1], after, root);
}

fn root_of<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    [first, second]: [Kind; 2],
    count: u32,
    root: impl Fn(&Rows<M>) -> [Val; 8],
) {
    let mut state = start(Domain::History, 10);
    add(&mut state, &u32_limbs(count));
    add(&mut state[2..], &root(rows)[..6]);
    state = push(rows, first, &mut state);
    add(&mut state, &root(rows)[6..]);
    let _ = push(rows, second, &mut state);
}
