//! Vectors for the statements of the ledger circuits, and for proofs of them.

mod identities;
mod states;
mod transactions;

use rpp_verifier::{Identity, State, Transaction};

use super::Owners;
use super::proven::Proven;
use crate::circuits::store_proof;
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
