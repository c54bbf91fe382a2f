//! The rows of a window as whoever forges makes them, and what they show.

use super::super::columns::{Cells, Kind};
use super::super::trace::{Rows, witness_rows};
use super::super::{Uptime, UptimeStatement, UptimeWitness};
use super::shown::{Shown, claim};
use crate::circuit::forging::rowwise::{Act, Linked, Rowwise, linked};
use crate::gadget::meddle::{Draft, Meddle};
use crate::stark::Trace;

impl Rowwise for Uptime {
    type Case = UptimeWitness;
    type Cells = Cells;
    const KINDS: &'static [&'static str] = &Kind::NAMES;

    fn changed(
        witness: &UptimeWitness,
        start: &Cells,
        act: &impl Act<Cells>,
    ) -> (Option<UptimeWitness>, Trace) {
        linked::<Self>(witness, start, act)
    }

    fn shown(witness: &UptimeWitness, trace: &Trace) -> UptimeStatement {
        claim(witness, trace)
    }

    fn refuse(
        witness: &UptimeWitness,
        trace: &Trace,
        claim: &UptimeStatement,
    ) -> Option<&'static str> {
        Shown::of(witness, trace).refuse(claim)
    }
}

impl Linked for Uptime {
    fn make<M: Meddle<Cells>>(rows: &mut Rows<M>, witness: &UptimeWitness) {
        witness_rows(rows, witness);
    }

    /// Each header names the one before it as its parent, and who voted for that.
    fn link(witness: &UptimeWitness, seen: usize, draft: &mut Draft<'_, Cells>) {
        let header = witness.headers.get(seen);
        let own = &draft.cells.own;
        let (by_now, written) = match draft.kind {
            kind if kind == Kind::Header2.place() => (own.previous, header.map(|h| h.parent_hash)),
            kind if kind == Kind::Header7.place() => {
                (own.votes, header.map(|h| h.participation_root))
            }
            _ => return,
        };
        let written = written.unwrap_or_default();
        let lanes = by_now.into_iter().zip(written.0);
        for (lane, (by_now, written)) in draft.input.iter_mut().zip(lanes) {
            *lane += by_now - written;
        }
    }

    /// The headers whose votes are counted name the set that the last row shows.
    fn settled(witness: &UptimeWitness, trace: &Trace) -> Option<UptimeWitness> {
        let shown = claim(witness, trace).validator_set_root;
        if shown == witness.statement.validator_set_root {
            return None;
        }
        let mut settled = witness.clone();
        settled.statement.validator_set_root = shown;
        for header in settled.headers.iter_mut().take(witness.votes.len()) {
            header.validator_set_root = shown;
        }
        Some(settled)
    }
}
