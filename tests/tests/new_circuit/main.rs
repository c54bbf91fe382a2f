//! A new circuit takes a folder and a line in a registry: `rpp_tests::circuit`.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeMap;
use std::thread;

use rpp_tests::circuit::CIRCUITS;
use rpp_tests::circuit::preimage::{Preimage, PreimageStatement, PreimageWitness};
use rpp_verifier::hazmat::{
    Audit, Circuit, PERMUTATION_COLUMNS, Provable, Val, prove_trace, public_values,
};
use rpp_verifier::{
    DecodeError, Digest, Proof, ProveError, Prover, StarkParameters, VerifyError, VerifyingKey,
};

const CHAIN_ID: u32 = 7;

fn witness() -> PreimageWitness {
    PreimageWitness::new(CHAIN_ID, Digest::ZERO, 6)
}

/// A key that proves nothing, fast.
fn key() -> VerifyingKey<Preimage> {
    VerifyingKey::new(CHAIN_ID).with_parameters(StarkParameters::TEST)
}

fn verify(statement: &PreimageStatement, file: &[u8]) -> Result<(), VerifyError> {
    let proof = Proof::from_bytes(file, &CIRCUITS)?;
    key().verify(statement.clone(), &proof).map(|_| ())
}

fn small_proof() -> (PreimageStatement, Vec<u8>) {
    let witness = witness();
    let proof = Prover::with_key(key()).prove(&witness).unwrap();
    (witness.statement, proof.to_bytes())
}

#[test]
fn constants_are_those_of_the_air() {
    let audit = Audit::of::<Preimage>();
    assert_eq!(audit.fingerprint, Preimage::KEY.fingerprint);
    assert_eq!(audit.stark_bits, Preimage::KEY.stark_bits);
    assert_eq!(audit.stark_bits_at, Preimage::KEY.stark_bits_at);
    let elements = Preimage::KEY
        .public_values
        .iter()
        .map(|(_, elements)| elements);
    assert_eq!(elements.sum::<usize>(), audit.public_values);
    assert_eq!(audit.degree, 7);
}

#[test]
fn key_digests_are_distinct() {
    let mut names = BTreeMap::new();
    for circuit in CIRCUITS.iter() {
        let digest = circuit.key(CHAIN_ID).digest().to_bytes();
        assert_eq!(names.insert(digest, circuit.id().name()), None);
    }
    assert!(names.into_values().any(|name| name == "preimage"));
}

#[test]
fn proves_and_verifies_from_bytes_at_production_parameters() {
    let circuit = CIRCUITS.by_name("preimage").unwrap();
    let prover = circuit.prover(CHAIN_ID);
    let bytes = witness().to_bytes();
    let file = prover.prove(&bytes).unwrap();
    assert_eq!(prover.verify(&bytes, &file), Ok(()));
    let proof = Proof::from_bytes(&file, &CIRCUITS).unwrap();
    assert_eq!(proof.circuit(), Preimage::ID);
    // A build that does not list it does not know it.
    assert_eq!(
        Proof::from_bytes(&file, &rpp_verifier::CIRCUITS).err(),
        Some(VerifyError::UnknownCircuit { got: 900 })
    );
}

#[test]
fn rejects_a_witness_of_another_end_chain_or_length() {
    let circuit = CIRCUITS.by_name("preimage").unwrap();
    let mut other = witness();
    other.statement.end = Digest::ZERO;
    let refused = circuit.prover(CHAIN_ID).prove(&other.to_bytes());
    assert_eq!(refused.unwrap_err().code(), "witness-end");
    let refused = circuit.prover(8).prove(&witness().to_bytes());
    let (expected, got) = (8, CHAIN_ID);
    assert_eq!(refused, Err(ProveError::WrongChain { expected, got }));
    let refused = circuit.prover(CHAIN_ID).prove(&witness().to_bytes()[1..]);
    assert!(matches!(
        refused,
        Err(ProveError::Decode(
            DecodeError::Truncated { .. } | DecodeError::NonCanonicalElement { .. }
        ))
    ));
}

#[test]
fn rejects_every_column_changed_alone() {
    let witness = witness();
    let public_values = public_values(&witness.statement);
    let prover = Prover::with_key(key());
    let verdict = |row: Option<usize>, column: usize| {
        let mut trace = Preimage::trace(&witness, 3);
        if let Some(row) = row {
            trace.values[row * PERMUTATION_COLUMNS + column] += Val::new(1);
        }
        let proof = prove_trace(&prover, trace, &public_values).unwrap();
        verify(&witness.statement, &proof.to_bytes())
    };
    assert_eq!(verdict(None, 0), Ok(()));
    for column in 0..PERMUTATION_COLUMNS {
        let row = (column * 7) % 64;
        let rejected = Err(VerifyError::ConstraintMismatch);
        assert_eq!(verdict(Some(row), column), rejected, "column {column}");
    }
}

#[test]
fn rejects_another_end() {
    let (mut statement, file) = small_proof();
    assert_eq!(verify(&statement, &file), Ok(()));
    statement.end = Digest::ZERO;
    assert!(matches!(
        verify(&statement, &file),
        Err(VerifyError::ProofOfWork | VerifyError::Opening)
    ));
}

#[test]
fn rejects_every_byte_changed() {
    let (statement, file) = small_proof();
    let half = file.len() / 2;
    thread::scope(|scope| {
        for places in [0..half, half..file.len()] {
            let (statement, file) = (&statement, &file);
            scope.spawn(move || {
                let mut changed = file.clone();
                for place in places {
                    changed[place] ^= 1;
                    assert!(verify(statement, &changed).is_err(), "byte {place}");
                    changed[place] ^= 1;
                }
            });
        }
    });
}
