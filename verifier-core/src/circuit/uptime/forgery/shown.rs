//! What a trace shows: the claim, and the headers, votes and set behind it.

use alloc::vec::Vec;

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use super::super::columns::{HEADER, Kind, Row, VOTES};
use super::super::{UptimeStatement, UptimeWitness};
use crate::chain::HeaderHash;
use crate::circuit::forging::rowwise::{ShownHeader, are_linked, blocks};
use crate::hash::{Digest, Domain, RATE, Val, fold_path, hash, u32_limbs};
use crate::limits::SET_DEPTH;
use crate::stark::{Statement as _, Trace};

/// Two blocks of a hash.
type Pair = [[Val; RATE]; 2];

/// What a trace has in its rows; where it has no end, that of the witness that it was made of.
pub(super) struct Shown {
    headers: Vec<ShownHeader>,
    votes: Vec<[[Val; RATE]; 8]>,
    member: Pair,
    siblings: Vec<Digest>,
    set: Pair,
}

impl Shown {
    /// Reads a trace.
    pub(super) fn of(witness: &UptimeWitness, trace: &Trace) -> Self {
        let mut rows: Vec<_> = rows(trace).collect();
        let end = rows.iter().position(|row| row.is(Kind::Set1) == Val::ONE);
        let Some(end) = end else {
            return Self::of_witness(witness);
        };
        // What comes after the end says nothing.
        rows.truncate(end + 1);
        let levels = rows.iter().filter(|row| row.is(Kind::SetPath) == Val::ONE);
        let pair = |kinds| sponges::<2>(&rows, &kinds).next().unwrap_or_default();
        Self {
            headers: sponges(&rows, &HEADER).map(ShownHeader).collect(),
            votes: sponges(&rows, &VOTES).collect(),
            member: pair([Kind::Member0, Kind::Member1]),
            siblings: levels.map(sibling).collect(),
            set: pair([Kind::Set0, Kind::Set1]),
        }
    }

    fn of_witness(witness: &UptimeWitness) -> Self {
        let (member, set) = (&witness.member, &witness.set);
        let rest = |numbers: &[u32]| {
            let limbs = numbers.iter().copied().flat_map(u32_limbs);
            let mut limbs = limbs.chain(core::iter::repeat(Val::ZERO));
            core::array::from_fn(|_| limbs.next().unwrap_or_default())
        };
        let bitmap = |votes: &crate::chain::Bitmap| {
            let mut limbs = votes.limbs().iter().copied().map(Val::from_u16);
            [(); 8].map(|()| [(); RATE].map(|()| limbs.next().unwrap_or_default()))
        };
        Self {
            headers: witness.headers.iter().map(ShownHeader::from).collect(),
            votes: witness.votes.iter().map(bitmap).collect(),
            member: [
                member.key_id.0,
                rest(&[member.power, member.account, member.start_slot]),
            ],
            siblings: witness.path.0.to_vec(),
            set: [set.root.0, rest(&[set.n, set.total_power])],
        }
    }

    /// Returns the code of the first sentence of a claim that these do not show: the oracle of the AIR, by what is in the rows.
    pub(super) fn refuse(&self, claim: &UptimeStatement) -> Option<&'static str> {
        let voted = match (claim.check(), claim.voted()) {
            (Err(fault), _) => return Some(fault.code),
            (_, voted) => usize::try_from(voted.unwrap_or_default()).unwrap_or(usize::MAX),
        };
        let lengths = (self.headers.len(), self.votes.len(), self.siblings.len());
        if lengths != (voted + 1, voted, SET_DEPTH) {
            return Some("witness-length");
        }
        let mut heights = (claim.first..).zip(&self.headers);
        let mut sets = self.headers[..voted].iter();
        let mut recorded = self.headers[1..].iter().zip(&self.votes);
        let root = |votes: &[[Val; RATE]; 8]| hash(Domain::Participation, votes.as_flattened());
        let head = self.headers.last().map(ShownHeader::hash);
        match self.count(claim.index) {
            _ if !heights.all(|(height, header)| header.is_at(claim.chain_id, height)) => {
                Some("witness-place")
            }
            _ if !are_linked(&self.headers) || head != Some(claim.head_hash.0) => {
                Some("witness-link")
            }
            _ if !sets.all(|header| header.digest(5) == claim.validator_set_root) => {
                Some("witness-set")
            }
            _ if !recorded.all(|(header, votes)| header.digest(7) == root(votes)) => {
                Some("witness-votes")
            }
            None => Some("witness-votes"),
            _ if !self.is_member(claim) => Some("witness-not-a-member"),
            Some(counted) if counted != claim.signed => Some("witness-count"),
            Some(_) => None,
        }
    }

    /// Returns how many bitmaps have the validator's bit; none where its limb is none of 16 bits.
    fn count(&self, index: u32) -> Option<u32> {
        let place = usize::try_from(index >> 4).unwrap_or(usize::MAX);
        let bit = |votes: &[[Val; RATE]; 8]| {
            let limb = votes.as_flattened().get(place)?.as_canonical_u32();
            (limb < 1 << 16).then_some(limb >> (index & 15) & 1)
        };
        self.votes.iter().map(bit).sum()
    }

    fn is_member(&self, claim: &UptimeStatement) -> bool {
        let [key, rest] = &self.member;
        let leaf = hash(Domain::SetLeaf, &self.member.as_flattened()[..14]);
        let [root, size] = &self.set;
        let set = hash(Domain::Set, &self.set.as_flattened()[..12]);
        *key == claim.key_id.0
            && rest[6..] == [Val::ZERO; 2]
            && fold_path(leaf, claim.index, &self.siblings).0 == *root
            && size[4..] == [Val::ZERO; 4]
            && set == claim.validator_set_root
    }
}

/// Returns the statement that a trace shows; where a row of it is missing, the witness's own.
pub(super) fn claim(witness: &UptimeWitness, trace: &Trace) -> UptimeStatement {
    let mut statement = witness.statement.clone();
    let of = |kind: Kind| rows(trace).find(move |row| row.is(kind) == Val::ONE);
    if let Some(end) = of(Kind::Member0) {
        statement.head_hash = HeaderHash(Digest(*end.own.previous));
        statement.signed = end.own.count.as_canonical_u32();
        statement.key_id = Digest(core::array::from_fn(|i| end.permutation.input[i]));
    }
    if let Some(end) = of(Kind::Set1) {
        statement.validator_set_root = Digest(core::array::from_fn(|i| end.permutation.output[i]));
    }
    statement
}

fn rows(trace: &Trace) -> impl Iterator<Item = Row<'_, Val>> {
    trace.values.chunks(trace.width).map(Row::new)
}

/// Returns what each sponge of some kinds of rows takes in; one that does not end is left out.
fn sponges<'a, const N: usize>(
    rows: &'a [Row<'a, Val>],
    kinds: &'a [Kind; N],
) -> impl Iterator<Item = [[Val; RATE]; N]> + use<'a, N> {
    let starts = (0..rows.len()).filter(|&at| rows[at].is(kinds[0]) == Val::ONE);
    starts.filter_map(move |at| {
        let rows = rows[at..].iter().zip(kinds);
        blocks(rows.map(|(row, &kind)| (row.is(kind) == Val::ONE).then_some(row.permutation)))
    })
}

/// Returns the sibling of a level: on the left where the bit is set.
fn sibling(level: &Row<'_, Val>) -> Digest {
    let start = match level.own.bits[0] == Val::ONE {
        true => 0,
        false => RATE,
    };
    Digest(core::array::from_fn(|i| level.permutation.input[start + i]))
}
