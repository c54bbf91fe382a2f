//! The rows of a range as whoever forges makes them, and what they show.

use super::super::columns::{Cells, Kind};
use super::super::trace::{Rows, witness_rows};
use super::super::{Pruning, PruningStatement, PruningWitness};
use super::shown::{Shown, claim};
use crate::circuit::forging::rowwise::{Act, Linked, Rowwise, linked};
use crate::gadget::meddle::{Draft, Meddle};
use crate::hash::Digest;
use crate::stark::Trace;

impl Rowwise for Pruning {
    type Case = PruningWitness;
    type Cells = Cells;
    const KINDS: &'static [&'static str] = &Kind::NAMES;

    fn changed(
        witness: &PruningWitness,
        start: &Cells,
        act: &impl Act<Cells>,
    ) -> (Option<PruningWitness>, Trace) {
        linked::<Self>(witness, start, act)
    }

    fn shown(witness: &PruningWitness, trace: &Trace) -> PruningStatement {
        claim(witness, trace)
    }

    fn refuse(
        witness: &PruningWitness,
        trace: &Trace,
        claim: &PruningStatement,
    ) -> Option<&'static str> {
        Shown::of(witness, trace).refuse(claim)
    }
}

impl Linked for Pruning {
    fn make<M: Meddle<Cells>>(rows: &mut Rows<M>, witness: &PruningWitness) {
        witness_rows(rows, witness);
    }

    /// Each header but the first names the one before it as its parent.
    fn link(witness: &PruningWitness, seen: usize, draft: &mut Draft<'_, Cells>) {
        if draft.kind != Kind::Header2.place() || seen == 0 {
            return;
        }
        let written = witness.headers.get(seen);
        let written = written.map_or(Digest::ZERO, |header| header.parent_hash);
        let parents = draft.cells.own.previous.into_iter().zip(written.0);
        for (lane, (parent, written)) in draft.input.iter_mut().zip(parents) {
            *lane += parent - written;
        }
    }
}
