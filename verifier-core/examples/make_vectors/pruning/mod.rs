//! Vectors for the pruning circuit: its statement, proofs of it, and its witnesses.

mod chain;
mod encodings;
mod proofs;
mod statements;
mod witnesses;

use self::chain::Chain;
use crate::{Result, VectorWriter};

/// Writes all of them.
pub(crate) fn write_pruning(writer: &mut VectorWriter) -> Result<()> {
    let chain = Chain::new();
    writer.document("pruning-witness.bin", &chain.witness(8, 16)?.to_bytes())?;
    witnesses::write_witnesses(writer, &chain)?;
    encodings::write_encodings(writer, &chain)?;
    statements::write_statements(writer, &chain)?;
    proofs::write_proofs(writer, &chain)
}
