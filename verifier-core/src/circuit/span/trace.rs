//! The trace of a span witness.
//!
//! Building checks nothing: a witness of a false statement gives a trace that breaks the constraint
//! of just that sentence, and a proof that nobody accepts.

use alloc::vec::Vec;
use core::ops::ControlFlow;

use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_matrix::dense::RowMajorMatrix;

use super::SpanStatement;
use super::columns::{Cells, HEADER, Kind};
use super::witness::{EpochEnd, SpanWitness};
use crate::chain::Header;
use crate::circuit::consensus::VoteWitness;
use crate::gadget::limbs::base4_digit;
use crate::gadget::meddle::{Honest, Meddle, SignedAs};
use crate::gadget::rows::{self, assemble};
use crate::gadget::signature::{
    Kind as SignatureKind, SignatureCells, SignaturePlan, SignatureTrace, certified_rows, key_rows,
    message_rows, one_time_rows,
};
use crate::gadget::sponge::{add, rate, start};
use crate::gadget::walk::climb;
use crate::hash::{Digest, Domain, MerklePath, RATE, Val, u32_limbs};
use crate::limits::{HISTORY_DEPTH, SET_DEPTH};
use crate::signature::{CHAINS, digits, message_digest};

type State = [Val; 16];
pub(super) type Rows<M> = rows::Rows<Cells, M>;

/// Returns the number of rows before padding.
#[must_use]
pub fn rows(witness: &SpanWitness) -> usize {
    let of_end = |end: &EpochEnd| end_rows(&end.votes, end.path.is_some());
    witness.ends.iter().map(of_end).sum::<usize>() + 1
}

/// Returns the number of rows of an end with these votes, which comes after another one or not.
pub(super) fn end_rows(votes: &[VoteWitness], has_path: bool) -> usize {
    let heights = votes.iter().map(|vote| vote.signature.path.len());
    let votes: usize = heights.map(|height| 144 + height).sum();
    let history = if has_path { HISTORY_DEPTH + 2 } else { 0 };
    history + 2 + HEADER.len() + 2 + votes + 1
}

/// Returns the trace of `witness`, with room for an extension by 2^`log_blowup`.
pub(crate) fn generate(witness: &SpanWitness, log_blowup: usize) -> RowMajorMatrix<Val> {
    let mut rows = Rows::new(Cells::default(), Honest);
    witness_rows(&mut rows, witness);
    assemble(&[rows], log_blowup)
}

/// Adds the rows of a witness.
pub(super) fn witness_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, witness: &SpanWitness) {
    start_rows(rows, witness);
    let vote_rows = |rows: &mut Rows<M>, number: usize, end: &EpochEnd, vote: &VoteWitness| {
        vote_rows(rows, &witness.statement, number, end, vote);
        ControlFlow::Continue(())
    };
    let _ = ends_rows(rows, witness, vote_rows);
    let _ = push_own(rows, Kind::End, &mut [Val::ZERO; 16]);
}

/// Adds the rows before a vote, of which so many come before it, and starts its own.
#[cfg(any(test, feature = "hazmat"))]
pub(super) fn rows_before<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    witness: &SpanWitness,
    number: usize,
) {
    start_rows(rows, witness);
    let until = |rows: &mut Rows<M>, at: usize, end: &EpochEnd, vote: &VoteWitness| {
        if at == number {
            start_vote(rows, vote);
            return ControlFlow::Break(());
        }
        vote_rows(rows, &witness.statement, at, end, vote);
        ControlFlow::Continue(())
    };
    let _ = ends_rows(rows, witness, until);
}

/// Sets what the first row has of the statement.
fn start_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, witness: &SpanWitness) {
    let statement = &witness.statement;
    let own = &mut rows.cells.own;
    add(&mut own.height, &u32_limbs(statement.first_height));
    add(&mut own.set, &statement.validator_set_root.0);
    if let Some(first) = witness.ends.first() {
        add(&mut own.message, &first.header.history_root.0);
    }
}

/// Adds the rows of all ends; `vote_rows` gets the number of each vote, and adds those of it.
fn ends_rows<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    witness: &SpanWitness,
    mut vote_rows: impl FnMut(&mut Rows<M>, usize, &EpochEnd, &VoteWitness) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let statement = &witness.statement;
    let mut height = statement.first_height;
    let mut votes = 0..;
    for (place, end) in witness.ends.iter().enumerate() {
        if place > 0 {
            let before = height;
            height = height.wrapping_add(statement.epoch_length.get());
            history_rows(rows, end, [before, height]);
        }
        set_rows(rows, end);
        header_rows(rows, &end.header);
        vote_message_rows(rows, statement.chain_id);
        for (vote, number) in end.votes.iter().zip(&mut votes) {
            vote_rows(rows, number, end, vote)?;
        }
        final_row(rows);
    }
    ControlFlow::Continue(())
}

/// Adds a row of the circuit's own.
fn push_own<M: Meddle<Cells>>(rows: &mut Rows<M>, kind: Kind, input: &mut State) -> State {
    rows.push_kind(SignatureKind::COUNT + kind.place(), input)
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

/// The history that the next header must have, in `message`: the one before at its height, and so many headers.
fn history_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, end: &EpochEnd, [before, height]: [u32; 2]) {
    let path = end
        .path
        .unwrap_or(MerklePath([Digest::ZERO; HISTORY_DEPTH]));
    let (low, high) = path.0.split_at(HISTORY_DEPTH / 2);
    let hash = Digest(rows.cells.own.hash);
    let node = levels(rows, Kind::HistoryLow, hash, before & 0xffff, low);
    let root = levels(rows, Kind::HistoryHigh, node, before >> 16, high);
    let limbs = u32_limbs(height);
    rows.cells.own.height = limbs;
    rows.cells.signature.state = bits(height & 0xffff);
    rows.cells.signature.bit = Val::from_bool(height & 0xffff < before & 0xffff);
    rows.cells.signature.digest[..2].copy_from_slice(&root.0[6..]);
    let mut state = start(Domain::History, 10);
    add(&mut state, &limbs);
    add(&mut state[2..], &root.0[..6]);
    state = push_own(rows, Kind::History0, &mut state);
    rows.cells.signature.bit = Val::ZERO;
    add(&mut state, &rows.cells.signature.digest[..2]);
    state = push_own(rows, Kind::History1, &mut state);
    rows.cells.own.message = rate(&state).0;
    rows.cells.own.epoch += Val::ONE;
}

fn levels<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    kind: Kind,
    node: Digest,
    index: u32,
    siblings: &[Digest],
) -> Digest {
    let root = climb(
        rows,
        node,
        index,
        siblings,
        |rows| rows.cells.signature.walk(),
        |rows, input| push_own(rows, kind, input),
    );
    rows.cells.signature.bit = Val::ZERO;
    root
}

/// The set that signs, opened.
fn set_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, end: &EpochEnd) {
    let total = u32_limbs(end.set.total_power);
    rows.cells.own.tree = end.set.root.0;
    rows.cells.own.total = total;
    let mut state = start(Domain::Set, 12);
    add(&mut state, &end.set.root.0);
    state = push_own(rows, Kind::Set0, &mut state);
    let power = end.set.total_power;
    let digits = [power & 0xffff, power >> 16].map(i64::from);
    rows.cells.signature.state = core::array::from_fn(|i| base4_digit(digits[i / 8], i % 8));
    add(&mut state, &u32_limbs(end.set.n));
    add(&mut state[2..], &total);
    let _ = push_own(rows, Kind::Set1, &mut state);
}

/// A header; its hash is in `hash` then, and the set that it names as the next in `set`.
fn header_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, header: &Header) {
    rows.cells.own.slot = u32_limbs(header.slot);
    let mut state = start(Domain::Header, 80);
    for (kind, block) in HEADER.into_iter().zip(header.blocks()) {
        if kind == Kind::Header6 {
            rows.cells.own.set = block;
        }
        write_integers(&mut rows.cells.signature, header, kind);
        add(&mut state, &block);
        state = push_own(rows, kind, &mut state);
    }
    rows.cells.own.hash = rate(&state).0;
}

/// Writes the digits of the limbs that a row of a header says are some.
fn write_integers(cells: &mut SignatureCells, header: &Header, kind: Kind) {
    let [low, high] = [header.timestamp_ms, header.timestamp_ms >> 32].map(|x| x & 0xffff_ffff);
    let proposer = u64::from(header.proposer);
    let limbs = match kind {
        Kind::Header0 => [proposer, proposer >> 16, low],
        Kind::Header1 => [low >> 16, high, high >> 16],
        Kind::Header2 => [u64::from(header.slot), u64::from(header.slot) >> 16, 0],
        _ => return,
    };
    let digits = limbs.map(|limb| -> [Val; 8] {
        core::array::from_fn(|i| {
            Val::from_u8(u8::try_from(limb >> (2 * i) & 3).unwrap_or_default())
        })
    });
    let [first, second, [a, b, c, d, e, f, count, weight]] = digits;
    cells.state[..8].copy_from_slice(&first);
    cells.state[8..].copy_from_slice(&second);
    cells.digest = [a, b, c, d, e, f];
    (cells.count, cells.weight) = (count, weight);
}

/// The message that votes for the header sign.
fn vote_message_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, chain_id: u32) {
    let own = &rows.cells.own;
    let (height, slot, hash) = (own.height, own.slot, own.hash);
    let mut state = start(Domain::Vote, 14);
    let integers = [u32_limbs(chain_id), height, slot];
    add(&mut state, integers.as_flattened());
    add(&mut state[6..], &hash[..2]);
    state = push_own(rows, Kind::Vote0, &mut state);
    add(&mut state, &hash[2..]);
    state = push_own(rows, Kind::Vote1, &mut state);
    let own = &mut rows.cells.own;
    own.message = rate(&state).0;
    own.index = Val::NEG_ONE;
    own.power = [Val::ZERO; 2];
}

/// A vote, and the member whose it is.
fn vote_rows<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    statement: &SpanStatement,
    number: usize,
    end: &EpochEnd,
    vote: &VoteWitness,
) {
    let slot = end.header.slot;
    start_vote(rows, vote);
    let message = Digest(rows.cells.own.message);
    let signed = rows.meddler.signed(number);
    let signed = signed.unwrap_or_else(|| signed_as(vote, slot, &message));
    let plan = plan(vote, statement.chain_id, &message, &signed);
    let digest = message_rows(rows, &plan);
    let leaf_hash = one_time_rows(rows, &plan, digest);
    let root = certified_rows(rows, &plan, &leaf_hash);
    let key_id = key_rows(rows, &plan, &root);
    member_rows(rows, slot, vote, &key_id);
}

/// Starts the rows of a vote: its index is one more than the one before, and a number of ten bits.
fn start_vote<M: Meddle<Cells>>(rows: &mut Rows<M>, vote: &VoteWitness) {
    let index = Val::from_u32(vote.index);
    let gap = index - rows.cells.own.index - Val::ONE;
    rows.cells.own.index = index;
    rows.cells.signature.state = bits(gap.as_canonical_u32());
}

/// Returns what a vote for a message signs at a slot.
pub(super) fn signed_as(vote: &VoteWitness, slot: u32, message: &Digest) -> SignedAs {
    let leaf = slot.wrapping_sub(vote.validator.start_slot);
    let parameter = &vote.public_key.parameter;
    let encoded = message_digest(parameter, leaf, message, &vote.signature.randomizer);
    let top = |j: usize| u8::try_from(encoded.0[j].as_canonical_u32() >> 26).unwrap_or(u8::MAX);
    SignedAs {
        leaf,
        digits: digits(&encoded),
        tops: core::array::from_fn(top),
    }
}

/// Returns what the rows of a signature are made from.
pub(super) fn plan<'a>(
    vote: &'a VoteWitness,
    chain_id: u32,
    message: &'a Digest,
    signed: &'a SignedAs,
) -> SignaturePlan<'a> {
    SignaturePlan {
        public_key: &vote.public_key,
        signature: &vote.signature,
        message,
        chain_id,
        key_domain: Domain::KeyVote,
        leaf: signed.leaf,
        digits: &signed.digits,
        tops: &signed.tops,
    }
}

fn member_rows<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    slot: u32,
    vote: &VoteWitness,
    key_id: &Digest,
) {
    let validator = &vote.validator;
    let mut state = start(Domain::SetLeaf, 14);
    state[..RATE].copy_from_slice(&key_id.0);
    let ahead = (slot >> 16).wrapping_sub(validator.start_slot >> 16) % 20;
    rows.cells.signature.set_small(ahead);
    state = push_own(rows, Kind::Member0, &mut state);
    let power = u32_limbs(validator.power);
    let rest = [
        power,
        u32_limbs(validator.account),
        u32_limbs(validator.start_slot),
    ];
    add(&mut state, rest.as_flattened());
    add(&mut rows.cells.own.power, &power);
    rows.cells.signature.set_small(0);
    let leaf = rate(&push_own(rows, Kind::Member1, &mut state));
    let _ = levels(rows, Kind::SetPath, leaf, vote.index, &vote.set_path.0);
}

/// The threshold, of what was counted.
fn final_row<M: Meddle<Cells>>(rows: &mut Rows<M>) {
    let own = &rows.cells.own;
    let number = |x: Val| i64::from(x.as_canonical_u32());
    let surplus = [
        3 * number(own.power[0]) - 2 * number(own.total[0]) - 1,
        3 * number(own.power[1]) - 2 * number(own.total[1]),
    ];
    let carry = surplus[0].div_euclid(1 << 16);
    let low = surplus[0].rem_euclid(1 << 16);
    let high = (surplus[1] + carry).rem_euclid(1 << 28);
    let mut input = core::array::from_fn(|i| match i.checked_sub(8) {
        None => base4_digit(low, i),
        Some(i) => base4_digit(high, i),
    });
    rows.cells.signature.state = core::array::from_fn(|i| match i.checked_sub(6) {
        None => base4_digit(high, 8 + i),
        Some(i) if i < 6 => base4_digit(carry + 2, i),
        Some(_) => Val::ZERO,
    });
    let _ = push_own(rows, Kind::Final, &mut input);
}

/// The bits of a number, lowest first.
fn bits(x: u32) -> State {
    core::array::from_fn(|i| Val::from_u32(x >> i & 1))
}

const _: () = assert!(SET_DEPTH == 10 && HISTORY_DEPTH == 32);
