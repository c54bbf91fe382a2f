//! Every change of a proof file is refused.

use alloc::vec::Vec;

use p3_maybe_rayon::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::check::test_key;
use super::fixture::{CHAIN_ID, TestSet, small};
use crate::circuit::CIRCUITS;
use crate::circuit::consensus::{Consensus, ConsensusStatement};
use crate::codec::DecodeError;
use crate::limits::MAX_PROOF_BYTES;
use crate::stark::{Proof, Prover, VerifyError, VerifyingKey};

type Key = VerifyingKey<Consensus>;

fn verify(key: &Key, statement: &ConsensusStatement, bytes: &[u8]) -> Result<(), VerifyError> {
    let proof = Proof::from_bytes(bytes, &CIRCUITS)?;
    key.verify(statement.clone(), &proof).map(|_| ())
}

/// A small proof: one vote, parameters that prove nothing.
fn small_proof() -> (Key, ConsensusStatement, Vec<u8>) {
    let witness = TestSet::new(&[1]).witness(&[0], 0);
    let key = test_key(CHAIN_ID);
    let proof = Prover::with_key(key.clone())
        .prove(&witness)
        .unwrap()
        .to_bytes();
    (key, witness.statement, proof)
}

#[test]
fn rejects_every_byte_of_a_small_proof_changed() {
    let (key, statement, proof) = small_proof();
    assert_eq!(verify(&key, &statement, &proof), Ok(()));
    let mut rng = StdRng::seed_from_u64(9);
    let changes: Vec<(usize, u8)> = (0..proof.len())
        .flat_map(|place| {
            [
                (place, 1),
                (place, 0x80),
                (place, rng.random_range(1..=255)),
            ]
        })
        .collect();
    changes.into_par_iter().for_each(|(place, change)| {
        let mut changed = proof.clone();
        changed[place] ^= change;
        let got = verify(&key, &statement, &changed);
        assert!(
            got.is_err(),
            "byte {place} changed by {change:#x} goes unseen"
        );
    });
}

#[test]
fn rejects_every_truncation_of_a_small_proof_and_any_extension() {
    let (key, statement, proof) = small_proof();
    let lengths: Vec<usize> = (0..proof.len()).collect();
    lengths.into_par_iter().for_each(|len| {
        assert!(matches!(
            verify(&key, &statement, &proof[..len]),
            Err(VerifyError::Decode(DecodeError::Truncated { .. }))
        ));
    });
    for extra in [1, 2, 1000] {
        let mut extended = proof.clone();
        extended.resize(proof.len() + extra, 0);
        let trailing = DecodeError::TrailingBytes { left: extra };
        assert_eq!(
            verify(&key, &statement, &extended),
            Err(VerifyError::Decode(trailing))
        );
        // The same bytes inside of the payload, whose length says so.
        let length = u32::try_from(extended.len() - HEADER).unwrap();
        extended[LENGTH..HEADER].copy_from_slice(&length.to_le_bytes());
        assert_eq!(
            verify(&key, &statement, &extended),
            Err(VerifyError::NonCanonicalPayload)
        );
    }
}

#[test]
fn rejects_an_envelope_of_another_kind() {
    let (key, statement, proof) = small_proof();
    let changed = |place: usize, value: u8| {
        let mut changed = proof.clone();
        changed[place] = value;
        verify(&key, &statement, &changed)
    };
    let version = |what, expected, got| {
        Err(VerifyError::Decode(DecodeError::UnsupportedVersion {
            what,
            expected,
            got,
        }))
    };
    let magic = DecodeError::BadMagic { what: "proof" };
    assert_eq!(changed(0, b'Q'), Err(VerifyError::Decode(magic)));
    assert_eq!(changed(4, 2), version("proof format", 1, 2));
    assert_eq!(changed(6, 2), version("suite", 1, 2));
    assert_eq!(
        changed(8, 255),
        Err(VerifyError::UnknownCircuit { got: 255 })
    );
    assert_eq!(changed(10, 1), version("reserved field", 0, 1));
    let oversized = alloc::vec![0; MAX_PROOF_BYTES + 1];
    let (max, got) = (MAX_PROOF_BYTES, oversized.len());
    let too_long = DecodeError::TooLong {
        what: "proof",
        max,
        got,
    };
    assert_eq!(
        verify(&key, &statement, &oversized),
        Err(VerifyError::Decode(too_long))
    );
}

#[test]
fn rejects_an_over_long_integer() {
    // The payload starts with the number of digests of a cap: 16, one byte; here it is two.
    let (key, statement, proof) = small_proof();
    assert_eq!(proof[HEADER], 16);
    let mut changed = proof.clone();
    changed.splice(HEADER..=HEADER, [0x90, 0x00]);
    let length = u32::try_from(changed.len() - HEADER).unwrap();
    changed[LENGTH..HEADER].copy_from_slice(&length.to_le_bytes());
    assert_eq!(
        verify(&key, &statement, &changed),
        Err(VerifyError::NonCanonicalPayload)
    );
}

#[test]
fn rejects_a_true_proof_of_another_statement_key_or_height() {
    let (key, statement, proof) = small_proof();
    let other = |statement: ConsensusStatement| verify(&key, &statement, &proof).unwrap_err();
    // Public values are absorbed before the first challenge: grinding or openings fail first.
    for changed in [
        ConsensusStatement {
            height: statement.height + 1,
            ..statement.clone()
        },
        ConsensusStatement {
            slot: statement.slot + 1,
            ..statement.clone()
        },
        ConsensusStatement {
            randomness: statement.signers,
            ..statement.clone()
        },
        ConsensusStatement {
            signers: statement.randomness,
            ..statement.clone()
        },
        ConsensusStatement {
            proposer: 1,
            ..statement.clone()
        },
    ] {
        let got = other(changed);
        assert!(
            matches!(got, VerifyError::ProofOfWork | VerifyError::Opening),
            "{got:?}"
        );
    }
    let chain_id = CHAIN_ID + 1;
    let wrong_chain = VerifyError::WrongChain {
        expected: CHAIN_ID,
        got: chain_id,
    };
    assert_eq!(
        other(ConsensusStatement {
            chain_id,
            ..statement.clone()
        }),
        wrong_chain
    );
    let set = crate::chain::SetOpening {
        total_power: 2,
        ..statement.set
    };
    assert_eq!(
        other(ConsensusStatement {
            set,
            ..statement.clone()
        })
        .code(),
        "below-threshold"
    );

    let tall = key.clone().changed(|constants| constants.min_log_rows = 10);
    let height = VerifyError::TraceHeight {
        min: 10,
        max: 18,
        got: 8,
    };
    assert_eq!(verify(&tall, &statement, &proof), Err(height));
    let production = Key::new(CHAIN_ID);
    let shape = VerifyError::Shape {
        what: "opened rows",
        expected: 80,
        got: 4,
    };
    assert_eq!(verify(&production, &statement, &proof), Err(shape));
    // The same shape, another transcript.
    let other_version = key.changed(|constants| constants.version = 2);
    let got = verify(&other_version, &statement, &proof).unwrap_err();
    assert!(
        matches!(got, VerifyError::ProofOfWork | VerifyError::Opening),
        "{got:?}"
    );
}

/// The slow one, at production parameters: accepted as it is, refused in a sample of changed bytes.
#[test]
fn production_proof_is_accepted_and_rejected_in_a_sample_of_bytes() {
    let (_, witness) = small();
    let key = Key::new(CHAIN_ID);
    let proof = Prover::<Consensus>::new(CHAIN_ID)
        .prove(&witness)
        .unwrap()
        .to_bytes();
    assert_eq!(verify(&key, &witness.statement, &proof), Ok(()));
    let mut rng = StdRng::seed_from_u64(10);
    let changes: Vec<(usize, u8)> = (0..2000)
        .map(|_| (rng.random_range(0..proof.len()), rng.random_range(1..=255)))
        .collect();
    changes.into_par_iter().for_each(|(place, change)| {
        let mut changed = proof.clone();
        changed[place] ^= change;
        let got = verify(&key, &witness.statement, &changed);
        assert!(
            got.is_err(),
            "byte {place} changed by {change:#x} goes unseen"
        );
    });
}

/// Where the payload's length stands in a file.
const LENGTH: usize = 12;
/// Where the payload starts.
const HEADER: usize = 16;
