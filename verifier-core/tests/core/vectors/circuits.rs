//! Vectors for the statements, proofs and witnesses of all circuits but `consensus`.

use std::num::NonZeroU32;

use p3_field::PrimeField32;
use rpp_verifier::hazmat::{Circuit, Witness, public_values};
use rpp_verifier::{
    CIRCUITS, Identity, IdentityStatement, IdentityWitness, MerklePath, Proof, Pruning,
    PruningStatement, PruningWitness, Register, SetOpening, SignedOperation, Span, SpanStatement,
    SpanWitness, State, StateStatement, StateWitness, Transaction, TransactionStatement,
    TransactionWitness, Uptime, UptimeClaim, UptimeStatement, UptimeWitness, VerifyingKey,
};

use super::format::Case;
use super::parts::Bytes;
use super::sets::validator;
use super::{digest, header};

/// Returns the code of the first rule that the case breaks.
pub(super) fn check(case: &Case) -> Result<(), &'static str> {
    match case {
        Case::Transaction {
            chain_id,
            header,
            operation,
            public_values,
            proof,
        } => {
            let header = self::header(header);
            let signed = SignedOperation::from_bytes(&operation.read());
            let hash = signed
                .map_err(|e| e.code())?
                .operation
                .hash(header.chain_id);
            let statement = TransactionStatement::new(&header, hash);
            verify::<Transaction>(*chain_id, statement, public_values, proof.as_ref())
        }
        Case::Identity {
            chain_id,
            header,
            index,
            key_id,
            leaf,
            path,
            public_values,
            proof,
        } => {
            let register = Register {
                index: *index,
                key_id: digest(key_id),
                leaf: *leaf,
            };
            let statement = IdentityStatement::new(&self::header(header), &register, &along(path));
            let statement = statement.map_err(|e| e.code())?;
            verify::<Identity>(*chain_id, statement, public_values, proof.as_ref())
        }
        Case::State {
            chain_id,
            header,
            parent,
            set,
            member,
            path,
            public_values,
            proof,
        } => {
            let set = SetOpening {
                root: digest(&set.root),
                n: set.n,
                total_power: set.total_power,
            };
            let (header, parent) = (self::header(header), self::header(parent));
            let (member, path) = (validator(member), along(path));
            let statement = StateStatement::new(&header, &parent, &set, &member, &path);
            let statement = statement.map_err(|e| e.code())?;
            verify::<State>(*chain_id, statement, public_values, proof.as_ref())
        }
        Case::Pruning {
            chain_id,
            start,
            end,
            fold_before,
            fold_after,
            public_values,
            proof,
        } => {
            let folds = [digest(fold_before), digest(fold_after)];
            let (start, end) = (self::header(start), self::header(end));
            let statement = PruningStatement::new(&start, &end, folds).map_err(|e| e.code())?;
            verify::<Pruning>(*chain_id, statement, public_values, proof.as_ref())
        }
        Case::Uptime {
            chain_id,
            head,
            epoch_length,
            first,
            validator_set_root,
            index,
            key_id,
            signed,
            public_values,
            proof,
        } => {
            let claim = UptimeClaim {
                first: *first,
                validator_set_root: digest(validator_set_root),
                index: *index,
                key_id: digest(key_id),
                signed: *signed,
            };
            let epoch_length = NonZeroU32::new(*epoch_length).unwrap();
            let statement = UptimeStatement::new(&self::header(head), epoch_length, &claim);
            let statement = statement.map_err(|e| e.code())?;
            verify::<Uptime>(*chain_id, statement, public_values, proof.as_ref())
        }
        Case::Span {
            chain_id,
            first_height,
            epoch_length,
            validator_set_root,
            last,
            public_values,
            proof,
        } => {
            let epoch_length = NonZeroU32::new(*epoch_length).unwrap();
            let (set_root, last) = (digest(validator_set_root), self::header(last));
            let statement = SpanStatement::new(*first_height, epoch_length, set_root, &last);
            let statement = statement.map_err(|e| e.code())?;
            verify::<Span>(*chain_id, statement, public_values, proof.as_ref())
        }
        Case::CircuitWitness { circuit, bytes } => check_witness(circuit, &bytes.read()),
        other => panic!("{other:?}"),
    }
}

fn along<const DEPTH: usize>(path: &[String]) -> MerklePath<DEPTH> {
    let siblings: Vec<_> = path.iter().map(|sibling| digest(sibling)).collect();
    MerklePath(siblings.try_into().unwrap())
}

/// Compares the public values, and checks the proof if there is one.
fn verify<C: Circuit>(
    chain_id: u32,
    statement: C::Statement,
    expected: &[u32],
    proof: Option<&Bytes>,
) -> Result<(), &'static str> {
    let values = public_values(&statement);
    let values = values.iter().map(PrimeField32::as_canonical_u32);
    assert_eq!(values.collect::<Vec<_>>(), expected);
    let Some(proof) = proof else { return Ok(()) };
    let proof = Proof::from_bytes(&proof.read(), &CIRCUITS).map_err(|e| e.code())?;
    let verified = VerifyingKey::<C>::new(chain_id).verify(statement, &proof);
    verified.map(drop).map_err(|e| e.code())
}

fn check_witness(circuit: &str, bytes: &[u8]) -> Result<(), &'static str> {
    match circuit {
        "transaction" => {
            let witness: TransactionWitness = decode(bytes)?;
            assert_eq!(witness.to_bytes(), bytes);
            witness.check().map_err(|e| e.code())
        }
        "identity" => {
            let witness: IdentityWitness = decode(bytes)?;
            assert_eq!(witness.to_bytes(), bytes);
            witness.check().map_err(|e| e.code())
        }
        "state" => {
            let witness: StateWitness = decode(bytes)?;
            assert_eq!(witness.to_bytes(), bytes);
            witness.check().map_err(|e| e.code())
        }
        "pruning" => {
            let witness: PruningWitness = decode(bytes)?;
            assert_eq!(witness.to_bytes(), bytes);
            witness.check().map_err(|e| e.code())
        }
        "uptime" => {
            let witness: UptimeWitness = decode(bytes)?;
            assert_eq!(witness.to_bytes(), bytes);
            witness.check().map_err(|e| e.code())
        }
        "span" => {
            let witness: SpanWitness = decode(bytes)?;
            assert_eq!(witness.to_bytes(), bytes);
            witness.check().map_err(|e| e.code())
        }
        other => panic!("unknown circuit {other}"),
    }
}

fn decode<W: Witness>(bytes: &[u8]) -> Result<W, &'static str> {
    W::from_bytes(bytes).map_err(|e| e.code())
}
