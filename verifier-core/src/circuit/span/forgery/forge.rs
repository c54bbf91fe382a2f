//! Ends whose trace is consistent but for what somebody does to a row.
//!
//! The sets are those that the votes show, each header names them and has the history that the rows lead to, and each vote is signed again
//! for the header that it is then for.

use alloc::vec::Vec;

use p3_field::PrimeField32;

use super::super::columns::{Cells, Kind};
use super::super::trace::{Rows, plan, rows_before, signed_as, witness_rows};
use super::super::{EpochEnd, Span, SpanStatement, SpanWitness};
use super::ends::Ends;
use super::shown::{Shown, ShownEnd, ShownVote, claim, refuse};
use crate::chain::Validator;
use crate::circuit::forging::rowwise::{Act, Rowwise, settle};
use crate::circuit::forging::signature::{
    self, Change, Edit, Encoding, Forger, Signed, Signer, Wanted,
};
use crate::gadget::meddle::{Draft, Meddle, SignedAs};
use crate::gadget::rows::assemble;
use crate::gadget::signature::{Kind as SignatureKind, SignatureCells};
use crate::hash::{Digest, MerkleTree, Val, u32_limbs};
use crate::limits::SET_DEPTH;
use crate::stark::Trace;
use crate::stark::mutation::Forged;

/// A place among the kinds of the circuit.
pub(super) const fn own(kind: Kind) -> usize {
    SignatureKind::COUNT + kind.place()
}

/// How many kinds there are.
const KINDS: usize = SignatureKind::COUNT + Kind::COUNT;

const NAMES: [&str; KINDS] = {
    let mut names = [""; KINDS];
    let mut i = 0;
    while i < KINDS {
        names[i] = match i < SignatureKind::COUNT {
            true => SignatureKind::NAMES[i],
            false => Kind::NAMES[i - SignatureKind::COUNT],
        };
        i += 1;
    }
    names
};

/// Somebody who changes rows; a header is linked to what the rows before it say by then.
#[derive(Clone)]
struct Linker<'a> {
    forger: Forger<'a, Cells>,
    witness: &'a SpanWitness,
    signed: &'a [SignedAs],
    /// Ends that have started.
    ends: usize,
}

impl Linker<'_> {
    fn link(&mut self, draft: &mut Draft<'_, Cells>) {
        self.ends += usize::from(draft.kind == own(Kind::Set0));
        let Some(EpochEnd { header, .. }) = self.witness.ends.get(self.ends.wrapping_sub(1)) else {
            return;
        };
        let cells = &draft.cells.own;
        let digest = |by_now: [Val; 8], written: &Digest| {
            let lanes: [Val; 8] = core::array::from_fn(|i| by_now[i] - written.0[i]);
            (0, lanes)
        };
        let (from, lanes) = match draft.kind {
            kind if kind == own(Kind::Header0) => {
                let written = u32_limbs(header.height);
                let lanes = core::array::from_fn(|i| match i {
                    0 | 1 => cells.height[i] - written[i],
                    _ => Val::default(),
                });
                (4, lanes)
            }
            kind if kind == own(Kind::Header5) => digest(cells.set, &header.validator_set_root),
            kind if kind == own(Kind::Header8) => digest(cells.message, &header.history_root),
            _ => return,
        };
        let lanes = draft.input[from..].iter_mut().zip(lanes);
        lanes.for_each(|(lane, by)| *lane += by);
    }
}

impl Meddle<Cells> for Linker<'_> {
    fn meddle(&mut self, draft: &mut Draft<'_, Cells>) {
        self.link(draft);
        self.forger.meddle(draft);
    }

    fn pairs(&self) -> Option<usize> {
        self.forger.pairs()
    }

    fn steps(&self, pair: usize) -> Option<Vec<(usize, u8)>> {
        self.forger.steps(pair)
    }

    fn signed(&self, vote: usize) -> Option<SignedAs> {
        self.signed.get(vote).copied()
    }
}

/// Ends as they are by now, and what a forger changes about them.
pub(super) struct Forging<'a> {
    pub(super) ends: Ends,
    /// What each vote signs.
    pub(super) signed: Vec<SignedAs>,
    change: Change<'a, Cells>,
    /// Whether a validator's start stays what it is.
    pub(super) keeps_start: bool,
}

impl<'a> Forging<'a> {
    /// Starts from honest ends.
    pub(super) fn new(ends: &Ends, change: Change<'a, Cells>) -> Self {
        let signed = ends.witness.ends.iter().flat_map(|end| {
            let message = message_of(end);
            let votes = end.votes.iter();
            votes.map(move |vote| signed_as(vote, end.header.slot, &message))
        });
        Self {
            signed: signed.collect(),
            ends: ends.clone(),
            change,
            keeps_start: false,
        }
    }

    /// Returns the ends that agree with the change, and their trace.
    pub(super) fn settle(mut self) -> (Ends, Trace) {
        let position = self.change.position;
        if let Some((randomizer, encoding)) = self.change.signed {
            self.sign(position, randomizer, &encoding);
        }
        if let Some(levels) = self.change.levels
            && let Some((_, vote)) = self.ends.vote_at(position)
        {
            vote.signature.path.resize(levels, Digest::ZERO);
            vote.public_key.tree_height = u32::try_from(levels).unwrap();
        }
        let mut trace = self.trace();
        for _ in 0..MOST_ROUNDS {
            let Some(shown) = Shown::of(&trace) else {
                break;
            };
            let followed = self.follow(&shown);
            if !self.sign_again(&shown) && !followed {
                break;
            }
            trace = self.trace();
        }
        (self.ends, trace)
    }

    fn linker(&self) -> Linker<'_> {
        Linker {
            forger: Forger::new(&self.change),
            witness: &self.ends.witness,
            signed: &self.signed,
            ends: 0,
        }
    }

    fn rows(&self) -> Rows<Linker<'_>> {
        Rows::new(self.change.start.clone().unwrap_or_default(), self.linker())
    }

    fn trace(&self) -> Trace {
        let mut rows = self.rows();
        witness_rows(&mut rows, &self.ends.witness);
        assemble(&[rows], 3)
    }

    /// Takes over the members and the sets that are shown; returns whether the trace has to be made again.
    fn follow(&mut self, shown: &Shown) -> bool {
        let mut again = false;
        for (place, shown) in shown.ends.iter().enumerate() {
            if place >= self.ends.sets.len() {
                break;
            }
            again |= self.follow_set(place, shown);
            let witness = &mut self.ends.witness;
            let named = match place.checked_sub(1) {
                None => &mut witness.statement.validator_set_root,
                Some(before) => &mut witness.ends[before].header.next_validator_set_root,
            };
            again |= *named != shown.set_root;
            *named = shown.set_root;
        }
        again
    }

    /// The set of an end is the one of the leaves that its votes show.
    fn follow_set(&mut self, place: usize, shown: &ShownEnd) -> bool {
        let mut again = false;
        let members = self.ends.sets[place].set.members();
        let mut leaves: Vec<_> = members.iter().map(Validator::leaf).collect();
        let end = &mut self.ends.witness.ends[place];
        for (vote, shown) in end.votes.iter_mut().zip(&shown.votes) {
            let index = usize::try_from(vote.index).unwrap();
            if let Some(leaf) = leaves.get_mut(index) {
                *leaf = shown.member_leaf;
            }
            vote.validator.key_id = Digest(shown.member[0]);
            let leaf = shown.leaf.as_canonical_u32();
            if leaf < 1 << 20 && !self.keeps_start {
                let start = end.header.slot.wrapping_sub(leaf);
                again |= vote.validator.start_slot != start;
                vote.validator.start_slot = start;
            }
        }
        let tree = MerkleTree::<SET_DEPTH>::new(leaves);
        for vote in &mut end.votes {
            let path = tree.path(vote.index);
            again |= vote.set_path != path;
            vote.set_path = path;
        }
        if let Some(vote) = shown.votes.last() {
            again |= end.set.root != vote.top;
            end.set.root = vote.top;
        }
        again
    }

    /// Signs what is shown; returns whether the trace has to be made again.
    fn sign_again(&mut self, shown: &Shown) -> bool {
        let mut again = false;
        let votes = shown.ends.iter().flat_map(|end| &end.votes);
        for (position, shown) in votes.enumerate().take(self.signed.len()) {
            if self.follow_ends(position, shown) {
                again = true;
                continue;
            }
            let is_changed = position == self.change.position;
            if is_changed && self.change.signed.is_some() {
                continue;
            }
            let wanted: Wanted<'_> = match is_changed {
                true => self.change.wanted,
                false => &signature::on_target,
            };
            let SignedAs { digits, tops, .. } = self.signed[position];
            let signed = Encoding { digits, tops };
            let fitted = signature::fit(&shown.signature, &signed, wanted, || {
                let mut rows = self.rows();
                rows_before(&mut rows, &self.ends.witness, position);
                let mut ends = self.ends.clone();
                let chain_id = ends.witness.statement.chain_id;
                let (_, vote) = ends.vote_at(position).unwrap();
                let message = Digest(rows.cells.own.message);
                let signed = self.signed[position];
                signature::digests(rows, &plan(vote, chain_id, &message, &signed))
            });
            if let Some((last, encoding)) = fitted {
                let (_, vote) = self.ends.vote_at(position).unwrap();
                let mut randomizer = vote.signature.randomizer;
                randomizer[6] = Val::new(last);
                self.sign(position, randomizer, &encoding);
                let _ = self.follow_ends(position, shown);
                again = true;
            }
        }
        again
    }

    /// Makes the chains of a vote end where they do whatever its digits are; returns whether they did not.
    fn follow_ends(&mut self, position: usize, shown: &ShownVote) -> bool {
        let signed = self.signed[position];
        let (place, index) = {
            let (place, vote) = self.ends.vote_at(position).unwrap();
            (place, vote.index)
        };
        let (key, _) = self.ends.sets[place].member(index);
        let secrets = *key.secrets(signed.leaf);
        let values = signature::chain_values(&secrets, &shown.signature, &signed.digits);
        let (_, vote) = self.ends.vote_at(position).unwrap();
        let again = vote.signature.chain_values != values;
        vote.signature.chain_values = values;
        again
    }

    /// Signs an encoding in a vote.
    pub(super) fn sign(&mut self, position: usize, randomizer: [Val; 7], encoding: &Encoding) {
        let signed = &mut self.signed[position];
        (signed.digits, signed.tops) = (encoding.digits, encoding.tops);
        let leaf = signed.leaf;
        let sets = self.ends.sets.clone();
        let (place, vote) = self.ends.vote_at(position).unwrap();
        let (key, _) = sets[place].member(vote.index);
        let path = core::mem::take(&mut vote.signature.path);
        vote.signature = key.sign_digits(leaf, randomizer, &encoding.digits);
        vote.signature.path = path;
    }
}

/// Another set, the header that names it, the vote for that, and the trace that has all of them; of ends that follow each other.
const MOST_ROUNDS: usize = 6;

fn message_of(end: &EpochEnd) -> Digest {
    let header = &end.header;
    crate::chain::vote_message(header.chain_id, header.height, header.slot, &header.hash())
}

impl Rowwise for Span {
    type Case = Ends;
    type Cells = Cells;
    const KINDS: &'static [&'static str] = &NAMES;

    fn changed(ends: &Ends, start: &Cells, act: &impl Act<Cells>) -> (Option<Ends>, Trace) {
        let change = Change {
            start: Some(start.clone()),
            ..Change::rows(act)
        };
        let (settled, trace) = Forging::new(ends, change).settle();
        (Some(settled), trace)
    }

    fn numbers(kinds: &[usize], kind: usize) -> Vec<usize> {
        signature::numbers(kinds, kind)
    }

    fn shown(ends: &Ends, trace: &Trace) -> SpanStatement {
        claim(ends, trace)
    }

    fn refuse(ends: &Ends, trace: &Trace, claim: &SpanStatement) -> Option<&'static str> {
        refuse(ends, trace, claim)
    }
}

impl Signer for Span {
    type Case = Ends;
    type Cells = Cells;
    const PERMUTED: usize = own(Kind::Member1);

    fn check(cells: &mut Cells) -> &mut SignatureCells {
        &mut cells.signature
    }

    fn signed(ends: &Ends) -> Signed {
        let end = &ends.witness.ends[0];
        let (vote, message) = (&end.votes[0], message_of(end));
        let SignedAs { leaf, digits, tops } = signed_as(vote, end.header.slot, &message);
        Signed {
            parameter: vote.public_key.parameter,
            leaf,
            message,
            randomizer: vote.signature.randomizer,
            encoding: Encoding { digits, tops },
        }
    }

    fn forge(ends: &Ends, change: Change<'_, Cells>, edit: Option<Edit<'_>>) -> Forged {
        let (ends, trace) = Forging::new(ends, change).settle();
        settle::<Self>(&ends, trace, |trace, _| {
            if let Some(edit) = edit {
                edit_rows(trace, edit);
            }
        })
    }
}

/// Changes the rows of a trace.
pub(super) fn edit_rows(trace: &mut Trace, edit: impl Fn(&mut Vec<Vec<Val>>)) {
    let width = trace.width;
    let mut rows: Vec<_> = trace.values.chunks(width).map(<[Val]>::to_vec).collect();
    edit(&mut rows);
    trace.values = rows.concat();
}
