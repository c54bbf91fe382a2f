//! Vectors for the witnesses of the ledger circuits.

mod blocks;
mod encodings;
mod single;

use rpp_verifier::{Account, IdentityWitness, Operation, SignedOperation, TransactionWitness};

use super::proven::Proven;
use super::{Owners, state};
use crate::circuits::whole;
use crate::{Result, VectorWriter};

/// Writes all but those of single operations.
pub(super) fn write_witnesses(
    writer: &mut VectorWriter,
    owners: &Owners,
    proven: &Proven,
) -> Result<()> {
    writer.document("transaction-witness.bin", &proven.transaction.to_bytes())?;
    writer.document("identity-witness.bin", &proven.identity.to_bytes())?;
    writer.document("state-witness.bin", &proven.state.to_bytes())?;
    single::write_transactions(writer, owners, proven)?;
    single::write_identities(writer, owners, proven)?;
    blocks::write_states(writer, proven)?;
    blocks::write_blocks(writer, owners)?;
    blocks::write_registrations(writer, owners)?;
    encodings::write_encodings(writer, proven)
}

/// Writes the witness for an operation that the vectors have anyway: the checks of a prover are those of
/// the ledger. Of its chain the witness has no other idea than the operation.
pub(super) fn write_operation(
    writer: &mut VectorWriter,
    name: &str,
    note: &str,
    expect: &str,
    accounts: &[(u32, Account)],
    signed: &SignedOperation,
) -> Result<()> {
    if expect == "operation-chain-id" {
        return Ok(());
    }
    let accounts = state(accounts);
    let (circuit, bytes) = match signed.operation {
        Operation::Register(_) => (
            "identity",
            IdentityWitness::new(&accounts, signed).to_bytes(),
        ),
        _ => (
            "transaction",
            TransactionWitness::new(&accounts, signed).to_bytes(),
        ),
    };
    let case = whole(circuit, &bytes);
    let name = format!("{circuit}-witness-{name}");
    writer.write(&name, note, expect, case)
}
