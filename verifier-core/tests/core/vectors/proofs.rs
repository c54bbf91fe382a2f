//! Vectors for statements, witnesses and proof files.

use p3_field::PrimeField32;
use rpp_verifier::hazmat::public_values;
use rpp_verifier::{
    CIRCUITS, Certificate, Consensus, ConsensusStatement, ConsensusWitness, Proof, VerifyingKey,
};

use super::format::Case;
use super::header;

/// Returns the code of the first rule that the case breaks.
pub(super) fn check(case: &Case) -> Result<(), &'static str> {
    match case {
        Case::Statement {
            header,
            parent,
            certificate,
            public_values: expected,
        } => {
            let values = public_values(&statement(header, parent, certificate)?);
            let values = values.iter().map(PrimeField32::as_canonical_u32);
            assert_eq!(values.collect::<Vec<_>>(), *expected);
        }
        Case::Witness { bytes } => {
            let bytes = bytes.read();
            let witness = ConsensusWitness::from_bytes(&bytes).map_err(|e| e.code())?;
            assert_eq!(witness.to_bytes(), bytes);
            witness.check().map_err(|e| e.code())?;
        }
        Case::Proof {
            chain_id,
            header,
            parent,
            certificate,
            proof,
        } => {
            let statement = statement(header, parent, certificate)?;
            let proof = Proof::from_bytes(&proof.read(), &CIRCUITS).map_err(|e| e.code())?;
            let verified = VerifyingKey::<Consensus>::new(*chain_id).verify(statement, &proof);
            verified.map(drop).map_err(|e| e.code())?;
        }
        other => panic!("{other:?}"),
    }
    Ok(())
}

fn statement(
    header: &str,
    parent: &str,
    certificate: &str,
) -> Result<ConsensusStatement, &'static str> {
    let (header, parent) = (self::header(header), self::header(parent));
    let certificate = Certificate::from_bytes(&hex::decode(certificate).unwrap()).unwrap();
    ConsensusStatement::new(&header, &parent, &certificate).map_err(|e| e.code())
}
