//! `prove`: proofs made from a witness file.

use std::path::Path;
use std::process::Output;

use rpp_prover_host::state::ProofId;
use rpp_verifier::{CIRCUITS, Header, Proof};
use serde_json::Value;

use crate::binary::{host, temporary_files};
use crate::support::CHAIN;

/// Makes a witness false.
pub(crate) type Change<W> = fn(&mut W);

/// A circuit, and the encoding of what its proofs are made from.
pub(crate) struct FromFile<W> {
    pub(crate) circuit: &'static str,
    pub(crate) to_bytes: fn(&W) -> Vec<u8>,
}

pub(crate) fn header(height: u32) -> Header {
    CHAIN.host.ledger().header(height).unwrap().clone()
}

fn prove(circuit: &str, witness: &Path, out: &Path) -> Output {
    let mut command = host(&["prove", circuit, "--witness"]);
    command.arg(witness).arg("--out").arg(out).output().unwrap()
}

/// Returns the one line of an output.
fn said(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn assert_refused(proven: &Output, code: &str) {
    assert_eq!(proven.status.code(), Some(2), "{code}");
    assert_eq!(said(proven)["code"], code);
}

impl<W: Clone> FromFile<W> {
    /// Returns the proof that is written of a witness, of which the program says the same.
    #[track_caller]
    pub(crate) fn proof(&self, witness: &W) -> Proof {
        let data = tempfile::tempdir().unwrap();
        let (file, out) = (data.path().join("witness"), data.path().join("proof"));
        std::fs::write(&file, (self.to_bytes)(witness)).unwrap();
        let proven = prove(self.circuit, &file, &out);
        assert_eq!(proven.status.code(), Some(0));
        let (bytes, said) = (std::fs::read(out).unwrap(), said(&proven));
        assert_eq!(said["circuit"], self.circuit);
        assert_eq!(said["proof_bytes"], bytes.len());
        assert_eq!(said["proof_id"], ProofId::of(&bytes).to_string());
        Proof::from_bytes(&bytes, &CIRCUITS).unwrap()
    }

    /// Asserts that the proof made from a witness is none of the block at a height.
    #[track_caller]
    pub(crate) fn assert_proves_no_block(&self, witness: &W, height: u32) {
        let data = tempfile::tempdir().unwrap();
        let at = |name: &str| data.path().join(name);
        std::fs::write(at("witness"), (self.to_bytes)(witness)).unwrap();
        let proven = prove(self.circuit, &at("witness"), &at("proof"));
        assert!(proven.status.success());
        std::fs::write(at("block"), CHAIN.block_file(height)).unwrap();
        std::fs::write(at("chain"), CHAIN.chain_file()).unwrap();
        let mut verify = host(&["verify", "--proof", "proof"]);
        verify.args(["--block", "block", "--chain", "chain"]);
        let refused = verify.current_dir(data.path()).output().unwrap();
        assert_refused(&refused, "wrong-circuit");
    }

    /// Asserts that each change of a witness is refused with its code, as are bytes that are cut off and witnesses of other circuits,
    /// and that nothing is written.
    #[track_caller]
    pub(crate) fn assert_refuses(&self, witness: &W, changes: &[(Change<W>, &str)]) {
        let data = tempfile::tempdir().unwrap();
        let (file, out) = (data.path().join("witness"), data.path().join("proof"));
        for (change, code) in changes {
            let mut changed = witness.clone();
            change(&mut changed);
            std::fs::write(&file, (self.to_bytes)(&changed)).unwrap();
            assert_refused(&prove(self.circuit, &file, &out), code);
        }
        let bytes = (self.to_bytes)(witness);
        std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
        assert_refused(&prove(self.circuit, &file, &out), "truncated");
        for of_another_circuit in ["witnesses/consensus/3", "witnesses/state/3"] {
            let kept = CHAIN.data.path().join(of_another_circuit);
            assert_refused(&prove(self.circuit, &kept, &out), "bad-magic");
        }
        assert!(!out.exists());
        assert_eq!(temporary_files(data.path()), 0);
    }
}
