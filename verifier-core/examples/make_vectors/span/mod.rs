//! Vectors for the span circuit: its statement, proofs of it, and its witnesses.

mod encodings;
mod ends;
mod proofs;
mod statements;
mod witnesses;

use self::ends::Ends;
use crate::{Result, VectorWriter};

/// The length of an epoch in which the low limb of a height starts again from one end to the next.
const EPOCH: u32 = 100_000;
/// The length of a short one.
const SHORT_EPOCH: u32 = 8;

/// Writes all of them.
pub(crate) fn write_span(writer: &mut VectorWriter) -> Result<()> {
    let spans = Spans::new()?;
    writer.document("span-witness.bin", &spans.two.witness.to_bytes())?;
    witnesses::write_witnesses(writer, &spans)?;
    encodings::write_encodings(writer, &spans.two)?;
    statements::write_statements(writer, &spans)?;
    proofs::write_proofs(writer, &spans)
}

/// The spans that there are proofs of.
struct Spans {
    /// The ends of two epochs, the first signed by two of three, the second by one.
    two: Ends,
    /// The end of one.
    one: Ends,
}

impl Spans {
    fn new() -> Result<Self> {
        Ok(Self {
            two: Ends::two(|_| ())?,
            one: Ends::new(SHORT_EPOCH, &[(&[1, 9, 2], &[1])], |_| ())?,
        })
    }
}
