//! What a trace shows: the claim, and the headers, sets and votes behind it.

use alloc::vec::Vec;

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use super::super::SpanStatement;
use super::super::columns::{HEADER, Kind, Row};
use super::ends::Ends;
use crate::chain::{HeaderHash, history_root, vote_message};
use crate::circuit::forging::rowwise::{ShownHeader, blocks};
use crate::circuit::forging::signature::{FoundSignature, SeenSignature, found_signatures};
use crate::gadget::signature::Kind as SignatureKind;
use crate::gadget::walk::feed_forward;
use crate::hash::{Digest, Domain, RATE, Val, fold_path, hash};
use crate::limits::{HISTORY_DEPTH, SET_DEPTH};
use crate::signature::KeyPurpose;
use crate::stark::Trace;

/// Two blocks of a hash.
type Pair = [[Val; RATE]; 2];

/// The ends that a trace has in its rows.
pub(super) struct Shown {
    pub(super) ends: Vec<ShownEnd>,
}

/// An end.
pub(super) struct ShownEnd {
    /// What is beside the end before, up to the root of the history tree.
    path: Vec<Digest>,
    set: Pair,
    /// What the opening of the set gives.
    pub(super) set_root: Digest,
    header: ShownHeader,
    pub(super) votes: Vec<ShownVote>,
}

/// A vote.
pub(super) struct ShownVote {
    index: Val,
    pub(super) signature: SeenSignature,
    found: FoundSignature,
    /// The leaf of the key's tree.
    pub(super) leaf: Val,
    pub(super) member: Pair,
    /// Digest of the set leaf.
    pub(super) member_leaf: Digest,
    path: Vec<Digest>,
    /// The root that its path leads to.
    pub(super) top: Digest,
}

impl Shown {
    /// Reads a trace; none if it has no end, or a part is missing.
    pub(super) fn of(trace: &Trace) -> Option<Self> {
        let rows: Vec<_> = trace.values.chunks(trace.width).map(Row::new).collect();
        let last = rows.iter().position(|row| row.is(Kind::End) == Val::ONE)?;
        // What comes after the end says nothing.
        let rows = &rows[..last];
        let starts = (0..last).filter(|&at| rows[at].is(Kind::Set0) == Val::ONE);
        let mut bounds: Vec<_> = starts.collect();
        bounds.push(last);
        let mut path = Vec::new();
        let mut ends = Vec::new();
        for bounds in bounds.windows(2) {
            let rows = &rows[bounds[0]..bounds[1]];
            let next = siblings(rows, &[Kind::HistoryLow, Kind::HistoryHigh]);
            ends.push(ShownEnd::of(rows, core::mem::replace(&mut path, next))?);
        }
        Some(Self { ends })
    }

    /// Returns the code of the first sentence of a claim that these do not show. That a claim is one at all is looked at before any proof of it.
    fn refuse(&self, claim: &SpanStatement) -> Option<&'static str> {
        if u32::try_from(self.ends.len()) != Ok(claim.ends) {
            return Some("witness-length");
        }
        let mut set = claim.validator_set_root;
        let mut height = claim.first_height;
        let mut before: Option<(u32, Digest)> = None;
        for end in &self.ends {
            if let Some((last, _)) = before {
                height = last.wrapping_add(claim.epoch_length.get());
            }
            if let Some(code) = end.refuse(claim.chain_id, height, set, before) {
                return Some(code);
            }
            set = end.header.digest(6);
            before = Some((height, end.header.hash()));
        }
        (before.map(|(_, hash)| hash) != Some(claim.last_hash.0)).then_some("witness-link")
    }
}

impl ShownEnd {
    fn of(rows: &[Row<'_, Val>], path: Vec<Digest>) -> Option<Self> {
        let at = rows.iter().position(|row| row.is(Kind::Set1) == Val::ONE)?;
        let set_root = output(&rows[at]);
        let starts = |&at: &usize| rows[at].signature.cols.is(SignatureKind::Message0) == Val::ONE;
        let mut bounds: Vec<_> = (0..rows.len()).filter(starts).collect();
        bounds.push(rows.len());
        let votes = bounds.windows(2);
        let votes = votes.map(|bounds| ShownVote::of(&rows[bounds[0]..bounds[1]]));
        Some(Self {
            path,
            set: sponge(rows, &[Kind::Set0, Kind::Set1])?,
            set_root,
            header: ShownHeader(sponge(rows, &HEADER)?),
            votes: votes.collect::<Option<_>>()?,
        })
    }

    fn refuse(
        &self,
        chain_id: u32,
        height: u32,
        set: Digest,
        before: Option<(u32, Digest)>,
    ) -> Option<&'static str> {
        let [integers, more, ..] = &self.header.0;
        let are_limbs = integers.iter().chain(more).all(|&limb| is_limb(limb));
        if !self.header.is_at(chain_id, height) || !are_limbs {
            return Some("witness-place");
        }
        let [tree, size] = &self.set;
        let opened = hash(Domain::Set, &self.set.as_flattened()[..12]);
        let is_opening = opened == set && size[4..] == [Val::ZERO; 4];
        let total = number([size[2], size[3]]);
        let (true, Some(total)) = (is_opening && self.header.digest(5) == set, total) else {
            return Some("witness-set");
        };
        if !before.is_none_or(|before| self.has_before(height, before)) {
            return Some("witness-history");
        }
        let slot = number([integers[6], integers[7]])?;
        let hash = HeaderHash(self.header.hash());
        let message = vote_message(chain_id, height, slot, &hash);
        let mut least = 0;
        let mut signed = 0;
        for vote in &self.votes {
            let index = vote.index.as_canonical_u32();
            if index < least || index >= 1 << SET_DEPTH {
                return Some("witness-order");
            }
            match vote.refuse(chain_id, slot, &Digest(*tree), &message) {
                Ok(power) => signed += u64::from(power),
                Err(code) => return Some(code),
            }
            least = index + 1;
        }
        let is_quorum = 3 * signed > 2 * u64::from(total);
        (!is_quorum).then_some("witness-below-threshold")
    }

    /// Returns whether the end before is in the history of this one.
    fn has_before(&self, height: u32, (at, hash): (u32, Digest)) -> bool {
        let root = fold_path(hash, at, &self.path);
        let root = history_root(height, &root);
        self.path.len() == HISTORY_DEPTH && root == self.header.digest(8)
    }
}

impl ShownVote {
    fn of(rows: &[Row<'_, Val>]) -> Option<Self> {
        let signatures: Vec<_> = rows.iter().map(|row| row.signature).collect();
        let mut signature = SeenSignature::default();
        signatures.iter().for_each(|row| signature.see(row));
        let found = found_signatures(&signatures).into_iter().next()?;
        let of = |kind: Kind| rows.iter().find(|row| row.is(kind) == Val::ONE);
        let (first, second) = (of(Kind::Member0)?, of(Kind::Member1)?);
        let is_level = |row: &&Row<'_, Val>| row.is(Kind::SetPath) == Val::ONE;
        let top = rows.iter().rfind(is_level)?.signature.permutation;
        Some(Self {
            index: *first.own.index,
            signature,
            found,
            leaf: *first.signature.cols.leaf,
            member: sponge(rows, &[Kind::Member0, Kind::Member1])?,
            member_leaf: output(second),
            path: siblings(rows, &[Kind::SetPath]),
            top: feed_forward(top.input, top.output),
        })
    }

    /// Returns its power, or the code of what is false of it. The leaf is as it is hashed; what it says of the account is not looked at.
    fn refuse(
        &self,
        chain_id: u32,
        slot: u32,
        tree: &Digest,
        message: &Digest,
    ) -> Result<u32, &'static str> {
        let [
            key_id,
            [
                power_low,
                power_high,
                _,
                _,
                start_low,
                start_high,
                zeros @ ..,
            ],
        ] = self.member;
        let FoundSignature {
            public_key,
            signature,
        } = &self.found;
        let leaf = hash(Domain::SetLeaf, &self.member.as_flattened()[..14]);
        let is_in_tree = self.path.len() == SET_DEPTH
            && fold_path(leaf, self.index.as_canonical_u32(), &self.path) == *tree
            && zeros == [Val::ZERO; 2];
        let is_key = public_key.key_id(KeyPurpose::Vote, chain_id).0 == key_id;
        let numbers = number([power_low, power_high]).zip(number([start_low, start_high]));
        let (true, Some((power, start_slot))) = (is_in_tree && is_key, numbers) else {
            return Err("witness-not-a-member");
        };
        let leaf = slot.checked_sub(start_slot).ok_or("witness-not-started")?;
        let verified = public_key.verify(leaf, message, signature);
        verified.map_err(|_| "witness-signature")?;
        Ok(power)
    }
}

/// Returns the code of what is false of a claim: the oracle of the AIR, by what is in the rows.
pub(super) fn refuse(ends: &Ends, trace: &Trace, claim: &SpanStatement) -> Option<&'static str> {
    match Shown::of(trace) {
        Some(shown) => shown.refuse(claim),
        None => {
            let mut witness = ends.witness.clone();
            witness.statement = claim.clone();
            let checked = crate::stark::Witness::check(&witness);
            checked.err().map(|fault| fault.code())
        }
    }
}

/// Returns the statement that a trace shows; where a row of it is missing, the witness's own.
pub(super) fn claim(ends: &Ends, trace: &Trace) -> SpanStatement {
    let mut statement = ends.witness.statement.clone();
    let mut rows = trace.values.chunks(trace.width).map(Row::new);
    if let Some(first) = rows.next() {
        statement.validator_set_root = Digest(*first.own.set);
        statement.first_height = number(*first.own.height).unwrap_or(statement.first_height);
    }
    if let Some(end) = rows.find(|row| row.is(Kind::End) == Val::ONE) {
        statement.last_hash = HeaderHash(Digest(*end.own.hash));
        statement.ends = end.own.epoch.as_canonical_u32().wrapping_add(1);
    }
    statement
}

/// Returns the number of two limbs, where they are some.
fn number([low, high]: [Val; 2]) -> Option<u32> {
    let both = is_limb(low) && is_limb(high);
    both.then(|| low.as_canonical_u32() | high.as_canonical_u32() << 16)
}

fn is_limb(limb: Val) -> bool {
    limb.as_canonical_u32() < 1 << 16
}

/// Returns what the first sponge of some kinds of rows takes in.
fn sponge<const N: usize>(rows: &[Row<'_, Val>], kinds: &[Kind; N]) -> Option<[[Val; RATE]; N]> {
    let at = rows.iter().position(|row| row.is(kinds[0]) == Val::ONE)?;
    let rows = rows[at..].iter().zip(kinds);
    blocks(rows.map(|(row, &kind)| (row.is(kind) == Val::ONE).then_some(row.signature.permutation)))
}

/// Returns what is beside the nodes of a walk, of all rows of some kinds.
fn siblings(rows: &[Row<'_, Val>], kinds: &[Kind]) -> Vec<Digest> {
    let is_level = |row: &&Row<'_, Val>| kinds.iter().any(|&kind| row.is(kind) == Val::ONE);
    let levels = rows.iter().filter(is_level);
    let sibling = |row: &Row<'_, Val>| {
        let start = match *row.signature.cols.bit == Val::ONE {
            true => 0,
            false => RATE,
        };
        Digest(core::array::from_fn(|i| {
            row.signature.permutation.input[start + i]
        }))
    };
    levels.map(sibling).collect()
}

fn output(row: &Row<'_, Val>) -> Digest {
    Digest(core::array::from_fn(|i| {
        row.signature.permutation.output[i]
    }))
}
