//! `prove`: proofs made from a witness file.

use std::path::Path;
use std::process::Output;

use rpp_prover_host::state::ProofId;
use rpp_verifier::{CIRCUITS, Proof};
use serde_json::Value;

use crate::binary::host;

pub(crate) fn prove(circuit: &str, witness: &Path, out: &Path) -> Output {
    let mut command = host(&["prove", circuit, "--witness"]);
    command.arg(witness).arg("--out").arg(out).output().unwrap()
}

/// Returns the one line of an output.
pub(crate) fn said(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Returns the proof that was written, of which the program said the same.
#[track_caller]
pub(crate) fn written(circuit: &str, proven: &Output, out: &Path) -> Proof {
    assert_eq!(proven.status.code(), Some(0));
    let (bytes, said) = (std::fs::read(out).unwrap(), said(proven));
    assert_eq!(said["circuit"], circuit);
    assert_eq!(said["proof_bytes"], bytes.len());
    assert_eq!(said["proof_id"], ProofId::of(&bytes).to_string());
    Proof::from_bytes(&bytes, &CIRCUITS).unwrap()
}

#[track_caller]
pub(crate) fn assert_refused(proven: &Output, code: &str) {
    assert_eq!(proven.status.code(), Some(2), "{code}");
    assert_eq!(said(proven)["code"], code);
}
