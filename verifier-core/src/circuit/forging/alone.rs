//! What the circuits of one operation have in common, for those who forge their proofs.

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;

use super::{Block, digests, first_root};
use crate::gadget::meddle::Meddle;
use crate::gadget::operation::{
    AloneCells, Kind, OperationCells, OperationRow, alone_start, alone_trace_with,
};
use crate::gadget::signature::{Kind as SignatureKind, SignatureCells};
use crate::hash::{Digest, Val};
use crate::stark::Trace;

/// [`Subject::parts`](super::Subject::parts).
pub(crate) const fn parts(cells: &mut AloneCells) -> (&mut SignatureCells, &mut OperationCells) {
    (&mut cells.signature, &mut cells.operation)
}

/// [`Subject::kinds`](super::Subject::kinds).
pub(crate) fn kinds() -> Vec<&'static str> {
    let kinds = SignatureKind::NAMES.iter().chain(&Kind::NAMES);
    kinds.copied().chain(["End"]).collect()
}

/// [`Subject::digests`](super::Subject::digests).
pub(crate) fn message_digests<M: Meddle<AloneCells>>(
    block: &Block,
    position: usize,
    start: AloneCells,
    meddler: M,
) -> impl Fn(u32) -> [Val; 6] {
    let plan = block.operations[position].plan();
    let rows = alone_start(&plan, &block.root, start, meddler);
    digests(rows, &plan.signature())
}

/// [`Subject::trace_of`](super::Subject::trace_of).
pub(crate) fn trace_of<M: Meddle<AloneCells>>(
    block: &Block,
    start: AloneCells,
    meddler: M,
) -> Trace {
    let plan = block.operations[0].plan();
    alone_trace_with(&plan, &block.root, start, meddler, 3)
}

/// What a trace says of itself: what its public values have to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    /// The root before the operation.
    pub before: [Val; Digest::ELEMENTS],
    /// The root in the last row.
    pub after: [Val; Digest::ELEMENTS],
    /// The hash that is signed, or zero.
    pub operation: [Val; Digest::ELEMENTS],
}

impl Shown {
    /// Reads it off a trace.
    pub(crate) fn by(trace: &Trace) -> Self {
        let mut rows = trace.values.chunks(trace.width).map(OperationRow::first_of);
        let is_signed = |row: &OperationRow<'_, Val>| {
            row.signature.cols.is(SignatureKind::Message0) == Val::ONE
        };
        let signed = rows.clone().find(is_signed);
        let hash =
            |row: OperationRow<'_, Val>| core::array::from_fn(|i| row.signature.cols.state[8 + i]);
        Self {
            before: first_root(trace),
            after: rows
                .next_back()
                .map_or([Val::ZERO; 8], |row| *row.cols.root),
            operation: signed.map_or([Val::ZERO; 8], hash),
        }
    }
}
