//! The trace of an uptime witness.
//!
//! Building checks nothing: a witness of a false statement gives a trace that breaks the constraint
//! of just that sentence, and a proof that nobody accepts.

use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_matrix::dense::RowMajorMatrix;

use super::columns::{Cells, HEADER, Kind, LIMB_BITS, VOTES};
use super::constraints::END_OF_PATH;
use super::witness::UptimeWitness;
use crate::chain::{Bitmap, Header};
use crate::gadget::meddle::{Honest, Meddle};
use crate::gadget::rows::{self, assemble};
use crate::gadget::sponge::{add, rate, start};
use crate::gadget::walk::{compression, feed_forward};
use crate::hash::{Digest, Domain, RATE, Val, u32_limbs};
use crate::limits::SET_DEPTH;

type State = [Val; 16];
pub(super) type Rows<M> = rows::Rows<Cells, M>;

/// Returns the number of rows before padding.
#[must_use]
pub fn rows(witness: &UptimeWitness) -> usize {
    HEADER.len() * witness.headers.len() + VOTES.len() * witness.votes.len() + SET_DEPTH + 4
}

/// Returns the trace of `witness`, with room for an extension by 2^`log_blowup`.
pub(crate) fn generate(witness: &UptimeWitness, log_blowup: usize) -> RowMajorMatrix<Val> {
    let mut rows = Rows::new(Cells::default(), Honest);
    witness_rows(&mut rows, witness);
    assemble(&[rows], log_blowup)
}

/// Adds the rows of a witness.
pub(super) fn witness_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, witness: &UptimeWitness) {
    window_rows(rows, witness);
    let root = member_rows(rows, witness);
    set_rows(rows, &root, witness);
}

/// Adds the rows of the headers, each with the votes for the one before it.
pub(super) fn window_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, witness: &UptimeWitness) {
    let statement = &witness.statement;
    start_window(rows, witness);
    for (place, header) in witness.headers.iter().enumerate() {
        if let Some(before) = place.checked_sub(1) {
            let votes = witness.votes.get(before).copied().unwrap_or_default();
            rows.cells.own.index += Val::ONE;
            votes_rows(rows, &votes, statement.index);
            rows.cells.own.voted = Val::from_bool(place < witness.votes.len());
        }
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let carries = (statement.first & 0xffff).saturating_add(place) > 0xffff;
        rows.cells.own.carry = Val::from_bool(carries);
        header_rows(rows, header);
    }
}

/// What the first header has beside it.
pub(super) fn start_window<M>(rows: &mut Rows<M>, witness: &UptimeWitness) {
    let own = &mut rows.cells.own;
    own.voted += Val::from_bool(!witness.votes.is_empty());
    if let Some(first) = witness.headers.first() {
        add(&mut own.previous, &first.parent_hash.0);
        add(&mut own.votes, &first.participation_root.0);
    }
}

/// Adds a row, and returns its output.
fn push<M: Meddle<Cells>>(rows: &mut Rows<M>, kind: Kind, input: &mut State) -> State {
    rows.push_kind(kind.place(), input)
}

/// A header; its hash is in `previous` then.
pub(super) fn header_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, header: &Header) {
    let [low, _] = u32_limbs(header.height);
    rows.cells.own.bits = bits(low);
    let mut state = start(Domain::Header, 80);
    for (kind, block) in HEADER.into_iter().zip(header.blocks()) {
        add(&mut state, &block);
        state = push(rows, kind, &mut state);
    }
    rows.cells.own.previous = rate(&state).0;
}

/// Who voted for the header before; counts the validator's bit, and leaves the root in `votes`.
pub(super) fn votes_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, votes: &Bitmap, index: u32) {
    let limbs = votes.limbs().map(Val::from_u16);
    let of_validator = usize::try_from(index >> 4).unwrap_or(usize::MAX);
    let mut state = start(Domain::Participation, 64);
    for (block, (kind, lanes)) in VOTES.into_iter().zip(limbs.chunks(RATE)).enumerate() {
        let is_counted = block == of_validator / RATE;
        if is_counted {
            rows.cells.own.bits = bits(limbs[of_validator]);
        }
        add(&mut state, lanes);
        state = push(rows, kind, &mut state);
        if is_counted {
            let own = &mut rows.cells.own;
            own.count += own.bits[usize::try_from(index & 15).unwrap_or_default()];
        }
    }
    rows.cells.own.votes = rate(&state).0;
}

/// The validator's leaf, and the way from there to the root of the set's tree, which it returns.
pub(super) fn member_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, witness: &UptimeWitness) -> Digest {
    let leaf = leaf_rows(rows, witness);
    let levels = witness.path.0.iter();
    levels.fold(leaf, |node, sibling| level_row(rows, &node, sibling))
}

/// The validator's leaf, which it returns; the path is beside it then.
pub(super) fn leaf_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, witness: &UptimeWitness) -> Digest {
    let member = &witness.member;
    let mut state = start(Domain::SetLeaf, 14);
    add(&mut state, &member.key_id.0);
    state = push(rows, Kind::Member0, &mut state);
    let rest = [member.power, member.account, member.start_slot].map(u32_limbs);
    add(&mut state, rest.as_flattened());
    state = push(rows, Kind::Member1, &mut state);
    let bits = &mut rows.cells.own.bits;
    bits.fill(Val::ZERO);
    bits[..SET_DEPTH].copy_from_slice(&witness.statement.index_bits());
    bits[SET_DEPTH] = END_OF_PATH;
    rate(&state)
}

/// One level of the set's tree, over a node.
pub(super) fn level_row<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    node: &Digest,
    sibling: &Digest,
) -> Digest {
    let mut input = match rows.cells.own.bits[0] == Val::ONE {
        true => compression(sibling, node),
        false => compression(node, sibling),
    };
    let output = push(rows, Kind::SetPath, &mut input);
    let own = &mut rows.cells.own;
    own.bits.copy_within(1.., 0);
    own.bits[LIMB_BITS - 1] = Val::ZERO;
    feed_forward(&input, &output)
}

/// The root of the set.
pub(super) fn set_rows<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    root: &Digest,
    witness: &UptimeWitness,
) {
    let mut state = start(Domain::Set, 12);
    add(&mut state, &root.0);
    state = push(rows, Kind::Set0, &mut state);
    let rest = [witness.set.n, witness.set.total_power].map(u32_limbs);
    add(&mut state, rest.as_flattened());
    let _ = push(rows, Kind::Set1, &mut state);
}

/// The bits of a limb, lowest first.
fn bits(limb: Val) -> [Val; LIMB_BITS] {
    let limb = limb.as_canonical_u32();
    core::array::from_fn(|bit| Val::from_u32(limb >> bit & 1))
}
