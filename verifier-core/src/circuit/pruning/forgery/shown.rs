//! What a trace shows: the claim, and the headers and siblings behind it.

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::super::columns::{HEADER, Kind, Row};
use super::super::{PruningStatement, PruningWitness};
use crate::chain::{HeaderHash, fold_block, history_root};
use crate::circuit::forging::rowwise::{ShownHeader, are_linked, blocks};
use crate::hash::{Digest, RATE, Val, compress, fold_path};
use crate::stark::{Statement as _, Trace};

/// The headers and the siblings that a trace has in its rows; where it has no end, those of the witness that it was made of.
pub(super) struct Shown {
    headers: Vec<ShownHeader>,
    siblings: Vec<Digest>,
}

impl Shown {
    /// Reads a trace.
    pub(super) fn of(witness: &PruningWitness, trace: &Trace) -> Self {
        let mut rows: Vec<_> = rows(trace).collect();
        let end = rows
            .iter()
            .position(|row| row.is(Kind::NewRoot1) == Val::ONE);
        let Some(end) = end else {
            return Self {
                headers: witness.headers.iter().map(ShownHeader::from).collect(),
                siblings: witness.siblings.clone(),
            };
        };
        // What comes after the end says nothing.
        rows.truncate(end + 1);
        let starts = (0..rows.len()).filter(|&at| rows[at].is(Kind::Header0) == Val::ONE);
        let levels = rows.iter().filter(|row| row.is(Kind::OldPath) == Val::ONE);
        Self {
            headers: starts.filter_map(|at| header(&rows[at..])).collect(),
            siblings: levels.map(sibling).collect(),
        }
    }

    /// Returns the code of the first sentence of a claim that these do not show: the oracle of the AIR, by what is in the rows.
    pub(super) fn refuse(&self, claim: &PruningStatement) -> Option<&'static str> {
        let level = match (claim.check(), claim.level()) {
            (Err(fault), _) => return Some(fault.code),
            (_, level) => level.unwrap_or_default(),
        };
        let siblings = u32::try_from(self.siblings.len()).unwrap_or(u32::MAX);
        if self.headers.len() != 1 << level || siblings != 32 - level {
            return Some("witness-length");
        }
        let place = claim.start_height >> level;
        let root = |node, count| history_root(count, &fold_path(node, place, &self.siblings));
        let hashes: Vec<_> = self.headers.iter().map(ShownHeader::hash).collect();
        let heights = claim.start_height..;
        let folded = heights.clone().zip(&self.headers);
        let fold = folded.fold(claim.fold_before, |fold, (height, header)| {
            fold_block(&fold, height, &header.digest(4))
        });
        match () {
            () if !heights
                .zip(&self.headers)
                .all(|(height, header)| header.is_at(claim.chain_id, height)) =>
            {
                Some("witness-place")
            }
            () if !self.is_linked(claim, &hashes) => Some("witness-link"),
            () if root(claim.vacant(), claim.start_height) != claim.start_history => {
                Some("witness-before")
            }
            () if root(subtree(hashes), claim.end_height) != claim.end_history => {
                Some("witness-after")
            }
            () if fold != claim.fold_after => Some("witness-fold"),
            () => None,
        }
    }

    fn is_linked(&self, claim: &PruningStatement, hashes: &[Digest]) -> bool {
        are_linked(&self.headers)
            && hashes.first() == Some(&claim.start_hash.0)
            && hashes.last() == Some(&claim.last_hash.0)
    }
}

/// Returns the statement that a trace shows; where a row of it is missing, the witness's own.
pub(super) fn claim(witness: &PruningWitness, trace: &Trace) -> PruningStatement {
    let mut statement = witness.statement.clone();
    let of = |kind: Kind| rows(trace).find(move |row| row.is(kind) == Val::ONE);
    let output = |row: Row<'_, Val>| Digest(core::array::from_fn(|i| row.permutation.output[i]));
    if let Some(first) = rows(trace).next() {
        statement.fold_before = Digest(*first.own.fold);
    }
    if let Some(hash) = of(Kind::Header9) {
        statement.start_hash = HeaderHash(output(hash));
    }
    if let Some(path) = of(Kind::OldPath) {
        statement.last_hash = HeaderHash(Digest(*path.own.previous));
    }
    if let Some(root) = of(Kind::OldRoot1) {
        statement.start_history = output(root);
    }
    if let Some(root) = of(Kind::NewRoot1) {
        statement.end_history = output(root);
        statement.fold_after = Digest(*root.own.fold);
    }
    statement
}

fn rows(trace: &Trace) -> impl Iterator<Item = Row<'_, Val>> {
    trace.values.chunks(trace.width).map(Row::new)
}

/// Returns the header that the first of these rows begins; none if it does not end.
fn header(rows: &[Row<'_, Val>]) -> Option<ShownHeader> {
    let rows = rows.iter().zip(HEADER);
    blocks(rows.map(|(row, kind)| (row.is(kind) == Val::ONE).then_some(row.permutation)))
        .map(ShownHeader)
}

/// Returns the sibling of a level: on the left where the bit is set.
fn sibling(level: &Row<'_, Val>) -> Digest {
    let start = match level.own.stack[0] == Val::ONE {
        true => 0,
        false => RATE,
    };
    Digest(core::array::from_fn(|i| level.permutation.input[start + i]))
}

/// Returns the node over a power of two of nodes.
fn subtree(mut nodes: Vec<Digest>) -> Digest {
    while nodes.len() > 1 {
        let pairs = nodes.chunks(2);
        nodes = pairs.map(|pair| compress(&pair[0], &pair[1])).collect();
    }
    nodes[0]
}
