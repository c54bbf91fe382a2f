//! Traces that are consistent but for what somebody does to a row.

use alloc::vec::Vec;

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use super::fixture::{SLOT, TestKey, TestSet};
use crate::chain::Validator;
use crate::circuit::consensus::columns::{Cells, Kind, Row, WIDTH};
use crate::circuit::consensus::statement::PublicValues;
use crate::circuit::consensus::trace::{VotePlan, before_votes, generate_meddled, meddled_digest};
use crate::circuit::consensus::{ConsensusStatement, ConsensusWitness, VoteWitness};
use crate::gadget::meddle::{Draft, Meddle};
use crate::gadget::signature::Kind as SignatureKind;
use crate::gadget::walk;
use crate::hash::{Digest, MerkleTree, Val};
use crate::limits::SET_DEPTH;
use crate::signature::{CHAINS, TARGET_SUM, digits};
use crate::stark::mutation::Forged;
use crate::stark::{Statement, Trace};

/// A place among the kinds of the circuit.
pub(in crate::circuit::consensus) const fn own(kind: Kind) -> usize {
    SignatureKind::COUNT + kind.place()
}

/// How many kinds there are.
pub(in crate::circuit::consensus) const KINDS: usize = SignatureKind::COUNT + Kind::COUNT;

/// What somebody does to a row: they get the number of the row among those of its kind.
pub(in crate::circuit::consensus) type Act<'a> = &'a (dyn Fn(usize, &mut Draft<'_, Cells>) + Sync);

/// The chain steps of each pair, where they are not what the digits leave.
pub(in crate::circuit::consensus) type Steps<'a> =
    &'a (dyn Fn(usize) -> Option<Vec<(usize, u8)>> + Sync);

#[derive(Clone)]
struct Forger<'a> {
    seen: [usize; KINDS],
    act: Act<'a>,
    pairs: Option<usize>,
    steps: Steps<'a>,
}

impl Meddle<Cells> for Forger<'_> {
    fn meddle(&mut self, draft: &mut Draft<'_, Cells>) {
        let nth = self.seen[draft.kind];
        self.seen[draft.kind] += 1;
        (self.act)(nth, draft);
    }

    fn pairs(&self) -> Option<usize> {
        self.pairs
    }

    fn steps(&self, pair: usize) -> Option<Vec<(usize, u8)>> {
        (self.steps)(pair)
    }
}

/// An honest block, and what a forger changes about it.
pub(in crate::circuit::consensus) struct Forge<'a> {
    /// The claim. Set root, randomness, signers and signed power become those of the trace.
    pub(in crate::circuit::consensus) statement: ConsensusStatement,
    /// What each vote's rows depend on.
    pub(in crate::circuit::consensus) plans: Vec<VotePlan>,
    /// The cells before the first row.
    pub(in crate::circuit::consensus) start: Cells,
    /// What is done to each row.
    pub(in crate::circuit::consensus) act: Act<'a>,
    /// How many pairs of chains there are, where not 39.
    pub(in crate::circuit::consensus) pairs: Option<usize>,
    /// Chain steps other than those that digits leave.
    pub(in crate::circuit::consensus) steps: Steps<'a>,
    /// Blocks of the bitmap that are absorbed before the first vote.
    pub(in crate::circuit::consensus) blocks: u32,
    /// Whether the first vote is signed again when its message digest is another one.
    pub(in crate::circuit::consensus) signs_again: bool,
    /// Whether the signed power stays what it is.
    pub(in crate::circuit::consensus) keeps_power: bool,
    /// Whether the paths of the set stay what they are.
    pub(in crate::circuit::consensus) keeps_paths: bool,
    set: &'a TestSet,
    members: Vec<Validator>,
}

/// What a trace shows of a vote.
#[derive(Clone, Debug, Default)]
struct SeenVote {
    digest: Vec<Val>,
    /// The present element and what the digits are held against, where a flag is set.
    elements: Vec<[Val; 2]>,
    /// The sum that the digits are held against.
    digit_sum: Val,
    slot_digest: Option<Digest>,
    leaf: Option<Val>,
    /// Digest of the set leaf.
    member: Option<Digest>,

    key_root: Option<Digest>,
    key_id: Option<Digest>,
}

/// What a trace shows.
#[derive(Clone, Debug, Default)]
struct Seen {
    votes: Vec<SeenVote>,
    proposer: Option<Val>,
    randomness: Option<Digest>,
    root: Option<Digest>,
    signers: Option<Digest>,
    power: Option<[Val; 2]>,
}

impl<'a> Forge<'a> {
    /// Starts from an honest block.
    pub(in crate::circuit::consensus) fn new(
        set: &'a TestSet,
        witness: &ConsensusWitness,
        act: Act<'a>,
    ) -> Self {
        let plan = |vote| VotePlan::new(&witness.statement, vote, &witness.reveal);
        Self {
            statement: witness.statement.clone(),
            plans: witness.votes.iter().map(plan).collect(),
            start: before_votes(),
            act,
            pairs: None,
            steps: &|_| None,
            blocks: 0,
            signs_again: true,
            keeps_paths: false,
            keeps_power: false,
            set,
            members: set.set.members().to_vec(),
        }
    }

    fn forger(&self) -> Forger<'a> {
        Forger {
            seen: [0; KINDS],
            act: self.act,
            pairs: self.pairs,
            steps: self.steps,
        }
    }

    fn trace(&self) -> Trace {
        let start = self.start.clone();
        generate_meddled(
            &self.statement,
            &self.plans,
            start,
            self.blocks,
            self.forger(),
        )
    }

    /// Makes the trace and the claim agree in all but what is changed: the first vote signs the
    /// message digest that the trace has, and the claim is what the trace reaches.
    pub(in crate::circuit::consensus) fn make(self) -> Forged {
        let (trace, witness) = self.settle();
        Forged {
            trace,
            public_values: witness.statement.public_values(),
            refused: oracle(&witness),
        }
    }

    fn settle(mut self) -> (Trace, ConsensusWitness) {
        let mut trace = self.trace();
        for _ in 0..3 {
            let seen = see(&trace);
            if !self.adjust(&seen) {
                break;
            }
            trace = self.trace();
        }
        let mut witness = self.witness();
        extract(&mut witness, &trace);
        (trace, witness)
    }

    /// The same, for a trace that `edit` changes when it is done.
    pub(in crate::circuit::consensus) fn make_and(
        self,
        edit: impl FnOnce(&mut Rows, &mut PublicValues<Val>),
    ) -> Forged {
        let (trace, mut witness) = self.settle();
        let mut rows = Rows::of(&trace);
        let mut public = PublicValues::<Val>::read(&witness.statement.public_values());
        edit(&mut rows, &mut public);
        let spoken = claim(&mut witness.statement, &public);
        let refused = if spoken { oracle(&witness) } else { None };
        Forged {
            trace: rows.into_trace(),
            public_values: public.into_vec(),
            refused,
        }
    }

    /// Returns the claim and what is behind it, in the oracle's words.
    fn witness(&self) -> ConsensusWitness {
        let reveal = self.plans.iter().find_map(|plan| plan.reveal);
        ConsensusWitness {
            statement: self.statement.clone(),
            reveal: reveal.map_or(Digest::ZERO, |(_, reveal)| reveal),
            votes: self.plans.iter().map(|plan| plan.vote.clone()).collect(),
        }
    }

    /// Makes the claim what `seen` shows; returns whether the trace has to be made again.
    fn adjust(&mut self, seen: &Seen) -> bool {
        let mut again = false;
        let mut leaves: Vec<_> = self.members.iter().map(Validator::leaf).collect();
        for (i, vote) in seen.votes.iter().enumerate() {
            again |= i == 0 && self.signs_again && self.sign_again(vote);
            let Some(plan) = self.plans.get_mut(i) else {
                continue;
            };
            let is_small = |leaf: &Val| leaf.as_canonical_u32() < 1 << 20;
            if let Some(leaf) = vote.leaf.filter(is_small).filter(|_| plan.slot == SLOT) {
                let start_slot = SLOT.wrapping_sub(leaf.as_canonical_u32());
                again |= plan.vote.validator.start_slot != start_slot;
                plan.vote.validator.start_slot = start_slot;
            }
            if let Some(slot_digest) = vote.slot_digest {
                again |= plan.vote.signature.slot_digest != slot_digest;
                plan.vote.signature.slot_digest = slot_digest;
            }
            if let Some(root) = vote.key_root {
                plan.vote.public_key.root = root;
            }
            if let Some(key_id) = vote.key_id {
                plan.vote.validator.key_id = key_id;
            }
            let place = usize::try_from(plan.vote.index).expect("below 1,024");
            if let (Some(leaf), Some(place)) = (vote.member, leaves.get_mut(place)) {
                *place = leaf;
            }
        }
        // The set is the one of the leaves that the votes show.
        let tree = MerkleTree::<SET_DEPTH>::new(leaves);
        for plan in self.plans.iter_mut().filter(|_| !self.keeps_paths) {
            let path = tree.path(plan.vote.index);
            again |= plan.vote.set_path != path;
            plan.vote.set_path = path;
        }
        let statement = &mut self.statement;
        if let Some(power) = seen.power.filter(|_| !self.keeps_power) {
            let [low, high] = power.map(|sum| u64::from(sum.as_canonical_u32()));
            if let Ok(power) = u32::try_from(low + (high << 16)) {
                again |= statement.signed_power != power;
                statement.signed_power = power;
            }
        }
        let proposer = seen.proposer.map(|proposer| proposer.as_canonical_u32());
        if let Some(proposer) = proposer.filter(|&proposer| proposer < 1 << 16) {
            statement.proposer = proposer;
        }
        if let Some(randomness) = seen.randomness {
            statement.randomness = randomness;
        }
        if let Some(root) = seen.root {
            statement.set.root = root;
        }
        if let Some(signers) = seen.signers {
            statement.signers = signers;
        }
        again
    }

    /// Signs the digest that the trace has, if it is another one than is signed.
    fn sign_again(&mut self, seen: &SeenVote) -> bool {
        let (Ok(digest), Ok(elements)) = (
            <[Val; 6]>::try_from(seen.digest.as_slice()),
            <[[Val; 2]; 6]>::try_from(seen.elements.as_slice()),
        ) else {
            return false;
        };
        let plan = &self.plans[0];
        let signed = |elements: [Val; 6]| {
            let digest = Digest(core::array::from_fn(|i| {
                elements.get(i).copied().unwrap_or(Val::ZERO)
            }));
            (digits(&digest), tops(&digest))
        };
        let sum = |digits: &[u8; CHAINS]| digits.iter().map(|&digit| u32::from(digit)).sum();
        // By how much the trace counts more than the digits say.
        let counted: [Val; 6] = core::array::from_fn(|j| {
            let digits = plan.digits[13 * j..][..13].iter().rev();
            let value = digits.fold(Val::ZERO, |value, &digit| {
                value * Val::from_u8(4) + Val::from_u8(digit)
            });
            elements[j][1] - value
        });
        let target = Val::from_u32(TARGET_SUM) + Val::from_u32(sum(&plan.digits)) - seen.digit_sum;
        let present = core::array::from_fn(|j| elements[j][0] - counted[j]);
        let is_on_target = |digits: &[u8; CHAINS]| Val::from_u32(sum(digits)) == target;
        if signed(present) == (plan.digits, plan.tops) && is_on_target(&plan.digits) {
            return false;
        }
        // Others are too rare to be found.
        if (target - Val::from_u32(TARGET_SUM - 12)).as_canonical_u32() > 20 {
            return false;
        }
        let change: [Val; 6] = core::array::from_fn(|j| present[j] - digest[j]);
        let mut plan = plan.clone();
        for i in 0.. {
            plan.vote.signature.randomizer[6] = Val::from_u32(i);
            let digest = meddled_digest(&plan, self.start.clone(), self.forger());
            let (digits, tops) = signed(core::array::from_fn(|i| digest[i] + change[i]));
            if is_on_target(&digits) {
                let (key, _) = self.set.member(plan.vote.index);
                let randomizer = plan.vote.signature.randomizer;
                plan.vote.signature = key.sign_digits(plan.leaf, randomizer, &digits);
                plan.digits = digits;
                plan.tops = tops;
                break;
            }
        }
        self.plans[0] = plan;
        true
    }
}

/// Makes what is behind the claim what the rows show: all that a prover may choose is theirs.
fn extract(witness: &mut ConsensusWitness, trace: &Trace) {
    let rows: Vec<_> = trace.values.chunks(WIDTH).map(Row::new).collect();
    let mut votes = witness.votes.iter_mut();
    let mut present: Option<(&mut VoteWitness, usize)> = None;
    for (before, row) in rows.iter().zip(rows.iter().skip(1)) {
        let is = |kind: SignatureKind| row.signature.cols.is(kind) == Val::ONE;
        let was = |kind: SignatureKind| before.signature.cols.is(kind) == Val::ONE;
        if is(SignatureKind::Message1) {
            present = votes.next().map(|vote| (vote, 0));
        }
        if row.is(Kind::Slot) == Val::ONE {
            witness.reveal = Digest(core::array::from_fn(|i| row.signature.permutation.input[i]));
        }
        let Some((vote, level)) = &mut present else {
            continue;
        };
        let (input, output) = (
            row.signature.permutation.input,
            before.signature.permutation.output,
        );
        let cols = &row.signature.cols;
        let right = usize::from(*cols.bit == Val::ZERO);
        let sibling = Digest(core::array::from_fn(|i| input[8 * right + i]));
        let randomizer = &mut vote.signature.randomizer;
        if is(SignatureKind::Message1) {
            (0..2).for_each(|i| randomizer[i] = input[6 + i] - output[6 + i]);
        }
        if is(SignatureKind::Message2) {
            (0..5).for_each(|i| randomizer[2 + i] = input[i] - output[i]);
        }
        let pair_follows = is(SignatureKind::Chain) || is(SignatureKind::Ends);
        if pair_follows && !was(SignatureKind::Chain) {
            // The ends of chains without a step are in the rate lanes.
            let pair = index(*cols.count);
            let ends = (0..8).map(|i| cols.state[i] - output[i]);
            if let Some(values) = vote.signature.chain_values.get_mut(2 * pair..2 * pair + 2) {
                values
                    .as_flattened_mut()
                    .iter_mut()
                    .zip(ends)
                    .for_each(|(to, end)| *to = end);
            }
        }
        let starts = !was(SignatureKind::Chain) || *before.signature.cols.quad == Val::TWO;
        if is(SignatureKind::Chain) && starts {
            let chain = 2 * index(*cols.count) + index(*cols.bit);
            if let Some(value) = vote.signature.chain_values.get_mut(chain) {
                value.copy_from_slice(&input[..4]);
            }
        }
        if is(SignatureKind::Node) {
            vote.signature.slot_digest = Digest(core::array::from_fn(|i| input[8 + i]));
        }
        if is(SignatureKind::Path) || row.is(Kind::SetPath) == Val::ONE {
            let path = match is(SignatureKind::Path) {
                true => vote.signature.path.get_mut(*level),
                false => vote.set_path.0.get_mut(*level),
            };
            path.into_iter().for_each(|node| *node = sibling);
            *level += 1;
        }
        if row.is(Kind::Member0) == Val::ONE {
            vote.index = row.own.index.as_canonical_u32();
        }
        if row.is(Kind::Member1) == Val::ONE {
            let limbs: [u32; 6] =
                core::array::from_fn(|i| (input[i] - output[i]).as_canonical_u32());
            let number = |i: usize| limbs[2 * i].wrapping_add(limbs[2 * i + 1] << 16);
            let validator = &mut vote.validator;
            (validator.power, validator.account) = (number(0), number(1));
            *level = 0;
        }
    }
}

fn index(cell: Val) -> usize {
    usize::try_from(cell.as_canonical_u32()).expect("32 bits")
}

fn oracle(witness: &ConsensusWitness) -> Option<&'static str> {
    witness.check().err().map(|error| error.code())
}

/// Makes `statement` the one of `values`; returns whether there is one whose message is known.
fn claim(statement: &mut ConsensusStatement, public: &PublicValues<Val>) -> bool {
    let number = |limbs: [Val; 2]| {
        let [low, high] = limbs.map(|limb| limb.as_canonical_u32());
        (low >> 16 == 0 && high >> 16 == 0).then_some(low | high << 16)
    };
    let numbers = [
        public.slot,
        public.proposer,
        public.signed_power,
        public.total_power,
    ];
    let [Some(slot), Some(proposer), Some(signed), Some(total)] = numbers.map(number) else {
        return false;
    };
    statement.set.root = Digest(public.set_root);
    statement.slot = slot;
    statement.proposer = proposer;
    statement.signed_power = signed;
    statement.set.total_power = total;
    statement.parent_randomness = Digest(public.parent_randomness);
    statement.randomness = Digest(public.randomness);
    statement.signers = Digest(public.signers);
    // A slot is in the message, so that the values of another slot have another one.
    statement.public_values() == public.clone().into_vec()
}

/// Signs the plan's message at its leaf with the digits, and the bits above them, that `wanted` makes
/// of a message digest: of the first that it makes any of.
pub(in crate::circuit::consensus) fn sign_again(
    plan: &mut VotePlan,
    key: &TestKey,
    mut wanted: impl FnMut(&Digest) -> Option<([u8; CHAINS], [u8; 6])>,
) {
    let mut tops = [0; 6];
    let (signature, digits) = key.sign_if(plan.leaf, &plan.message, |digest| {
        let (digits, found) = wanted(digest)?;
        tops = found;
        Some(digits)
    });
    (plan.vote.signature, plan.digits, plan.tops) = (signature, digits, tops);
}

/// Bits 26 to 30 of the elements that give digits.
pub(in crate::circuit::consensus) fn tops(digest: &Digest) -> [u8; 6] {
    core::array::from_fn(|j| u8::try_from(digest.0[j].as_canonical_u32() >> 26).expect("five bits"))
}

fn see(trace: &Trace) -> Seen {
    let mut seen = Seen::default();
    for row in trace.values.chunks(WIDTH) {
        let row = Row::new(row);
        let (cols, own) = (&row.signature.cols, &row.own);
        let permutation = &row.signature.permutation;
        let squeezed = || Digest(core::array::from_fn(|i| permutation.output[i]));
        let is = |kind: SignatureKind| cols.is(kind) == Val::ONE;
        let is_own = |kind: Kind| row.is(kind) == Val::ONE;
        if is(SignatureKind::Message2) {
            seen.votes.push(SeenVote {
                digest: permutation.output[..6].to_vec(),
                ..SeenVote::default()
            });
        }
        if is_own(Kind::Random0) {
            seen.proposer = Some(*own.index);
        }
        if is_own(Kind::Random1) {
            seen.randomness = Some(squeezed());
        }
        if is_own(Kind::SetPath) {
            seen.root = Some(walk::feed_forward(permutation.input, permutation.output));
        }
        if is_own(Kind::Final) {
            seen.signers = Some(Digest(core::array::from_fn(|i| own.signers[i])));
            seen.power = Some(*own.power);
        }
        let Some(vote) = seen.votes.last_mut() else {
            continue;
        };
        if is(SignatureKind::Ends) {
            let [a, b, c, d] = *cols.digit_bits;
            let [d0, d1] = [b.double() + a, d.double() + c];
            vote.digit_sum = *cols.digit_sum + d0 + d1;
            let pair = d0 + *cols.end * d1 * Val::from_u8(4);
            if *cols.mid + *cols.end == Val::ONE {
                vote.elements
                    .push([cols.digest[0], *cols.sum + pair * *cols.weight]);
            }
        }

        if is_own(Kind::Slot) {
            vote.slot_digest = Some(squeezed());
        }
        if is_own(Kind::Member1) {
            vote.member = Some(squeezed());
        }

        if is(SignatureKind::Key0) {
            vote.key_root = Some(Digest(core::array::from_fn(|i| cols.state[i])));
        }
        if is_own(Kind::Member0) {
            vote.leaf = Some(*cols.leaf);
            vote.key_id = Some(Digest(core::array::from_fn(|i| permutation.input[i])));
        }
    }
    seen
}

/// The rows of a trace, to be cut and spliced.
pub(in crate::circuit::consensus) struct Rows(pub(in crate::circuit::consensus) Vec<Vec<Val>>);

impl Rows {
    /// Copies the rows of a trace.
    pub(in crate::circuit::consensus) fn of(trace: &Trace) -> Self {
        Self(trace.values.chunks(WIDTH).map(<[Val]>::to_vec).collect())
    }

    /// Returns the trace of the rows; there are a power of two.
    pub(in crate::circuit::consensus) fn into_trace(self) -> Trace {
        assert!(self.0.len().is_power_of_two(), "a trace");
        Trace::new(self.0.concat(), WIDTH)
    }

    /// Returns the rows of a kind.
    pub(in crate::circuit::consensus) fn all(&self, kind: usize) -> Vec<usize> {
        let is = |&row: &usize| kind_of(&self.0[row]) == kind;
        (0..self.0.len()).filter(is).collect()
    }

    /// Returns row number `nth` of a kind.
    pub(in crate::circuit::consensus) fn nth(&self, kind: usize, nth: usize) -> usize {
        self.all(kind)[nth]
    }
}

/// Returns the place of the row's kind, [`KINDS`] for padding.
pub(in crate::circuit::consensus) fn kind_of(row: &[Val]) -> usize {
    let row = Row::new(row);
    let mut kinds = row.signature.cols.kind.iter().chain(row.own.kind);
    let set = kinds.position(|&selector| selector == Val::ONE);
    set.unwrap_or(KINDS)
}
