//! Traces that are consistent but for what somebody does to a row.

use alloc::vec::Vec;

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use super::fixture::{SLOT, TestKey, TestSet};
use super::search::Case;
use crate::chain::Validator;
use crate::circuit::consensus::columns::{Cells, Kind, Row, WIDTH};
use crate::circuit::consensus::statement::PublicValues;
use crate::circuit::consensus::trace::{VotePlan, before_votes, generate_meddled, meddled_start};
use crate::circuit::consensus::{Consensus, ConsensusStatement, ConsensusWitness, VoteWitness};
use crate::circuit::forging::signature::{
    self, Act, Change, Edit, Encoding, Forger, SeenSignature, Signed, Signer, found_signatures,
};
use crate::gadget::signature::{Kind as SignatureKind, SignatureCells};
use crate::gadget::walk;
use crate::hash::{Digest, MerkleTree, Val};
use crate::limits::SET_DEPTH;
use crate::signature::CHAINS;
use crate::stark::mutation::Forged;
use crate::stark::{Statement, Trace};

/// A place among the kinds of the circuit.
pub(in crate::circuit::consensus) const fn own(kind: Kind) -> usize {
    SignatureKind::COUNT + kind.place()
}

/// How many kinds there are.
pub(in crate::circuit::consensus) const KINDS: usize = SignatureKind::COUNT + Kind::COUNT;

/// An honest block, and what a forger changes about it.
pub(in crate::circuit::consensus) struct Forge<'a> {
    /// The claim. Set root, randomness, signers and signed power become those of the trace.
    pub(in crate::circuit::consensus) statement: ConsensusStatement,
    /// What each vote's rows depend on.
    pub(in crate::circuit::consensus) plans: Vec<VotePlan>,
    /// The cells before the first row.
    pub(in crate::circuit::consensus) start: Cells,
    /// What is done to its rows, and to the signature of the first vote.
    change: Change<'a, Cells>,
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
    signature: SeenSignature,
    slot_digest: Option<Digest>,
    leaf: Option<Val>,
    /// Digest of the set leaf.
    member: Option<Digest>,
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
        act: Act<'a, Cells>,
    ) -> Self {
        Self::with(set, witness, Change::rows(act))
    }

    /// Starts from an honest block of which more is changed than rows.
    pub(in crate::circuit::consensus) fn with(
        set: &'a TestSet,
        witness: &ConsensusWitness,
        change: Change<'a, Cells>,
    ) -> Self {
        let plan = |vote| VotePlan::new(&witness.statement, vote, &witness.reveal);
        Self {
            statement: witness.statement.clone(),
            plans: witness.votes.iter().map(plan).collect(),
            start: before_votes(),
            change,
            blocks: 0,
            signs_again: true,
            keeps_paths: false,
            keeps_power: false,
            set,
            members: set.set.members().to_vec(),
        }
    }

    fn trace(&self) -> Trace {
        let start = self.start.clone();
        generate_meddled(
            &self.statement,
            &self.plans,
            start,
            self.blocks,
            Forger::new(&self.change),
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
            again |= i == 0 && self.signs_again && self.sign_again(&vote.signature);
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
            if let Some(root) = vote.signature.root {
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
    fn sign_again(&mut self, seen: &SeenSignature) -> bool {
        let plan = &self.plans[0];
        let signed = Encoding {
            digits: plan.digits,
            tops: plan.tops,
        };
        let fitted = signature::fit(seen, &signed, self.change.wanted, || {
            let forger = Forger::new(&self.change);
            let rows = meddled_start(plan, self.start.clone(), forger);
            signature::digests(rows, &plan.signature())
        });
        let Some((last, encoding)) = fitted else {
            return false;
        };
        let mut randomizer = plan.vote.signature.randomizer;
        randomizer[6] = Val::from_u32(last);
        self.sign(randomizer, encoding);
        true
    }

    /// Signs `encoding` in the first vote.
    fn sign(&mut self, randomizer: [Val; 7], encoding: Encoding) {
        let plan = &mut self.plans[0];
        let (key, _) = self.set.member(plan.vote.index);
        plan.vote.signature = key.sign_digits(plan.leaf, randomizer, &encoding.digits);
        (plan.digits, plan.tops) = (encoding.digits, encoding.tops);
    }
}

impl Signer for Consensus {
    type Case = Case;
    type Cells = Cells;
    const PERMUTED: usize = own(Kind::Member1);

    fn check(cells: &mut Cells) -> &mut SignatureCells {
        &mut cells.signature
    }

    fn signed(case: &Case) -> Signed {
        let forge = Forge::new(&case.set, &case.witness, &|_, _| {});
        let plan = &forge.plans[0];
        Signed {
            parameter: plan.vote.public_key.parameter,
            leaf: plan.leaf,
            message: plan.message,
            randomizer: plan.vote.signature.randomizer,
            encoding: Encoding {
                digits: plan.digits,
                tops: plan.tops,
            },
        }
    }

    fn forge(case: &Case, change: Change<'_, Cells>, edit: Option<Edit<'_>>) -> Forged {
        let (signed, levels) = (change.signed, change.levels);
        let mut forge = Forge::with(&case.set, &case.witness, change);
        if let Some((randomizer, encoding)) = signed {
            forge.sign(randomizer, encoding);
            forge.signs_again = false;
        }
        if let Some(levels) = levels {
            let vote = &mut forge.plans[0].vote;
            vote.signature.path.resize(levels, Digest::ZERO);
            vote.public_key.tree_height = u32::try_from(levels).unwrap();
        }
        match edit {
            None => forge.make(),
            Some(edit) => forge.make_and(|rows, _| edit(&mut rows.0)),
        }
    }
}

/// Makes what is behind the claim what the rows show: all that a prover may choose is theirs.
fn extract(witness: &mut ConsensusWitness, trace: &Trace) {
    let rows: Vec<_> = trace.values.chunks(WIDTH).map(Row::new).collect();
    let signatures: Vec<_> = rows.iter().map(|row| row.signature).collect();
    let found = found_signatures(&signatures);
    for (vote, found) in witness.votes.iter_mut().zip(found) {
        vote.signature = found.signature;
    }
    let mut votes = witness.votes.iter_mut();
    let mut present: Option<(&mut VoteWitness, usize)> = None;
    for (before, row) in rows.iter().zip(rows.iter().skip(1)) {
        if row.signature.cols.is(SignatureKind::Message1) == Val::ONE {
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
        if row.is(Kind::SetPath) == Val::ONE {
            let right = usize::from(*row.signature.cols.bit == Val::ZERO);
            let sibling = Digest(core::array::from_fn(|i| input[8 * right + i]));
            let node = vote.set_path.0.get_mut(*level);
            node.into_iter().for_each(|node| *node = sibling);
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
            seen.votes.push(SeenVote::default());
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
        vote.signature.see(&row.signature);
        if is_own(Kind::Slot) {
            vote.slot_digest = Some(squeezed());
        }
        if is_own(Kind::Member1) {
            vote.member = Some(squeezed());
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

    /// Returns the numbers of the rows of a kind, as whoever forges has them.
    pub(in crate::circuit::consensus) fn numbers(&self, kind: usize) -> Vec<usize> {
        let kinds: Vec<_> = self.0.iter().map(|row| kind_of(row)).collect();
        signature::numbers(&kinds, kind)
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
