//! Vectors for the witnesses of the ledger circuits.

mod blocks;
mod encodings;
mod single;

use rpp_verifier::{Account, IdentityWitness, Operation, SignedOperation, TransactionWitness};

use super::proven::Proven;
use super::{Owners, over, state};
use crate::format::Case;
use crate::parts::{Bytes, Changed, Splice};
use crate::witness::between;
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

fn whole(circuit: &str, bytes: &[u8]) -> Case {
    Case::CircuitWitness {
        circuit: circuit.into(),
        bytes: Bytes::Hex(hex::encode(bytes)),
    }
}

/// Writes a change of a circuit's stored witness.
fn write(
    writer: &mut VectorWriter,
    circuit: &str,
    name: &str,
    expect: &str,
    splices: Vec<Splice>,
) -> Result<()> {
    let file = format!("documents/{circuit}-witness.bin");
    let case = Case::CircuitWitness {
        circuit: circuit.into(),
        bytes: Bytes::Changed(Changed { file, splices }),
    };
    let name = format!("{circuit}-witness-{name}");
    writer.write(&name, &name.replace('-', " "), expect, case)
}

/// Writes a stored witness as it is, or in the place of it one that differs somewhere.
fn write_changed(
    writer: &mut VectorWriter,
    circuit: &str,
    name: &str,
    expect: &str,
    honest: &[u8],
    changed: &[u8],
) -> Result<()> {
    let splices = changes(honest, changed);
    write(writer, circuit, name, expect, splices)
}

/// Returns the changes between two encodings of the same length, each of one run of bytes; otherwise
/// one change.
fn changes(honest: &[u8], changed: &[u8]) -> Vec<Splice> {
    if honest == changed {
        return vec![];
    }
    if honest.len() != changed.len() {
        return vec![between(honest, changed)];
    }
    let mut splices: Vec<Splice> = Vec::new();
    for (at, (old, new)) in honest.chunks(32).zip(changed.chunks(32)).enumerate() {
        if old != new {
            splices.push(over(at * 32, new));
        }
    }
    if splices.len() == 1 {
        return vec![between(honest, changed)];
    }
    splices
}
