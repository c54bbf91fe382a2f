//! Vectors for the statements of the ledger circuits, and for proofs of them.

mod identities;
mod states;
mod transactions;

use p3_field::PrimeField32;
use rpp_verifier::hazmat::{Statement, public_values};
use rpp_verifier::{Header, Identity, State, Transaction};

use super::proven::{Proven, store_proof};
use super::{Owners, over};
use crate::parts::{Bytes, Changed};
use crate::{Result, VectorWriter};

/// Writes all of them.
pub(super) fn write_statements(
    writer: &mut VectorWriter,
    owners: &Owners,
    proven: &Proven,
) -> Result<()> {
    store_proof::<Transaction>(writer, &proven.transaction)?;
    store_proof::<Identity>(writer, &proven.identity)?;
    store_proof::<State>(writer, &proven.state)?;
    transactions::write_transactions(writer, owners, proven)?;
    transactions::write_proofs(writer, owners, proven)?;
    identities::write_identities(writer, owners, proven)?;
    identities::write_proofs(writer, proven)?;
    states::write_states(writer, proven)?;
    states::write_proofs(writer, proven)
}

/// Returns the number of a chain that has other limbs than that of the vectors.
const OTHER_CHAIN: u32 = 0xfffe_0008;

fn values(statement: &impl Statement) -> Vec<u32> {
    let values = public_values(statement);
    values.iter().map(PrimeField32::as_canonical_u32).collect()
}

fn other_chain(header: &Header) -> Header {
    Header {
        chain_id: OTHER_CHAIN,
        ..header.clone()
    }
}

/// Returns a proof that says it is of another circuit.
fn renamed(file: &str, circuit: u16) -> Option<Bytes> {
    let splices = vec![over(8, &circuit.to_le_bytes())];
    let file = file.into();
    Some(Bytes::Changed(Changed { file, splices }))
}
