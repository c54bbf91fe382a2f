//! A block in a folder: the files that a client fetches and those that the prover needs.

use std::path::Path;
use std::{fs, io};

use rpp_verifier::{ConsensusStatement, Writer};
use serde_json::json;

use crate::chain::TestBlock;

/// Writes the block to `folder`: witness, headers, certificate, and the statement as JSON.
///
/// # Errors
///
/// The system's error about the folder or a file.
pub fn write_block(folder: &Path, block: &TestBlock) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let statement = &block.witness.statement;
    fs::write(folder.join(WITNESS), block.witness.to_bytes())?;
    fs::write(folder.join("header.bin"), block.header.to_bytes())?;
    fs::write(folder.join("parent.bin"), block.parent.to_bytes())?;
    fs::write(folder.join("certificate.bin"), certificate(statement))?;
    fs::write(folder.join(STATEMENT), describe(statement))
}

/// The certificate as the wasm module takes it.
fn certificate(statement: &ConsensusStatement) -> Vec<u8> {
    let mut w = Writer::new();
    w.u32(statement.signed_power);
    w.digest(&statement.signers);
    w.digest(&statement.set.root);
    w.u32(statement.set.n);
    w.u32(statement.set.total_power);
    w.finish()
}

/// The statement that the verdict must contain.
fn describe(statement: &ConsensusStatement) -> String {
    let statement = json!({
        "chain_id": statement.chain_id,
        "header_hash": statement.header_hash.to_string(),
        "height": statement.height,
        "slot": statement.slot,
        "proposer": statement.proposer,
        "validator_set_root": statement.set.set_root().to_hex(),
        "signed_power": statement.signed_power,
        "total_power": statement.set.total_power,
        "signers": statement.signers.to_hex(),
        "randomness": statement.randomness.to_hex(),
    });
    statement.to_string()
}

/// Name of the witness file.
pub const WITNESS: &str = "witness.bin";
/// Name of the statement's file.
pub const STATEMENT: &str = "statement.json";
/// Name of the proof file.
pub const PROOF: &str = "proof.bin";
