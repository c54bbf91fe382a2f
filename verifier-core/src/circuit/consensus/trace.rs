//! The trace of a consensus witness.
//!
//! Building checks nothing: a witness of a false statement gives a trace that breaks the constraint
//! of just that sentence, and a proof that nobody accepts.

use alloc::vec::Vec;

use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;

use super::columns::{BITMAP_BLOCKS, Cells, Kind, WIDTH};
use crate::chain::Bitmap;
use crate::circuit::consensus::{ConsensusStatement, ConsensusWitness, VoteWitness};
use crate::gadget::limbs::base4_digit;
use crate::gadget::meddle::{Draft, Honest, Meddle};
use crate::gadget::permutation::{self, permutation_trace};
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

    fn signature(&self) -> SignaturePlan<'_> {
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

/// Returns what gives digits in the first vote, as somebody who meddles makes it.
#[cfg(any(test, feature = "hazmat"))]
pub(super) fn meddled_digest<M: Meddle<Cells>>(
    plan: &VotePlan,
    start: Cells,
    meddler: M,
) -> [Val; 6] {
    let mut rows = Rows::new(start, meddler);
    start_vote(&mut rows, plan.vote.index);
    message_rows(&mut rows, &plan.signature())
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

/// A run of rows, and the cells as the next row will have them.
pub(super) struct Rows<M> {
    inputs: Vec<State>,
    side: Vec<Val>,
    /// Rows whose permutation is none, with its columns.
    broken: Vec<(usize, [Val; permutation::COLUMNS])>,
    cells: Cells,
    meddler: M,
}

impl<M: Meddle<Cells>> Rows<M> {
    fn new(cells: Cells, meddler: M) -> Self {
        Self {
            inputs: Vec::new(),
            side: Vec::new(),
            broken: Vec::new(),
            cells,
            meddler,
        }
    }

    /// Adds a row of the circuit's own.
    fn push_own(&mut self, kind: Kind, input: &mut State) -> State {
        self.push_kind(SignatureKind::COUNT + kind.place(), input)
    }

    fn push_kind(&mut self, kind: usize, input: &mut State) -> State {
        self.cells.select(kind);
        let mut draft = Draft {
            kind,
            input,
            cells: &mut self.cells,
            written: None,
            permutation: None,
        };
        self.meddler.meddle(&mut draft);
        let Draft {
            written,
            permutation,
            ..
        } = draft;
        let row = self.side.len();
        self.side.resize(row + Cells::WIDTH, Val::ZERO);
        let written = written.as_ref().unwrap_or(&self.cells);
        written.write(&mut self.side[row..]);
        self.inputs.push(*input);
        if let Some(columns) = permutation {
            self.broken.push((self.inputs.len() - 1, columns));
            return *permutation::Permutation::new(&columns).output;
        }
        let mut output = *input;
        permute(&mut output);
        output
    }
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
    state = rows.push_own(Kind::Random0, &mut state);
    add(&mut state, &rows.cells.signature.state[8..]);
    let _ = rows.push_own(Kind::Random1, &mut state);
    let mut state = start(Domain::Slot, 8);
    state[..8].copy_from_slice(&rows.cells.signature.state[8..]);
    let _ = rows.push_own(Kind::Slot, &mut state);
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
    state = rows.push_own(Kind::Member0, &mut state);
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
    let leaf = rate(&rows.push_own(Kind::Member1, &mut state));
    let _ = climb(
        rows,
        leaf,
        index,
        &set_path.0,
        |rows| rows.cells.signature.walk(),
        |rows, input| rows.push_own(Kind::SetPath, input),
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
        rows.cells.own.signers = rows.push_own(Kind::Signers, &mut state);
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
    let _ = rows.push_own(Kind::Final, &mut input);
    rows.cells.signature.quint = Val::ZERO;
}

/// Sets `state` to the bits of `x`.
fn set_bits(cells: &mut Cells, x: u32) {
    cells.signature.state = core::array::from_fn(|i| Val::from_u32(x >> i & 1));
}

/// Puts the rows one after the other, and padding behind them: what the last row leaves.
fn assemble<M: Meddle<Cells>>(rows: &[Rows<M>], log_blowup: usize) -> RowMajorMatrix<Val> {
    let used: usize = rows.iter().map(|rows| rows.inputs.len()).sum();
    let height = used.next_power_of_two();
    let mut inputs: Vec<State> = rows
        .iter()
        .flat_map(|rows| rows.inputs.iter().copied())
        .collect();
    inputs.resize(height, [Val::ZERO; 16]);
    let permutations = permutation_trace(inputs);

    let mut values = Vec::with_capacity((height * WIDTH) << log_blowup);
    values.resize(height * WIDTH, Val::ZERO);
    let mut padding = alloc::vec![Val::ZERO; Cells::WIDTH];
    if let Some(last) = rows.last() {
        let mut cells = last.cells.clone();
        cells.select(usize::MAX);
        cells.write(&mut padding);
    }
    let side = rows.iter().flat_map(|rows| rows.side.chunks(Cells::WIDTH));
    let side = side.chain(core::iter::repeat(padding.as_slice()));
    let permuted = permutations.values.chunks(permutation::COLUMNS);
    for ((row, permutation), side) in values.chunks_mut(WIDTH).zip(permuted).zip(side) {
        let (head, tail) = row.split_at_mut(permutation::COLUMNS);
        head.copy_from_slice(permutation);
        tail.copy_from_slice(side);
    }
    let mut start = 0;
    for rows in rows {
        for (row, columns) in &rows.broken {
            let place = (start + row) * WIDTH;
            values[place..place + permutation::COLUMNS].copy_from_slice(columns);
        }
        start += rows.inputs.len();
    }
    RowMajorMatrix::new(values, WIDTH)
}

/// Limbs in a bitmap.
const SIGNERS_LENGTH: u32 = 64;
const _: () = assert!(Bitmap::LIMBS == 64 && SET_DEPTH == 10);
