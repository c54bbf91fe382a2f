//! What the vectors of all circuits but the first are made with: stored proofs, stored witnesses, and changes of both.

use std::fs;

use p3_field::PrimeField32;
use rpp_verifier::hazmat::{Provable, Statement, Witness, public_values};
use rpp_verifier::{CIRCUITS, Header, Proof, Prover, VerifyingKey};

use crate::format::Case;
use crate::parts::{Bytes, Changed, Splice, folder};
use crate::witness::between;
use crate::{Result, VectorWriter};

/// The chain of these vectors.
pub(crate) const CHAIN: u32 = 7;
/// The number of a chain that has other limbs.
pub(crate) const OTHER_CHAIN: u32 = 0xfffe_0008;

/// Returns the change that puts bytes over those at an offset.
pub(crate) fn over(at: usize, insert: &[u8]) -> Splice {
    Splice {
        at,
        remove: insert.len(),
        insert: hex::encode(insert),
        times: 1,
    }
}

/// Returns the public values of a statement as numbers.
pub(crate) fn values(statement: &impl Statement) -> Vec<u32> {
    let values = public_values(statement);
    values.iter().map(PrimeField32::as_canonical_u32).collect()
}

/// Returns the same header of another chain.
pub(crate) fn other_chain(header: &Header) -> Header {
    Header {
        chain_id: OTHER_CHAIN,
        ..header.clone()
    }
}

/// Makes the proof of a witness, and calls it after its circuit, unless there is one.
pub(crate) fn store_proof<C: Provable>(writer: &VectorWriter, witness: &C::Witness) -> Result<()> {
    store_proof_as::<C>(writer, C::ID.name(), witness)
}

/// Makes the proof of a witness, unless there is one. The grinding of a proof varies from run to run, and a
/// file that was written once does not change.
pub(crate) fn store_proof_as<C: Provable>(
    writer: &VectorWriter,
    name: &str,
    witness: &C::Witness,
) -> Result<()> {
    let name = format!("{name}-proof.bin");
    let path = folder().join("documents").join(&name);
    if !path.exists() {
        let proof = Prover::<C>::new(CHAIN).prove(witness)?;
        writer.document(&name, &proof.to_bytes())?;
    }
    let proof = Proof::from_bytes(&fs::read(&path)?, &CIRCUITS)?;
    let verified = VerifyingKey::<C>::new(CHAIN).verify(witness.statement().clone(), &proof);
    let verified = verified.map(drop);
    Ok(verified.map_err(|error| format!("{name} does not prove its statement: {error}"))?)
}

/// Returns the stored proof of this name with changes.
pub(crate) fn proof(name: &str, splices: Vec<Splice>) -> Option<Bytes> {
    let file = format!("documents/{name}-proof.bin");
    Some(Bytes::Changed(Changed { file, splices }))
}

/// Returns the stored proof of a circuit, with another height of its trace.
pub(crate) fn proof_of_height(circuit: &str, log_rows: u8) -> Result<Option<Bytes>> {
    let path = folder().join(format!("documents/{circuit}-proof.bin"));
    // Behind the height comes one element.
    let at = fs::read(path)?.len() - 5;
    Ok(proof(circuit, vec![over(at, &[log_rows])]))
}

/// Returns a proof that says it is of another circuit.
pub(crate) fn renamed(file: &str, circuit: u16) -> Option<Bytes> {
    let splices = vec![over(8, &circuit.to_le_bytes())];
    let file = file.into();
    Some(Bytes::Changed(Changed { file, splices }))
}

/// Returns the case of a whole witness.
pub(crate) fn whole(circuit: &str, bytes: &[u8]) -> Case {
    Case::CircuitWitness {
        circuit: circuit.into(),
        bytes: Bytes::Hex(hex::encode(bytes)),
    }
}

/// Writes a change of a circuit's stored witness.
pub(crate) fn write_witness(
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
pub(crate) fn write_changed(
    writer: &mut VectorWriter,
    circuit: &str,
    name: &str,
    expect: &str,
    honest: &[u8],
    changed: &[u8],
) -> Result<()> {
    let splices = changes(honest, changed);
    write_witness(writer, circuit, name, expect, splices)
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
