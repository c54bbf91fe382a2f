//! Vectors for encodings, documents in JSON, checkpoints as text, and routes.

use p3_field::PrimeField32;
use rpp_verifier::hazmat::parameter_of;
use rpp_verifier::{
    Ancestor, Block, Blocks, CIRCUITS, Certificate, ChainJson, Checkpoint, Document, Head,
    JsonDocument, KeyAccounts, KeyPurpose, Proposer, PublicKey, RangeProof, Route, SecretKey,
    ServedAccount, ServedSpan, ServedUptime, Submitted, TransactionStatus, Transactions,
};
use serde_json::{Value, json};

use super::format::Case;

/// Returns the code of the first rule that the case breaks.
pub(super) fn check(case: &Case) -> Result<(), &'static str> {
    match case {
        Case::Encoding { of, bytes, value } => {
            let decoded = decode(of, &bytes.read())?;
            assert!(*value == decoded || value.is_null(), "{of}: {decoded}");
        }
        Case::Json { of, text } => read(of, &text.read())?,
        Case::Offer { text } => {
            let block = Block::from_json(&text.read()).map_err(|e| e.code())?;
            block.into_candidate(None).map(drop).map_err(|e| e.code())?;
        }
        Case::CheckpointText { text, bytes } => {
            let checkpoint: Checkpoint = text.parse().map_err(|_| "bad-checkpoint")?;
            assert_eq!(hex::encode(checkpoint.to_bytes()), *bytes);
        }
        Case::Route { target } => {
            let route = Route::parse(target, &CIRCUITS).map_err(|e| e.code())?;
            assert_eq!(route.to_string(), *target);
        }
        other => panic!("{other:?}"),
    }
    Ok(())
}

/// Returns what the bytes encode, once they were found to be its only encoding.
fn decode(of: &str, bytes: &[u8]) -> Result<Value, &'static str> {
    match of {
        "block" => document::<Block>(bytes),
        "head" => document::<Head>(bytes),
        "page" => document::<Blocks>(bytes),
        "ancestor" => document::<Ancestor>(bytes),
        "account" => document::<ServedAccount>(bytes),
        "key-accounts" => document::<KeyAccounts>(bytes),
        "transactions" => document::<Transactions>(bytes),
        "transaction" => document::<TransactionStatus>(bytes),
        "range-proof" => document::<RangeProof>(bytes),
        "span" => document::<ServedSpan>(bytes),
        "submitted" => document::<Submitted>(bytes),
        "proposer" => document::<Proposer>(bytes),
        "uptime" => document::<ServedUptime>(bytes),
        "public-key" => {
            let key = PublicKey::from_bytes(bytes).map_err(|e| e.code())?;
            assert_eq!(key.to_bytes(), bytes);
            let parameter = parameter_of(&key).map(|x| x.as_canonical_u32());
            Ok(json!({
                "tree_height": key.tree_height,
                "parameter": parameter,
                "root": key.root.to_hex(),
            }))
        }
        "secret-key" => {
            let key = SecretKey::from_bytes(bytes).map_err(|e| e.code())?;
            assert_eq!(&**key.to_bytes(), bytes);
            Ok(json!({
                "purpose": match key.purpose() {
                    KeyPurpose::Vote => "vote",
                    KeyPurpose::Account => "account",
                    KeyPurpose::Setup => "setup",
                },
                "chain_id": key.chain_id(),
                "next_leaf": key.next_leaf(),
                "public_key": hex::encode(key.public_key().to_bytes()),
            }))
        }
        "certificate" => {
            let claim = Certificate::from_bytes(bytes).map_err(|e| e.code())?;
            assert_eq!(claim.to_bytes(), bytes);
            Ok(json!({
                "signed_power": claim.signed_power,
                "signers": claim.signers.to_hex(),
                "set_root": claim.set.root.to_hex(),
                "set_size": claim.set.n,
                "total_power": claim.set.total_power,
            }))
        }
        "checkpoint" => {
            let checkpoint = Checkpoint::from_bytes(bytes).map_err(|e| e.code())?;
            assert_eq!(checkpoint.to_bytes(), bytes);
            Ok(json!({ "text": checkpoint.to_string() }))
        }
        other => panic!("unknown kind {other}"),
    }
}

fn document<D: Document + JsonDocument>(bytes: &[u8]) -> Result<Value, &'static str> {
    let document = D::from_bytes(bytes).map_err(|e| e.code())?;
    assert_eq!(document.to_bytes(), bytes);
    Ok(serde_json::from_slice(&document.to_json()).unwrap())
}

fn read(of: &str, text: &[u8]) -> Result<(), &'static str> {
    fn taken<D: JsonDocument>(text: &[u8]) -> Result<(), &'static str> {
        D::from_json(text).map(drop).map_err(|e| e.code())
    }
    match of {
        "chain" => taken::<ChainJson>(text),
        "block" => taken::<Block>(text),
        "head" => taken::<Head>(text),
        "page" => taken::<Blocks>(text),
        "ancestor" => taken::<Ancestor>(text),
        "account" => taken::<ServedAccount>(text),
        "key-accounts" => taken::<KeyAccounts>(text),
        "transactions" => taken::<Transactions>(text),
        "transaction" => taken::<TransactionStatus>(text),
        "range-proof" => taken::<RangeProof>(text),
        "span" => taken::<ServedSpan>(text),
        "submitted" => taken::<Submitted>(text),
        "proposer" => taken::<Proposer>(text),
        "uptime" => taken::<ServedUptime>(text),
        other => panic!("unknown document {other}"),
    }
}
