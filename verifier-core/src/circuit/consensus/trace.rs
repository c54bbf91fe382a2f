//! The trace of a consensus witness.
//!
//! Building checks nothing: a witness of a false statement gives a trace that breaks the constraint
//! of just that sentence, and a proof that nobody accepts.

use alloc::vec::Vec;

use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;

use super::columns::{BITMAP_BLOCKS, Cells, Kind};
use crate::chain::Bitmap;
use crate::circuit::consensus::{ConsensusStatement, ConsensusWitness, VoteWitness};
use crate::gadget::limbs::base4_digit;
use crate::gadget::meddle::{Honest, Meddle};
use crate::gadget::rows::{self, assemble};
use crate::gadget::signature::{
    Kind as SignatureKind, SignatureCells, SignaturePlan, SignatureTrace, certified_rows, key_rows,
    message_rows, one_time_rows,
};
use crate::gadget::sponge::{add, rate, start};
use crate::gadget::walk::climb;
use crate::hash::{Digest, Domain, Val, permute, u32_limbs};
use crate::limits::SET_DEPTH;
use crate::signature::{CHAINS, digits, message_digest};

type State = [Val; 16];

/// Everything the rows of one vote depend on; a test that forges changes it.
#[derive(Clone, Debug)]
pub(crate) struct VotePlan {
    pub(crate) vote: VoteWitness,
    pub(crate) message: Digest,
    pub(crate) chain_id: u32,
    pub(crate) leaf: u32,
    pub(crate) slot: u32,
    pub(crate) key_domain: Domain,
    /// The digit of each chain.
    pub(crate) digits: [u8; CHAINS],
    /// Bits 26 to 30 of the six elements that the digits come from.
    pub(crate) tops: [u8; 6],
    /// The parent's randomness and the reveal, in the proposer's vote.
    pub(crate) reveal: Option<(Digest, Digest)>,
}

impl VotePlan {
    /// Returns what an honest prover does with `vote`.
    pub(crate) fn new(statement: &ConsensusStatement, vote: &VoteWitness, reveal: &Digest) -> Self {
        let message = statement.vote_message();
        let leaf = statement.slot.wrapping_sub(vote.validator.start_slot);
        let parameter = &vote.public_key.parameter;
        let encoded = message_digest(parameter, leaf, &message, &vote.signature.randomizer);
        let is_proposer = vote.index == statement.proposer;
        Self {
            vote: vote.clone(),
            message,
            chain_id: statement.chain_id,
            leaf,
            slot: statement.slot,
            key_domain: Domain::KeyVote,
            digits: digits(&encoded),
            tops: core::array::from_fn(|j| {
                u8::try_from(encoded.0[j].as_canonical_u32() >> 26).expect("five bits")
            }),
            reveal: is_proposer.then_some((statement.parent_randomness, *reveal)),
        }
    }

    pub(super) fn signature(&self) -> SignaturePlan<'_> {
        SignaturePlan {
            public_key: &self.vote.public_key,
            signature: &self.vote.signature,
            message: &self.message,
            chain_id: self.chain_id,
            key_domain: self.key_domain,
            leaf: self.leaf,
            digits: &self.digits,
            tops: &self.tops,
        }
    }
}

/// Returns the number of rows before padding.
#[must_use]
pub fn rows(witness: &ConsensusWitness) -> usize {
    let heights = witness.votes.iter().map(|vote| vote.signature.path.len());
    let votes: usize = heights.map(|height| 144 + height).sum();
    votes + 3 + 8 + 1
}

/// Returns the trace of `witness`, with room for an extension by 2^`log_blowup`.
pub(crate) fn generate(witness: &ConsensusWitness, log_blowup: usize) -> RowMajorMatrix<Val> {
    let statement = &witness.statement;
    let plan = |vote| VotePlan::new(statement, vote, &witness.reveal);
    let plans: Vec<_> = witness.votes.iter().map(plan).collect();
    generate_from_plans(statement, &plans, log_blowup)
}

/// [`generate`] from what each vote's rows depend on.
pub(crate) fn generate_from_plans(
    statement: &ConsensusStatement,
    plans: &[VotePlan],
    log_blowup: usize,
) -> RowMajorMatrix<Val> {
    let mut counted = before_votes();
    let mut segments = Vec::with_capacity(plans.len());
    for plan in plans {
        segments.push((counted.clone(), plan));
        count(&mut counted, plan);
    }
    let mut rows: Vec<Rows<Honest>> = segments
        .into_par_iter()
        .map(|(cells, plan)| {
            let mut rows = Rows::new(cells, Honest);
            vote_rows(&mut rows, plan);
            rows
        })
        .collect();
    let mut last = Rows::new(counted, Honest);
    closing_rows(&mut last, statement);
    rows.push(last);
    assemble(&rows, log_blowup)
}

/// [`generate_from_plans`] with somebody who meddles: each row is computed from the one before.
/// `blocks` of the bitmap are absorbed before the first vote, whatever its index.
#[cfg(any(test, feature = "hazmat"))]
pub(super) fn generate_meddled<M: Meddle<Cells>>(
    statement: &ConsensusStatement,
    plans: &[VotePlan],
    start: Cells,
    blocks: u32,
    meddler: M,
) -> RowMajorMatrix<Val> {
    let mut rows = Rows::new(start, meddler);
    signers_rows(&mut rows, Val::from_u32(blocks));
    for plan in plans {
        vote_rows(&mut rows, plan);
    }
    closing_rows(&mut rows, statement);
    assemble(&[rows], 3)
}

/// Returns the rows of [`generate_meddled`] before the signature check of the first vote.
#[cfg(any(test, feature = "hazmat"))]
pub(super) fn meddled_start<M: Meddle<Cells>>(
    plan: &VotePlan,
    start: Cells,
    meddler: M,
) -> Rows<M> {
    let mut rows = Rows::new(start, meddler);
    start_vote(&mut rows, plan.vote.index);
    rows
}

/// Returns the cells before the first row.
pub(super) fn before_votes() -> Cells {
    let mut cells = Cells::default();
    cells.own.signers = start(Domain::Signers, SIGNERS_LENGTH);
    cells.own.index = Val::NEG_ONE;
    cells
}

/// Does to what is carried between votes what the rows of `plan` do.
fn count(cells: &mut Cells, plan: &VotePlan) {
    while cells.own.block < block_of(plan.vote.index) {
        permute(&mut cells.own.signers);
        cells.own.block += Val::ONE;
    }
    cells.signature.parameter = plan.vote.public_key.parameter;
    cells.signature.leaf = Val::from_u32(plan.leaf);
    cells.own.index = Val::from_u32(plan.vote.index);
    cells.own.reveals += Val::from_bool(plan.reveal.is_some());
    let power = u32_limbs(plan.vote.validator.power);
    count_member(cells, plan.vote.index, power);
}

fn count_member(cells: &mut Cells, index: u32, power: [Val; 2]) {
    let lane = usize::try_from(index / 16 % 8).expect("below 8");
    cells.own.signers[lane] += Val::from_u32(1 << (index % 16));
    add(&mut cells.own.power, &power);
}

fn block_of(index: u32) -> Val {
    Val::from_u32(index / 128)
}

/// A run of rows of this circuit.
pub(super) type Rows<M> = rows::Rows<Cells, M>;

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

fn vote_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, plan: &VotePlan) {
    start_vote(rows, plan.vote.index);
    let signature = plan.signature();
    let digest = message_rows(rows, &signature);
    let mut leaf_hash = one_time_rows(rows, &signature, digest);
    if let Some((parent, reveal)) = &plan.reveal {
        leaf_hash = reveal_rows(rows, &leaf_hash, parent, reveal);
    }
    let root = certified_rows(rows, &signature, &leaf_hash);
    let key_id = key_rows(rows, &signature, &root);
    member_rows(rows, plan, &key_id);
}

fn start_vote<M: Meddle<Cells>>(rows: &mut Rows<M>, index: u32) {
    signers_rows(rows, block_of(index));
    let index = Val::from_u32(index);
    let gap = index - rows.cells.own.index - Val::ONE;
    rows.cells.own.index = index;
    set_bits(&mut rows.cells, gap.as_canonical_u32());
}

/// The proposer's reveal; returns the leaf hash, which is carried past it.
fn reveal_rows<M: Meddle<Cells>>(
    rows: &mut Rows<M>,
    leaf_hash: &Digest,
    parent: &Digest,
    reveal: &Digest,
) -> Digest {
    rows.cells.signature.state[..8].copy_from_slice(&leaf_hash.0);
    rows.cells.signature.state[8..].copy_from_slice(&reveal.0);
    let mut state = start(Domain::Random, 16);
    state[..8].copy_from_slice(&parent.0);
    state = push_own(rows, Kind::Random0, &mut state);
    add(&mut state, &rows.cells.signature.state[8..]);
    let _ = push_own(rows, Kind::Random1, &mut state);
    let mut state = start(Domain::Slot, 8);
    state[..8].copy_from_slice(&rows.cells.signature.state[8..]);
    let _ = push_own(rows, Kind::Slot, &mut state);
    rows.cells.own.reveals += Val::ONE;
    rate(&rows.cells.signature.state)
}

fn member_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, plan: &VotePlan, key_id: &Digest) {
    let VoteWitness {
        validator,
        set_path,
        ..
    } = &plan.vote;
    let index = rows.cells.own.index.as_canonical_u32();
    let mut state = start(Domain::SetLeaf, 14);
    state[..8].copy_from_slice(&key_id.0);
    set_bits(&mut rows.cells, index);
    let ahead = (plan.slot >> 16).wrapping_sub(validator.start_slot >> 16) % 20;
    rows.cells.signature.set_small(ahead);
    state = push_own(rows, Kind::Member0, &mut state);
    let power = u32_limbs(validator.power);
    for (limbs, x) in state.chunks_mut(2).zip([
        power,
        u32_limbs(validator.account),
        u32_limbs(validator.start_slot),
    ]) {
        add(limbs, &x);
    }
    count_member(&mut rows.cells, index, power);
    rows.cells.signature.set_small(0);
    let leaf = rate(&push_own(rows, Kind::Member1, &mut state));
    let _ = climb(
        rows,
        leaf,
        index,
        &set_path.0,
        |rows| rows.cells.signature.walk(),
        |rows, input| push_own(rows, Kind::SetPath, input),
    );
    rows.cells.signature.bit = Val::ZERO;
}

fn closing_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, statement: &ConsensusStatement) {
    signers_rows(rows, Val::from_u32(BITMAP_BLOCKS));
    final_row(rows, statement);
}

fn signers_rows<M: Meddle<Cells>>(rows: &mut Rows<M>, block: Val) {
    while rows.cells.own.block < block {
        let mut state = rows.cells.own.signers;
        rows.cells.own.signers = push_own(rows, Kind::Signers, &mut state);
        rows.cells.own.block += Val::ONE;
    }
}

fn final_row<M: Meddle<Cells>>(rows: &mut Rows<M>, statement: &ConsensusStatement) {
    let limbs = |x: u32| [i64::from(x & 0xffff), i64::from(x >> 16)];
    let [signed, total] = [statement.signed_power, statement.set.total_power].map(limbs);
    let surplus = [
        3 * signed[0] - 2 * total[0] - 1,
        3 * signed[1] - 2 * total[1],
    ];
    let borrow = surplus[0].div_euclid(1 << 16);
    let low = surplus[0].rem_euclid(1 << 16);
    let high = (surplus[1] + borrow).rem_euclid(1 << 18);
    let carry = i64::from(rows.cells.own.power[0].as_canonical_u32() >> 16);
    let mut input = core::array::from_fn(|i| {
        if i < 8 {
            base4_digit(low, i)
        } else {
            base4_digit(high, i - 8)
        }
    });
    let cells = &mut rows.cells.signature;
    cells.state = [Val::ZERO; 16];
    cells.state[0] = base4_digit(high, 8);
    for i in 0..5 {
        cells.state[1 + i] = base4_digit(carry, i);
    }
    cells.quint = Val::from_u8(u8::try_from(borrow + 2).unwrap_or(0));
    let _ = push_own(rows, Kind::Final, &mut input);
    rows.cells.signature.quint = Val::ZERO;
}

/// Sets `state` to the bits of `x`.
fn set_bits(cells: &mut Cells, x: u32) {
    cells.signature.state = core::array::from_fn(|i| Val::from_u32(x >> i & 1));
}

/// Limbs in a bitmap.
const SIGNERS_LENGTH: u32 = 64;
const _: () = assert!(Bitmap::LIMBS == 64 && SET_DEPTH == 10);
